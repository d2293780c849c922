"""The master's side of the conversation: the day at hand, bookings by hand, days off, lunch."""
