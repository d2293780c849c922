"""When a master does not work: days off with what is in their way, and lunch."""

from accounts.threads import in_thread
from barbershop.tests.paths.desk import Desk
from barbershop.tests.paths.visits import SAY_WHY, visitor
from schedules.models import AvailabilityBlock, BlockKind

OFF = "Time off: %(when)s."
WHY_OFF = "Is there a reason to write down? Send it in a message, or go on without."
IN_THE_WAY = "These visits are in the way:"
WHICH_DAY = "Which day do you take off?"
WORKS = "You work after all: %(when)s."
ASK_LUNCH = "Your lunch now: %(now)s. When shall it be, from today on?"


async def takes_a_day_off_and_back(desk: Desk) -> None:
    player = desk.player
    await desk.opens("Day off")
    await desk.taps("A day", WHICH_DAY)
    await player.taps(player.named(desk.stage.day(8)), WHY_OFF)
    await player.types("Учёба" if desk.stage.language == "ru" else "Classes", OFF)
    assert desk.stage.day(8) in player.screen.text
    await desk.taps("Back", "Your time off:")
    await player.taps(player.named(f"↩️ {desk.stage.day(8)}"), desk.said(WORKS))
    assert await in_thread(time_off) == 0


async def takes_several_days_off(desk: Desk) -> None:
    player = desk.player
    await desk.opens("Day off")
    await player.taps("Several days", "From which day?")
    await player.taps(player.named(desk.stage.day(8)), "From %(day)s until which day, that day included?")
    await player.taps("Back", "From which day?")
    await player.taps(player.named(desk.stage.day(8)), "From %(day)s until which day, that day included?")
    await player.taps(player.named(desk.stage.day(10)), WHY_OFF)
    taken = await player.taps("Without a reason", OFF)
    assert f"{desk.stage.day(8)} — {desk.stage.day(10)}" in taken.text
    await desk.taps("Back", "Your time off:")
    await player.taps(player.named("↩️"), desk.said(WORKS))


async def takes_a_part_of_a_day_off(desk: Desk) -> None:
    player = desk.player
    await desk.opens("Day off")
    await desk.taps("Part of a day", "On which day do you take a part off?")
    await player.taps(player.named(desk.stage.day(8)), "%(day)s: from what time?")
    await player.taps(player.named("15:00"), "%(day)s, from %(time)s. Until what time?")
    await player.taps("Back", "%(day)s: from what time?")
    await player.taps(player.named("15:00"), "%(day)s, from %(time)s. Until what time?")
    await player.taps(player.named("17:00"), WHY_OFF)
    taken = await player.taps("The master is ill", OFF)
    assert f"{desk.stage.day(8)}, 15:00–17:00" in taken.text
    await desk.taps("Back", "Your time off:")
    await player.taps(player.named("↩️"), desk.said(WORKS))


async def steps_back_from_visits_in_the_way_then_cancels_them(desk: Desk) -> None:
    player = desk.player
    clients = [await visitor(desk, day=9, hour=hour) for hour in (11, 15)]
    for step in ("Back", "Cancel all with a reason"):
        await desk.opens("Day off")
        await desk.taps("A day", WHICH_DAY)
        shown = await player.taps(player.named(desk.stage.day(9)), IN_THE_WAY)
        assert all(client.name in shown.text for client in clients)
        if step == "Back":
            await desk.taps("Back", "When do you take time off?")
            assert await in_thread(time_off) == 0
    await player.taps(
        "Cancel all with a reason", "Write the reason in a message: the clients get to read it. Or choose:"
    )
    await player.types("\u200b", SAY_WHY)
    await player.taps("Something urgent has come up", OFF)
    for client in clients:
        await client.hears(desk.said("The master has cancelled your visit."))
        assert client.says("Something urgent has come up")
        assert client.shows("Book")
    await desk.taps("Back", "Your time off:")
    await player.taps(player.named("↩️"), desk.said(WORKS))


async def offers_other_times_to_who_is_in_the_way(desk: Desk) -> None:
    player = desk.player
    client = await visitor(desk, day=10, hour=11)
    await desk.opens("Day off")
    await desk.taps("A day", WHICH_DAY)
    await player.taps(player.named(desk.stage.day(10)), IN_THE_WAY)
    await player.taps("Offer another time", "%(count)d client is asked to move; until they agree, the visit stays.")
    await client.hears("%(master)s can't see you on %(when)s after all. Will another time do?")
    await client.taps("Keep the old time", "All right, the visit stays as it is. The master knows.")
    if desk.is_own:
        overview = player.screen
        await player.hears("The client keeps the time", about=client.name)
        await player.taps("Open the booking", "A visit")
        player.returns_to(overview)
    await desk.taps("Back", "Your time off:")
    await player.taps(player.named("↩️"), desk.said(WORKS))


async def has_lunch_at_another_time(desk: Desk) -> None:
    player = desk.player
    client = await visitor(desk, day=11, hour=16)
    lunch = await desk.opens("Lunch")
    assert "13:00–14:00" in lunch.text
    done = await player.taps(player.named("16:00"), "Lunch from today on: %(hours)s.")
    assert player.says("These visits run into it, and stay:")
    assert client.name in done.text
    await desk.taps("Back", ASK_LUNCH)
    await player.taps("No lunch", "Lunch from today on: %(hours)s.")
    await desk.taps("Back", ASK_LUNCH)
    await player.taps(player.named("13:00"), "Lunch from today on: %(hours)s.")
    await desk.taps("Back", ASK_LUNCH)
    await player.taps("For one day only", "On which day is lunch at another time?")
    await player.taps(player.named(desk.stage.day(12)), "Lunch on %(day)s: %(now)s. When shall it be?")
    await player.taps(player.named("14:00"), "Lunch on %(day)s: %(hours)s.")
    await player.taps("Back", "Lunch on %(day)s: %(now)s. When shall it be?")
    assert any("✅" in text and "14:00" in text for text in player.screen.button_texts)


def time_off() -> int:
    return AvailabilityBlock.objects.filter(kind=BlockKind.TIME_OFF).count()


PATHS = (
    takes_a_day_off_and_back,
    takes_several_days_off,
    takes_a_part_of_a_day_off,
    steps_back_from_visits_in_the_way_then_cancels_them,
    offers_other_times_to_who_is_in_the_way,
    has_lunch_at_another_time,
)
