"""What clients do, and what is done with a visit."""

from hypothesis import strategies as st

from accounts.models import User
from bookings import services as product
from bookings.models import Booking
from bookings.selectors import ANY_MASTER
from bookings.tests.machine.machine import ShopMachine, action, as_actor, ids, mostly, pick
from bookings.tests.machine.state import Barber, Person, Service, Visit

REASONS = ["", " ", "заболел", "x" * 501]


class Visiting(ShopMachine):
    @action(weight=5)
    def book(self, data: st.DataObject) -> None:
        shop = self.shop
        idle = [each for each in shop.people if each.is_active and not shop.active_visit(each)]
        client = pick(data, "client", mostly(data, idle, shop.people))
        services = self.services(data)
        barber = pick(data, "with", [self.barber(data, services), None])
        start = self.start(data, barber, services)
        pool = data.draw(st.booleans(), label="pool")
        self.book_in_bot(client, barber, services, start, f"key {len(shop.visits)}", pool=pool)

    @action(
        weight=1, when=lambda self: any("offer" not in visit.key for visit in self.shop.visits if visit.source == "bot")
    )
    def book_again(self, data: st.DataObject) -> None:
        """The same tap comes twice, at whatever time and for whatever else."""
        mine = [visit for visit in self.shop.visits if visit.source == "bot" and "offer" not in visit.key]
        visit = pick(data, "visit", mine)
        client = next(each for each in self.shop.people if visit.key.startswith(f"{each.id}:"))
        start = self.time(data, [visit.start])
        self.book_in_bot(client, visit.barber, visit.services, start, visit.key.partition(":")[2], pool=False)

    def book_in_bot(
        self,
        client: Person,
        barber: Barber | None,
        services: tuple[Service, ...],
        start: float,
        key: str,
        *,
        pool: bool,
    ) -> None:
        answer = self.step(
            "create_booking",
            lambda shop: shop.book(client, services, barber, start, key, pool=pool),
            lambda: product.create_booking(
                client_id=client.id,
                service_ids=ids(services),
                master_id=barber.id if barber else ANY_MASTER,
                starts_at=self.shop.rules.moment(start),
                idempotency_key=key,
                now=self.now,
                pool=pool,
            ),
        )
        self.assert_same_visit(answer)

    @action(weight=3)
    def book_by_hand(self, data: st.DataObject) -> None:
        shop = self.shop
        services = self.services(data)
        barber = self.barber(data, services)
        by = self.actor(data, barber.person, shop.people[5])
        start = self.start(data, barber, services)
        by_hand = [visit for visit in shop.visits if visit.source != "bot"]
        keys = [visit.key.partition(":")[2] for visit in by_hand[-1:]]
        key = pick(data, "key", mostly(data, [f"key {len(shop.visits)}"], keys or ["key"]))
        name = pick(data, "name", mostly(data, ["Гость"], [" ", "x" * 65]))
        phone = pick(data, "phone", mostly(data, [*PHONES, ""], ["911"]))
        self.write_in(by, barber, services, start, key=key, who=(name, phone))

    def write_in(
        self,
        by: Person | None,
        barber: Barber,
        services: tuple[Service, ...],
        start: float,
        *,
        key: str,
        who: tuple[str, str],
    ) -> None:
        answer = self.step(
            "create_manual_booking",
            lambda shop: shop.book_by_hand(by, barber, services, start, key=key, who=who),
            lambda: product.create_manual_booking(
                master_id=barber.id,
                service_ids=ids(services),
                starts_at=self.shop.rules.moment(start),
                name=who[0],
                phone=who[1],
                idempotency_key=key,
                by=as_actor(by),
                now=self.now,
            ),
        )
        self.assert_same_visit(answer)

    def assert_same_visit(self, answer: tuple[Visit, Booking] | None) -> None:
        if answer:
            expected, booking = answer
            assert booking.pk == expected.id

    # --- One visit ------------------------------------------------------------------------------------------------

    def visit(self, data: st.DataObject) -> Visit:
        return pick(data, "visit", mostly(data, self.shop.active(), self.shop.visits))

    @action(weight=3, when=lambda self: self.shop.visits)
    def cancel(self, data: st.DataObject) -> None:
        visit = self.visit(data)
        by = self.actor(data, visit.client, visit.barber.person)
        reason = pick(data, "reason", mostly(data, ["заболел"], REASONS))
        answer = self.step(
            "cancel_booking",
            lambda shop: shop.cancel(by, visit, reason),
            lambda: product.cancel_booking(booking_id=visit.id, by=as_actor(by), now=self.now, reason=reason),
        )
        assert answer is None or answer[1].status == "cancelled"

    @action(weight=3, when=lambda self: self.shop.visits)
    def move(self, data: st.DataObject) -> None:
        visit = self.visit(data)
        by = self.actor(data, visit.client, visit.barber.person)
        need = visit.until - visit.start
        free = self.shop.free_starts(visit.barber, need, self.shop.bookable)
        start = self.time(data, [*free[:12], visit.start, visit.start + 30])
        self.step(
            "reschedule_booking",
            lambda shop: shop.move(by, visit, start),
            lambda: product.reschedule_booking(
                booking_id=visit.id, starts_at=self.shop.rules.moment(start), by=as_actor(by), now=self.now
            ),
        )

    @action(weight=3, when=lambda self: any(visit.start <= self.shop.now for visit in self.shop.visits))
    def no_show(self, data: st.DataObject) -> None:
        begun = [each for each in self.shop.visits if each.start <= self.shop.now and each.status != "no_show"]
        visit = pick(data, "visit", mostly(data, begun[-3:], self.shop.visits))
        self.miss(self.actor(data, visit.barber.person), visit)

    def miss(self, by: Person | None, visit: Visit) -> None:
        self.step(
            "mark_no_show",
            lambda shop: shop.no_show(by, visit),
            lambda: product.mark_no_show(booking_id=visit.id, by=as_actor(by), now=self.now),
        )

    @action(weight=3, when=lambda self: any(visit.confirm_by for visit in self.shop.active()))
    def attend(self, data: st.DataObject) -> None:
        asked = [visit for visit in self.shop.active() if visit.confirm_by]
        visit = pick(data, "visit", mostly(data, asked[-2:], self.shop.visits))
        by = self.actor(data, visit.client)
        self.step(
            "confirm_attendance",
            lambda shop: shop.attend(by, visit),
            lambda: product.confirm_attendance(booking_id=visit.id, by=as_actor(by), now=self.now),
        )

    @action(weight=1, when=lambda self: self.shop.visits)
    def nobody_finds_another_visit(self, data: st.DataObject) -> None:
        """One that isn't there."""
        by = self.actor(data)
        missing = self.shop.visits[-1].id + 1
        calls = [
            lambda: product.cancel_booking(booking_id=missing, by=as_actor(by), now=self.now, reason="заболел"),
            lambda: product.mark_no_show(booking_id=missing, by=as_actor(by), now=self.now),
            lambda: product.confirm_attendance(booking_id=missing, by=as_actor(by), now=self.now),
            lambda: product.reschedule_booking(booking_id=missing, starts_at=self.now, by=as_actor(by), now=self.now),
        ]
        self.step("nothing", lambda shop: shop.not_found(), pick(data, "call", calls))

    @action(weight=2)
    def share(self, data: st.DataObject) -> None:
        person = pick(data, "person", self.shop.people)
        phone = pick(data, "phone", mostly(data, PHONES, ["911"]))
        contact = pick(data, "contact", mostly(data, [person.telegram_id], [1, None]))
        answer = self.step(
            "share_contact",
            lambda shop: shop.share(person, phone, contact),
            lambda: product.share_contact(user_id=person.id, phone=phone, contact_user_id=contact, now=self.now),
        )
        if answer:
            expected, linked = answer
            assert {booking.pk for booking in linked} == {visit.id for visit in expected}
            assert User.objects.get(pk=person.id).phone == phone


PHONES = ["+79160000001", "+79160000002"]
