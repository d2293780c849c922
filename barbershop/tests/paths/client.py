"""What a client can do: book, change, and what is told about it."""

import datetime as dt

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from accounts.threads import in_thread
from barbershop.tests.paths.booking import cancels, chooses_a_time, goes_to_days, moves
from barbershop.tests.paths.player import Player
from barbershop.tests.paths.stage import FOR_EVERYBODY, Stage
from bookings import services
from bookings.models import Booking, Service
from bookings.tests.factories import BookingFactory, BookingServiceFactory
from schedules.models import Master
from schedules.tests.factories import MasterFactory

ALREADY_BOOKED = "You already have a booking. Move or cancel it if you need another time."
PUT_IN = "Open the file, and your phone will put the visit into the calendar and remind you two hours before."
TAKEN_OUT = "Open the file, and your phone will take the visit out of the calendar."
WILL_BE_ASKED = (
    "You have missed visits before, so a day ahead I'll ask whether you come. "
    "Without an answer by %(when)s the time goes to others."
)
RELEASED = "You have missed visits before, and this one was not confirmed in time, so it went to others."


async def books_in_six_taps(stage: Stage) -> None:
    client = await stage.client()
    await stage.shows_commands(client, FOR_EVERYBODY)
    assert client.shows("Book", "My bookings", "Help", "Language")
    menu = client.screen
    await client.taps("Book", "What shall we do?")
    assert client.shows("Haircut", "Beard", "Haircut + beard")
    await client.taps("Haircut", "%(service)s. Which master?")
    assert client.shows("Any master")
    await client.taps(client.named("Борис"), "%(service)s. Which day?")
    summary = await chooses_a_time(client)
    assert "1 500 ₽" in summary.text
    assert settings.SHOP_ADDRESS in summary.text
    card = await client.taps("Confirm", "You are booked.")
    assert (client.taps_made, card.id) == (6, menu.id)
    assert client.shows("Reschedule", "Cancel", "Add to calendar")
    await client.hears("You are booked. See you!")
    await client.taps("My bookings", "You are booked.")
    assert client.shows("Reschedule", "Cancel", "Add to calendar")


async def books_several_services_with_any_master(stage: Stage) -> None:
    client = await stage.client()
    await client.types("/book", "What shall we do?")
    await client.taps("Several services", "Tick what we do in one visit, up to three services.")
    await client.taps("Haircut", "Anything else? If not, tap “Next”.")
    ticked = await client.taps("Beard", "%(count)d hour")
    assert "2 400 ₽" in ticked.text
    await client.taps("Next", "%(service)s. Which master?")
    await client.taps("Any master", "%(service)s. Which day?")
    await client.taps("Back", "%(service)s. Which master?")
    await client.taps("Any master", "%(service)s. Which day?")
    await client.taps("Later", "%(service)s. Which day?")
    await client.taps("Back", "%(service)s. Which day?")
    await chooses_a_time(client, time=5)
    await client.taps("Back", "%(service)s, %(day)s. What time?")
    await client.taps(client.nth(5), "Shall we book it?")
    card = await client.taps("Confirm", "You are booked.")
    assert "2 400 ₽" in card.text
    await client.hears("You are booked. See you!")


async def skips_the_steps_with_one_choice(stage: Stage) -> None:
    client = await stage.client()
    masters, others = Master.objects.exclude(name="Борис"), Service.objects.exclude(name="Стрижка")
    await in_thread(lambda: (masters.update(is_active=False), others.update(is_active=False)))
    await client.taps("Book", "%(service)s. Which day?")
    assert client.lacks("Back")
    await client.taps(client.nth(1), "%(service)s, %(day)s. What time?")
    await client.taps("Back", "%(service)s. Which day?")
    await in_thread(lambda: (masters.update(is_active=True), others.update(is_active=True)))


async def finds_the_booking_instead_of_a_second_one(stage: Stage) -> None:
    client = await stage.client()
    await stage.books(client, day=5, hour=16)
    await client.types("/book", ALREADY_BOOKED)
    assert client.shows("Reschedule", "Cancel")
    await client.taps("Menu", "Hello, %(name)s!")
    await client.taps("Book", ALREADY_BOOKED)
    assert client.says("You are booked.")


async def loses_a_race_and_takes_another_time(stage: Stage) -> None:
    first, second = await stage.client(), await stage.client()
    for client in (first, second):
        await goes_to_days(client)
        await chooses_a_time(client)
    assert first.screen.text == second.screen.text
    await first.taps("Confirm", "You are booked.")
    lost = second.screen.text
    await second.taps("Confirm", "This time has just been taken.")
    await second.taps(second.nth(0), "Shall we book it?")
    assert second.screen.text != lost
    await second.taps("Confirm", "You are booked.")
    for client in (first, second):
        await client.hears("You are booked. See you!")


async def moves_and_cancels(stage: Stage) -> None:
    client = await stage.client()
    await stage.books(client, day=5, hour=17)
    card = await client.taps("My bookings", "You are booked.")
    await client.taps("Reschedule", "Which day shall we move it to?")
    await client.taps("Later", "Which day shall we move it to?")
    await client.taps("Back", "Which day shall we move it to?")
    await client.taps("Back", "You are booked.")
    moved = await moves(client)
    assert client.shows("My bookings")
    assert card.text not in moved.text
    await client.taps("My bookings", "You are booked.")
    await client.taps("Cancel", "Cancel the visit on %(when)s?")
    await client.taps("Keep the booking", "You are booked.")
    await cancels(client)
    assert client.lacks("Cancel", "Reschedule")
    await client.hears("Your visit is cancelled.")
    await client.taps("Book", "What shall we do?")


async def is_too_late_to_change(stage: Stage) -> None:
    client = await stage.client()

    def begins_in_an_hour() -> None:
        user = User.objects.get(telegram_id=client.person.id)
        starts_at = timezone.now() + dt.timedelta(hours=1)
        visit = BookingFactory.create(client=user, master=MasterFactory.create(name="Глеб"), starts_at=starts_at)
        BookingServiceFactory.create(booking=visit, service=Service.objects.get(name="Борода"))

    await in_thread(begins_in_an_hour)
    await client.types("/my", "You are booked.")
    await client.taps("Cancel", "It is too late to change it here. Please call the barbershop.")
    await client.taps("Back", "You are booked.")
    await client.taps("Reschedule", "It is too late to change it here. Please call the barbershop.")
    assert client.says("You are booked.")


async def puts_the_visit_into_the_calendar(stage: Stage) -> None:
    client = await stage.client()
    booking = await stage.books(client, day=3, hour=15)
    await client.types("/my", "You are booked.")
    added = await calendar_of(client, "Add to calendar")
    (event,) = added.events
    (alarm,) = event.walk("VALARM")
    assert (event.start, event.end) == (booking.starts_at, booking.ends_at)
    assert event["DTSTART"].params["TZID"] == settings.SHOP_TIME_ZONE
    assert [zone["TZID"] for zone in added.walk("VTIMEZONE")] == [settings.SHOP_TIME_ZONE]
    assert alarm["TRIGGER"].dt == -dt.timedelta(hours=2)
    await client.gets("Back", "You are booked.")
    await moves(client)
    await client.taps("My bookings", "You are booked.")
    (moved,) = (await calendar_of(client, "Add to calendar")).events
    after = await in_thread(Booking.objects.get, pk=booking.pk)
    assert (moved["UID"], moved.start, moved["SEQUENCE"]) == (event["UID"], after.starts_at, event["SEQUENCE"] + 1)
    await client.gets("Back", "You are booked.")
    await cancels(client)
    (gone,) = (await calendar_of(client, "Remove from calendar", TAKEN_OUT)).events
    assert (gone["UID"], gone["STATUS"]) == (event["UID"], "CANCELLED")
    await client.hears("Your visit is cancelled.")


async def calendar_of(client: Player, button: str, sees: str = PUT_IN) -> Calendar:
    message = await client.gets(button, sees)
    content, name = await client.chat.document(message)
    assert name.endswith(".ics")
    return Calendar.from_ical(content)


async def finds_past_visits_and_books_again(stage: Stage) -> None:
    client = await stage.client()
    await client.types("/my", "You have no bookings yet.")
    await in_thread(has_been, client.person.id, 9)
    await client.types("/my", "Earlier:")
    await client.taps("Past visits", "Tap a visit to see it or to book the same again.")
    await client.taps("Earlier ones", "Past visits")
    await client.taps("Back", "Past visits")
    await client.taps(client.nth(0), "The visit is over. Thank you!")
    await client.taps("Back", "Past visits")
    await client.taps(client.nth(1), "The visit is over. Thank you!")
    await client.taps("Book again", "%(service)s. Which day?")
    await chooses_a_time(client)
    card = await client.taps("Confirm", "You are booked.")
    assert "2 400 ₽" in card.text
    await client.hears("You are booked. See you!")


def has_been(telegram_id: int, times: int, *, hour: int = 6, status: str = "completed") -> None:
    """Or should have been: for a haircut and a beard with Boris at this hour (UTC), so many weeks in a row."""
    client, master = User.objects.get(telegram_id=telegram_id), Master.objects.get(name="Борис")
    today = timezone.now().replace(hour=hour, minute=0, second=0, microsecond=0)
    for weeks in range(1, times + 1):
        starts_at = today - dt.timedelta(weeks=weeks)
        visit = BookingFactory.create(client=client, master=master, starts_at=starts_at, status=status)
        for position, name in enumerate(("Стрижка", "Борода")):
            service = Service.objects.get(name=name)
            BookingServiceFactory.create(booking=visit, service=service, position=position)


async def says_that_they_come(stage: Stage) -> None:
    client = await stage.client()
    await is_asked_whether_they_come(stage, client, hour=15)
    assert client.shows("I'll come", "Reschedule", "Cancel")
    await client.taps("Cancel", "Cancel the visit on %(when)s?")
    await client.taps("Keep the booking", "You are booked.")
    assert client.shows("I'll come")
    await client.taps("Reschedule", "Which day shall we move it to?")
    await client.taps("Back", "You are booked.")
    await client.taps("I'll come", "You have said that you'll come. See you!")
    assert client.lacks("I'll come")


async def does_not_say_that_they_come(stage: Stage) -> None:
    client = await stage.client()
    booking = await is_asked_whether_they_come(stage, client, hour=16)
    deadline = booking.confirm_by
    assert deadline is not None
    await in_thread(lambda: services.release_unconfirmed(now=deadline + dt.timedelta(minutes=1)))
    await client.hears(RELEASED)
    await client.taps("Book", "What shall we do?")


async def is_asked_whether_they_come(stage: Stage, client: Player, *, hour: int) -> Booking:
    """The client has missed two visits at this hour, books another one, and is asked about it the day before."""
    await in_thread(lambda: has_been(client.person.id, 2, hour=hour, status="no_show"))
    booking = await stage.books(client, day=6, hour=hour)
    assert client.says(WILL_BE_ASKED)
    await client.taps("My bookings", "You are booked.")
    assert client.lacks("I'll come")
    await in_thread(lambda: services.ask_to_confirm(now=booking.starts_at - dt.timedelta(hours=20)))
    await client.hears("Will you come?")
    return booking


PATHS = (
    books_in_six_taps,
    books_several_services_with_any_master,
    skips_the_steps_with_one_choice,
    finds_the_booking_instead_of_a_second_one,
    loses_a_race_and_takes_another_time,
    moves_and_cancels,
    is_too_late_to_change,
    puts_the_visit_into_the_calendar,
    finds_past_visits_and_books_again,
    says_that_they_come,
    does_not_say_that_they_come,
)
