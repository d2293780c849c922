"""What a client can do about a time that is not free: wait for it, take it or leave it."""

from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Channel, User
from accounts.threads import in_thread
from barbershop.tests.full_day import boris, give_back, take_the_hour, work_an_hour
from barbershop.tests.paths.booking import cancels, goes_to_days
from barbershop.tests.paths.player import Player
from barbershop.tests.paths.stage import BORIS, Stage, on
from bookings import services
from bookings.models import Service
from bookings.services import Conflicts
from schedules.calendar import day_starts_at

EVERYTHING_IS_TAKEN = "%(service)s. Everything is taken on these days. Which one shall I watch for you?"
THE_FULL_DAY = 2
AN_AWKWARD_DAY = 4


async def waits_for_a_full_day(stage: Stage) -> None:
    await in_thread(work_an_hour)
    walk_in = await in_thread(take_the_hour)
    left, declined, stopped, taken = [await stage.client() for _ in range(4)]
    await joins(left, stage.day(THE_FULL_DAY))
    for client in (declined, stopped, taken):
        await in_thread(stand_in_line, client)
    await left.types("/my", "You wait for:")
    await left.taps("Stop waiting", "All right, you don't wait for it any more.")
    assert not left.says("You wait for:")
    await give_back(walk_in)
    await declined.hears("A time has come free!")
    assert declined.says("I'm holding it for you until %(when)s.")
    await declined.taps("No, thanks", "All right. If another time comes free, I'll tell you.")
    await declined.taps("Back", "You wait for:")
    await stopped.hears("A time has come free!")
    await stopped.taps("Stop waiting", "All right, you don't wait for it any more.")
    await taken.hears("A time has come free!")
    await taken.taps("Book", "You are booked.")
    await taken.hears("You are booked. See you!")
    await taken.taps("My bookings", "You are booked.")
    await cancels(taken)
    await taken.hears("Your visit is cancelled.")


async def joins(client: Player, day: str) -> None:
    days = await goes_to_days(client)
    assert day not in days.button_texts
    await client.taps("Tell me if a slot frees up", EVERYTHING_IS_TAKEN)
    await client.taps("Back", "%(service)s. Which day?")
    await client.taps("Tell me if a slot frees up", EVERYTHING_IS_TAKEN)
    await client.taps(client.named(day), "I'll tell you as soon as a time comes free: %(wait)s.")
    assert client.shows("Stop waiting")


def stand_in_line(client: Player) -> None:
    services.join_waiting_list(
        service_ids=[Service.objects.get(name="Стрижка").pk],
        master_id=boris().pk,
        day=on(THE_FULL_DAY),
        by=Actor(User.objects.get(telegram_id=client.person.id).pk, Channel.BOT),
        now=timezone.now(),
    )


async def is_offered_another_time(stage: Stage) -> None:
    master = await stage.master(BORIS)
    agrees, stays = await stage.client(), await stage.client()
    for hour, client in enumerate((agrees, stays), start=14):
        await stage.books(client, day=AN_AWKWARD_DAY, hour=hour)
    await in_thread(leave_for_the_day)
    for client in (agrees, stays):
        await client.hears("%(master)s can't see you on %(when)s after all. Will another time do?")
    await agrees.taps("The new time suits me", "The visit is moved. See you!")
    await agrees.hears("Your visit is moved to another time.")
    await stays.taps("Keep the old time", "All right, the visit stays as it is. The master knows.")
    assert stays.says("You are booked.")
    await master.hears("A booking is moved: this is its new time", about=agrees.name)
    await master.taps("Open the booking", "A visit")
    await master.hears("The client keeps the time", about=stays.name)
    await master.taps("Open the booking", "A visit")


def leave_for_the_day() -> None:
    """Boris takes the day off and has other times offered to those who are in the way."""
    services.take_time_off(
        master_id=boris().pk,
        starts_at=day_starts_at(on(AN_AWKWARD_DAY)),
        ends_at=day_starts_at(on(AN_AWKWARD_DAY + 1)),
        reason="",
        by=Actor(boris().user_id, Channel.BOT),
        now=timezone.now(),
        conflicts=Conflicts.MOVE,
    )


PATHS = (waits_for_a_full_day, is_offered_another_time)
