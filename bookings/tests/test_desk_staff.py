"""The desk of staff: every master's day, the choice among them, and what is written down in whose name."""

import datetime as dt
import html
from typing import Any

import pytest
from django.utils import translation

from accounts.models import ExpectedInput, Language, Role, User
from accounts.screens import Screen
from accounts.tests.factories import UserFactory
from bookings.callbacks import pack_services
from bookings.desk import access, callbacks, days_off, lunches, menus, schedule, walk_ins
from bookings.desk.access import at_desk
from bookings.models import Booking, Service
from bookings.tests.desk_taps import SECTIONS, buttons, data_of, opens, words_of
from bookings.tests.factories import BookingFactory, BookingServiceFactory, OfferFactory
from bookings.tests.offer_factories import HOUR, TUESDAY, at, book, time_off_of, told
from schedules.calendar import to_minute
from schedules.models import Lunch, Master
from schedules.tests.factories import MasterFactory

pytestmark = pytest.mark.usefixtures("in_russian_on_the_monday")
QUESTIONS = {"schedule": "Чьё расписание?", "new": "К кому?", "dayoff": "Чей выходной?", "lunch": "Чей обед?"}


@pytest.fixture
def visit(anna: User, boris: Master, now: dt.datetime) -> Booking:
    """Anna's, with Boris on Tuesday at 10."""
    return book(anna, boris, at(10), now=now)


class TestWhose:
    @pytest.mark.parametrize("section", SECTIONS)
    def test_with_several_masters_it_is_asked_and_back_leads_to_the_choice(
        self, section: callbacks.Section, administrator: User, boris: Master, gleb: Master
    ) -> None:
        asked = opens(administrator, section)
        assert QUESTIONS[section] in asked.text
        assert words_of(asked) == ["💈 Борис", "💈 Глеб", "🏠 В меню"]
        chosen = SECTIONS[section][1].unpack(data_of(asked, "Глеб"))
        assert chosen.master == gleb.pk
        opened = opens(administrator, section, chosen.master)
        assert opened.text.startswith("💈 <b>Глеб</b>")
        assert data_of(opened, "Назад") == callbacks.Whose(section=section).pack()
        assert access.choose_master(administrator, callbacks.Whose(section=section)) == asked

    @pytest.mark.parametrize("section", SECTIONS)
    def test_with_one_master_nothing_is_asked(
        self, section: callbacks.Section, administrator: User, boris: Master, beard: Service
    ) -> None:
        opened = opens(administrator, section)
        assert opened.text.startswith("💈 <b>Борис</b>")
        assert "⬅️ Назад" not in words_of(opened)
        assert "👥 Другой мастер" not in words_of(opened)

    @pytest.mark.parametrize("section", SECTIONS)
    def test_with_no_master_it_says_so(self, section: callbacks.Section, administrator: User) -> None:
        opened = opens(administrator, section)
        assert ("Мастеров пока нет" in opened.text) or ("Услуг пока ни у кого нет" in opened.text)
        assert words_of(opened) == ["🏠 В меню"]

    @pytest.mark.parametrize("section", SECTIONS)
    @pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
    def test_who_is_a_master_too_begins_with_their_own_day(
        self, section: callbacks.Section, role: Role, boris: Master, gleb: Master
    ) -> None:
        OfferFactory.create(master=gleb)
        User.objects.filter(pk=gleb.user_id).update(role=role, is_superuser=role == Role.OWNER)
        own = opens(gleb.user, section)
        assert "💈" not in own.text
        assert data_of(own, "Другой мастер") == callbacks.Whose(section=section).pack()
        choice = access.choose_master(gleb.user, callbacks.Whose(section=section))
        assert words_of(choice) == ["💈 Глеб", "💈 Борис", "🏠 В меню"]

    def test_who_cuts_no_hair_any_more_is_asked(self, boris: Master, gleb: Master) -> None:
        anton = MasterFactory.create(name="Антон", is_active=False, user__role=Role.ADMIN)
        assert words_of(opens(anton.user, "lunch"))[:2] == ["💈 Борис", "💈 Глеб"]

    def test_a_master_is_never_asked_and_has_no_way_to_the_others(
        self, boris: Master, gleb: Master, haircut: Service
    ) -> None:
        for section in SECTIONS:
            opened = opens(boris.user, section)
            assert "💈" not in opened.text
            assert callbacks.Whose(section=section).pack() not in [each.callback_data for each in buttons(opened)]

    def test_sixty_masters_are_on_pages_and_each_is_there_once(
        self, administrator: User, haircut: Service, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(60):
            OfferFactory.create(master=MasterFactory.create(name=f"Мастер {number:02}"), service=haircut)
        seen, page = [], callbacks.Whose(section="new")
        while True:
            with django_assert_max_num_queries(2):
                screen = access.choose_master(administrator, page)
            seen += [words for words in words_of(screen) if words.startswith("💈")]
            if "Ещё ➡️" not in words_of(screen):
                break
            page = callbacks.Whose.unpack(data_of(screen, "Ещё"))
        assert seen == [f"💈 Мастер {number:02}" for number in range(60)]
        assert page.page == 4
        assert callbacks.Whose.unpack(data_of(screen, "Назад")).page == 3
        assert access.choose_master(administrator, callbacks.Whose(section="new", page=99)) == screen

    def test_who_takes_no_bookings_is_there_only_while_visits_are_to_come(
        self, administrator: User, boris: Master, gleb: Master, visit: Booking
    ) -> None:
        Master.objects.filter(pk=boris.pk).update(is_active=False)
        assert "💈 Борис" in words_of(opens(administrator, "schedule"))
        assert opens(administrator, "lunch").text.startswith("💈 <b>Глеб</b>")
        Booking.objects.filter(pk=visit.pk).update(status="completed")
        assert opens(administrator, "schedule").text.startswith("💈 <b>Глеб</b>")

    def test_a_new_booking_is_offered_with_who_offers_something(
        self, administrator: User, boris: Master, gleb: Master, beard: Service, haircut: Service
    ) -> None:
        gleb.offers.update(is_active=False)
        assert opens(administrator, "new").text.startswith("💈 <b>Борис</b>")
        Service.objects.update(is_active=False)
        assert "Услуг пока ни у кого нет" in opens(administrator, "new").text

    def test_a_masters_name_breaks_no_message(self, administrator: User, boris: Master, gleb: Master) -> None:
        Master.objects.filter(pk=boris.pk).update(name="<b>&" + "Я" * 60)
        assert opens(administrator, "lunch", boris.pk).text.startswith("💈 <b>&lt;b&gt;&amp;Я")


class TestAnothersDay:
    def test_a_card_leads_back_to_its_masters_day(self, administrator: User, gleb: Master, visit: Booking) -> None:
        card = at_desk(administrator, "schedule", schedule.visit, callbacks.Visit(booking=visit.pk))
        back = callbacks.Day.unpack(data_of(card, "Назад"))
        assert (back.master, back.day) == (visit.master_id, TUESDAY.toordinal())
        assert "Отменить с причиной" in " ".join(words_of(card))

    def test_the_shops_cancellation_is_the_shops_and_both_are_told(
        self, administrator: User, anna: User, boris: Master, visit: Booking
    ) -> None:
        tapped = callbacks.CancelFor(booking=visit.pk, reason=1)
        at_desk(administrator, "schedule", schedule.cancel_for, tapped)
        visit.refresh_from_db()
        assert (visit.status, visit.cancelled_by, visit.cancel_reason) == ("cancelled", "admin", "Мастер заболел")
        assert told("client_cancelled") == [anna.pk]
        assert told("master_cancelled") == [boris.user_id]

    def test_time_off_and_lunch_are_the_masters_that_the_button_names(
        self, administrator: User, boris: Master, gleb: Master
    ) -> None:
        begins, ends = to_minute(at(16)), to_minute(at(17))
        off = callbacks.OffTake(master=boris.pk, begins=begins, ends=ends, reason=1)
        at_desk(administrator, "dayoff", days_off.take, off)
        lunch = callbacks.SetLunch(master=boris.pk, day=TUESDAY.toordinal(), hour=15)
        at_desk(administrator, "lunch", lunches.set_hour, lunch)
        assert time_off_of(boris) == [(at(16), at(17))]
        assert time_off_of(gleb) == []
        assert Lunch.objects.get().master == boris

    def test_a_master_who_takes_no_bookings_is_still_run(
        self, administrator: User, boris: Master, gleb: Master, visit: Booking
    ) -> None:
        Master.objects.filter(pk=boris.pk).update(is_active=False)
        User.objects.filter(pk=boris.user_id).update(is_active=False)
        assert "К этому мастеру сейчас не записываем." in opens(administrator, "new", boris.pk).text
        day = callbacks.Day(master=boris.pk, day=TUESDAY.toordinal())
        assert "Анна" in at_desk(administrator, "schedule", schedule.day, day).text
        at_desk(administrator, "schedule", schedule.cancel_for, callbacks.CancelFor(booking=visit.pk, reason=1))
        visit.refresh_from_db()
        assert visit.cancelled_by == "admin"

    def test_their_own_visit_as_a_client_is_theirs(self, administrator: User, boris: Master, now: dt.datetime) -> None:
        own = book(administrator, boris, at(10), now=now)
        tapped = callbacks.CancelFor(booking=own.pk, reason=1)
        card = at_desk(administrator, "schedule", schedule.cancel_for, tapped)
        own.refresh_from_db()
        assert own.cancelled_by == "client"
        assert "Запись отменена" in card.text

    def test_a_full_day_of_long_names_fits_into_a_message(
        self, administrator: User, boris: Master, haircut: Service
    ) -> None:
        Master.objects.filter(pk=boris.pk).update(name="&" * 64)
        for half in range(20):
            client = UserFactory.create(name="<" * 128)
            starts_at = at(10) + half * HOUR / 2
            visit = BookingFactory.create(
                client=client, master=boris, starts_at=starts_at, ends_at=starts_at + HOUR / 2
            )
            BookingServiceFactory.create(booking=visit, service=haircut)
        day = callbacks.Day(master=boris.pk, day=TUESDAY.toordinal())
        screen = at_desk(administrator, "schedule", schedule.day, day)
        assert len(buttons(screen)) < 100
        assert screen.text.count("✂️") == 20
        assert len(html.unescape(screen.text)) <= 4096


class TestQuestions:
    def test_an_answer_is_about_the_master_of_the_question_whatever_was_opened_since(
        self, administrator: User, boris: Master, gleb: Master
    ) -> None:
        ask = callbacks.OffAsk(master=boris.pk, begins=to_minute(at(16)), ends=to_minute(at(17)))
        at_desk(administrator, "dayoff", days_off.ask, ask)
        opens(administrator, "dayoff", gleb.pk)
        question = ExpectedInput.objects.get()
        at_desk(administrator, "dayoff", days_off.take_with_words, question, "К врачу")
        assert (time_off_of(boris), time_off_of(gleb)) == ([(at(16), at(17))], [])

    def test_the_answer_of_who_was_made_a_master_meanwhile_is_refused(
        self, administrator: User, boris: Master, gleb: Master, haircut: Service
    ) -> None:
        User.objects.filter(pk=gleb.user_id).update(role=Role.ADMIN)
        name = callbacks.NewName(services=pack_services([haircut.pk]), master=boris.pk, minute=to_minute(at(15)))
        at_desk(gleb.user, "new", walk_ins.ask_name, name)
        question = ExpectedInput.objects.get()
        User.objects.filter(pk=gleb.user_id).update(role=Role.MASTER)
        refused = at_desk(gleb.user, "new", walk_ins.name_given, question, "Павел", 7)
        assert "только сам мастер и администратор" in refused.text
        assert ExpectedInput.objects.get().step == walk_ins.NAME

    def test_a_question_without_its_master_is_about_ones_own_day(self, boris: Master, gleb: Master) -> None:
        """As one that was asked before there were days of others."""
        data = {"begins": to_minute(at(16)), "ends": to_minute(at(17))}
        question = ExpectedInput(user=boris.user, step=days_off.OFF_REASON, data=data)
        at_desk(boris.user, "dayoff", days_off.take_with_words, question, "К врачу")
        assert time_off_of(boris) == [(at(16), at(17))]


class TestMenu:
    @pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
    def test_staff_have_the_masters_menu_and_can_invite(self, role: Role, administrator: User) -> None:
        User.objects.filter(pk=administrator.pk).update(role=role, is_superuser=role == Role.OWNER)
        words = " ".join(button.text for row in menus.menu_of(administrator).inline_keyboard for button in row)
        for expected in ("Расписание", "Новая запись", "Выходной", "Обед", "Пригласить мастера", "Помощь", "Язык"):
            assert expected in words
        assert "Здравствуйте, Ирина!" in menus.welcome_of(administrator)
        assert "всех мастеров" in menus.welcome_of(administrator)

    def test_a_master_invites_nobody(self, boris: Master) -> None:
        words = " ".join(button.text for row in menus.menu_of(boris.user).inline_keyboard for button in row)
        assert "Расписание" in words
        assert "Пригласить" not in words

    def test_staff_without_a_name_are_greeted_all_the_same(self, administrator: User) -> None:
        administrator.name = ""
        assert menus.welcome_of(administrator).startswith("Здравствуйте!\n")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("section", SECTIONS)
def test_the_desk_speaks_one_language_at_a_time(  # noqa: PLR0917 - fixtures
    language: Language, section: callbacks.Section, administrator: User, boris: Master, gleb: Master, beard: Service
) -> None:
    """But for the names of people."""
    with translation.override(language):
        screens = [opens(administrator, section), opens(administrator, section, boris.pk)]
        screens.append(Screen(menus.welcome_of(administrator), menus.menu_of(administrator)))
    shown = " ".join(" ".join([screen.text, *words_of(screen)]) for screen in screens)
    for name in ("Борис", "Глеб", "Ирина"):
        shown = shown.replace(name, "")
    letters = {letter for letter in shown.lower() if letter.isalpha() and letter not in "b"}
    latin = {letter for letter in letters if letter.isascii()}
    assert latin == (set() if language == Language.RU else letters)
