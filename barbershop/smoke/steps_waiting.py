"""The waiting list: a full day, a time that comes free on it, the offer, the booking."""

from barbershop.smoke.cast import MASTER, SETTLE_SECONDS, Play, check
from barbershop.smoke.play import BOOK, CANCEL, HAIRCUT, TELL_ME, Client, days

_OFFERED = "Освободилось время"


async def client_asks_to_be_told(play: Play) -> None:
    """Nothing is free on the day; Anna waits for it."""
    anna = play.anna
    check(play.day not in await _days_offered(anna), "the full day is offered")
    await anna.tap(TELL_ME, play.day)
    await anna.tap(play.day, lambda screen: play.day in screen.text and not days(screen))
    waiting = await play.stage.value("SELECT count(*) FROM waitlist_entries WHERE status = 'waiting'")
    check(waiting == 1, f"{waiting} people wait")


async def freed_time_is_held_for_who_waits(play: Play) -> None:
    """She is told of it, and nobody else sees it."""
    offer = await play.stage.chat.wait_for(play.anna.person, _OFFERED, since=0)
    check(play.when in offer.text, f"the offer does not say {play.when}: {offer.text!r}")
    check(play.day not in await _days_offered(play.viktor), "the held time is offered to others")
    play.anna.screen = offer


async def waiting_client_takes_the_offer(play: Play) -> None:
    card = await play.anna.tap(BOOK, CANCEL)
    check(play.when in card.text, f"the card does not say {play.when}: {card.text!r}")
    await play.stage.settled(seconds=SETTLE_SECONDS)
    taken = await play.stage.value("SELECT count(*) FROM waitlist_entries WHERE status = 'taken'")
    check(taken == 1, f"{taken} people have got their time")


async def _days_offered(client: Client) -> list[str]:
    """From the menu to the days; what they are."""
    await client.start()
    await client.tap(BOOK, HAIRCUT)
    await client.tap(HAIRCUT, MASTER.name)
    return days(await client.tap(MASTER.name, lambda screen: bool(days(screen))))
