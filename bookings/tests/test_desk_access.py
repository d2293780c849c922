"""Who may do what at the desk: each button and each answer, forged, and by who lost the role a moment ago."""

import datetime as dt

import pytest

from accounts.keyboards import way_back
from accounts.models import AuditEvent, ExpectedInput, Role, User
from accounts.screens import Screen
from bookings.desk import access, callbacks
from bookings.desk.seats import seat_of
from bookings.models import Booking, Service
from bookings.tests.desk_taps import ACTS, named
from bookings.tests.offer_factories import at, book, everything
from observability.metrics import RBAC_DENIALS
from schedules.models import Master

pytestmark = pytest.mark.usefixtures("in_russian_on_the_monday")


@pytest.fixture
def visit(anna: User, boris: Master, now: dt.datetime) -> Booking:
    """Anna's, with Boris on Tuesday at 10."""
    return book(anna, boris, at(10), now=now)


def denials(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [record.fields for record in caplog.records if getattr(record, "event", "") == "rbac_deny"]  # type: ignore[attr-defined]


def counted(command: str) -> float:
    return float(RBAC_DENIALS.labels(command=command)._value.get())


def without_trail() -> dict[str, object]:
    """Every row but those of the trail."""
    return {table: rows for table, rows in everything().items() if table != "audit_events"}


def refused(user: User, name: str, act_of: tuple[Master, Booking, Service], caplog: pytest.LogCaptureFixture) -> Screen:
    """The screen after a refusal that is written down in every way, and has changed nothing."""
    act = named(name, user, *act_of)
    rows, before, trail = without_trail(), counted(act.section), AuditEvent.objects.count()
    screen = act.by(user)
    assert without_trail() == rows
    assert not ExpectedInput.objects.exists()
    (denied,) = denials(caplog)
    assert (denied["actor_id"], denied["command"]) == (user.pk, act.section)
    assert counted(act.section) == before + 1
    row = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == trail + 1
    assert (row.actor_id, row.action, row.after["command"]) == (user.pk, "access_denied", act.section)
    return screen


@pytest.mark.parametrize("name", ACTS)
def test_a_master_who_forges_another_masters_id_is_refused(  # noqa: PLR0917 - fixtures
    name: str, visit: Booking, boris: Master, gleb: Master, haircut: Service, caplog: pytest.LogCaptureFixture
) -> None:
    screen = refused(gleb.user, name, (boris, visit, haircut), caplog)
    (denied,) = denials(caplog)
    assert denied["reason_code"] == "not_own"
    assert (denied["resource"], screen.text) in (
        (f"master:{boris.pk}", "Менять это могут только сам мастер и администратор."),
        (f"booking:{visit.pk}", "Не нахожу такую запись."),
    )


@pytest.mark.parametrize("name", ACTS)
def test_a_client_who_forges_a_button_of_the_desk_is_refused(  # noqa: PLR0917 - fixtures
    name: str, visit: Booking, boris: Master, anna: User, haircut: Service, caplog: pytest.LogCaptureFixture
) -> None:
    screen = refused(anna, name, (boris, visit, haircut), caplog)
    assert screen.text == "Это только для мастеров."
    assert denials(caplog)[0]["reason_code"] == "wrong_role"


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("change", [{"role": Role.CLIENT}, {"role": Role.MASTER}, {"is_active": False}])
def test_who_was_an_administrator_a_moment_ago_is_refused(  # noqa: PLR0917 - fixtures
    name: str,
    change: dict[str, object],
    visit: Booking,
    boris: Master,
    administrator: User,
    haircut: Service,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The person was read before: what the row says now counts."""
    User.objects.filter(pk=administrator.pk).update(**change)
    screen = refused(administrator, name, (boris, visit, haircut), caplog)
    assert screen.text == "Это только для мастеров."


@pytest.mark.parametrize("name", ["OffTake", "SetLunch"])
def test_what_only_the_service_refuses_is_written_down_too(  # noqa: PLR0917 - fixtures
    name: str,
    visit: Booking,
    boris: Master,
    haircut: Service,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The role went between the desk's look and the service's."""
    seat = seat_of(boris.user)
    monkeypatch.setattr(access, "seat_of", lambda _user: seat)
    User.objects.filter(pk=boris.user_id).update(role=Role.CLIENT)
    refused(boris.user, name, (boris, visit, haircut), caplog)


@pytest.mark.parametrize("name", ACTS)
def test_an_administrator_runs_the_day_of_every_master(  # noqa: PLR0917 - fixtures
    name: str,
    visit: Booking,
    boris: Master,
    administrator: User,
    haircut: Service,
    caplog: pytest.LogCaptureFixture,
) -> None:
    act = named(name, administrator, boris, visit, haircut)
    screen = act.by(administrator)
    assert screen.text.startswith("💈 <b>Борис</b>\n\n")
    assert denials(caplog) == []


@pytest.mark.parametrize("name", ACTS)
def test_nothing_breaks_for_ids_that_nobody_has(
    name: str, boris: Master, administrator: User, haircut: Service
) -> None:
    nobody, nothing, no_service = Master(pk=2**63 - 1), Booking(pk=2**63 - 1), Service(pk=2**31 - 1)
    rows = without_trail()
    for user in (administrator, boris.user):
        screen = named(name, user, nobody, nothing, no_service).by(user)
        assert way_back() in screen.keyboard.inline_keyboard
    assert without_trail() == rows


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MASTER])
def test_only_staff_choose_among_the_masters(
    role: Role, boris: Master, gleb: Master, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk=gleb.user_id).update(role=role)
    screen = access.choose_master(gleb.user, callbacks.Whose(section="dayoff"))
    assert screen.text == "Это только для администраторов."
    assert denials(caplog)[0]["reason_code"] == "wrong_role"


def test_a_master_who_became_an_administrator_runs_the_others_days_at_once(
    visit: Booking, boris: Master, gleb: Master, haircut: Service
) -> None:
    User.objects.filter(pk=gleb.user_id).update(role=Role.ADMIN)
    assert "Анна" in named("Visit", gleb.user, boris, visit, haircut).by(gleb.user).text
