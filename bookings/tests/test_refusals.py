"""What is wrong is refused by the right error with its code and data, by every service, and changes nothing at all."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.errors import AccessClosed, AccountError, NotAllowed, NotOwnContact, PhoneInvalid
from accounts.models import Channel, Role, User
from bookings import errors, services
from bookings.models import Booking, Offer, Service, SlotOffer, WaitlistEntry
from bookings.services import Conflicts
from bookings.tests.factories import TUESDAY_10, WaitlistEntryFactory
from bookings.tests.ledger import events, everything, refused
from bookings.tests.refusable import (
    ABOUT_PEOPLE,
    DAY,
    HOUR,
    SWEEPS,
    THURSDAY_10,
    USUAL,
    WEDNESDAY_10,
    Scene,
    build_scene,
    call,
)
from schedules.calendar import local_day
from schedules.errors import InvalidRange, MasterUnavailable, PastDay, ScheduleError
from schedules.models import Master

LONG = "я" * 10_000
SECOND = dt.timedelta(seconds=1)
NOBODY = (0, -1, 999_999, 2**63 - 1)
Refused = type[errors.BookingError | AccountError | ScheduleError]
# A service, what is changed of its usual call or of the world, the error and some of its data.
Row = tuple[str, Callable[[Scene], dict[str, Any] | None], Refused, dict[str, Any]]


@pytest.fixture
def scene(  # noqa: PLR0917 - the cast
    boris: Master,
    gleb: Master,
    haircut: Service,
    anna: User,
    viktor: User,
    outsider: User,
    administrator: User,
    now: dt.datetime,
) -> Scene:
    return build_scene(boris, gleb, haircut, anna, viktor, outsider, administrator, now)


def caller(person: Callable[[Scene], User]) -> Callable[[Scene], dict[str, Any]]:
    """Somebody else of the cast calls."""
    return lambda scene: {"by": scene.chat(person(scene))}


def arguments(**changes: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda _scene: changes


def world(change: Callable[[Scene], object]) -> Callable[[Scene], None]:
    """The call is the usual one, the world isn't."""

    def apply(scene: Scene) -> None:
        change(scene)

    return apply


def at_times(service: str) -> Iterator[Row]:
    wrong = {
        "too_soon": [TUESDAY_10 - 7 * DAY, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)],
        "beyond_horizon": [TUESDAY_10 + 35 * DAY, dt.datetime(2199, 12, 31, tzinfo=dt.UTC)],
        "off_grid": [WEDNESDAY_10 + HOUR / 4, WEDNESDAY_10 + SECOND, WEDNESDAY_10.replace(tzinfo=None)],
        "outside_shift": [WEDNESDAY_10 + 3 * HOUR, WEDNESDAY_10 + 12 * HOUR, WEDNESDAY_10 + 3 * DAY],
    }
    for reason, moments in wrong.items():
        for moment in moments:
            yield service, arguments(starts_at=moment), errors.SlotUnavailable, {"reason": reason}
    for moment in (THURSDAY_10, TUESDAY_10 + 2 * HOUR):
        yield service, arguments(starts_at=moment), errors.SlotTaken, {"reason": "time_taken"}


def of_services(service: str) -> Iterator[Row]:
    for ids in ([], [999_999], [-1], [0], list(range(1, 7))):
        yield service, arguments(service_ids=ids), errors.ServiceUnavailable, {"service_ids": ids}
    yield service, lambda scene: {"service_ids": [scene.haircut.pk] * 2}, errors.ServiceUnavailable, {}
    yield service, world(lambda _: Service.objects.update(is_active=False)), errors.ServiceUnavailable, {}
    yield service, world(lambda _: Offer.objects.update(is_active=False)), errors.ServiceUnavailable, {}
    yield service, world(lambda _: Master.objects.update(is_active=False)), errors.ServiceUnavailable, {}


def of_masters_nobody_is(service: str) -> Iterator[Row]:
    for master_id in NOBODY[1:]:
        changes: dict[str, Any] = {"master_id": master_id}
        if service in {"create_booking", "join_waiting_list"}:
            yield service, arguments(**changes), errors.ServiceUnavailable, changes
        elif service == "create_manual_booking":
            yield service, _at_the_desk(changes), errors.ServiceUnavailable, changes
        else:
            yield service, _at_the_desk(changes), MasterUnavailable, {"master_ids": [master_id]}


def _at_the_desk(changes: dict[str, Any]) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: changes | {"by": scene.desk}


def of_bookings_nobody_has(service: str) -> Iterator[Row]:
    for booking_id in NOBODY:
        yield service, arguments(booking_id=booking_id), errors.BookingNotFound, {"booking_id": booking_id}
    for person in (lambda scene: scene.pyotr, lambda scene: scene.viktor, lambda scene: scene.gleb.user):
        yield service, caller(person), errors.BookingNotFound, {}


def of_ranges(service: str) -> Iterator[Row]:
    begins = WEDNESDAY_10 + 4 * HOUR
    for ends in (begins, begins - SECOND, begins - DAY, begins + 366 * DAY + SECOND):
        yield service, arguments(starts_at=begins, ends_at=ends), InvalidRange, {}
    naive = {"starts_at": begins.replace(tzinfo=None), "ends_at": (begins + HOUR).replace(tzinfo=None)}
    yield service, arguments(**naive), InvalidRange, {}
    yield service, arguments(starts_at=naive["starts_at"], ends_at=begins + HOUR), InvalidRange, {}
    yield service, arguments(starts_at=TUESDAY_10 - 7 * DAY, ends_at=TUESDAY_10 - 6 * DAY), PastDay, {}


def of_people(service: str) -> Iterator[Row]:
    """Whoever the usual caller is: disabled, and nobody at all."""
    yield service, world(lambda _: User.objects.update(is_active=False)), AccessClosed, {}
    named = {"create_booking": "client_id", "share_contact": "user_id"}.get(service)
    for user_id in NOBODY:
        changes: dict[str, Any] = {named: user_id} if named else {"by": Actor(user_id, Channel.BOT)}
        yield service, arguments(**changes), AccessClosed, {"user_id": user_id}


def of_words() -> Iterator[Row]:
    """Names, phones and reasons."""
    for name in ("", "\x00\u202e", LONG):
        yield "create_manual_booking", arguments(name=name), errors.NameRequired, {"limit": 64}
    for phone in ("12345", "no phone", LONG):
        yield "create_manual_booking", arguments(phone=phone), PhoneInvalid, {}
        yield "share_contact", arguments(phone=phone), PhoneInvalid, {}
    for contact in (None, 0, 999_999):
        yield "share_contact", arguments(contact_user_id=contact), NotOwnContact, {}
    for reason in ("", " \n", "\x00"):
        yield "cancel_booking", arguments(reason=reason), errors.ReasonRequired, {}
    for service in ("cancel_booking", "take_time_off"):
        yield service, arguments(reason=LONG), errors.ReasonTooLong, {"limit": 500}


def of_roles() -> Iterator[Row]:
    """Who is somebody, but not for this."""
    for service in ("create_manual_booking", "take_time_off", "take_back_time_off"):
        for person in (lambda scene: scene.anna, lambda scene: scene.gleb.user):
            yield service, caller(person), NotAllowed, {}
        yield service, world(_demote_boris), NotAllowed, {}
    yield "mark_no_show", caller(lambda scene: scene.anna), NotAllowed, {}
    yield "confirm_attendance", caller(lambda scene: scene.boris.user), NotAllowed, {}
    for service in ("accept_offer", "decline_offer"):
        yield service, caller(lambda scene: scene.anna), errors.OfferGone, {}
        for offer_id in NOBODY:
            yield service, arguments(offer_id=offer_id), errors.OfferGone, {"offer_id": offer_id}
    yield "leave_waiting_list", caller(lambda scene: scene.anna), errors.BookingNotFound, {}
    for entry_id in NOBODY:
        yield "leave_waiting_list", arguments(entry_id=entry_id), errors.BookingNotFound, {"entry_id": entry_id}


def of_states() -> Iterator[Row]:
    """What is asked of a visit at a time at which it isn't for it to be asked."""
    yield "create_booking", lambda scene: {"client_id": scene.anna.pk}, errors.ActiveBookingExists, {}
    yield "cancel_booking", arguments(now=TUESDAY_10 + HOUR), errors.NotActive, {}
    for service in ("reschedule_booking", "mark_no_show", "confirm_attendance"):
        yield service, world(_cancel), errors.NotActive, {}
    late = {"now": TUESDAY_10 - HOUR}
    for service in ("cancel_booking", "reschedule_booking"):
        yield service, lambda scene: late | {"by": scene.chat(scene.anna)}, errors.TooLateToChange, {}
    yield "mark_no_show", arguments(now=TUESDAY_10 - SECOND), errors.NotStarted, {}
    yield "mark_no_show", arguments(now=TUESDAY_10 + HOUR + DAY), errors.TooLateToMark, {}
    yield "confirm_attendance", world(lambda _: Booking.objects.update(confirm_by=None)), errors.NothingToConfirm, {}
    over_anna = {"starts_at": TUESDAY_10, "ends_at": TUESDAY_10 + HOUR}
    cancelling = over_anna | {"conflicts": Conflicts.CANCEL}
    yield "take_time_off", arguments(**over_anna), errors.BookingsInTheWay, {}
    yield "take_time_off", arguments(**cancelling), errors.ReasonRequired, {}
    yield "take_time_off", arguments(**cancelling, cancel_reason=LONG), errors.ReasonTooLong, {"limit": 500}
    yield "take_back_time_off", arguments(starts_at=WEDNESDAY_10, ends_at=WEDNESDAY_10 + HOUR), errors.NoTimeOff, {}


def of_waiting() -> Iterator[Row]:
    yield "accept_offer", world(lambda scene: call("decline_offer", scene)), errors.OfferGone, {}
    yield "decline_offer", world(lambda scene: call("accept_offer", scene)), errors.OfferGone, {}
    yield "accept_offer", world(lambda _: Service.objects.update(is_active=False)), errors.ServiceUnavailable, {}
    yield "accept_offer", world(lambda scene: SlotOffer.objects.update(expires_at=scene.now)), errors.OfferGone, {}
    for day in (WEDNESDAY_10 - 7 * DAY, WEDNESDAY_10 + 40 * DAY):
        yield "join_waiting_list", arguments(day=local_day(day)), errors.DayNotBookable, {}
    yield "join_waiting_list", arguments(day=local_day(WEDNESDAY_10)), errors.NoNeedToWait, {}
    yield "join_waiting_list", world(_wait_five_times), errors.TooManyWaits, {"limit": 5}


def _demote_boris(scene: Scene) -> None:
    User.objects.filter(pk=scene.boris.user_id).update(role=Role.CLIENT)


def _cancel(scene: Scene) -> None:
    call("cancel_booking", scene)


def _wait_five_times(scene: Scene) -> None:
    for n in range(5):
        WaitlistEntryFactory.create(client=scene.pyotr, master=scene.gleb, day=local_day(WEDNESDAY_10 + n * DAY))


BOOK = ("create_booking", "create_manual_booking")
TIME_OFF = ("take_time_off", "take_back_time_off")
CHANGE = ("cancel_booking", "reschedule_booking", "confirm_attendance", "mark_no_show")
SEVERAL: list[tuple[Callable[[str], Iterator[Row]], Iterable[str]]] = [
    (at_times, (*BOOK, "reschedule_booking")),
    (of_services, (*BOOK, "join_waiting_list")),
    (of_masters_nobody_is, (*BOOK, "join_waiting_list", *TIME_OFF)),
    (of_bookings_nobody_has, CHANGE),
    (of_ranges, TIME_OFF),
    (of_people, USUAL),
]
ROWS: list[Row] = [row for rows, of in SEVERAL for service in of for row in rows(service)]
ROWS += [*of_words(), *of_roles(), *of_states(), *of_waiting()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[2].__name__}")
def test_what_is_wrong_is_refused_and_changes_nothing(scene: Scene, row: Row, caplog: pytest.LogCaptureFixture) -> None:
    service, change, error, data = row
    changes = change(scene) or {}
    event = "schedule_rejected" if service in TIME_OFF else "booking_rejected"
    with refused(error, caplog, event=event, **data) as caught:
        call(service, scene, **changes)
    assert caught.value.code
    assert str(caught.value) == caught.value.code
    fields = events(caplog)[0][1]
    assert "я" not in str(fields)


@pytest.mark.parametrize("service", USUAL)
def test_usual_call_is_accepted_so_that_each_refusal_has_its_own_cause(
    scene: Scene, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = everything(but=("generation",))
    with caplog.at_level("INFO", logger="barbershop.events"):
        call(service, scene)
    assert everything(but=("generation",)) != before
    assert "rejected" not in str(events(caplog))


def test_every_service_is_tried_here() -> None:
    public = {name for name in services.__all__ if not isinstance(getattr(services, name), type)}
    assert public == USUAL.keys() | SWEEPS | ABOUT_PEOPLE
    assert {row[0] for row in ROWS} == USUAL.keys()


@pytest.mark.parametrize("service", sorted(SWEEPS))
def test_sweep_that_finds_nothing_changes_nothing(scene: Scene, service: str) -> None:
    assert WaitlistEntry.objects.filter(status="offered").count() == 1
    before = everything()
    assert getattr(services, service)(now=scene.now) == 0
    assert everything() == before
