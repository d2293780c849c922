"""What is done at the desk with visits: seen, moved, cancelled, missed, and written down by hand."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from accounts.threads import in_thread
from barbershop.tests.paths.desk import Desk
from barbershop.tests.paths.player import Player
from bookings.models import Booking, BookingStatus, Service
from bookings.tests.factories import BookingFactory, BookingServiceFactory
from schedules.calendar import local_day
from schedules.models import Master

SAY_WHY = "Please say why: the client gets to read it."
ASK_WHY = "Why is the visit of %(who)s on %(when)s cancelled?"
BAD_PHONE = "This doesn't look like a phone number. Please check it."
MOVED = "Moved. The client gets the new time from me."
ASK_PHONE = "And the phone of %(name)s? Send the number in a message, or go on without."
ASK_NAME = "Whose name shall I write down? Send it in a message."
NO_MORE_SERVICES = "Anything else? If not, tap “Next”."


async def looks_through_the_days(desk: Desk) -> None:
    client = await visitor(desk, day=3, hour=11)
    player = desk.player
    await desk.opens("Schedule")
    await player.taps("The week", "The week")
    assert player.says("free: %(hours)s h")
    day = await player.taps(player.named(desk.stage.day(3)), "free")
    assert f"11:00–12:00 {client.name}" in day.text
    assert "13:00–14:00" in day.text
    assert player.says("lunch")
    await player.taps(player.named(f"{desk.stage.day(4)} ➡️"), "free")
    assert client.name not in player.screen.text
    await player.taps(player.named(f"⬅️ {desk.stage.day(3)}"), "free")
    card = await player.taps(player.named(client.name), "A visit")
    assert "1 500 ₽" in card.text
    assert player.shows("Reschedule", "Cancel with reason")
    assert player.lacks("No-show")
    await player.taps("Back", "free")
    await player.taps("Today", "today")
    await player.taps("The week", "The week")
    await player.taps("Back", "today")


async def moves_a_visit(desk: Desk) -> None:
    client = await visitor(desk, day=3, hour=15)
    player = desk.player
    await opens_card(desk, client, day=3)
    await player.taps("Reschedule", "%(who)s, now on %(when)s. To which day?")
    await player.taps("Back", "A visit")
    await player.taps("Reschedule", "%(who)s, now on %(when)s. To which day?")
    await player.taps(player.named(desk.stage.day(5)), "%(who)s, %(day)s. To what time?")
    card = await player.taps(player.named("18:30"), MOVED)
    assert f"{desk.stage.day(5)}, 18:30" in card.text
    news = await client.hears("Your visit is moved to another time.")
    assert f"{desk.stage.day(5)}, 18:30" in news.text


async def cancels_with_a_reason(desk: Desk) -> None:
    client = await visitor(desk, day=4, hour=11)
    player = desk.player
    await opens_card(desk, client, day=4)
    await player.taps("Cancel with reason", ASK_WHY)
    await player.taps("Back", "A visit")
    await player.taps("Cancel with reason", ASK_WHY)
    await player.types("\u200b", SAY_WHY)
    await player.types("Сломался фен" if desk.stage.language == "ru" else "A broken dryer", "The visit is cancelled")
    assert player.lacks("Reschedule", "Cancel with reason")
    news = await client.hears(desk.said("The master has cancelled your visit."))
    assert ("Сломался фен" if desk.stage.language == "ru" else "A broken dryer") in news.text
    await client.taps("Book", "What shall we do?")


async def cancels_for_a_ready_made_reason(desk: Desk) -> None:
    client = await visitor(desk, day=4, hour=15)
    await opens_card(desk, client, day=4)
    await desk.taps("Cancel with reason", ASK_WHY)
    await desk.taps("Trouble in the barbershop", "The visit is cancelled")
    await client.hears(desk.said("The master has cancelled your visit."))
    assert client.says("Trouble in the barbershop")


async def notes_who_did_not_come(desk: Desk) -> None:
    client = await desk.stage.client()
    visit = await in_thread(has_just_begun, desk, client)
    player = desk.player
    await desk.opens("Schedule")
    if local_day(visit.starts_at) != local_day(timezone.now()):  # a few minutes after midnight
        await player.taps(player.named("⬅️"), "free")
    await player.taps(player.named(client.name), "A visit")
    await player.taps("No-show", "%(who)s did not come on %(when)s? This can't be undone.")
    await player.taps("Back", "A visit")
    await player.taps("No-show", "%(who)s did not come on %(when)s? This can't be undone.")
    await player.taps("No-show", "The client did not come")
    assert (await in_thread(Booking.objects.get, pk=visit.pk)).status == BookingStatus.NO_SHOW


def has_just_begun(desk: Desk, client: Player) -> Booking:
    """A haircut of this client's with the master, since ten minutes."""
    begun = timezone.now() - dt.timedelta(minutes=10)
    user, master = User.objects.get(telegram_id=client.person.id), Master.objects.get(name=desk.master)
    visit = BookingFactory.create(client=user, master=master, starts_at=begun)
    BookingServiceFactory.create(booking=visit, service=Service.objects.get(name="Стрижка"))
    return visit


async def writes_a_walk_in_down(desk: Desk) -> None:
    player = desk.player
    name = "Павел" if desk.stage.language == "ru" else "Paul"
    await desk.opens("New booking")
    await player.taps("Haircut", "%(service)s. Which day?")
    await player.taps("Back", "New booking. Which service?")
    await player.taps("Haircut", "%(service)s. Which day?")
    await player.taps(player.named(desk.stage.day(6)), "%(service)s, %(day)s. What time?")
    await player.taps(player.named("10:00"), ASK_NAME)
    await player.taps("Back", "%(service)s, %(day)s. What time?")
    await player.taps(player.named("10:00"), ASK_NAME)
    await player.types("\u200b", "I need a name of at most %(limit)s characters.")
    await player.types(name, ASK_PHONE)
    await player.types("12", BAD_PHONE)
    card = await player.types("8 916 000-00-01", "Booked.")
    assert f"{desk.stage.day(6)}, 10:00" in card.text
    assert name in card.text
    assert "+79160000001" in card.text
    await opens_card_of(desk, name, day=6)


async def writes_down_several_services_without_a_phone(desk: Desk) -> None:
    player = desk.player
    await desk.opens("New booking")
    await player.taps("Several services", "Tick what we do in one visit, up to three services.")
    await player.taps("Haircut", NO_MORE_SERVICES)
    await player.taps("Beard", NO_MORE_SERVICES)
    await player.taps("Next", "%(service)s. Which day?")
    await player.taps(player.named(desk.stage.day(6)), "%(service)s, %(day)s. What time?")
    await player.taps(player.named("15:00"), ASK_NAME)
    await player.types("Лев" if desk.stage.language == "ru" else "Leo", ASK_PHONE)
    card = await player.taps("Without a phone", "Booked.")
    assert "2 400 ₽" in card.text


async def visitor(desk: Desk, *, day: int, hour: int) -> Player:
    """A client who has booked the master's hour, so many days from now."""
    client = await desk.stage.client()
    await desk.stage.books(client, master=desk.master, day=day, hour=hour)
    return client


async def opens_card(desk: Desk, client: Player, *, day: int) -> None:
    await opens_card_of(desk, client.name, day=day)


async def opens_card_of(desk: Desk, name: str, *, day: int) -> None:
    """By the week to the day, and by the day to the visit."""
    player = desk.player
    await desk.opens("Schedule")
    await player.taps("The week", "The week")
    await player.taps(player.named(desk.stage.day(day)), "free")
    await player.taps(player.named(name), "A visit")


PATHS = (
    looks_through_the_days,
    moves_a_visit,
    cancels_with_a_reason,
    cancels_for_a_ready_made_reason,
    notes_who_did_not_come,
    writes_a_walk_in_down,
    writes_down_several_services_without_a_phone,
)
