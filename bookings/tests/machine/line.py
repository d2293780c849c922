"""The model's waiting list: who is in line, and the times that are held for them."""

from collections.abc import Iterable

from bookings.tests.machine.state import DAY, Barber, Offer, Person, Refused, Service, Visit, Wait, day_of, refuse
from bookings.tests.machine.times import Times

MOST_WAITS = 5
IN_LINE = ("waiting", "offered")


class Line(Times):
    def join(self, by: Person | None, services: tuple[Service, ...], barber: Barber | None, day: int) -> Wait:
        if by is None or not by.is_active:
            raise Refused(["access_closed", "service_unavailable"])
        needs = {each: need for each in self.asked(barber) if (need := self.need(each, services))}
        refuse(service_unavailable=not needs or not _is_visit(services), day_not_bookable=day not in self.bookable)
        waits = [wait for wait in self.waits if wait.client is by and wait.status in IN_LINE]
        for same in waits:
            if (same.barber, same.day) == (barber, day):
                same.services = services if same.status == "waiting" else same.services
                return same
        is_free = any(self.free_starts(each, need, [day]) for each, need in needs.items())
        refuse(no_need_to_wait=is_free, too_many_waits=len(waits) >= MOST_WAITS)
        self.waits.append(Wait(len(self.waits) + 1, by, barber, day, services))
        return self.waits[-1]

    def leave(self, by: Person | None, wait: Wait) -> None:
        refuse(access_closed=by is not None and not by.is_active)
        refuse(booking_not_found=wait.client is not by)
        offer = next((each for each in self.open_offers() if each.wait is wait), None)
        if wait.status in IN_LINE:
            wait.status = "given_up"
        if offer:
            offer.status = "declined"
            self.serve(offer.barber, [day_of(offer.start)])

    def serve_all(self) -> int:
        before = len(self.offers)
        for wait in self.waits:
            if wait.status == "waiting" and wait.day < self.today:
                wait.status = "given_up"
        for barber in self.barbers:
            self.serve(barber, self.bookable)
        return len(self.offers) - before

    def serve(self, barber: Barber, days: Iterable[int]) -> None:
        """Hold the first time that fits for everybody in line whom the barber can do; first come, first served."""
        for day in sorted(set(days)):
            for wait in self.waits:
                fits = wait.barber in (barber, None) and wait.day == day and wait.status == "waiting"
                if fits and wait.client.is_active and not self._is_served(wait.client):
                    self._offer(wait, barber)

    def _is_served(self, client: Person) -> bool:
        """Who has a visit, or a time held on some day, is passed over."""
        held = [offer for offer in self.open_offers() if offer.wait and offer.client is client]
        return bool(held or self.active_visit(client))

    def _offer(self, wait: Wait, barber: Barber) -> None:
        need = self.need(barber, wait.services)
        refused = {
            each.start
            for each in self.offers
            if each.wait and (each.client, each.barber, each.wait.day) == (wait.client, barber, wait.day)
            if each.wait.status in IN_LINE
        }
        starts = [each for each in self.free_starts(barber, need, [wait.day]) if each not in refused] if need else []
        if need and starts:
            wait.status = "offered"
            end = starts[0] + self.length(barber, wait.services)
            expires = min(self.now + self.rules.hold, starts[0])
            number = len(self.offers) + 1
            offer = Offer(number, wait.client, barber, starts[0], end, starts[0] + need, expires, wait=wait)
            self.offers.append(offer)

    def decline(self, by: Person, offer: Offer) -> None:
        refuse(access_closed=not by.is_active)
        refuse(offer_gone=offer.client is not by or offer.status == "accepted")
        self._let_go(offer, "declined")

    def expire(self) -> int:
        due = [offer for offer in self.open_offers() if offer.expires <= self.now]
        for offer in sorted(due, key=lambda offer: (offer.expires, offer.number)):
            self._let_go(offer, "expired")
        return len(due)

    def _let_go(self, offer: Offer, status: str) -> None:
        if offer.status == "open":
            self.close(offer, status)
            self.serve(offer.barber, [day_of(offer.start)])

    def close(self, offer: Offer, status: str) -> None:
        offer.status = status
        if offer.wait and offer.wait.status == "offered":
            offer.wait.status = "waiting"

    def open_offers(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.status == "open"]

    def asked(self, barber: Barber | None) -> list[Barber]:
        """The barber, or everybody."""
        return [barber] if barber else self.barbers

    def active_visit(self, client: Person) -> Visit | None:
        """The client's own visit still to come or under way."""
        return next((visit for visit in self.confirmed_by_bot(client) if visit.end > self.now), None)

    def confirmed_by_bot(self, client: Person) -> list[Visit]:
        own = [visit for visit in self.visits if visit.client is client and visit.source == "bot"]
        return [visit for visit in own if visit.status == "confirmed"]

    def length(self, barber: Barber, services: tuple[Service, ...]) -> int:
        return sum(barber.does[each][1] for each in services)


def _is_visit(services: tuple[Service, ...]) -> bool:
    return 1 <= len(services) <= 5 and len(set(services)) == len(services)


def days_between(start: int, end: int) -> set[int]:
    return set(range(start // DAY, end // DAY + 1))
