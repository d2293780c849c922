"""What is stored, the file with it, being forgotten, and a visit for the calendar: in the chat."""

import json

import pytest
from icalendar import Calendar

from accounts.models import AuditEvent, TelegramUpdate, User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest, eventually
from bookings.models import Booking
from bookings.privacy.callbacks import Erase
from bookings.tests.whole_lives import places_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bot")]
LAST_HOUR = 3600


async def asks_to_be_forgotten(guest: Guest) -> None:
    await guest.types("/privacy", "Что я о вас знаю")
    await guest.taps("Удалить мои данные", "Удалить всё, что я о вас знаю?")


async def assert_clean(telegram: SandboxClient) -> None:
    counters = await telegram.counters()
    assert (counters["unanswered"], counters["error_count"], counters["complaints"]) == (0, 0, [])


async def test_help_leads_to_what_is_stored_and_back(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/help", "Что обо мне хранится")
    stored = await anna.taps("Что обо мне хранится", "Что я о вас знаю")
    assert stored.button_texts == ["📄 Получить файл", "🗑 Удалить мои данные", "⬅️ Назад", "🏠 В меню"]
    await anna.taps("Назад", "Что обо мне хранится")
    await assert_clean(telegram)


async def test_what_is_stored_comes_as_a_file_with_a_way_on(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    await anna.types("/privacy", "Что я о вас знаю")
    message = await anna.taps("Получить файл", "Всё, что о вас хранится.")
    content, name = await telegram.document(message)
    data = json.loads(content)
    assert name == "my-data.json"
    assert (data["person"]["name"], data["person"]["telegram_id"]) == ("Анна", 1001)
    assert [visit["status"] for visit in data["visits"]] == ["confirmed"]
    assert "Анна" in content.decode()
    await anna.taps("Назад", "Что я о вас знаю")
    await assert_clean(telegram)


async def test_a_second_yes_forgets_everything_but_the_books(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    await anna.types("/my", "Отменить")
    await anna.taps("Отменить", "Отменить запись")
    await anna.taps("Отменить", "Запись отменена.")
    await asks_to_be_forgotten(anna)
    await anna.taps("Да, удалить всё", "я больше ничего о вас не знаю")
    await eventually(lambda: not TelegramUpdate.objects.filter(status="pending").exists())
    assert await in_thread(places_of, "Анна", r"\u0410\u043d\u043d\u0430", "1001") == set()
    booking = await in_thread(Booking.objects.select_related("client").get)
    assert (booking.status, str(booking.client)) == ("cancelled", f"#{booking.client_id}")
    await assert_clean(telegram)


async def test_who_comes_back_is_somebody_new(anna: Guest) -> None:
    await anna.types("/start", "Здравствуйте, Анна!")
    first = await in_thread(User.objects.get, telegram_id=1001)
    await asks_to_be_forgotten(anna)
    await anna.taps("Да, удалить всё", "познакомимся заново")
    assert not await in_thread(User.objects.filter(telegram_id=1001).exists)
    await anna.taps("В меню", "Здравствуйте, Анна!")
    assert (await in_thread(User.objects.get, telegram_id=1001)).pk != first.pk


async def test_an_erasure_that_is_redelivered_brings_nobody_back(anna: Guest, telegram: SandboxClient) -> None:
    await asks_to_be_forgotten(anna)
    await anna.taps("Да, удалить всё", "познакомимся заново")
    await telegram.redeliver()
    await telegram.redeliver()
    await eventually(lambda: not TelegramUpdate.objects.filter(status="pending").exists())
    assert not await in_thread(User.objects.filter(telegram_id=1001).exists)


async def test_an_erasure_that_is_handled_again_after_a_crash_leaves_nobody(
    anna: Guest, telegram: SandboxClient
) -> None:
    """The power went between the erasure and the mark: by the second time the person is somebody new."""
    await asks_to_be_forgotten(anna)
    yes = await telegram.tap(anna.person, "Да, удалить всё")
    await telegram.wait_for(anna.person, "познакомимся заново")
    await telegram.tap(anna.person, yes.data, forge=True)
    await eventually(lambda: AuditEvent.objects.filter(action="client_erased").count() == 2)
    await eventually(lambda: not TelegramUpdate.objects.filter(status="pending").exists())
    assert not await in_thread(User.objects.filter(telegram_id=1001).exists)


async def test_who_blocks_the_bot_at_once_is_forgotten_all_the_same(anna: Guest, telegram: SandboxClient) -> None:
    """Telegram puts the answer off, then refuses it: an update that fails is kept with what it says."""
    await asks_to_be_forgotten(anna)
    await telegram.fault("retry_after", method="editMessageText", seconds=1)
    await telegram.tap(anna.person, "Да, удалить всё")
    await eventually(lambda: not User.objects.filter(telegram_id=1001).exists())
    await telegram.block(anna.person)
    await eventually(lambda: not TelegramUpdate.objects.exclude(status="handled").exists())
    assert await in_thread(AuditEvent.objects.filter(action="client_erased").count) == 2
    assert await in_thread(places_of, "1001") == set()


async def test_whom_the_shop_expects_is_shown_the_visit_instead(anna: Guest) -> None:
    await anna.books()
    await anna.types("/privacy", "Что я о вас знаю")
    refusal = await anna.taps("Удалить мои данные", "впереди визит")
    visit = next(text for text in refusal.button_texts if text.startswith("🗓"))
    await anna.taps(visit, "Вы записаны.")
    assert (await in_thread(User.objects.get, telegram_id=1001)).is_active


async def test_an_old_yes_is_asked_again(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    await telegram.tap(anna.person, Erase(minute=29_000_000).pack(), forge=True)
    await telegram.wait_for(anna.person, "лучше переспрошу")
    assert (await in_thread(User.objects.get, telegram_id=1001)).name == "Анна"


async def test_a_master_reads_what_is_stored_but_is_not_erased(boris: Guest, telegram: SandboxClient) -> None:
    stored = await boris.types("/privacy", "Что я о вас знаю")
    assert not any("Удалить" in text for text in stored.button_texts)
    await telegram.tap(boris.person, "1gone", forge=True)
    await telegram.wait_for(boris.person, "Вы здесь работаете")
    await boris.taps("Получить файл", "Всё, что о вас хранится.")


async def test_a_visit_goes_into_the_calendar_and_out_of_it_again(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    added = await anna.taps("В календарь", "Откройте файл")
    content, name = await telegram.document(added)
    booking = await in_thread(Booking.objects.get)
    (event,) = Calendar.from_ical(content).events
    assert (event.start, event["STATUS"], name[-4:]) == (booking.starts_at, "CONFIRMED", ".ics")
    await anna.taps("Назад", "Вы записаны.")
    await anna.taps("Отменить", "Отменить запись")
    await anna.taps("Отменить", "Запись отменена.")
    removed = await anna.taps("Убрать из календаря", "уберёт визит")
    (gone,) = Calendar.from_ical(await telegram.download(removed)).events
    assert (gone["UID"], gone["STATUS"]) == (event["UID"], "CANCELLED")
    await assert_clean(telegram)


async def test_nobody_gets_the_file_of_somebody_elses_visit(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    booking = await in_thread(Booking.objects.get)
    await victor.types("/start", "Записаться")
    await telegram.tap(victor.person, f"1ics:{booking.pk}", forge=True)
    await telegram.wait_for(victor.person, "Не нахожу")
    assert not any(message.document for message in await telegram.history(victor.person))


async def test_english_speakers_read_all_of_it_in_english(telegram: SandboxClient) -> None:
    guest = Guest(telegram, await telegram.person(1009, first_name="Joan", language_code="en"))
    await guest.types("/privacy", "What I know about you")
    await guest.taps("Get my data as a file", "Everything that is stored about you.")
    await guest.taps("Back", "What I know about you")
    await guest.taps("Delete my data", "can't be undone")
    await guest.taps("No, leave it", "What I know about you")
    await guest.taps("Delete my data", "can't be undone")
    await guest.taps("Yes, delete everything", "as if for the first time")
