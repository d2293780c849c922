"""Bookings by hand with several services, by staff for a master and by masters for themselves."""

import pytest

from accounts.callbacks import Answer
from accounts.models import ExpectedInput, User
from accounts.screens import Screen
from bookings.callbacks import pack_services
from bookings.desk import access, callbacks, walk_ins
from bookings.desk.access import at_desk
from bookings.models import Booking, BookingSource, Service
from bookings.tests.desk_taps import data_of, opens, words_of
from bookings.tests.factories import OfferFactory, ServiceFactory
from bookings.tests.offer_factories import HOUR, at, everything, told
from schedules.calendar import to_minute
from schedules.models import Master

pytestmark = pytest.mark.usefixtures("in_russian_on_the_monday")


class TestSeveralServices:
    def test_ticks_are_set_and_taken_away_and_the_sum_is_shown(
        self, administrator: User, boris: Master, beard: Service, haircut: Service
    ) -> None:
        first = opens(administrator, "new", boris.pk)
        empty = self._ticks(administrator, data_of(first, "Несколько услуг"))
        assert "Дальше ➡️" not in words_of(empty)
        one = self._ticks(administrator, data_of(empty, "Стрижка"))
        two = self._ticks(administrator, data_of(one, "Борода"))
        assert "Стрижка + Борода" in two.text
        assert "2 400 ₽" in two.text
        assert "1 час 30 минут" in two.text
        assert self._ticks(administrator, data_of(two, "Борода")).text == one.text
        onward = callbacks.NewDays.unpack(data_of(two, "Дальше ➡️"))
        assert (onward.service_ids, onward.master) == ([haircut.pk, beard.pk], boris.pk)
        days = at_desk(administrator, "new", walk_ins.choose_day, onward)
        assert data_of(days, "Назад") == callbacks.NewSeveral(master=boris.pk, services=onward.services).pack()

    def test_no_more_than_three_can_be_ticked(self, boris: Master, beard: Service, haircut: Service) -> None:
        others = [ServiceFactory.create(name=f"Услуга {number}") for number in range(2)]
        for service in others:
            OfferFactory.create(master=boris, service=service)
        full = callbacks.NewSeveral(master=boris.pk, services=pack_services([haircut.pk, beard.pk, others[0].pk]))
        screen = self._ticks(boris.user, full.pack())
        assert [words for words in words_of(screen) if "₽" in words and "✅" not in words] == []

    def test_the_visit_has_all_of_them_and_is_made_by_the_shop(
        self, administrator: User, boris: Master, beard: Service, haircut: Service
    ) -> None:
        services = pack_services([haircut.pk, beard.pk])
        name = callbacks.NewName(services=services, master=boris.pk, minute=to_minute(at(15)))
        at_desk(administrator, "new", walk_ins.ask_name, name)
        at_desk(administrator, "new", walk_ins.name_given, ExpectedInput.objects.get(), "Павел", 7)
        question = ExpectedInput.objects.get()
        card = at_desk(administrator, "new", walk_ins.without_phone, question)
        booking = Booking.objects.get()
        assert "Стрижка + Борода" in card.text
        assert (booking.source, booking.master) == (BookingSource.ADMIN.value, boris)
        assert booking.total_price == 2400
        assert booking.ends_at - booking.starts_at == 1.5 * HOUR
        assert told("master_new") == [boris.user_id]
        rows = everything()
        again = access.answered_before(administrator, Answer(key=question.data["key"]))
        assert again.text == card.text
        assert everything() == rows

    def test_nobody_meets_anothers_booking_by_its_key(
        self, administrator: User, boris: Master, gleb: Master, haircut: Service
    ) -> None:
        data = {
            "master": boris.pk,
            "services": pack_services([haircut.pk]),
            "minute": to_minute(at(15)),
            "key": "AAAAAAAA",
            "name": "Павел",
            "said": 7,
        }
        question = ExpectedInput(user=administrator, step=walk_ins.PHONE, data=data)
        at_desk(administrator, "new", walk_ins.without_phone, question)
        assert Booking.objects.count() == 1
        for other in (boris.user, gleb.user):
            assert "Кнопка устарела" in access.answered_before(other, Answer(key="AAAAAAAA")).text

    def _ticks(self, user: User, data: str) -> Screen:
        return at_desk(user, "new", walk_ins.choose_several, callbacks.NewSeveral.unpack(data))
