"""The model's visits: each method answers as the service of the same purpose should, or is Refused."""

from decimal import Decimal

from bookings.tests.machine.line import Line, days_between
from bookings.tests.machine.state import DAY, Barber, Offer, Person, Refused, Service, Visit, refuse
from bookings.tests.machine.times import STAFF, as_stretches

LONGEST_REASON = 500
JUST_BEGUN = -29


class Visits(Line):
    # --- A new visit ----------------------------------------------------------------------------------------------

    def book(
        self,
        client: Person,
        services: tuple[Service, ...],
        barber: Barber | None,
        start: float,
        key: str,
        *,
        pool: bool,
    ) -> Visit:
        key = f"{client.id}:{key}"
        refuse(service_unavailable=not 1 <= len(services) <= 5 or len(set(services)) < len(services))
        refuse(access_closed=not client.is_active)
        if again := self._by_key(key):
            return again
        asked = self._pool(barber, services) if pool or barber is None else self.asked(barber)
        refuse(
            active_booking_exists=self.active_visit(client),
            service_unavailable=not any(self.need(each, services) for each in asked),
        )
        against = {each: self._against(each, services, start) for each in asked if self.need(each, services)}
        free = [each for each, broken in against.items() if not broken]
        if not free:
            raise Refused(set().union(*against.values()))
        self._settle(client)
        chosen = min(free, key=lambda each: (self._visits_on(each, int(start // DAY)), each.id))
        return self._add(client, chosen, services, int(start), source="bot", key=key)

    def book_by_hand(
        self,
        by: Person | None,
        barber: Barber,
        services: tuple[Service, ...],
        start: float,
        *,
        key: str,
        who: tuple[str, str],
    ) -> Visit:
        """`who` are a name and a phone."""
        key = f"{by.id if by else None}:{key}"
        name, phone = who[0].strip(), who[1]
        broken = {"name_required": not 1 <= len(name) <= 64, "phone_invalid": phone and not is_phone(phone)}
        broken["service_unavailable"] = not services or len(set(services)) < len(services)
        refuse(**broken)
        role = self.check_runs(by, barber)
        refuse(service_unavailable=not barber.is_active)
        if again := self._by_key(key):
            return again
        refuse(service_unavailable=not self.need(barber, services))
        if against := self._against(barber, services, start, notice=JUST_BEGUN):
            raise Refused(against)
        source = "master" if role == "master" else "admin"
        return self._add(None, barber, services, int(start), source=source, key=key, name=name, phone=phone)

    def _against(
        self, barber: Barber, services: tuple[Service, ...], start: float, notice: int | None = None
    ) -> set[str]:
        need = self.need(barber, services) or 0
        return self.against_slot(barber, start, need, notice=self.rules.notice if notice is None else notice)

    def _pool(self, shown: Barber | None, services: tuple[Service, ...]) -> list[Barber]:
        """Everybody, or those who do it in the same time for the same price as the one who was shown."""
        able = [each for each in self.barbers if self.need(each, services)]
        if shown is None:
            return able
        alike = [each for each in able if self._terms(each, services) == self._terms(shown, services)]
        return alike if shown in able else []

    def _terms(self, barber: Barber, services: tuple[Service, ...]) -> tuple[Decimal, int | None]:
        return self.price(barber, services), self.need(barber, services)

    def price(self, barber: Barber, services: tuple[Service, ...]) -> Decimal:
        return sum((barber.does[each][0] for each in services if each in barber.does), Decimal(0))

    def _visits_on(self, barber: Barber, day: int) -> int:
        visits = [visit for visit in self.visits if visit.barber is barber and visit.takes_time]
        return sum(day * DAY <= visit.start < (day + 1) * DAY for visit in visits)

    def _by_key(self, key: str) -> Visit | None:
        return next((visit for visit in self.visits if visit.key == key), None)

    def _settle(self, client: Person) -> None:
        """The visit that is over and of which nobody said so."""
        for visit in self.confirmed_by_bot(client):
            visit.status = "completed"

    def _add(
        self,
        client: Person | None,
        barber: Barber,
        services: tuple[Service, ...],
        start: int,
        *,
        source: str,
        key: str,
        name: str = "",
        phone: str = "",
    ) -> Visit:
        end = start + self.length(barber, services)
        until = start + (self.need(barber, services) or 0)
        number, price = len(self.visits) + 1, self.price(barber, services)
        visit = Visit(number, client, barber, services, start, end, until, price, source, key, name=name, phone=phone)
        visit.confirm_by = self._confirm_by(visit)
        self.visits.append(visit)
        return visit

    def _confirm_by(self, visit: Visit) -> int | None:
        """Until when a client who has missed visits says that they come; nobody is asked about one that is so soon."""
        missed = [each for each in self.visits if visit.client and each.client is visit.client]
        has_missed = sum(each.status == "no_show" for each in missed) >= self.rules.no_shows
        deadline = visit.start - self.rules.cancel_notice
        is_asked = visit.source == "bot" and has_missed and deadline > self.now + self.rules.notice
        return deadline if is_asked else None

    # --- A visit is cancelled or moved ----------------------------------------------------------------------------

    def cancel(self, by: Person | None, visit: Visit, reason: str) -> None:
        who = self.capacity(by, visit)
        if visit.status == "cancelled":
            return
        is_staff = who in ("master", "admin")
        refuse(
            **self._against_change(visit, who),
            reason_required=is_staff and not reason.strip(),
            reason_too_long=len(reason.strip()) > LONGEST_REASON,
        )
        days = self.end(visit, who, reason)
        self.pass_on(visit, visit.start, visit.until, days)

    def move(self, by: Person | None, visit: Visit, start: float) -> None:
        who = self.capacity(by, visit)
        if visit.status == "confirmed" and visit.start == start:
            return
        need = visit.until - visit.start
        notice = self.rules.notice if who == "client" else JUST_BEGUN
        refuse(**self._against_change(visit, who))
        if against := self.against_slot(visit.barber, start, need, notice=notice, but=visit):
            raise Refused(against)
        self._move(visit, int(start))

    def accept(self, by: Person, offer: Offer) -> Visit:
        refuse(access_closed=not by.is_active)
        refuse(offer_gone=offer.client is not by)
        if offer.status == "accepted":
            return offer.visit or next(visit for visit in self.visits if visit.key == f"offer:{offer.number}")
        refuse(offer_gone=offer.status != "open" or offer.expires <= self.now)
        if offer.visit:
            refuse(offer_gone=not self._works_then(offer))
            offer.status = "accepted"
            self._move(offer.visit, offer.start, accepted=offer)
            return offer.visit
        wait = offer.wait
        refuse(
            active_booking_exists=self.active_visit(by),
            service_unavailable=not wait or not self.need(offer.barber, wait.services),
            offer_gone=not self._works_then(offer),
        )
        self._settle(by)
        offer.status = "accepted"
        services = wait.services if wait else ()
        if wait:
            wait.status = "taken"
        return self._add(by, offer.barber, services, offer.start, source="bot", key=f"offer:{offer.number}")

    def _works_then(self, offer: Offer) -> bool:
        """The hours may have changed since the time was held."""
        working = offer.barber.working_minutes(offer.start // DAY)
        return offer.barber.is_active and working.issuperset(range(offer.start, offer.until))

    def capacity(self, by: Person | None, visit: Visit) -> str:
        """As whom somebody acts on a visit."""
        if by is None:
            return "shop"
        refuse(access_closed=not by.is_active)
        if visit.client is by:
            return "client"
        if by.role in STAFF:
            return "admin"
        refuse(booking_not_found=by is not visit.barber.person)
        return "master"

    def _against_change(self, visit: Visit, who: str) -> dict[str, bool]:
        is_client = who == "client"
        return {
            "not_active": visit.status != "confirmed" or (visit.start if is_client else visit.end) <= self.now,
            "too_late_to_change": is_client and visit.start - self.now < self.rules.cancel_notice,
        }

    def end(self, visit: Visit, who: str, reason: str) -> set[int]:
        """Cancelled; the days of the times that were held for it."""
        visit.status, visit.cancelled_by, visit.cancel_reason = "cancelled", who, reason.strip()
        visit.cancelled_at = self.now
        return self.close_offers(visit)

    def close_offers(self, visit: Visit) -> set[int]:
        mine = [offer for offer in self.open_offers() if offer.visit is visit]
        for offer in mine:
            self.close(offer, "declined")
        return {offer.start // DAY for offer in mine}

    def _move(self, visit: Visit, start: int, accepted: Offer | None = None) -> None:
        old = visit.start, visit.until
        length = visit.end - visit.start
        visit.start, visit.end, visit.until = start, start + length, start + (old[1] - old[0])
        visit.moves += 1
        if visit.source == "bot":
            visit.confirm_by, visit.asked_at, visit.confirmed_at = self._confirm_by(visit), None, None
        days = self.close_offers(visit)
        self.pass_on(visit, *old, days, accepted=accepted)

    def pass_on(self, visit: Visit, start: int, end: int, days: set[int], accepted: Offer | None = None) -> None:
        """Time off that the visit was in the way of comes first, then who waits."""
        for offer in [each for each in self.offers if each.visit is visit]:
            if offer is accepted or offer.status in ("declined", "expired"):
                for stretch in as_stretches(offer.wanted & set(range(max(start, self.minute), end))):
                    self.add_off(visit.barber, *stretch, offer.reason)
        self.serve(visit.barber, days | days_between(start, end))


def is_phone(text: str) -> bool:
    """Of the few that the machine tries."""
    return text.startswith("+7916")
