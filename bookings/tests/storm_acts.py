"""What people do in the storm: each act picks somebody and something at random, from the rows as they are."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Channel, User
from bookings import services
from bookings.models import (
    Booking,
    BookingStatus,
    OfferStatus,
    Service,
    SlotOffer,
    WaitlistEntry,
    WaitlistStatus,
)
from bookings.selectors import ANY_MASTER, free_slots, offer_terms
from bookings.services import Conflicts
from bookings.tests.books import mistakes_of_a_moment
from bookings.tests.storm import Act, Storm
from schedules.calendar import DayRange, local_day, shop_zone
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.services import clear_day_hours, set_day_hours, set_lunch, set_rota

DAYS_AHEAD = 1
HOURS = [
    [(dt.time(9), dt.time(21))],
    [(dt.time(10), dt.time(20))],
    [(dt.time(10), dt.time(13)), (dt.time(15), dt.time(20))],
]
DAY_HOURS = [*HOURS, [], [(dt.time(10), dt.time(12))]]
LUNCHES = [(dt.time(13), dt.time(14)), (dt.time(14), dt.time(15)), (dt.time(12), dt.time(12, 30)), None]
# How often each happens.
WEIGHTS = {
    "book": 24, "by_hand": 12, "move": 10, "cancel": 8,
    "time_off_or_not": 2, "time_off_and_cancel": 2, "time_off_and_move": 3, "take_back": 5,
    "rota": 1, "day_hours": 2, "clear_day": 2, "lunch": 2,
    "join": 10, "leave": 2, "accept": 10, "decline": 4, "expire": 3, "serve": 3,
    "complete": 2, "no_show": 3, "confirm": 2, "ask": 2, "release": 2, "link": 3,
    "wait": 3, "look": 2,
}  # fmt: skip


@dataclass
class Shop:
    """The people and what is offered. Everybody is there from the start; nobody else joins."""

    masters: list[Master]
    clients: list[User]
    services: list[Service]
    administrator: User

    def acts(self) -> dict[str, Act]:
        return {name: getattr(self, name) for name in WEIGHTS}

    # --- Whom, what and when ---

    def staff(self, dice: random.Random, master: Master) -> Actor:
        if dice.random() < 0.5:
            return Actor(self.administrator.pk, Channel.ADMIN)
        return Actor(master.user_id, Channel.BOT)

    def visit(self, dice: random.Random) -> list[int]:
        return [each.pk for each in dice.sample(self.services, dice.choice([1, 1, 1, 2]))]

    def day(self, dice: random.Random, now: dt.datetime) -> dt.date:
        return local_day(now) + dt.timedelta(days=dice.randint(0, DAYS_AHEAD))

    def moment(self, dice: random.Random, now: dt.datetime) -> dt.datetime:
        half_hours = dt.timedelta(minutes=30 * dice.randint(18, 40))
        return dt.datetime.combine(self.day(dice, now), dt.time(), shop_zone()) + half_hours

    def start(self, dice: random.Random, service_ids: list[int], master_id: int, now: dt.datetime) -> dt.datetime:
        """A time that was free a moment ago, now and then one that may be anything."""
        day = self.day(dice, now)
        slots = free_slots(
            terms=offer_terms(service_ids=service_ids, master_id=master_id), days=DayRange(day, day), now=now
        )
        return dice.choice(slots[:6]).starts_at if slots and dice.random() < 0.8 else self.moment(dice, now)

    def booking(self, dice: random.Random, bookings: "QuerySet[Booking] | None" = None) -> Booking | None:
        found = Booking.objects.filter(status=BookingStatus.CONFIRMED) if bookings is None else bookings
        return dice.choice(some) if (some := list(found.select_related("master").order_by("-pk")[:40])) else None

    def anybody_of(self, dice: random.Random, booking: Booking) -> Actor:
        if booking.client_id and dice.random() < 0.6:
            return Actor(booking.client_id, Channel.BOT)
        return self.staff(dice, booking.master)

    # --- Bookings ---

    def book(self, storm: Storm, dice: random.Random) -> object:
        visit, master_id = self.visit(dice), dice.choice([ANY_MASTER, *(master.pk for master in self.masters)])
        return services.create_booking(
            client_id=dice.choice(self.clients).pk,
            service_ids=visit,
            master_id=master_id,
            starts_at=self.start(dice, visit, master_id, storm.now),
            idempotency_key=f"{dice.randint(1, 50_000)}",
            now=storm.now,
            pool=dice.random() < 0.3,
        )

    def by_hand(self, storm: Storm, dice: random.Random) -> object:
        visit, master = self.visit(dice), dice.choice(self.masters)
        return services.create_manual_booking(
            master_id=master.pk,
            service_ids=visit,
            starts_at=self.start(dice, visit, master.pk, storm.now),
            name="Гость",
            phone=phone_of(dice.randrange(len(self.clients))),
            idempotency_key=f"{dice.randint(1, 50_000)}",
            by=self.staff(dice, master),
            now=storm.now,
        )

    def move(self, storm: Storm, dice: random.Random) -> object:
        if (booking := self.booking(dice)) is None:
            return None
        visit = list(booking.lines.values_list("service_id", flat=True))
        starts_at = self.start(dice, visit, booking.master_id, storm.now)
        by = self.anybody_of(dice, booking)
        return services.reschedule_booking(booking_id=booking.pk, starts_at=starts_at, by=by, now=storm.now)

    def cancel(self, storm: Storm, dice: random.Random) -> object:
        if (booking := self.booking(dice)) is None:
            return None
        by = self.anybody_of(dice, booking)
        return services.cancel_booking(booking_id=booking.pk, by=by, now=storm.now, reason="Нет света")

    def link(self, storm: Storm, dice: random.Random) -> object:
        number = dice.randrange(len(self.clients))
        user = self.clients[number]
        return services.share_contact(
            user_id=user.pk, phone=phone_of(number), contact_user_id=user.telegram_id, now=storm.now
        )

    # --- Masters' time ---

    def _time_off(self, storm: Storm, dice: random.Random, conflicts: Conflicts) -> object:
        master = dice.choice(self.masters)
        starts_at = self.moment(dice, storm.now)
        return services.take_time_off(
            master_id=master.pk,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(hours=dice.choice([1, 2, 3, 8])),
            reason=dice.choice(["", "Отпуск"]),
            by=self.staff(dice, master),
            now=storm.now,
            conflicts=conflicts,
            cancel_reason="Заболел",
        )

    def time_off_or_not(self, storm: Storm, dice: random.Random) -> object:
        return self._time_off(storm, dice, Conflicts.STEP_BACK)

    def time_off_and_cancel(self, storm: Storm, dice: random.Random) -> object:
        return self._time_off(storm, dice, Conflicts.CANCEL)

    def time_off_and_move(self, storm: Storm, dice: random.Random) -> object:
        return self._time_off(storm, dice, Conflicts.MOVE)

    def take_back(self, storm: Storm, dice: random.Random) -> object:
        off = AvailabilityBlock.objects.filter(kind=BlockKind.TIME_OFF, during__endswith__gt=storm.now)
        if not (blocks := list(off.select_related("master")[:20])):
            return None
        block = dice.choice(blocks)
        return services.take_back_time_off(
            master_id=block.master_id,
            starts_at=block.during.lower,
            ends_at=block.during.upper,
            by=self.staff(dice, block.master),
            now=storm.now,
        )

    def _by_admin(self, storm: Storm, dice: random.Random) -> dict[str, Any]:
        by = Actor(self.administrator.pk, Channel.ADMIN)
        return {"master_id": dice.choice(self.masters).pk, "by": by, "now": storm.now}

    def rota(self, storm: Storm, dice: random.Random) -> object:
        day = self.day(dice, storm.now)
        hours = {each: dice.choice(HOURS) for each in range(7)}
        change = set_rota(from_day=day, cycle_days=7, cycle_anchor=day, hours=hours, **self._by_admin(storm, dice))
        storm.remember(change)
        return change

    def day_hours(self, storm: Storm, dice: random.Random) -> object:
        day, hours = self.day(dice, storm.now), dice.choice(DAY_HOURS)
        change = set_day_hours(day=day, hours=hours, **self._by_admin(storm, dice))
        storm.remember(change)
        return change

    def clear_day(self, storm: Storm, dice: random.Random) -> object:
        change = clear_day_hours(day=self.day(dice, storm.now), **self._by_admin(storm, dice))
        storm.remember(change)
        return change

    def lunch(self, storm: Storm, dice: random.Random) -> object:
        change = set_lunch(
            lunch=dice.choice(LUNCHES),
            from_day=self.day(dice, storm.now),
            one_day=dice.random() < 0.7,
            **self._by_admin(storm, dice),
        )
        storm.remember(change)
        return change

    # --- Waiting and answering ---

    def join(self, storm: Storm, dice: random.Random) -> object:
        return services.join_waiting_list(
            service_ids=self.visit(dice),
            master_id=dice.choice([ANY_MASTER, *(master.pk for master in self.masters)]),
            day=self.day(dice, storm.now),
            by=Actor(dice.choice(self.clients).pk, Channel.BOT),
            now=storm.now,
        )

    def leave(self, storm: Storm, dice: random.Random) -> object:
        waits = WaitlistEntry.objects.filter(status__in=(WaitlistStatus.WAITING, WaitlistStatus.OFFERED))
        if not (entries := list(waits[:40])):
            return None
        entry = dice.choice(entries)
        return services.leave_waiting_list(entry_id=entry.pk, by=Actor(entry.client_id, Channel.BOT), now=storm.now)

    def _offer(self, dice: random.Random) -> SlotOffer | None:
        return dice.choice(some) if (some := list(SlotOffer.objects.filter(status=OfferStatus.OPEN)[:20])) else None

    def accept(self, storm: Storm, dice: random.Random) -> object:
        if (offer := self._offer(dice)) is None:
            return None
        return services.accept_offer(offer_id=offer.pk, by=Actor(offer.client_id, Channel.BOT), now=storm.now)

    def decline(self, storm: Storm, dice: random.Random) -> object:
        if (offer := self._offer(dice)) is None:
            return None
        return services.decline_offer(offer_id=offer.pk, by=Actor(offer.client_id, Channel.BOT), now=storm.now)

    def expire(self, storm: Storm, dice: random.Random) -> object:
        return services.expire_offers(now=storm.now)

    def serve(self, storm: Storm, dice: random.Random) -> object:
        return services.serve_waiting_list(now=storm.now)

    # --- What becomes of visits ---

    def complete(self, storm: Storm, dice: random.Random) -> object:
        return services.complete_past_bookings(now=storm.now)

    def no_show(self, storm: Storm, dice: random.Random) -> object:
        begun = Booking.objects.filter(starts_at__lte=storm.now, starts_at__gt=storm.now - dt.timedelta(hours=12))
        booking = self.booking(dice, begun.exclude(status=BookingStatus.CANCELLED))
        if booking is None:
            return None
        return services.mark_no_show(booking_id=booking.pk, by=self.staff(dice, booking.master), now=storm.now)

    def confirm(self, storm: Storm, dice: random.Random) -> object:
        asked = Booking.objects.filter(status=BookingStatus.CONFIRMED, confirm_by__isnull=False, confirmed_at=None)
        if (booking := self.booking(dice, asked)) is None:
            return None
        by = Actor(booking.client_id, Channel.BOT)
        return services.confirm_attendance(booking_id=booking.pk, by=by, now=storm.now)

    def ask(self, storm: Storm, dice: random.Random) -> object:
        return services.ask_to_confirm(now=storm.now)

    def release(self, storm: Storm, dice: random.Random) -> object:
        return services.release_unconfirmed(now=storm.now)

    # --- Time passes, and somebody looks ---

    def wait(self, storm: Storm, dice: random.Random) -> object:
        storm.minute_passes()
        return True

    def look(self, storm: Storm, dice: random.Random) -> object:
        """Time that nobody answered for is the sweep's, which comes between the waves."""
        storm.surprises += mistakes_of_a_moment(now=storm.now, but_for={"expired_holds"})
        return True


def phone_of(number: int) -> str:
    return f"+7916000{number:04}"
