"""What is a master's alone: their menu, and the news of what clients do."""

from barbershop.tests.paths.booking import cancels, moves
from barbershop.tests.paths.desk import SECTIONS, Desk
from barbershop.tests.paths.stage import AT_THE_DESK, FOR_EVERYBODY


async def has_a_menu_and_commands_of_their_own(desk: Desk) -> None:
    player = desk.player
    await player.types("/start", "Your day, new bookings, days off and lunch are here.")
    assert player.shows(*SECTIONS, "Help", "Language")
    assert player.lacks("Book", "Invite a master")
    await desk.stage.shows_commands(player, AT_THE_DESK + FOR_EVERYBODY)
    for section in SECTIONS:
        await desk.commands(section)
        await player.taps("Menu", "Hello, %(name)s!")
    await player.taps("Help", "“New booking” is for who calls or drops in.")
    await player.taps("Menu", "Hello, %(name)s!")
    await player.taps("Language", "Choose the language.")
    await player.types("/book", "What shall we do?")
    await player.types("???", "I only understand buttons. Here they are.")
    assert player.shows(*SECTIONS)


async def opens_the_card_from_every_news(desk: Desk) -> None:
    player, client = desk.player, await desk.stage.client()
    await desk.stage.books(client, day=2, hour=11)
    await player.hears("New booking", about=client.name)
    await player.taps("Open the booking", "A visit")
    await client.taps("My bookings", "You are booked.")
    await moves(client)
    await player.hears("A booking is moved: this is its new time", about=client.name)
    await player.taps("Open the booking", "A visit")
    await client.taps("My bookings", "You are booked.")
    await cancels(client)
    await player.hears("The client has cancelled.", about=client.name)
    await player.taps("Open the booking", "The visit is cancelled")
    await player.taps("Menu", "Hello, %(name)s!")
    await client.hears("Your visit is cancelled.")


PATHS = (has_a_menu_and_commands_of_their_own, opens_the_card_from_every_news)
