"""What people do with the bot in groups and channels, and what the bot does there."""

from barbershop.sandbox.acts import deliver, say, tell_membership
from barbershop.sandbox.entities import FormattedText
from barbershop.sandbox.groups import Group
from barbershop.sandbox.state import Json, Message, Person
from barbershop.sandbox.world import RefusedError, World


def add_bot(world: World, person: Person, group: Group) -> None:
    """To a channel a bot comes as an administrator only; a group also gets a message about the newcomer."""
    if group.joined:
        raise RefusedError("the bot is there already")
    before, group.status = group.status, "administrator" if group.kind == "channel" else "member"
    tell_membership(world, group, by=person.user(), before=before, after=group.status)
    if group.kind != "channel":
        newcomer = {"new_chat_members": [world.bot]}
        deliver(world, world.add_message(group, sender=person, formatted=FormattedText(""), extra=newcomer))


def remove_bot(world: World, person: Person, group: Group) -> None:
    _leave(world, group, by=person.user(), status="kicked")


def leave(world: World, group: Group) -> None:
    """The bot leaves by itself; it is told so, as of anybody's change."""
    _leave(world, group, by=world.bot, status="left")


def promote_bot(world: World, person: Person, group: Group) -> None:
    before, group.status = group.status, "administrator"
    tell_membership(world, group, by=person.user(), before=before, after=group.status)


def say_there(world: World, person: Person, group: Group, text: str) -> Message:
    """Reaches the bot as far as privacy mode lets it: https://core.telegram.org/bots/features#privacy-mode."""
    if group.joined:
        return say(world, person, text, chat=group)
    raise RefusedError("the bot isn't there")


def _leave(world: World, group: Group, *, by: Json, status: str) -> None:
    if not group.joined:
        raise RefusedError("the bot isn't there")
    before, group.status = group.status, status
    tell_membership(world, group, by=by, before=before, after=status)
