"""What the help says: to each role about what it can do."""

import pytest
from django.utils import translation

from accounts.bot import help_screen
from accounts.models import Role
from accounts.tests.factories import UserFactory

SAYS = {
    Role.CLIENT: ["«Записаться»", "«Моих записях»"],
    Role.MASTER: ["«Расписание»", "«Новая запись»", "«Выходной»", "«Обед»", "/book"],
    Role.ADMIN: ["«Расписание»", "«Пригласить мастера»", "/book"],
    Role.OWNER: ["«Расписание»", "«Пригласить мастера»", "/book"],
}


@pytest.mark.parametrize("role", Role)
def test_help_speaks_of_what_the_role_can_do(role: Role) -> None:
    with translation.override("ru"):
        text = help_screen(UserFactory.build(role=role)).text
    for words in SAYS[role]:
        assert words in text
    assert ("«Моих записях»" in text) == (role == Role.CLIENT)
    assert ("«Пригласить мастера»" in text) == (role in (Role.ADMIN, Role.OWNER))
    assert "/start" in text
