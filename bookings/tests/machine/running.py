"""What the barbers, the administrator and the worker do, who waits in line, and the clock."""

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from bookings import services as product
from bookings.selectors import ANY_MASTER
from bookings.tests.machine.machine import ShopMachine, action, as_actor, ids, mostly, pick
from bookings.tests.machine.scene import clock, clocks
from bookings.tests.machine.shop import Shop
from bookings.tests.machine.state import DAY, Barber, Hours, Person, Service
from schedules import services as schedules

# By the clock, in minutes: the last two make no sense.
HOURS: list[Hours] = [
    ((10 * 60, 15 * 60),),
    ((9 * 60, 11 * 60), (15 * 60, 18 * 60)),
    ((12 * 60, 14 * 60), (14 * 60, 19 * 60 + 15)),
    ((16 * 60, 20 * 60),),
    (),
    ((9 * 60, 11 * 60), (10 * 60, 12 * 60)),
    ((15 * 60, 10 * 60),),
]
GOOD_HOURS = HOURS[:5]
CONFLICTS = {
    "step_back": product.Conflicts.STEP_BACK,
    "cancel": product.Conflicts.CANCEL,
    "move": product.Conflicts.MOVE,
}

SWEEPS: dict[str, tuple[Callable[[Shop], int], Callable[..., int]]] = {
    "complete_past_bookings": (Shop.complete_past, product.complete_past_bookings),
    "ask_to_confirm": (Shop.ask, product.ask_to_confirm),
    "release_unconfirmed": (Shop.release, product.release_unconfirmed),
    "expire_offers": (Shop.expire, product.expire_offers),
    "serve_waiting_list": (Shop.serve_all, product.serve_waiting_list),
}


class Waiting(ShopMachine):
    @action(weight=2)
    def join(self, data: st.DataObject) -> None:
        shop = self.shop
        services = self.services(data)
        barber = pick(data, "with", [self.barber(data, services), None])
        needs = [(each, need) for each in shop.asked(barber) if (need := shop.need(each, services))]
        full = [day for day in shop.bookable if not any(shop.free_starts(each, need, [day]) for each, need in needs)]
        day = pick(data, "day", mostly(data, full or shop.bookable, range(shop.today - 1, shop.today + 7)))
        by = self.actor(data, *shop.people[:4])
        self.wait_for(by, services, barber, day)

    def wait_for(self, by: Person | None, services: tuple[Service, ...], barber: Barber | None, day: int) -> None:
        answer = self.step(
            "join_waiting_list",
            lambda shop: shop.join(by, services, barber, day),
            lambda: product.join_waiting_list(
                service_ids=ids(services),
                master_id=barber.id if barber else ANY_MASTER,
                day=self.shop.rules.date(day),
                by=as_actor(by),
                now=self.now,
            ),
        )
        assert answer is None or answer[0].id == answer[1].pk

    @action(weight=1, when=lambda self: self.shop.waits)
    def leave(self, data: st.DataObject) -> None:
        offered = [wait for wait in self.shop.waits if wait.status == "offered"]
        wait = pick(data, "wait", mostly(data, offered, self.shop.waits[-3:]))
        by = self.actor(data, wait.client)
        self.step(
            "leave_waiting_list",
            lambda shop: shop.leave(by, wait),
            lambda: product.leave_waiting_list(entry_id=wait.id, by=as_actor(by), now=self.now),
        )

    @action(weight=6, when=lambda self: self.shop.offers)
    def accept(self, data: st.DataObject) -> None:
        offer = pick(data, "offer", mostly(data, self.shop.open_offers(), self.shop.offers))
        by = pick(data, "by", mostly(data, [offer.client], self.shop.people))
        kind = "slot" if offer.wait else "move"
        answer = self.step(
            f"accept_offer of a {kind}",
            lambda shop: shop.accept(by, offer),
            lambda: product.accept_offer(offer_id=offer.id, by=as_actor(by), now=self.now),
        )
        assert answer is None or answer[0].id == answer[1].pk

    @action(weight=2, when=lambda self: self.shop.offers)
    def decline(self, data: st.DataObject) -> None:
        offer = pick(data, "offer", mostly(data, self.shop.open_offers(), self.shop.offers))
        by = pick(data, "by", mostly(data, [offer.client], self.shop.people))
        self.step(
            "decline_offer",
            lambda shop: shop.decline(by, offer),
            lambda: product.decline_offer(offer_id=offer.id, by=as_actor(by), now=self.now),
        )


class Sweeping(ShopMachine):
    """The worker's jobs, each of which says how many it found."""

    @action(weight=7)
    def sweep(self, data: st.DataObject) -> None:
        """Mostly one that finds something."""
        finds = [name for name, (expect, _) in SWEEPS.items() if expect(copy.deepcopy(self.shop))]
        name = pick(data, "job", mostly(data, finds, list(SWEEPS)))
        expect, call = SWEEPS[name]
        answer = self.step(name, expect, lambda: call(now=self.now))
        assert answer is not None
        assert answer[0] == answer[1]
        self.found[name] += answer[0]

    @action(weight=6)
    def time_passes(self, data: st.DataObject) -> None:
        """Some minutes or a day; or until something is due, to the moment or half a minute off it."""
        shop = self.shop
        due = {offer.expires for offer in shop.open_offers()}
        due |= {visit.confirm_by or 0 for visit in shop.visits if visit.status == "confirmed"}
        due |= {moment for visit in shop.visits for moment in (visit.start, visit.end, visit.start - DAY)}
        soon = sorted(moment for moment in due if moment > shop.now)[:3]
        shop.now = pick(
            data, "until", [*soon * 2, *(moment + 0.5 for moment in soon), shop.now + 7, shop.now + DAY / 2]
        )


class Planning(ShopMachine):
    """When a barber works, and when not."""

    def barber_and_day(self, data: st.DataObject, *, is_own: bool = False) -> tuple[Barber, int, Person | None]:
        barber = pick(data, "barber", self.shop.barbers)
        today = self.shop.today
        day = pick(data, "day", mostly(data, range(today, today + 5), [today - 1, today + 400]))
        return barber, day, self.actor(data, self.shop.people[5], barber.person if is_own else None)

    @action(weight=1)
    def set_rota(self, data: st.DataObject) -> None:
        barber, day, by = self.barber_and_day(data)
        length = pick(data, "days in the cycle", [1, 4, 7])
        anchor = day - pick(data, "days since the anchor", range(9))
        options = st.sampled_from(pick(data, "hours", [GOOD_HOURS, GOOD_HOURS, GOOD_HOURS, HOURS]))
        hours: dict[int, Hours] = data.draw(
            st.dictionaries(st.integers(0, length - 1), options, min_size=1), label="cycle"
        )
        self._change(
            "set_rota",
            lambda shop: shop.set_rota(by, barber, day, (length, anchor, hours)),
            lambda: schedules.set_rota(
                master_id=barber.id,
                from_day=self.shop.rules.date(day),
                cycle_days=length,
                cycle_anchor=self.shop.rules.date(anchor),
                hours={each: clocks(stretches) for each, stretches in hours.items()},
                by=as_actor(by),
                now=self.now,
            ),
        )

    @action(weight=2)
    def set_day_hours(self, data: st.DataObject) -> None:
        barber, day, by = self.barber_and_day(data)
        hours = pick(data, "hours", mostly(data, GOOD_HOURS, HOURS))
        self._change(
            "set_day_hours",
            lambda shop: shop.set_day_hours(by, barber, day, hours),
            lambda: schedules.set_day_hours(
                master_id=barber.id,
                day=self.shop.rules.date(day),
                hours=clocks(hours),
                by=as_actor(by),
                now=self.now,
            ),
        )

    @action(weight=1)
    def clear_day_hours(self, data: st.DataObject) -> None:
        barber, day, by = self.barber_and_day(data)
        self._change(
            "clear_day_hours",
            lambda shop: shop.set_day_hours(by, barber, day, None),
            lambda: schedules.clear_day_hours(
                master_id=barber.id, day=self.shop.rules.date(day), by=as_actor(by), now=self.now
            ),
        )

    @action(weight=2)
    def set_lunch(self, data: st.DataObject) -> None:
        barber, day, by = self.barber_and_day(data, is_own=True)
        lunch = pick(
            data, "lunch", [None, (780, 840), (12 * 60, 13 * 60), (17 * 60, 17 * 60 + 20), (600, 900), (720, 700)]
        )
        one_day = data.draw(st.booleans(), label="one day")
        self._change(
            "set_lunch",
            lambda shop: shop.set_lunch(by, barber, day, lunch, one_day=one_day),
            lambda: schedules.set_lunch(
                master_id=barber.id,
                lunch=(clock(lunch[0]), clock(lunch[1])) if lunch else None,
                from_day=self.shop.rules.date(day),
                one_day=one_day,
                by=as_actor(by),
                now=self.now,
            ),
        )

    def _change(self, name: str, expect: Any, call: Any) -> None:
        answer = self.step(name, expect, call)
        if answer:
            expected, change = answer
            assert {block.booking.pk for block in change.in_the_way} == {visit.id for visit in expected}

    @action(weight=1)
    def update_master(self, data: st.DataObject) -> None:
        away = [barber for barber in self.shop.barbers if not barber.is_active]
        barber = pick(data, "barber", mostly(data, away, self.shop.barbers))
        by = self.actor(data, self.shop.people[5])
        is_active = pick(data, "is active", [True, True, False])
        self.step(
            "update_master",
            lambda shop: shop.update_master(by, barber, is_active=is_active),
            lambda: schedules.update_master(
                master_id=barber.id, name=barber.person.name, is_active=is_active, by=as_actor(by)
            ),
        )

    # --- Time off -------------------------------------------------------------------------------------------------

    def stretch(self, data: st.DataObject, barber: Barber) -> tuple[int, int]:
        """Around a visit or time off, some hours, a day or two; rarely nonsense."""
        shop = self.shop
        mine = [visit.start for visit in shop.visits if visit.barber is barber and visit.end > shop.now][-3:]
        mine += [off.start for off in barber.off if off.end > shop.now][-3:]
        begins = pick(
            data, "begins", [*mine * 2, *(each - 30 for each in mine), shop.today * DAY, (shop.today + 1) * DAY + 600]
        )
        length = pick(data, "minutes", [60, 60, 90, 180, 20, DAY, 2 * DAY, -30])
        return begins, begins + length

    @action(weight=4)
    def take_time_off(self, data: st.DataObject) -> None:
        barber = pick(data, "barber", self.shop.barbers)
        begins, ends = self.stretch(data, barber)
        by = self.actor(data, barber.person, self.shop.people[5])
        conflicts = pick(data, "conflicts", ["step_back", "cancel", "move", "move", "move"])
        reasons = pick(
            data, "reasons", mostly(data, [("", "заболел"), ("дети", "заболел")], [("дети", ""), ("x" * 501, "")])
        )
        answer = self.step(
            f"take_time_off, {conflicts}",
            lambda shop: shop.take_off(by, barber, (begins, ends), reasons, conflicts),
            lambda: product.take_time_off(
                master_id=barber.id,
                starts_at=self.shop.rules.moment(begins),
                ends_at=self.shop.rules.moment(ends),
                reason=reasons[0],
                by=as_actor(by),
                now=self.now,
                conflicts=CONFLICTS[conflicts],
                cancel_reason=reasons[1],
            ),
            undo=True,
        )
        if answer:
            expected, done = answer
            moment = self.shop.rules.moment
            assert done.stretches == [(moment(a), moment(b)) for a, b in expected.stretches]
            for name in ("cancelled", "offers", "to_call"):
                assert [row.pk for row in getattr(done, name)] == [each.id for each in getattr(expected, name)]

    @action(weight=3)
    def take_back_time_off(self, data: st.DataObject) -> None:
        barber = pick(data, "barber", [each for each in self.shop.barbers if each.off] or self.shop.barbers)
        begins, ends = self.stretch(data, barber)
        by = self.actor(data, barber.person, self.shop.people[5])
        answer = self.step(
            "take_back_time_off",
            lambda shop: shop.take_back(by, barber, begins, ends),
            lambda: product.take_back_time_off(
                master_id=barber.id,
                starts_at=self.shop.rules.moment(begins),
                ends_at=self.shop.rules.moment(ends),
                by=as_actor(by),
                now=self.now,
            ),
        )
        if answer:
            moment = self.shop.rules.moment
            assert answer[1] == [(moment(a), moment(b)) for a, b in answer[0]]
