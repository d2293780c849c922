"""People for tests."""

# factory-boy's declarations carry no types.
# mypy: disable-error-code="no-untyped-call"

from factory.declarations import Sequence
from factory.django import DjangoModelFactory

from accounts.models import Role, User


class UserFactory(DjangoModelFactory[User]):
    """A client who came from Telegram."""

    class Meta:
        model = User

    telegram_id = Sequence(lambda n: 10_000 + n)
    name = Sequence(lambda n: f"Client {n}")
    password = "!"
    role = Role.CLIENT
