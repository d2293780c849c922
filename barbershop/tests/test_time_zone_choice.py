"""The choice of a time zone, played over HTTP against a strict Bot API server."""

import pytest

from accounts.models import User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest
from barbershop.tests.test_bot import assert_clean

pytestmark = pytest.mark.usefixtures("bot")


async def time_zone() -> str:
    return await in_thread(lambda: User.objects.get(telegram_id=1001).time_zone)


async def test_a_client_says_where_they_live_and_sees_it_ticked(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/language", "Выберите язык")
    choice = await anna.taps("Часовой пояс", "В каком часовом поясе")
    assert "Москва, UTC+3" in choice.text
    assert choice.button_texts[0] == "✅ Как в барбершопе"
    chosen = await anna.taps("Омск, UTC+6", "✅ Омск, UTC+6")
    assert chosen.button_texts[0] == "Как в барбершопе"
    assert await time_zone() == "Asia/Omsk"
    again = await anna.taps("Как в барбершопе", "✅ Как в барбершопе")
    assert sum("✅" in text for text in again.button_texts) == 1
    assert await time_zone() == ""
    await anna.taps("Назад", "Выберите язык")
    await anna.taps("В меню", "Записаться")
    await assert_clean(telegram)


@pytest.mark.parametrize("data", ["1setz:Mars/Olympus", "1setz:Europe/Paris", "1setz", "1setz:Asia/Omsk:1", "1setz:%s"])
async def test_a_forged_zone_is_an_old_button(data: str, anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/start", "Записаться")
    await telegram.tap(anna.person, data, menu.id, forge=True)
    await telegram.wait_for(anna.person, "Кнопка устарела")
    assert await time_zone() == ""
    await assert_clean(telegram)


async def test_the_choice_is_complete_in_english(telegram: SandboxClient) -> None:
    john = Guest(telegram, await telegram.person(1003, first_name="John", language_code="en"))
    await john.types("/language", "Choose the language")
    choice = await john.taps("Time zone", "Which time zone")
    assert "Moscow, UTC+3" in choice.text
    await john.taps("Kamchatka, UTC+12", "✅ Kamchatka, UTC+12")
    await assert_clean(telegram)
