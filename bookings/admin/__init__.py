"""Admin of bookings: the catalogue, the visits, time off, and what is only looked at."""

from bookings.admin import catalogue, days_off, lists, visits

__all__ = ["catalogue", "days_off", "lists", "visits"]
