"""Days of a shop, made up by hypothesis: every service in any order, against a simple model of what comes of it."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, cycle, islice

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from bookings.tests.machine.running import SWEEPS, Planning, Sweeping, Waiting
from bookings.tests.machine.state import DAY, Rules
from bookings.tests.machine.visiting import PHONES, Visiting

pytestmark = pytest.mark.django_db

# The model knows no summer time: the clocks of these places stay as they are.
ZONES = {"Europe/Moscow": 180, "Asia/Kathmandu": 345, "America/Phoenix": -420, "UTC": 0}
STEPS = 60
IS_QUICK = os.environ.get("QUICK") == "1"
# The same days in every run; the storm below looks for new ones.
SAME = settings(
    derandomize=True,
    database=None,
    deadline=None,  # a step is as quick as the machine is idle
    max_examples=14,
    stateful_step_count=STEPS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    print_blob=True,
    phases=[Phase.generate],  # shrinking takes minutes: add Phase.shrink for a shorter sequence
)
STORM = settings(SAME, derandomize=False, max_examples=8 if IS_QUICK else 60)
# What the storm made up need not have had everything in it: so many times it may add some days.
MORE = settings(STORM, max_examples=8)
MORE_TIMES = 12
STORM_STEPS = 1_200 if IS_QUICK else 9_000
# To see that the machine can fail, the first failure is enough.
CONTROL = settings(SAME, max_examples=60, phases=[Phase.generate], report_multiple_bugs=False, print_blob=False)


# What happens in the days of every zone; the rest, in those of the storm.
DONE = {
    *("create_booking", "create_manual_booking", "cancel_booking", "reschedule_booking", "mark_no_show"),
    *("join_waiting_list", "leave_waiting_list", "share_contact", "confirm_attendance", *SWEEPS),
    *("set_rota", "set_day_hours", "clear_day_hours", "set_lunch", "update_master"),
    *("take_time_off, move", "take_time_off, cancel", "take_back_time_off"),
}
SELDOM_DONE = {"accept_offer of a slot", "accept_offer of a move", "decline_offer", "take_time_off, step_back"}


class Days(Visiting, Waiting, Sweeping, Planning):
    """All that can happen, in a shop that is new or busy."""

    @initialize(is_busy=st.sampled_from([True, True, False]))
    def begin(self, is_busy: bool) -> None:
        """Inna's Tuesday is full and two people wait for it; Pavel, who missed a visit, is to confirm the next."""
        if not is_busy:
            return
        _, viktor, pavel, olga, _, irina = self.shop.people[:6]
        boris, gleb, inna = self.shop.barbers
        haircut = (self.shop.catalogue[0],)
        for start in range(DAY + 17 * 60, DAY + 19 * 60, 30):
            self.write_in(irina, inna, haircut, start, key=f"full {start}", who=("Гость", PHONES[0]))
        self.book_in_bot(pavel, gleb, haircut, 14 * 60, "missed", pool=False)
        self.shop.now = 14 * 60 + 5
        self.miss(gleb.person, self.shop.visits[-1])
        self.book_in_bot(pavel, boris, haircut, DAY + 10 * 60, "again", pool=False)
        for client in (olga, viktor):
            self.wait_for(client, haircut, inna, 1)
        assert self.shop.visits[-1].confirm_by
        assert len(self.shop.waits) == 2


def live(zone: str, how: settings) -> type[Days]:
    """Live the days of a shop in this zone; the machine with what it counted. Its name is what makes them differ."""
    counters = {name: Counter[str]() for name in ("done", "refused", "found")}
    fields = {"RULES": Rules(zone, ZONES[zone]), "steps": 0, **counters}
    machine = type(f"Days_in_{zone.replace('/', '_')}", (Days,), fields)
    run_state_machine_as_test(machine, settings=how)
    return machine


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of refusals are logged; none is what a failing sequence is read for."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("zone", ZONES)
def test_every_service_in_any_order_does_what_the_model_says(zone: str) -> None:
    machine = live(zone, SAME)
    print(report(machine))  # noqa: T201 - for who asks with -s
    assert machine.steps > 0.7 * STEPS * SAME.max_examples
    assert set(machine.done) >= DONE
    assert machine.found["complete_past_bookings"]


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_days_that_nobody_has_lived_yet_do_what_the_model_says() -> None:
    done, found, steps = Counter[str](), Counter[str](), 0
    more = ((zone, MORE) for zone in islice(cycle(ZONES), MORE_TIMES))
    for zone, how in chain([(zone, STORM) for zone in ZONES], more):
        if how is MORE and steps >= STORM_STEPS and has_had_everything(done, found):
            break
        machine = live(zone, how)
        print(report(machine))  # noqa: T201 - for who asks with -s
        steps += machine.steps
        done += machine.done
        found += machine.found
    assert steps >= STORM_STEPS
    assert has_had_everything(done, found), (done, found)


def has_had_everything(done: Counter[str], found: Counter[str]) -> bool:
    """Every service has succeeded; in a long storm, every job of the worker has also found something to do."""
    return set(done) >= DONE | SELDOM_DONE and (IS_QUICK or set(+found) == set(SWEEPS))


def report(machine: type[Days]) -> str:
    """What was done how often, and what was found by the worker's jobs, for people."""
    done = ", ".join(f"{name} {number}" for name, number in sorted(machine.done.items()))
    found = ", ".join(f"{name} {number}" for name, number in sorted(machine.found.items()))
    return f"{machine.__name__}: {machine.steps} steps, {machine.refused.total()} refused; done {done}; found {found}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("protection", "instead"),
    [
        ("bookings.services.creating.check_slot", lambda **slot: None),
        ("bookings.freeing.release_time", lambda block_ids: None),
        pytest.param("bookings.freeing.add_time_off", lambda *stretch, reason: [], marks=pytest.mark.soak),
        pytest.param(
            "bookings.services.changing.check_active", lambda booking, who, *, now: None, marks=pytest.mark.soak
        ),
    ],
)
def test_the_machine_notices_a_protection_that_is_gone(
    protection: str, instead: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protection, instead)
    with pytest.raises((AssertionError, DatabaseError)):
        live("UTC", CONTROL)
