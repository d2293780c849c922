"""What clients do: book, meet a conflict, cancel, move."""

from barbershop.sandbox.client import Message
from barbershop.smoke.cast import MASTER, SETTLE_SECONDS, Play, check
from barbershop.smoke.play import BOOK, CANCEL, CONFIRM, MOVE, MY_BOOKINGS, SCHEDULE, TAKEN, Client, days, times

MOST_TAPS = 6
# Of the days on offer: at least two days ahead, whatever has to be announced in good time.
THIRD_DAY = 2


async def people_say_start(play: Play) -> None:
    chat = play.stage.chat
    play.anna = Client(chat, await chat.person(1001, first_name="Анна"))
    play.viktor = Client(chat, await chat.person(1002, first_name="Виктор"))
    play.boris = Client(chat, await chat.person(MASTER.telegram_id, first_name=MASTER.name), home=SCHEDULE)
    for person in (play.anna, play.viktor, play.boris):
        await person.start()


async def client_books_in_six_taps(play: Play) -> None:
    """Both clients are looking at the same time's summary when the first one confirms."""
    play.day, play.time = await play.anna.go_to_summary(master=MASTER.name, day=THIRD_DAY)
    await play.viktor.go_to_summary(master=MASTER.name, day=play.day, time=play.time)
    card = await play.anna.tap(CONFIRM, CANCEL)
    check(play.when in card.text, f"the card does not say {play.when}: {card.text!r}")
    check(play.anna.taps <= MOST_TAPS, f"it took {play.anna.taps} taps")


async def second_client_meets_a_conflict(play: Play) -> None:
    screen = await play.viktor.tap(CONFIRM, TAKEN)
    check(times(screen), "no fresh times are offered")
    check(play.time not in times(screen), "the time that is taken is still offered")


async def one_active_booking_a_client(play: Play) -> None:
    await play.anna.start()
    card = await play.anna.tap(BOOK, CANCEL)
    check(play.when in card.text, f"the card of the active booking is not shown: {card.text!r}")


async def both_sides_hear_of_the_booking(play: Play) -> None:
    await _both_sides_hear(play, "client_confirmed", "master_new")


async def client_cancels(play: Play) -> None:
    await play.anna.start()
    await play.anna.tap(MY_BOOKINGS, CANCEL)
    question = play.anna.screen.text
    await play.anna.tap(CANCEL, lambda screen: screen.text != question)
    await play.anna.tap(CANCEL, lambda screen: play.when in screen.text and not screen.has_button(CANCEL))


async def both_sides_hear_of_the_cancellation(play: Play) -> None:
    await _both_sides_hear(play, "client_cancelled", "master_cancelled")


async def freed_time_is_offered_again(play: Play) -> None:
    await play.viktor.start()
    await play.viktor.go_to_times(master=MASTER.name, day=play.day)
    check(play.time in times(play.viktor.screen), "the cancelled time is not free again")


async def client_reschedules(play: Play) -> None:
    """Viktor takes the freed time, and then moves to the day's last one."""
    viktor = play.viktor
    await viktor.tap(play.time, CONFIRM)
    await viktor.tap(CONFIRM, CANCEL)
    await viktor.tap(MOVE, lambda screen: bool(days(screen)))
    await viktor.tap(play.day, lambda screen: bool(times(screen)))
    later = times(viktor.screen)[-1]
    check(later != play.time, "there is no other time to move to")
    await viktor.tap(later, CONFIRM)
    play.time = later
    card = await viktor.tap(CONFIRM, CANCEL)
    check(play.when in card.text, f"the card does not say {play.when}: {card.text!r}")
    await play.stage.settled(seconds=SETTLE_SECONDS)
    check(await play.stage.value("SELECT max(revision) FROM bookings") == 1, "the booking has not moved once")


async def _both_sides_hear(play: Play, client_kind: str, master_kind: str) -> None:
    """Each side got one message of its own more, beside the conversation, that says when; the outbox knows it too."""
    stage = play.stage
    play.news += 1
    for person in (play.anna.person.id, MASTER.telegram_id):

        async def told(person: int = person) -> bool:
            return len(await _news(play, person)) >= play.news

        await stage.children.until(f"the message to {person} is", told, seconds=SETTLE_SECONDS)
    await stage.settled(seconds=SETTLE_SECONDS)
    for person in (play.anna.person.id, MASTER.telegram_id):
        count = len(await _news(play, person))
        check(count == play.news, f"{count} messages to {person} about the booking, not {play.news}")
    sent = {row["kind"] for row in await stage.rows("SELECT kind FROM notifications WHERE status = 'sent'")}
    check({client_kind, master_kind} <= sent, f"the outbox has sent only {sorted(sent)}")


async def _news(play: Play, person: int) -> list[Message]:
    history = await play.stage.chat.history(person)
    return [m for m in history if m.from_bot and play.when in m.text and m.id not in play.anna.screens]
