"""What is the shop's: every master's day, what masters hear of it, and inviting who works here."""

from accounts.models import Role
from barbershop.tests.paths.desk import SECTIONS, Desk
from barbershop.tests.paths.player import Player
from barbershop.tests.paths.stage import AT_THE_DESK, BORIS, FOR_EVERYBODY
from barbershop.tests.paths.visits import ASK_WHY, opens_card, visitor


async def has_a_menu_and_commands_of_the_shop(desk: Desk) -> None:
    player = desk.player
    await player.types("/start", "Every master's day, new bookings, days off and lunch are here.")
    assert player.shows(*SECTIONS, "Invite a master", "Help", "Language")
    await desk.stage.shows_commands(player, AT_THE_DESK + FOR_EVERYBODY)
    for section in SECTIONS:
        await desk.commands(section)
        await player.taps("Back", SECTIONS[section][1])
        await player.taps(player.named("Борис"), desk.said(SECTIONS[section][2]))
        assert "Борис" in player.screen.text
        await player.taps("Menu", "Hello, %(name)s!")
    await player.taps("Help", "I keep the days of all masters in order.")


async def cancels_and_the_master_hears_of_it(desk: Desk) -> None:
    of_boris = desk._replace(master="Борис")
    boris = await desk.stage.master(BORIS)
    client = await visitor(of_boris, day=5, hour=11)
    await boris.hears("New booking", about=client.name)
    await opens_card(of_boris, client, day=5)
    await desk.taps("Cancel with reason", ASK_WHY)
    await desk.taps("The master is ill", "The visit is cancelled")
    await client.hears("The barbershop has cancelled your visit.")
    await boris.hears("The administrator has cancelled.", about=client.name)
    await boris.taps("Open the booking", "The visit is cancelled")


async def invites_a_master_who_can_work_at_once(desk: Desk) -> None:
    await desk.player.types("/start", "Hello, %(name)s!")
    newcomer = await desk.stage.client()
    url = await makes_link(desk.player, "A master", "A link for a master")
    await newcomer.follows(url, "You are a master now.")
    assert newcomer.shows(*SECTIONS)
    await desk.stage.shows_commands(newcomer, AT_THE_DESK + FOR_EVERYBODY)
    await newcomer.taps("Schedule", "today")
    late = await desk.stage.client()
    refused = "This invitation can't be used: it is too old, or was used already. Please ask for a new one."
    await late.follows(url, refused)
    assert late.shows("Book")
    await late.taps("Book", "What shall we do?")
    await late.taps("Haircut", "%(service)s. Which master?")
    await late.taps(late.named(newcomer.name), "%(service)s. Which day?")


async def the_owner_invites_an_administrator(desk: Desk) -> None:
    owner, newcomer = await desk.stage.staff(Role.OWNER), await desk.stage.client()
    url = await makes_link(owner, "An administrator", "A link for an administrator")
    await newcomer.follows(url, "You are an administrator now: the days of all masters are yours.")
    assert newcomer.shows(*SECTIONS, "Invite a master")


async def makes_link(player: Player, role: str, sees: str) -> str:
    await player.taps("Invite a master", "Whom shall we invite?")
    shown = await player.taps(role, sees)
    (url,) = (word for word in shown.text.split() if word.startswith("https://"))
    return url


PATHS = (
    has_a_menu_and_commands_of_the_shop,
    cancels_and_the_master_hears_of_it,
    invites_a_master_who_can_work_at_once,
    the_owner_invites_an_administrator,
)
