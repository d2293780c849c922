"""The administrator's conversation: every master's day, in the chat; and the table of access about days of others."""

from typing import Any

import pytest

from accounts.access import NOT_OWN, refusal
from accounts.callbacks import Answer
from accounts.models import ExpectedInput, Role, User
from accounts.threads import in_thread
from barbershop.access import RULES, resource_of
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest, eventually
from barbershop.tests.test_bot_desk import assert_clean, bookings, questions
from bookings.models import BookingStatus
from schedules.models import AvailabilityBlock, BlockKind, Lunch, Master
from schedules.tests.factories import MasterFactory


@pytest.fixture
async def irina(shop: None, telegram: SandboxClient) -> Guest:
    """The administrator, in the chat."""
    await in_thread(lambda: User.objects.create(telegram_id=3001, name="Ирина", role=Role.ADMIN, password="!"))
    return Guest(telegram, await telegram.person(3001, first_name="Ирина", language_code="ru"))


async def stay_alone(name: str) -> None:
    """The other masters take no bookings any more."""
    await in_thread(lambda: Master.objects.exclude(name=name).update(is_active=False))


@pytest.mark.usefixtures("bot", "worker")
async def test_the_shop_books_for_a_master_who_opens_the_card_from_the_news_and_cancels_it(
    irina: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Расписание")
    menu = await irina.types("/start", "Здравствуйте, Ирина!")
    assert menu.has_button("Пригласить мастера")
    choice = await irina.taps("Новая запись", "Новая запись. К кому?")
    assert [words for words in choice.button_texts if "💈" in words] == ["💈 Борис", "💈 Глеб"]
    await irina.taps("Борис", "Какая услуга?")
    await irina.taps("Несколько услуг", "Отметьте")
    await irina.taps("Стрижка ·", "Что-нибудь ещё?")
    await irina.taps("Борода ·", "Стрижка + Борода")
    days = await irina.taps("Дальше", "В какой день")
    assert days.text.startswith("💈 Борис")
    times = await irina.taps(days.button_texts[1], "Во сколько")
    await irina.taps(times.button_texts[0], "На чьё имя")
    await irina.types("Павел", "Какой телефон")
    card = await irina.types("+79160000001", "Записано.")
    assert "Стрижка + Борода" in card.text
    (booking,) = await bookings()
    assert (booking.master.name, booking.source) == ("Борис", "admin")
    assert booking.total_price == 2400
    await telegram.wait_for(boris.person, lambda message: message.has_button("Открыть запись"), since=0)
    opened = await boris.taps("Открыть запись", "+79160000001")
    assert "💈" not in opened.text
    await irina.taps("Отменить с причиной", "Почему отменяем запись: Павел")
    await irina.types("Прорвало трубу", "Запись отменена")
    assert (await bookings())[0].cancelled_by == "admin"
    await telegram.wait_for(boris.person, "Отменил администратор", since=0)
    await assert_clean(telegram)


@pytest.mark.usefixtures("bot")
async def test_days_off_and_lunch_are_those_of_the_master_that_was_chosen(
    irina: Guest, telegram: SandboxClient
) -> None:
    await irina.types("/dayoff", "Чей выходной?")
    await irina.taps("Глеб", "Когда выходной?")
    days = await irina.taps("Один день", "Какой день сделать выходным?")
    await irina.taps(days.button_texts[2], "Записать причину?")
    await irina.types("Учёба", "Выходной:")
    off = await in_thread(lambda: AvailabilityBlock.objects.select_related("master").get(kind=BlockKind.TIME_OFF))
    assert (off.master.name, off.reason) == ("Глеб", "Учёба")
    await irina.taps("Назад", "Выходные:")
    await irina.taps("Назад", "Чей выходной?")
    await irina.types("/lunch", "Чей обед?")
    await irina.taps("Борис", "Сейчас обед: 13:00–14:00")
    done = await irina.taps("15:00", "Обед с сегодняшнего дня: 15:00–16:00.")
    assert done.text.startswith("💈 Борис")
    assert await in_thread(lambda: Lunch.objects.get().master.name) == "Борис"
    await assert_clean(telegram)


@pytest.mark.usefixtures("bot")
async def test_a_question_about_one_master_is_closed_by_turning_to_another(irina: Guest) -> None:
    await irina.types("/dayoff", "Чей выходной?")
    await irina.taps("Борис", "Когда выходной?")
    days = await irina.taps("Один день", "Какой день сделать выходным?")
    await irina.taps(days.button_texts[2], "Записать причину?")
    assert await questions() == ["off_reason"]
    await irina.types("/dayoff", "Чей выходной?")
    await irina.taps("Глеб", "Когда выходной?")
    await irina.types("Учёба", "Я понимаю только кнопки")
    assert not await in_thread(AvailabilityBlock.objects.exists)


@pytest.mark.usefixtures("bot")
async def test_an_administrator_no_more_is_refused_at_the_next_tap_and_with_their_answer(
    irina: Guest, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.books(day=1)
    (booking,) = await bookings()
    menu = await irina.types("/start", "Здравствуйте, Ирина!")
    await telegram.tap(irina.person, f"1dr:{booking.pk}", menu.id, forge=True)
    await telegram.wait_for(irina.person, "Почему отменяем запись: Анна")
    await in_thread(lambda: User.objects.filter(telegram_id=3001).update(role=Role.CLIENT))
    await irina.types("Болею", "Это только для мастеров.")
    await eventually(lambda: not ExpectedInput.objects.exists())
    await telegram.tap(irina.person, f"1dc:{booking.pk}:1", menu.id, forge=True)
    await telegram.wait_for(irina.person, "Это только для мастеров.")
    await in_thread(lambda: User.objects.filter(telegram_id=3001).update(role=Role.ADMIN, is_active=False))
    await telegram.tap(irina.person, f"1dc:{booking.pk}:1", menu.id, forge=True)
    await telegram.wait_for(irina.person, "Доступ закрыт")
    assert (await bookings())[0].status == BookingStatus.CONFIRMED
    await assert_clean(telegram)


@pytest.mark.usefixtures("bot")
async def test_with_one_master_the_day_is_there_at_once_and_in_english(irina: Guest, telegram: SandboxClient) -> None:
    await stay_alone("Борис")
    await irina.types("/language", "Выберите язык")
    await irina.taps("English", "Choose the language")
    await irina.taps("Menu", "Every master's day")
    day = await irina.taps("Schedule", "today")
    assert day.text.startswith("💈 Борис")
    await irina.taps("The week", "The week")
    await irina.taps("Menu", "Invite a master")
    await irina.taps("Lunch", "Lunch now: 13:00–14:00")
    await irina.taps("Menu", "Day off")
    await irina.taps("Day off", "When is the day off?")
    help_text = (await irina.types("/help", "I keep the days of all masters in order.")).text
    assert "“Book”, choose" not in help_text
    await assert_clean(telegram)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    "data",
    ["2dt:{}", "2n:{}", "2nn:1:{}:30000000", "2o:{}", "2ot:{}:30000000:30000060:1", "2ls:{}:0:12", "1w:lunch:0"],
)
async def test_a_master_gets_nowhere_with_another_masters_buttons(
    data: str, gleb: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    boris_id = await in_thread(lambda: Master.objects.get(name="Борис").pk)
    menu = await gleb.types("/start", "Расписание")
    await telegram.tap(gleb.person, data.format(boris_id), menu.id, forge=True)
    await telegram.wait_for(gleb.person, "только для администраторов" if "1w" in data else "Этого здесь уже нет")
    assert len([record for record in caplog.records if getattr(record, "event", "") == "rbac_deny"]) == 1
    assert not await in_thread(AvailabilityBlock.objects.exists)
    assert not await in_thread(Lunch.objects.exists)
    await assert_clean(telegram)


# --- The table, without a chat


NAMING_A_MASTER = [key for key, rule in RULES.items() if rule.own is not None and rule.own.resource == "master"]


def asked(key: Any, master: Master) -> dict[str, Any]:
    """What the middleware sees of a button, or of an answer, that names the master."""
    if isinstance(key, str) or key is Answer:
        question = ExpectedInput(step=str(key), data={"master": master.pk})
        return {"question": question} | ({} if isinstance(key, str) else {"callback_data": Answer(key="AAAAAAAA")})
    return {"callback_data": key.model_construct(master=master.pk)}


@pytest.mark.parametrize("key", NAMING_A_MASTER, ids=str)
def test_the_table_lets_a_master_name_only_themselves_and_staff_anybody(key: Any, administrator: User) -> None:
    rule, one, another = RULES[key], MasterFactory.create(), MasterFactory.create()
    for user, master, reason in (
        (one.user, another, NOT_OWN),
        (one.user, one, None),
        (one.user, Master(pk=0), None),
        (administrator, another, None),
    ):
        refused = refusal(rule, user, resource_id=resource_of(rule, asked(key, master)))
        assert (refused and refused.reason_code) == reason


def test_every_day_of_a_master_is_named_in_the_table() -> None:
    assert len(NAMING_A_MASTER) >= 25
