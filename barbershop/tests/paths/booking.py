"""Steps that many paths share."""

from barbershop.sandbox.client import Message
from barbershop.tests.paths.player import Player

# So many places down the list of days: none of the days on which a path has other plans.
A_FREE_DAY = 8


async def goes_to_days(client: Player, *, service: str = "Haircut", master: str = "Борис") -> Message:
    await client.types("/start", "Hello, %(name)s!")
    await client.taps("Book", "What shall we do?")
    await client.taps(service, "%(service)s. Which master?")
    return await client.taps(client.named(master), "%(service)s. Which day?")


async def chooses_a_time(client: Player, *, day: int = A_FREE_DAY, time: int = 0) -> Message:
    """From the days to the summary."""
    await client.taps(client.nth(day), "%(service)s, %(day)s. What time?")
    return await client.taps(client.nth(time), "Shall we book it?")


async def moves(client: Player, *, day: int = A_FREE_DAY + 1) -> Message:
    """From the card, or from a question with the same button, to the new time."""
    await client.taps("Reschedule", "Which day shall we move it to?")
    await client.taps(client.nth(day), "%(day)s. What time shall we move it to?")
    await client.taps(client.nth(0), "Shall we move it?")
    moved = await client.taps("Confirm", "The visit is moved. See you!")
    await client.hears("Your visit is moved to another time.")
    return moved


async def cancels(client: Player) -> Message:
    await client.taps("Cancel", "Cancel the visit on %(when)s?")
    return await client.taps("Cancel", "The booking is cancelled.")
