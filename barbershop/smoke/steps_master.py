"""What the master does: lunch, a booking by hand, a day off, a cancellation."""

from barbershop.smoke.cast import FLOOD, ILLNESS, MASTER, PHONE, SETTLE_SECONDS, WALK_IN, Play, check
from barbershop.smoke.play import CANCEL, CONFIRM, DAY_OFF, HAIRCUT, LUNCH, NEW_BOOKING, SCHEDULE, days, times

_LUNCH, _AFTER_LUNCH = "12:00", "13:00"
_ONE_DAY, _CANCEL_ALL, _BACK = "Один день", "Отменить все с причиной", "Назад"
_WITH_REASON, _WEEK = "Отменить с причиной", "Неделя"
_PART, _NO_REASON, _TAKEN_BACK = "Часть дня", "Без причины", "↩️"
_NO_WORDS = "\u200b"


async def master_changes_lunch(play: Play) -> None:
    """Clients see it in the times on offer."""
    await play.boris.start()
    await play.boris.tap(LUNCH, _LUNCH)
    await play.boris.tap(_LUNCH, f"{_LUNCH}–{_AFTER_LUNCH}")
    await play.anna.start()
    await play.anna.go_to_times(master=MASTER.name, day=play.day)
    offered = times(play.anna.screen)
    check(_LUNCH not in offered, "the new lunch is offered to clients")
    check(_AFTER_LUNCH in offered, "the old lunch is not offered to clients")


async def master_writes_down_a_walk_in(play: Play) -> None:
    boris = play.boris
    await boris.start()
    await boris.tap(NEW_BOOKING, HAIRCUT.split()[0])
    await boris.tap(HAIRCUT.split()[0], lambda screen: bool(days(screen)))
    await boris.tap(play.day, lambda screen: bool(times(screen)))
    time = times(boris.screen)[0]
    await boris.tap(time, lambda screen: not times(screen))
    await boris.say(WALK_IN, "Без телефона")
    card = await boris.say(PHONE, _WITH_REASON)
    for words in (WALK_IN, PHONE, f"{play.day}, {time}"):
        check(words in card.text, f"the card does not show all: {card.text!r}")
    rows = await play.stage.value("SELECT count(*) FROM bookings WHERE source = 'master' AND client_id IS NULL")
    check(rows == 1, f"{rows} bookings by the master")


async def day_off_steps_back_from_bookings(play: Play) -> None:
    """It lists them; Back changes nothing."""
    await _want_day_off(play)
    for name in (play.viktor.person.first_name, WALK_IN):
        check(name in play.boris.screen.text, f"a booking in the way is not listed: {play.boris.screen.text!r}")
    await play.boris.tap(_BACK, _ONE_DAY)
    check(await _confirmed(play) == [play.viktor.person.first_name, WALK_IN], "a step back has changed something")


async def day_off_cancels_them_with_a_reason(play: Play) -> None:
    """One reason for all, and the client reads it."""
    await _want_day_off(play)
    await play.boris.tap(_CANCEL_ALL, lambda screen: not screen.has_button(_CANCEL_ALL))
    await play.boris.say(FLOOD, lambda screen: play.day in screen.text)
    check(await _confirmed(play) == [], "bookings are left on the day off")
    told = await play.stage.chat.wait_for(play.viktor.person, FLOOD, since=0)
    check(play.day in told.text, f"the client is not told of which day: {told.text!r}")
    await play.stage.settled(seconds=SETTLE_SECONDS)


async def day_off_is_taken_back(play: Play) -> None:
    """Clients are offered the day again."""
    await play.boris.start()
    await play.boris.tap(DAY_OFF, _TAKEN_BACK)
    await play.boris.tap(_TAKEN_BACK, lambda screen: not screen.has_button(_TAKEN_BACK))
    left = await play.stage.value("SELECT count(*) FROM availability_blocks WHERE kind = 'time_off'")
    check(left == 0, f"{left} stretches of time off are left")
    await play.viktor.start()
    await play.viktor.go_to_summary(master=MASTER.name, day=play.day, time=play.time)


async def part_of_a_day_is_taken_off(play: Play) -> None:
    """Viktor is booked at the day's end, and the master is away until then: the day is full."""
    await play.viktor.tap(CONFIRM, CANCEL)
    boris = play.boris
    await boris.start()
    await boris.tap(DAY_OFF, _PART)
    await boris.tap(_PART, play.day)
    await boris.tap(play.day, lambda screen: bool(times(screen)))
    await boris.tap(times(boris.screen)[0], play.time)
    await boris.tap(play.time, _NO_REASON)
    await boris.tap(_NO_REASON, f"–{play.time}")


async def no_cancellation_without_a_reason(play: Play) -> None:
    """The question is asked again, and the booking stays."""
    boris, name = play.boris, play.viktor.person.first_name
    await boris.start()
    await boris.tap(SCHEDULE, _WEEK)
    await boris.tap(_WEEK, play.day)
    await boris.tap(play.day, name)
    await boris.tap(name, _WITH_REASON)
    await boris.tap(_WITH_REASON, lambda screen: not screen.has_button(_WITH_REASON))
    asked = boris.screen.text
    again = await boris.say(_NO_WORDS, lambda screen: asked in screen.text)
    check(again.text != asked, "nobody says why the reason was no good")
    check(await _confirmed(play) == [name], "it was cancelled without a reason")


async def master_cancels_with_a_reason(play: Play) -> None:
    """And the client reads it."""
    card = await play.boris.say(ILLNESS, lambda screen: play.day in screen.text)
    check(not card.has_button(_WITH_REASON), "a cancelled visit can be cancelled again")
    check(await _confirmed(play) == [], "the booking is still there")
    await play.stage.chat.wait_for(play.viktor.person, ILLNESS, since=0)


async def _want_day_off(play: Play) -> None:
    """From the menu to the question what becomes of the bookings on the day."""
    await play.boris.start()
    await play.boris.tap(DAY_OFF, _ONE_DAY)
    await play.boris.tap(_ONE_DAY, play.day)
    await play.boris.tap(play.day, _CANCEL_ALL)


async def _confirmed(play: Play) -> list[str]:
    """Whose visits are to come, by name."""
    rows = await play.stage.rows(
        "SELECT coalesce(u.name, b.walk_in_name) AS name FROM bookings b LEFT JOIN users u ON u.id = b.client_id"
        " WHERE b.status = 'confirmed' ORDER BY b.id"
    )
    return [row["name"] for row in rows]
