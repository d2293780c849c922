"""What masters and administrators see."""

import re

from playwright.async_api import expect

from barbershop.screenshots.cast import ANNA, ARTYOM, BORIS, CALLER, CALLERS_PHONE, OLGA, WALK_IN
from barbershop.screenshots.scene import Scene
from barbershop.screenshots.studio import Studio

_LINK = re.compile(r"https://t\.me/\S+")


async def day_of_a_master(studio: Studio) -> None:
    boris = await studio.phone(BORIS)
    await boris.hears("Новая запись")
    await boris.picture("guide/master-news")
    await boris.start()
    await boris.picture("guide/master-menu")
    await boris.tap("Расписание", "сегодня")
    await boris.tap("Неделя", "Неделя")
    await boris.picture("guide/master-week")
    await boris.tap(re.compile(f"^{studio.day}$"), ANNA.name)
    await boris.picture("guide/master-day")
    await boris.tap(ANNA.name, "📞")
    await boris.picture("guide/master-card")
    await boris.tap("Отменить с причиной", "Почему отменяем запись")
    await boris.picture("guide/master-reason")


async def no_show(studio: Studio) -> None:
    """The guest's hour was today, or yesterday when the day is young."""
    boris = await studio.phone(BORIS)
    await boris.start()
    await boris.tap("Расписание", "сегодня")
    if not await boris.has_button(WALK_IN):
        await boris.screen.get_by_role("button", name="⬅️").first.click()
        await expect(boris.screen.get_by_role("button", name=WALK_IN)).to_be_visible()
    await boris.tap(WALK_IN, "📞")
    await boris.picture("guide/master-no-show")


async def caller(studio: Studio) -> None:
    boris = await studio.phone(BORIS)
    await boris.start()
    await boris.tap("Новая запись", "Какая услуга?")
    await boris.picture("guide/master-new")
    await boris.tap(re.compile("^Стрижка$"), "В какой день?")
    await boris.tap(studio.day, "Во сколько?")
    await boris.tap(await boris.time(-1), "На чьё имя записать?")
    await boris.picture("guide/master-name")
    await boris.say(CALLER, "Какой телефон у клиента")
    await boris.picture("guide/master-phone", after_own_words=True)
    await boris.say(CALLERS_PHONE, "Записано.")
    await boris.picture("guide/master-booked")


async def days_off_and_lunch(studio: Studio) -> None:
    boris = await studio.phone(BORIS)
    await boris.start()
    await boris.tap("Выходной", "Ваши выходные:")
    await boris.picture("guide/master-dayoff")
    await boris.tap("Один день", "Какой день сделать выходным?")
    await boris.tap(studio.day, "Что с ними делаем?")
    await boris.picture("guide/master-conflicts")
    await boris.start()
    await boris.tap("Обед", "Сейчас обед")
    await boris.picture("guide/master-lunch")


async def administrator(studio: Studio) -> None:
    """She runs everybody's day, and invites a new master, who has joined with one tap."""
    olga = await studio.phone(OLGA)
    await olga.start()
    await olga.picture("guide/admin-menu")
    await olga.tap("Расписание", "Чьё расписание?")
    await olga.picture("guide/admin-whose")
    await olga.tap("В меню", "Здравствуйте")
    await olga.tap("Пригласить мастера", "Кого приглашаем?")
    await olga.tap("Мастера", "Ссылка для мастера")
    await olga.picture("guide/admin-invite")
    link = _LINK.search(await olga.screen.locator(".bubble").inner_text())
    artyom = await studio.phone(ARTYOM)
    await studio.chat.open_link(ARTYOM.telegram_id, link[0] if link else "")
    await artyom.hears("Теперь вы мастер")
    await artyom.picture("guide/master-welcome")


SCENES = (
    Scene(
        day_of_a_master,
        (
            "guide/master-news",
            "guide/master-menu",
            "guide/master-week",
            "guide/master-day",
            "guide/master-card",
            "guide/master-reason",
        ),
    ),
    Scene(no_show, ("guide/master-no-show",)),
    Scene(caller, ("guide/master-new", "guide/master-name", "guide/master-phone", "guide/master-booked")),
    Scene(days_off_and_lunch, ("guide/master-dayoff", "guide/master-conflicts", "guide/master-lunch")),
    Scene(administrator, ("guide/admin-menu", "guide/admin-whose", "guide/admin-invite", "guide/master-welcome")),
)
