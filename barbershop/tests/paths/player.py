"""Somebody with a phone, who reads one message at a time and goes on by what is below it."""

from collections.abc import Callable

from accounts.callbacks import ChooseLanguage, Menu
from barbershop.sandbox.client import Button, Message, Person, SandboxClient
from barbershop.tests.paths.words import foreign_words, is_labelled, pattern, words


class Player:
    """Words are given in English, and looked for in the person's language; a button by what it says, or as it is."""

    def __init__(self, chat: SandboxClient, person: Person, language: str) -> None:
        self.chat = chat
        self.person = person
        self.language = language
        self.taps_made = 0
        self._reading: Message | None = None
        self._seen: set[int] = set()

    @property
    def name(self) -> str:
        return self.person.first_name

    @property
    def screen(self) -> Message:
        """What is being read."""
        assert self._reading is not None
        return self._reading

    async def types(self, text: str, sees: str) -> Message:
        """Send words or a command; the answer is a message of its own."""
        await self.chat.text(self.person, text)
        return await self._turns_to(sees, self._is_new)

    async def follows(self, url: str, sees: str) -> Message:
        """Open a link to the bot, and press Start."""
        await self.chat.open_link(self.person, url)
        return await self._turns_to(sees, self._is_new)

    async def shares_contact(self, sees: str) -> Message:
        await self.chat.share_contact(self.person)
        return await self._turns_to(sees, self._is_new)

    async def taps(self, button: str | Button, sees: str) -> Message:
        """Tap a button of the message that is being read, which becomes the answer: it is edited in place."""
        tapped = self.screen
        await self._tap(button)
        return await self._turns_to(sees, lambda message: message.id == tapped.id)

    async def gets(self, button: str | Button, sees: str) -> Message:
        """Tap what is answered with a new message: a file, or what comes after one."""
        await self._tap(button)
        return await self._turns_to(sees, self._is_new)

    async def forges(self, data: str, sees: str) -> Message:
        """Tap what is on no button."""
        tapped = self.screen
        await self.chat.tap(self.person, data, tapped.id, forge=True)
        return await self._turns_to(sees, lambda message: message.id == tapped.id)

    async def hears(self, sees: str, *, about: str = "") -> Message:
        """Turn to a message that came by itself."""
        found = pattern(sees, self.language)
        news = await self.chat.wait_for(
            self.person,
            lambda message: self._is_new(message) and bool(found.search(message.text)) and about in message.text,
            since=0,
        )
        assert news.buttons, f"a dead end: {news.text!r}"
        return self._read(news)

    def returns_to(self, screen: Message) -> None:
        """Scroll up to what was read before."""
        self._reading = screen

    def button(self, label: str) -> Button:
        """The one button of the screen that says this, in English."""
        wanted = words(label, self.language)
        found = [each for row in self.screen.buttons for each in row if is_labelled(each.text, wanted)]
        assert len(found) == 1, f"{wanted!r} is {len(found)} times in {self.screen.button_texts}"
        return found[0]

    def shows(self, *labels: str) -> bool:
        """Whether each of these is on exactly one button."""
        return all(self.button(label) for label in labels)

    def lacks(self, *labels: str) -> bool:
        wanted = [words(label, self.language) for label in labels]
        return not any(is_labelled(text, label) for text in self.screen.button_texts for label in wanted)

    def says(self, english: str) -> bool:
        return bool(pattern(english, self.language).search(self.screen.text))

    def named(self, text: str) -> Button:
        """The button with this name, day or time on it."""
        return self.screen.button(text)

    def nth(self, place: int) -> Button:
        """A button by its place, counted from 0: a day, a time."""
        return [each for row in self.screen.buttons for each in row][place]

    async def _tap(self, button: str | Button) -> None:
        data = (self.button(button) if isinstance(button, str) else button).data
        assert data is not None
        self.taps_made += 1
        await self.chat.tap(self.person, data, self.screen.id)

    async def _turns_to(self, sees: str, is_the_one: Callable[[Message], bool]) -> Message:
        found = pattern(sees, self.language)
        try:
            shown = await self.chat.wait_for(
                self.person, lambda message: is_the_one(message) and bool(found.search(message.text))
            )
        except AssertionError as error:
            error.add_note(f"looked for {found.pattern!r}")
            raise
        home = Menu().pack()
        assert shown.has_button(home) or shown.has_button(ChooseLanguage().pack()), f"no way home: {shown.text!r}"
        return self._read(shown)

    def _is_new(self, message: Message) -> bool:
        return message.id not in self._seen

    def _read(self, message: Message) -> Message:
        text = "\n".join([message.text, *message.button_texts])
        foreign = foreign_words(text, self.language)
        assert not foreign, f"{foreign} in {text!r}"
        self._seen.add(message.id)
        self._reading = message
        return message
