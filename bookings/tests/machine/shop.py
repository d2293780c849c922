"""The model's day: what becomes of a visit, time off over visits, and a walk-in who turns out to be somebody."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bookings.tests.machine.line import days_between
from bookings.tests.machine.state import DAY, Barber, Offer, Person, Refused, Stretch, Visit, refuse
from bookings.tests.machine.visits import LONGEST_REASON, Visits, is_phone

MARK_WITHIN = DAY
ASK_AHEAD = DAY


@dataclass
class Off:
    """What became of time that was asked off, and of the visits in its way."""

    stretches: list[Stretch] = field(default_factory=list)
    cancelled: list[Visit] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    to_call: list[Visit] = field(default_factory=list)


class Shop(Visits):
    # --- What becomes of a visit ----------------------------------------------------------------------------------

    def no_show(self, by: Person | None, visit: Visit) -> None:
        refuse(not_allowed=self.capacity(by, visit) == "client")
        if visit.status != "no_show":
            refuse(
                not_active=visit.status == "cancelled",
                not_started=self.now < visit.start,
                too_late_to_mark=self.now >= visit.end + MARK_WITHIN,
            )
            visit.status = "no_show"

    def attend(self, by: Person | None, visit: Visit) -> None:
        refuse(not_allowed=self.capacity(by, visit) == "master")
        if visit.status == "confirmed" and visit.confirmed_at is not None:
            return
        refuse(
            not_active=visit.status != "confirmed" or visit.start <= self.now,
            nothing_to_confirm=visit.confirm_by is None,
        )
        visit.confirmed_at = self.now

    def complete_past(self) -> int:
        past = self._confirmed(lambda visit: visit.end <= self.now)
        for visit in past:
            visit.status = "completed"
        return len(past)

    def ask(self) -> int:
        due = self._confirmed(
            lambda visit: (
                visit.asked_at is None
                and visit.confirmed_at is None
                and visit.confirm_by is not None
                and visit.confirm_by > self.now
                and visit.start <= self.now + ASK_AHEAD
            )
        )
        for visit in due:
            visit.asked_at = self.now
        return len(due)

    def release(self) -> int:
        due = self._confirmed(
            lambda visit: (
                visit.asked_at is not None
                and visit.confirmed_at is None
                and visit.confirm_by is not None
                and visit.confirm_by <= self.now < visit.start
            )
        )
        for visit in sorted(due, key=lambda visit: (visit.confirm_by, visit.number)):
            days = self.end(visit, "shop", "")
            self.pass_on(visit, visit.start, visit.until, days)
        return len(due)

    def active(self) -> list[Visit]:
        return [visit for visit in self.visits if visit.status == "confirmed" and visit.end > self.now]

    def _confirmed(self, fits: Callable[[Visit], bool]) -> list[Visit]:
        return [visit for visit in self.visits if visit.status == "confirmed" and fits(visit)]

    # --- Time off -------------------------------------------------------------------------------------------------

    def take_off(
        self, by: Person | None, barber: Barber, during: Stretch, reasons: tuple[str, str], conflicts: str
    ) -> Off:
        """`reasons` are that of the time off and that of the cancellations."""
        reason, cancel_reason = reasons
        refuse(reason_too_long=len(reason) > LONGEST_REASON)
        role = self.check_runs(by, barber)
        end = during[1]
        start = self._checked_range(*during)
        under_way = [v for v in self._with_time(barber, start, end) if v.start <= self.now]
        refuse(bookings_in_the_way=any(visit.until >= end for visit in under_way))
        start = max([start, *(visit.until for visit in under_way)])
        in_the_way = [v for v in self._with_time(barber, start, end) if v.status == "confirmed"]
        refuse(
            bookings_in_the_way=in_the_way and conflicts == "step_back",
            reason_required=in_the_way and conflicts == "cancel" and not cancel_reason.strip(),
            reason_too_long=conflicts == "cancel" and len(cancel_reason.strip()) > LONGEST_REASON,
        )
        days = {day for visit in in_the_way for day in days_between(visit.start, visit.end)}
        done = Off(cancelled=in_the_way if conflicts == "cancel" else [])
        for visit in done.cancelled:
            days |= self.end(visit, "master" if role == "master" else "admin", cancel_reason)
        left = [visit for visit in in_the_way if visit not in done.cancelled]
        for visit in left:
            days |= self.close_offers(visit)
        days |= self._withdraw(barber, start, end)
        done.stretches = self.add_off(barber, start, end, reason)
        for visit in left:
            if visit.client is None or visit.client.telegram_id is None or not visit.client.is_active:
                done.to_call.append(visit)
            else:
                done.offers.append(self._offer_another(visit, visit.client, (start, end), reason))
        self.serve(barber, days)
        return done

    def take_back(self, by: Person | None, barber: Barber, start: int, end: int) -> list[Stretch]:
        self.check_runs(by, barber)
        start = self._checked_range(start, end)
        back = self.cut_off(barber, start, end)
        given_up = set(range(start, end))
        asked = [
            offer
            for offer in self.offers
            if offer.visit
            and offer.barber is barber
            and offer.visit.status == "confirmed"
            and offer.status in ("open", "declined", "expired")
            and not offer.wanted.isdisjoint(given_up)
        ]
        refuse(no_time_off=not back and not asked)
        days = {day for stretch in back for day in days_between(*stretch)}
        for offer in asked:
            offer.wanted -= given_up
            visit = offer.visit
            if visit and offer.wanted.isdisjoint(range(visit.start, visit.until)):
                days.add(offer.start // DAY)
                self.close(offer, "withdrawn")
        self.serve(barber, days)
        return back

    def _checked_range(self, start: int, end: int) -> int:
        """When it can begin."""
        refuse(invalid_range=not start < end <= start + 366 * DAY)
        begins = max(start, self.minute)
        refuse(past_day=begins >= end)
        return begins

    def _with_time(self, barber: Barber, start: int, end: int) -> list[Visit]:
        """Visits of any status, but cancelled, that the barber's time is taken by then."""
        found = [
            visit
            for visit in self.visits
            if visit.barber is barber and visit.takes_time and visit.start < end and start < visit.until
        ]
        return sorted(found, key=lambda visit: visit.start)

    def _withdraw(self, barber: Barber, start: int, end: int) -> set[int]:
        """Times held for others go back; a visit that was to move there stays, and is still in the way."""
        held = [o for o in self.open_offers() if o.barber is barber and o.start < end and start < o.until]
        for offer in held:
            self.close(offer, "expired" if offer.visit else "withdrawn")
        return {offer.start // DAY for offer in held}

    def _offer_another(self, visit: Visit, client: Person, off: Stretch, reason: str) -> Offer:
        """Hold the free time nearest to the visit's own, of two the later."""
        need = visit.until - visit.start
        starts = self.free_starts(visit.barber, need, self.bookable)
        if not starts:
            raise Refused(["no_time_to_offer"])
        start = min(starts, key=lambda each: (abs(each - visit.start), -each))
        expires = min(self.now + self.rules.move_hold, visit.start, start)
        offer = Offer(
            number=len(self.offers) + 1,
            client=client,
            barber=visit.barber,
            start=start,
            end=start + (visit.end - visit.start),
            until=start + need,
            expires=expires,
            visit=visit,
            wanted=set(range(*off)),
            reason=reason,
        )
        self.offers.append(offer)
        return offer

    def not_found(self) -> None:
        raise Refused(["booking_not_found", "access_closed"])

    # --- A walk-in is somebody ------------------------------------------------------------------------------------

    def share(self, person: Person, phone: str, contact: int | None) -> list[Visit]:
        refuse(access_closed=not person.is_active)
        refuse(
            not_own_contact=contact is None or contact != person.telegram_id,
            phone_invalid=not is_phone(phone),
        )
        person.phone = phone
        theirs = self._confirmed(lambda visit: visit.client is None and visit.phone == phone and visit.start > self.now)
        for visit in theirs:
            visit.client, visit.name, visit.phone = person, "", ""
        return theirs
