"""What clients see: from the first Start to a booking, and what can be done with it."""

import re

from playwright.async_api import expect

from barbershop.screenshots.album import WIDE_LIMIT_BYTES
from barbershop.screenshots.cast import ANNA, BORIS, GALINA, GLEB, VIKTOR
from barbershop.screenshots.phone import ONE_COLOUR, Phone
from barbershop.screenshots.scene import Scene
from barbershop.screenshots.studio import Studio

HAIRCUT, BEARD = re.compile("^Стрижка ·"), re.compile("^Борода ·")
_SEVERAL_HAIRCUT, _SEVERAL_BEARD = re.compile("(^|✅ )Стрижка ·"), re.compile("(^|✅ )Борода ·")
# Not the first of a list: today's leftovers make a poor picture.
SOON, LATER = 2, 4
_MORNING = 2
# What else the chooser has said would be cut off by the top of the window.
_LAST_WORDS = f"[data-person='{VIKTOR.telegram_id}'] .message:nth-last-child(n + 3) {{ display: none; }}"


async def first_steps(studio: Studio) -> None:
    anna = await studio.phone(ANNA)
    await anna.picture("guide/client-start")
    await anna.start()
    await anna.picture("guide/client-menu")


async def booking(studio: Studio) -> None:
    """Two clients look at the same time; the first one gets it."""
    anna, viktor = await studio.phone(ANNA), await studio.phone(VIKTOR)
    await anna.tap("Записаться", "Что делаем?")
    await anna.picture("guide/client-services")
    await anna.tap(HAIRCUT, "К какому мастеру?")
    await anna.picture("guide/client-masters")
    await anna.tap(BORIS.name, "В какой день?")
    await anna.picture("guide/client-days")
    day = await anna.day(SOON)
    await anna.tap(day, "Во сколько?")
    await anna.picture("guide/client-times")
    time = await anna.time(_MORNING)
    await viktor.start()
    await go_to_times(viktor, HAIRCUT, BORIS.name, day)
    for phone in (anna, viktor):
        await phone.tap(time, "Записываем?")
    await anna.picture("guide/client-summary")
    await anna.tap("Подтвердить", "Вы записаны.")
    await anna.picture("guide/client-card")
    await viktor.tap("Подтвердить", "только что заняли")
    await viktor.picture("guide/client-taken")
    await anna.hears("До встречи!")
    await anna.picture("guide/client-news")


async def side_by_side(studio: Studio) -> None:
    """The chats next to each other: one has booked, her master has heard of it, another client chooses a time."""
    viktor = await studio.phone(VIKTOR)
    await (await studio.phone(BORIS)).hears("Новая запись")
    await viktor.start()
    await viktor.tap("Записаться", "Что делаем?")
    await viktor.tap(BEARD, "К какому мастеру?")
    await viktor.tap(GLEB.name, "В какой день?")
    await viktor.tap(await viktor.day(1), "Во сколько?")
    for counter in ("unanswered", "pending"):
        await expect(studio.page.locator(f"[data-counter={counter}]")).to_have_text("0")
    await studio.page.mouse.move(0, 0)
    style = await studio.page.add_style_tag(content=ONE_COLOUR + _LAST_WORDS)
    picture = await studio.page.screenshot(animations="disabled")
    await style.evaluate("element => element.remove()")
    buttons = await studio.page.locator(".key").all_inner_texts()
    studio.album.add("chat", picture, buttons, limit=WIDE_LIMIT_BYTES)


async def contact(studio: Studio) -> None:
    anna = await studio.phone(ANNA)
    await anna.send_contact("Спасибо, телефон записан.")
    await anna.picture("guide/client-contact", after_own_words=True)


async def changing(studio: Studio) -> None:
    """She moves her booking, puts it into the calendar, and almost cancels it."""
    anna = await studio.phone(ANNA)
    await anna.start()
    await anna.tap("Мои записи", "Вы записаны.")
    await anna.picture("guide/client-my")
    await anna.tap("Перенести", "На какой день перенести?")
    studio.day = await anna.day(LATER)
    await anna.tap(studio.day, "На какое время перенести?")
    await anna.tap(await anna.time(0), "Переносим?")
    await anna.picture("guide/client-move")
    await anna.tap("Подтвердить", "Запись перенесена.")
    await anna.tap("Отменить", "Отменить запись на")
    await anna.picture("guide/client-cancel")
    await anna.tap("Оставить запись", "Вы записаны.")
    await anna.screen.get_by_role("button", name="В календарь").click()
    await anna.hears("Откройте файл")
    await anna.picture("guide/client-calendar")


async def several_services(studio: Studio) -> None:
    viktor = await studio.phone(VIKTOR)
    await viktor.start()
    await viktor.tap("Записаться", "Что делаем?")
    await viktor.tap("Несколько услуг", "Отметьте до трёх услуг")
    await viktor.tap(_SEVERAL_HAIRCUT, "Что-нибудь ещё?")
    await viktor.tap(_SEVERAL_BEARD, "Стрижка + Борода")
    await viktor.picture("guide/client-several")


async def past_visits(studio: Studio) -> None:
    galina = await studio.phone(GALINA)
    await galina.start()
    await galina.tap("Мои записи", "Раньше:")
    await galina.tap("Прошлые визиты", "Нажмите на визит")
    await galina.picture("guide/client-past")
    await galina.tap("Стрижка + борода", "Визит состоялся.")
    await galina.picture("guide/client-again")


async def about_me(studio: Studio) -> None:
    galina = await studio.phone(GALINA)
    await galina.start()
    await galina.tap("Язык", "Выберите язык.")
    await galina.picture("guide/client-language")
    await galina.tap("В меню", "Здравствуйте")
    await galina.tap("Помощь", "Я записываю в барбершоп.")
    await galina.tap("Что обо мне хранится", "Что я о вас знаю")
    await galina.picture("guide/client-privacy")


async def go_to_times(phone: Phone, service: re.Pattern[str], master: str, day: str) -> None:
    """From the menu to the times of a day."""
    await phone.tap("Записаться", "Что делаем?")
    await phone.tap(service, "К какому мастеру?")
    await phone.tap(master, "В какой день?")
    await phone.tap(day, "Во сколько?")


SCENES = (
    Scene(first_steps, ("guide/client-start", "guide/client-menu")),
    Scene(
        booking,
        (
            "guide/client-services",
            "guide/client-masters",
            "guide/client-days",
            "guide/client-times",
            "guide/client-summary",
            "guide/client-card",
            "guide/client-taken",
            "guide/client-news",
        ),
    ),
    Scene(side_by_side, ("chat",)),
    Scene(contact, ("guide/client-contact",)),
    Scene(changing, ("guide/client-my", "guide/client-move", "guide/client-cancel", "guide/client-calendar")),
    Scene(several_services, ("guide/client-several",)),
    Scene(past_visits, ("guide/client-past", "guide/client-again")),
    Scene(about_me, ("guide/client-language", "guide/client-privacy")),
)
