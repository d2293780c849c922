"""The model's time: what is free, what is off, who may say so, and changes of the schedule."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bookings.tests.machine.state import (
    DAY,
    STEP,
    Barber,
    Hours,
    Offer,
    Person,
    Refused,
    Rules,
    Service,
    Stretch,
    TimeOff,
    Visit,
    Wait,
    day_of,
    refuse,
)

STAFF = ("admin", "owner")
YEAR = 366


@dataclass
class Times:
    """The shop's people and what takes their time; what is done with it is in the classes below this one."""

    rules: Rules
    people: list[Person]
    barbers: list[Barber]
    catalogue: list[Service]
    now: float = 12 * 60
    visits: list[Visit] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)

    @property
    def today(self) -> int:
        return day_of(self.now)

    @property
    def minute(self) -> int:
        """The first whole minute that isn't over."""
        return math.ceil(self.now)

    @property
    def bookable(self) -> range:
        return range(self.today, self.today + self.rules.horizon + 1)

    # --- What is free ---------------------------------------------------------------------------------------------

    def taken(self, barber: Barber, *, but: Visit | None = None) -> list[Stretch]:
        """Every stretch of the barber's time that a visit, a held time or time off takes."""
        visits = [(v.start, v.until) for v in self.visits if v.barber is barber and v.takes_time and v is not but]
        held = [(o.start, o.until) for o in self.offers if o.barber is barber and o.status == "open"]
        return visits + held + [(off.start, off.end) for off in barber.off]

    def free_starts(self, barber: Barber, need: int, days: Iterable[int]) -> list[int]:
        """The half hours at which a client could begin something that takes so many minutes."""
        if not barber.is_active:
            return []
        starts, taken = [], self.taken(barber)
        for day in days:
            free = barber.working_minutes(day) if day in self.bookable else set()
            for begins, ends in taken:
                if day_of(begins) <= day <= day_of(ends):
                    free.difference_update(range(max(begins, day * DAY), min(ends, (day + 1) * DAY)))
            for start in range(day * DAY, (day + 1) * DAY, STEP):
                if start >= self.minute + self.rules.notice and free.issuperset(range(start, start + need)):
                    starts.append(start)
        return starts

    def against_slot(
        self, barber: Barber, start: float, need: int, *, notice: int, but: Visit | None = None
    ) -> set[str]:
        """Every rule that a time is against."""
        begins = math.ceil(start)
        day, ends = day_of(start), begins + need
        working = barber.working_minutes(day) if barber.is_active else set()
        rules = {
            "slot_unavailable:too_soon": begins < self.minute + notice,
            "slot_unavailable:beyond_horizon": day > self.bookable[-1],
            "slot_unavailable:off_grid": start % STEP,
            "slot_unavailable:outside_shift": not working.issuperset(range(begins, ends)),
            "slot_taken:time_taken": any(a < ends and begins < b for a, b in self.taken(barber, but=but)),
        }
        return {rule for rule, is_broken in rules.items() if is_broken}

    def need(self, barber: Barber, services: Iterable[Service]) -> int | None:
        """The minutes that the visit takes of the barber, who is at work and does all of it; else None."""
        wanted = list(services)
        if not wanted or not barber.is_active or any(each not in barber.does for each in wanted):
            return None
        return sum(barber.does[each][1] for each in wanted) + max(each.buffer for each in wanted)

    # --- Who ------------------------------------------------------------------------------------------------------

    def barber_of(self, person: Person | None) -> Barber | None:
        return next((each for each in self.barbers if each.person is person), None)

    def check_runs(self, by: Person | None, barber: Barber, *, staff_only: bool = False) -> str:
        """The role in which somebody changes the barber's day."""
        if by is None:
            return "owner"
        refuse(access_closed=not by.is_active)
        is_own = by is barber.person and by.role == "master" and not staff_only
        refuse(not_allowed=by.role not in STAFF and not is_own)
        return by.role

    # --- Changes of the schedule: each answers with the visits that don't fit any more ---------------------------

    def set_rota(
        self, by: Person | None, barber: Barber, day: int, cycle: tuple[int, int, Mapping[int, Hours]]
    ) -> set[Visit]:
        self._check_change(by, barber, day, (stretch for hours in cycle[2].values() for stretch in [hours]))
        for later in [first for first in barber.cycles if first >= day]:
            del barber.cycles[later]
        barber.cycles[day] = (cycle[0], cycle[1], dict(cycle[2]))
        return self._outside_shifts(barber, day)

    def set_day_hours(self, by: Person | None, barber: Barber, day: int, hours: Hours | None) -> set[Visit]:
        """None lets the cycle decide again."""
        self._check_change(by, barber, day, [hours or ()])
        barber.own_hours.pop(day, None)
        if hours is not None:
            barber.own_hours[day] = hours
        return {visit for visit in self._outside_shifts(barber, day) if day_of(visit.start) == day}

    def set_lunch(
        self, by: Person | None, barber: Barber, day: int, lunch: Stretch | None, *, one_day: bool
    ) -> set[Visit]:
        self.check_runs(by, barber)
        begins, ends = lunch or (0, 1)
        self._refuse_change(day, is_wrong=not begins < ends <= begins + 4 * 60)
        if one_day:
            barber.own_lunches[day] = lunch
        else:
            barber.lunches = {first: each for first, each in barber.lunches.items() if first < day} | {day: lunch}
        return {
            visit
            for visit in self._to_come(barber, day)
            if (day_of(visit.start) == day or not one_day)
            and not barber.lunch_minutes(day_of(visit.start)).isdisjoint(range(visit.start, visit.until))
        }

    def update_master(self, by: Person | None, barber: Barber, *, is_active: bool) -> None:
        self.check_runs(by, barber, staff_only=True)
        barber.is_active = is_active

    def _check_change(self, by: Person | None, barber: Barber, day: int, hours: Iterable[Hours]) -> None:
        self.check_runs(by, barber, staff_only=True)
        self._refuse_change(day, is_wrong=any(not _make_sense(each) for each in hours))

    def _refuse_change(self, day: int, *, is_wrong: bool) -> None:
        refuse(past_day=day < self.today, invalid_hours=is_wrong or day > self.today + YEAR)

    def _to_come(self, barber: Barber, day: int) -> list[Visit]:
        visits = [visit for visit in self.visits if visit.barber is barber and visit.takes_time]
        return [visit for visit in visits if visit.start >= day * DAY and visit.until > self.now]

    def _outside_shifts(self, barber: Barber, day: int) -> set[Visit]:
        return {
            visit
            for visit in self._to_come(barber, day)
            if not barber.shift_minutes(day_of(visit.start)).issuperset(range(visit.start, visit.until))
        }

    # --- Time off -------------------------------------------------------------------------------------------------

    def add_off(self, barber: Barber, start: int, end: int, reason: str) -> list[Stretch]:
        """Time off around what else is there; one with what it overlaps, and with neighbours of the same reason."""
        if start >= end:
            return []
        joined = [
            off
            for off in barber.off
            if (off.start < end and start < off.end) or (off.reason == reason and off.start <= end and start <= off.end)
        ]
        wanted = set(range(start, end)).union(*(range(off.start, off.end) for off in joined))
        barber.off = [off for off in barber.off if off not in joined]
        for begins, ends in self.taken(barber):
            wanted -= set(range(begins, ends))
        reasons = [reason, *(off.reason for off in sorted(joined, key=lambda off: off.start))]
        together = "; ".join(dict.fromkeys(filter(None, reasons)))[:500]
        stretches = as_stretches(wanted)
        barber.off += [TimeOff(begins, ends, together) for begins, ends in stretches]
        return stretches

    def cut_off(self, barber: Barber, start: int, end: int) -> list[Stretch]:
        """Give back what is off from start to end; the stretches given back."""
        back, left = [], []
        for off in sorted(barber.off, key=lambda off: off.start):
            if off.start < end and start < off.end:
                back.append((max(off.start, start), min(off.end, end)))
                left += [TimeOff(off.start, start, off.reason), TimeOff(end, off.end, off.reason)]
            else:
                left.append(off)
        barber.off = [off for off in left if off.start < off.end]
        return back


def as_stretches(minutes: set[int]) -> list[Stretch]:
    begins = sorted(each for each in minutes if each - 1 not in minutes)
    ends = sorted(each + 1 for each in minutes if each + 1 not in minutes)
    return list(zip(begins, ends, strict=True))


def _make_sense(hours: Hours) -> bool:
    minutes = [minute for begins, ends in hours for minute in range(begins, ends)]
    return all(begins < ends for begins, ends in hours) and len(minutes) == len(set(minutes))


__all__ = ["Refused", "Times", "as_stretches"]
