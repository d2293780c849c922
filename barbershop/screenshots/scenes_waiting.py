"""A day on which everything is taken, and the place on it that comes free."""

from barbershop.screenshots.cast import BORIS, GALINA, VIKTOR
from barbershop.screenshots.phone import Phone
from barbershop.screenshots.scene import Scene
from barbershop.screenshots.scenes_client import HAIRCUT, LATER, go_to_times
from barbershop.screenshots.studio import Studio


async def full_day(studio: Studio) -> None:
    """A client has the day's last hour, and the master is away until then."""
    viktor, boris = await studio.phone(VIKTOR), await studio.phone(BORIS)
    day, time = await _book_the_last_hour(viktor)
    await boris.start()
    await boris.tap("Выходной", "Когда отдыхаете?")
    await boris.tap("Часть дня", "В какой день освободить часть дня?")
    await boris.tap(day, "с какого часа?")
    await boris.tap(await boris.time(0), "До какого часа?")
    await boris.picture("guide/master-part")
    await boris.tap(time, "Записать причину?")
    await boris.tap("Без причины", "Выходной:")
    await _wait_for(await studio.phone(GALINA), day)
    await viktor.start()
    await viktor.tap("Мои записи", "Вы записаны.")
    await viktor.tap("Отменить", "Отменить запись на")
    await viktor.tap("Отменить", "Запись отменена.")
    galina = await studio.phone(GALINA)
    await galina.hears("Освободилось время!")
    await galina.picture("guide/client-offer")


async def _book_the_last_hour(client: Phone) -> tuple[str, str]:
    """Of the day after the one that the first client has; its words."""
    await client.start()
    await client.tap("Записаться", "Что делаем?")
    await client.tap(HAIRCUT, "К какому мастеру?")
    await client.tap(BORIS.name, "В какой день?")
    day = await client.day(LATER + 1)
    await client.tap("В меню", "Здравствуйте")
    await go_to_times(client, HAIRCUT, BORIS.name, day)
    time = await client.time(-1)
    await client.tap(time, "Записываем?")
    await client.tap("Подтвердить", "Вы записаны.")
    return day, time


async def _wait_for(client: Phone, day: str) -> None:
    await client.start()
    await client.tap("Записаться", "Что делаем?")
    await client.tap(HAIRCUT, "К какому мастеру?")
    await client.tap(BORIS.name, "В какой день?")
    await client.tap("Сообщить, если освободится", "На эти дни всё занято.")
    await client.tap(day, "Сообщу, как только освободится время")
    await client.picture("guide/client-waiting")


SCENES = (Scene(full_day, ("guide/master-part", "guide/client-waiting", "guide/client-offer")),)
