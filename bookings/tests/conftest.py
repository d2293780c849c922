"""Those of the cast who book and change bookings, as actors."""

import pytest

from accounts.actors import Actor
from accounts.models import Channel, User
from schedules.models import Master


@pytest.fixture
def anna_herself(anna: User) -> Actor:
    """The client, in the chat."""
    return Actor(anna.pk, Channel.BOT)


@pytest.fixture
def boris_himself(boris: Master) -> Actor:
    """The master, in the chat."""
    return Actor(boris.user_id, Channel.BOT)


@pytest.fixture
def gleb_himself(gleb: Master) -> Actor:
    """The other master, in the chat."""
    return Actor(gleb.user_id, Channel.BOT)


@pytest.fixture
def irina(administrator: User) -> Actor:
    """The administrator, in admin."""
    return Actor(administrator.pk, Channel.ADMIN)
