"""What anybody can ask about themselves: language, time zone, help, what is stored; and what is said to nonsense."""

import json

from accounts.models import User
from accounts.threads import in_thread
from barbershop.tests.paths.booking import cancels
from barbershop.tests.paths.stage import FOR_EVERYBODY, Stage
from barbershop.tests.paths.words import ENGLISH, RUSSIAN, words
from barbershop.tests.test_bot_visits import ANNAS_PHONE, book_by_phone
from bookings.models import Booking

_OWN_NAMES = {RUSSIAN: "Русский", ENGLISH: "English"}


async def changes_the_language_and_back(stage: Stage) -> None:
    client = await stage.client()
    other = ENGLISH if stage.language == RUSSIAN else RUSSIAN
    await client.taps("Language", "Choose the language.")
    await client.taps("Menu", "Hello, %(name)s!")
    await client.types("/language", "Choose the language.")
    client.language, own = other, client.language
    await client.taps(client.named(_OWN_NAMES[other]), "Choose the language.")
    await client.taps("Menu", "This is %(shop)s. Booking a visit takes half a minute.")
    assert client.shows("Book", "My bookings", "Help", "Language")
    await client.taps("Language", "Choose the language.")
    client.language = own
    await client.taps(client.named(_OWN_NAMES[own]), "Choose the language.")
    await stage.shows_commands(client, FOR_EVERYBODY)


async def lives_by_another_clock(stage: Stage) -> None:
    client = await stage.client()
    await client.taps("Language", "Choose the language.")
    await client.taps("Time zone", "Which time zone do you live in?")
    await client.taps(client.named(words("Omsk", stage.language)), "Which time zone do you live in?")
    assert any("✅" in text and words("Omsk", stage.language) in text for text in client.screen.button_texts)
    await client.taps("Back", "Choose the language.")
    await stage.books(client, day=5, hour=14)
    card = await client.types("/my", "You are booked.")
    assert f"({words('Moscow', stage.language)}, UTC+3)" in card.text


async def asks_for_help(stage: Stage) -> None:
    client = await stage.client()
    await client.taps("Help", "Tap “Book”, choose a service, a master, a day and a time, and confirm.")
    await client.types("/help", "I book visits to the barbershop.")
    await client.types("???", "I only understand buttons. Here they are.")
    assert client.shows("Book", "My bookings")
    await client.forges("0old:1", "This button is out of date.")
    assert client.shows("Book", "My bookings")


async def reads_what_is_stored(stage: Stage) -> None:
    client = await stage.client()
    await stage.books(client, day=5, hour=11)
    await client.types("/help", "I book visits to the barbershop.")
    await client.taps("What is stored about me", "What I know about you")
    content, name = await client.chat.document(
        await client.gets("Get my data as a file", "Everything that is stored about you.")
    )
    stored = json.loads(content)
    assert name == "my-data.json"
    assert (stored["person"]["telegram_id"], stored["person"]["name"]) == (client.person.id, client.name)
    assert [visit["status"] for visit in stored["visits"]] == ["confirmed"]
    await client.gets("Back", "What I know about you")


async def is_forgotten_and_begins_anew(stage: Stage) -> None:
    client = await stage.client()
    mine = User.objects.filter(telegram_id=client.person.id)
    before = await in_thread(mine.get)
    await stage.books(client, day=5, hour=12)
    await client.types("/privacy", "What I know about you")
    await client.taps(
        "Delete my data", "You have a visit to come. When it is over or cancelled, I can delete everything."
    )
    await client.taps(client.nth(0), "You are booked.")
    await cancels(client)
    await client.hears("Your visit is cancelled.")
    await client.types("/privacy", "What I know about you")
    await client.taps("Delete my data", "Delete everything I know about you?")
    await client.taps("No, leave it", "What I know about you")
    await client.taps("Delete my data", "Delete everything I know about you?")
    await client.taps("Yes, delete everything", "Done: I don't know you any more.")
    assert not await in_thread(mine.exists)
    await client.taps("Menu", "Hello, %(name)s!")
    assert (await in_thread(mine.get)).pk != before.pk
    await client.taps("My bookings", "You have no bookings yet.")


async def finds_what_was_booked_by_phone(stage: Stage) -> None:
    client = await stage.client(phone_number=ANNAS_PHONE)
    booking = await in_thread(book_by_phone)
    await client.taps(
        "My bookings", "Did somebody book for you by phone? Send me your contact, and I'll find the visit."
    )
    await client.shares_contact("I found %(count)d visit booked for it.")
    assert client.says("You are booked.")
    assert client.shows("Reschedule", "Cancel")
    assert await in_thread(lambda: Booking.objects.get(pk=booking.pk).client is not None)


PATHS = (
    changes_the_language_and_back,
    lives_by_another_clock,
    asks_for_help,
    reads_what_is_stored,
    is_forgotten_and_begins_anew,
    finds_what_was_booked_by_phone,
)
