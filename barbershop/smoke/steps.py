"""What is played and checked, in order. A step returns when its promise holds and raises when it does not."""

from barbershop.smoke import steps_access as access
from barbershop.smoke import steps_client as client
from barbershop.smoke import steps_master as master
from barbershop.smoke import steps_system as system
from barbershop.smoke import steps_waiting as waiting
from barbershop.smoke.cast import Play, Step
from barbershop.smoke.steps_system import SERVICES

__all__ = ["SERVICES", "STEPS", "Play"]

STEPS: tuple[Step, ...] = (
    system.migrations_apply,
    system.shop_is_seeded,
    system.services_start,
    client.people_say_start,
    client.client_books_in_six_taps,
    client.second_client_meets_a_conflict,
    client.one_active_booking_a_client,
    client.both_sides_hear_of_the_booking,
    client.client_cancels,
    client.both_sides_hear_of_the_cancellation,
    client.freed_time_is_offered_again,
    client.client_reschedules,
    master.master_changes_lunch,
    master.master_writes_down_a_walk_in,
    master.day_off_steps_back_from_bookings,
    master.day_off_cancels_them_with_a_reason,
    master.day_off_is_taken_back,
    master.part_of_a_day_is_taken_off,
    waiting.client_asks_to_be_told,
    master.no_cancellation_without_a_reason,
    master.master_cancels_with_a_reason,
    waiting.freed_time_is_held_for_who_waits,
    waiting.waiting_client_takes_the_offer,
    access.client_is_refused_at_the_desk,
    access.flood_is_throttled,
    system.database_holds_what_was_played,
    system.telegram_has_nothing_to_complain_of,
    system.web_is_ready,
    system.services_end_in_order,
    system.logs_are_clean,
)
