"""A machine that lives a shop's days: every step asks a service and the model the same, and compares what became."""

import copy
import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.db import connection, transaction
from django.test import override_settings
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from accounts.actors import THE_SHOP, Actor
from accounts.errors import AccountError
from accounts.models import Channel
from bookings import selectors
from bookings.errors import BookingError
from bookings.tests.machine.mirror import assert_same
from bookings.tests.machine.scene import open_shop
from bookings.tests.machine.shop import Shop
from bookings.tests.machine.state import DAY, Barber, Person, Refused, Rules, Service
from observability import integrity
from schedules.calendar import DayRange
from schedules.errors import ScheduleError

T = TypeVar("T")
# A worker has so many minutes to notice that a held time has run out.
GRACE = 5


@dataclass(frozen=True)
class Action:
    weight: int
    when: Callable[["ShopMachine"], object]


ACTIONS: dict[str, Action] = {}
Method = Callable[[Any, st.DataObject], None]


def action(
    *, weight: int, when: Callable[["ShopMachine"], object] = lambda machine: True
) -> Callable[[Method], Method]:
    """A method is something that may happen next, so often in comparison with the others, when there is cause."""

    def register(method: Method) -> Method:
        ACTIONS[method.__name__] = Action(weight, when)
        return method

    return register


class ShopMachine(RuleBasedStateMachine):
    """One example is one transaction, rolled back at its end: nothing is committed, so no hook of a commit runs."""

    RULES: ClassVar[Rules] = Rules("Europe/Moscow", 180)
    steps: ClassVar[int] = 0
    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()
    found: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        rules = self.RULES
        self._settings = override_settings(
            SHOP_TIME_ZONE=rules.zone,
            BOOKING_HORIZON_DAYS=rules.horizon,
            BOOKING_MIN_NOTICE_MINUTES=rules.notice,
            CANCEL_MIN_NOTICE_MINUTES=rules.cancel_notice,
            WAITLIST_HOLD_MINUTES=rules.hold,
            MOVE_HOLD_MINUTES=rules.move_hold,
            NO_SHOWS_BEFORE_CONFIRM=rules.no_shows,
        )
        self._settings.enable()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        self.shop = open_shop(rules)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)
        self._settings.disable()

    @rule(data=st.data())
    def next(self, data: st.DataObject) -> None:
        """One rule that picks: hypothesis would leave most rules out of most examples, and few visits would be made."""
        type(self).steps += 1
        likely = [name for name, each in ACTIONS.items() for _ in range(each.weight) if each.when(self)]
        getattr(self, pick(data, "action", likely))(data)

    # --- A step ---------------------------------------------------------------------------------------------------

    @property
    def now(self) -> dt.datetime:
        return self.shop.rules.moment(self.shop.now)

    def step(
        self, name: str, expect: Callable[[Shop], Any], call: Callable[[], T], *, undo: bool = False
    ) -> tuple[Any, T] | None:
        """What the model and the service answer; or None when both refuse, the service for a reason the model has.

        With `undo`, a model that refuses half-way through forgets what it did until then, as a transaction does.
        """
        before = copy.deepcopy(self.shop) if undo else self.shop
        try:
            expected = expect(self.shop)
        except Refused as refusal:
            self.shop = before
            self._expect_refusal(name, call, refusal.codes)
            self._compare()
            return None
        result = call()
        self.done[name] += 1
        self._compare()
        return expected, result

    def _expect_refusal(self, name: str, call: Callable[[], object], codes: Collection[str]) -> None:
        try:
            result = call()
        except (BookingError, ScheduleError, AccountError) as error:
            reason = error.data.get("reason")
            code = f"{error.code}:{reason}" if reason else error.code
        else:
            raise AssertionError(f"{name} was to be refused for one of {sorted(codes)}, but gave {result!r}")
        assert code in codes, f"{name} was refused with {code}, not with one of {sorted(codes)}"
        self.refused[f"{name}: {code}"] += 1
        note(f"    refused: {code}")

    def _compare(self) -> None:
        connection.check_constraints()  # those that a commit would check
        assert_same(self.shop)
        overdue = [offer for offer in self.shop.open_offers() if offer.expires < self.shop.now - GRACE]
        broken = {kind: number for kind, number in integrity.violations(now=self.now).items() if number}
        assert broken == ({"expired_holds": len(overdue)} if overdue else {})
        self._compare_free_time()

    def _compare_free_time(self) -> None:
        """Of one visit on one day; the next step is about the next ones."""
        shop = self.shop
        services = self.menu[self.steps % len(self.menu)]
        day = shop.bookable[self.steps % len(shop.bookable)]
        terms = selectors.offer_terms(service_ids=[each.id for each in services])
        date = shop.rules.date(day)
        there = selectors.free_slots(terms=terms, days=DayRange(date, date), now=self.now)
        needs = [(barber, need) for barber in shop.barbers if (need := shop.need(barber, services))]
        free = {(barber.id, start) for barber, need in needs for start in shop.free_starts(barber, need, [day])}
        assert {(slot.master_id, slot.starts_at) for slot in there} == {
            (barber_id, shop.rules.moment(start)) for barber_id, start in free
        }

    # --- What is drawn --------------------------------------------------------------------------------------------

    @property
    def menu(self) -> list[tuple[Service, ...]]:
        """What people ask for."""
        haircut, beard, colour = self.shop.catalogue
        return [(haircut,), (beard,), (haircut, beard), (colour,)]

    def services(self, data: st.DataObject) -> tuple[Service, ...]:
        """Mostly a haircut, sometimes nothing that a visit can be."""
        haircut, *_ = self.shop.catalogue
        return pick(data, "services", mostly(data, [(haircut,)] * 4 + self.menu, [(), (haircut, haircut)]))

    def barber(self, data: st.DataObject, services: tuple[Service, ...]) -> Barber:
        """Mostly one who does it."""
        able = [each for each in self.shop.barbers if self.shop.need(each, services)]
        return pick(data, "barber", mostly(data, able, self.shop.barbers))

    def start(self, data: st.DataObject, barber: Barber | None, services: tuple[Service, ...]) -> float:
        """Mostly free."""
        shop = self.shop
        free = {
            start
            for each in shop.asked(barber)
            if (need := shop.need(each, services))
            for start in shop.free_starts(each, need, shop.bookable)
        }
        return self.time(data, sorted(free)[:16])

    def time(self, data: st.DataObject, good: Sequence[int]) -> float:
        """One of the good ones, or in one case of six one that may be as bad as can be."""
        if good and mostly(data, [True], [False])[0]:
            return pick(data, "start", good)
        taken = [visit.start for visit in self.shop.visits[-4:]]
        half_hours = [self.shop.today * DAY + n * 30 for n in range(-10, 6 * 48, 7)]
        odd = [self.shop.minute // 30 * 30, self.shop.now, self.shop.minute + 45.5]
        return pick(data, "any start", [*taken, *half_hours, *odd])

    def actor(self, data: st.DataObject, *likely: Person | None) -> Person | None:
        """Mostly somebody likely; the shop itself is None."""
        return pick(data, "by", mostly(data, [each for each in likely if each], [*self.shop.people, None]))


def pick(data: st.DataObject, label: str, options: Sequence[T]) -> T:
    return data.draw(st.sampled_from(options), label=label)


def mostly(data: st.DataObject, likely: Sequence[T], others: Sequence[T]) -> Sequence[T]:
    """The likely ones, in eight cases of nine; there may be none."""
    return likely if likely and data.draw(st.integers(0, 8)) < 8 else others


def as_actor(person: Person | None) -> Actor:
    if person is None:
        return THE_SHOP
    return Actor(person.id, Channel.ADMIN if person.role == "admin" else Channel.BOT)


def ids(services: Sequence[Service]) -> list[int]:
    return [service.id for service in services]
