"""After every service of every app another process, which had kept what was free, reads what is free now."""

import ast
import datetime as dt
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin import ModelAdmin, site
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from benchmarks.redis_server import redis_server
from bookings.models import Service
from bookings.tests.every_write import CHANGE_FREE_TIME, LEAVE_FREE_TIME, WITHIN_A_PACKAGE, WRITE_NOTHING, Scene, Shop
from bookings.tests.offer_factories import everything
from schedules import claims
from schedules.calendar import horizon
from schedules.claims import lock_masters
from schedules.models import Master
from schedules.selectors import Slot, free_slots
from schedules.tests.reader import ReadingProcess, reading_process

VISIT_MINUTES = 30
PROJECT = ("accounts", "barbershop", "bookings", "observability", "schedules")
# What a module may call only if it is one of those that write a master's time, under the master's lock.
MODELS = {"AvailabilityBlock", "Lunch", "Master", "Rota", "Shift"}
RELATED = {"blocks", "lunches", "rotas", "shifts"}
WRITES = {
    *("acreate", "abulk_create", "adelete", "asave", "aupdate", "bulk_create", "bulk_update", "create", "delete"),
    *("get_or_create", "save", "update", "update_or_create", "_raw_delete"),
}
SQL_WRITE = re.compile(
    r"\b(insert\s+into|update|delete\s+from|truncate|copy)\s+(availability_blocks|lunches|masters|rotas|shifts)\b",
    re.IGNORECASE,
)
# Seeding fills an empty shop, furniture a scratch one.
FILLERS = {"barbershop/screenshots/furniture.py", "bookings/seeding.py"}
WRITERS = {"schedules/claims.py", "schedules/services.py", *FILLERS}
# What takes and gives back time under its caller's lock, and the floors whose services are all tried here.
UNDER_THE_LOCK = {"add_time_off", "claim_time", "move_time", "release_time", "remove_time_off"}
CALLERS = {"bookings", "schedules"}
WITHOUT_GENERATION = "SELECT is_active FROM masters WHERE id = %s FOR NO KEY UPDATE"


@pytest.fixture(scope="module", params=["its own cache", pytest.param("redis", marks=pytest.mark.redis)])
def reader(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[ReadingProcess]:
    """Another process, which keeps what it reads by itself or in a Redis."""
    with django_db_blocker.unblock():
        if request.param != "redis":
            with reading_process() as process:
                yield process
            return
        with redis_server() as url, reading_process(redis_url=url) as process:
            yield process


@pytest.fixture
def shop(transactional_db: None, boris: Master, anna: User, haircut: Service, now: dt.datetime) -> Shop:
    return Shop(boris, anna, haircut, now)


def read(reader: ReadingProcess, shop: Shop) -> list[Slot]:
    return reader.read(shop.master.pk, days=horizon(shop.now), now=shop.now, taken=VISIT_MINUTES)


def warmed(reader: ReadingProcess, shop: Shop) -> list[Slot]:
    """What the process reads, and has kept: the second time it only asks for the generation."""
    with transaction.atomic():
        lock_masters([shop.master.pk])
    read(reader, shop)
    slots = read(reader, shop)
    assert reader.queries == 1
    return slots


def truth(shop: Shop) -> list[Slot]:
    """From the rows: in a transaction nothing comes from a cache."""
    with transaction.atomic():
        return free_slots(needs={shop.master.pk: VISIT_MINUTES}, days=horizon(shop.now), now=shop.now)


def generation(shop: Shop) -> int:
    return Master.objects.values_list("generation", flat=True).get(pk=shop.master.pk)


# --- Every service ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scene", CHANGE_FREE_TIME.values(), ids=CHANGE_FREE_TIME)
def test_after_a_write_another_process_reads_what_is_free_now(reader: ReadingProcess, shop: Shop, scene: Scene) -> None:
    write = scene(shop)
    before, known = warmed(reader, shop), generation(shop)
    write()
    after = read(reader, shop)
    assert after == truth(shop) != before
    assert generation(shop) > known


@pytest.mark.parametrize("scene", LEAVE_FREE_TIME.values(), ids=LEAVE_FREE_TIME)
def test_what_doesnt_touch_a_masters_time_leaves_what_is_kept_alone(
    reader: ReadingProcess, shop: Shop, scene: Scene
) -> None:
    write = scene(shop)
    before, known, rows = warmed(reader, shop), generation(shop), everything()
    write()
    assert everything() != rows
    assert generation(shop) == known
    assert read(reader, shop) == truth(shop) == before
    assert reader.queries == 1


@pytest.mark.parametrize("name", ["bookings.create_booking", "schedules.set_lunch"])
def test_control_without_a_new_generation_the_other_process_would_be_wrong(
    reader: ReadingProcess, shop: Shop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = CHANGE_FREE_TIME[name](shop)
    before = warmed(reader, shop)
    monkeypatch.setattr(claims, "_LOCK", WITHOUT_GENERATION)
    write()
    assert read(reader, shop) == before != truth(shop)


def test_every_public_service_of_every_app_is_tried() -> None:
    found = {f"{app}.{name}" for app, module in service_modules().items() for name in public_functions(module)}
    declared = [*CHANGE_FREE_TIME, *LEAVE_FREE_TIME, *WRITE_NOTHING, *WITHIN_A_PACKAGE]
    assert sorted(found) == sorted(declared)


def test_what_a_package_offers_is_tried_and_not_only_declared() -> None:
    offered = {f"{app}.{name}" for app, module in service_modules().items() for name in vars(module).get("__all__", ())}
    assert not offered & WITHIN_A_PACKAGE


def test_scene_calls_the_service_it_is_named_for(shop: Shop) -> None:
    modules = service_modules()
    for name, scene in (CHANGE_FREE_TIME | LEAVE_FREE_TIME).items():
        app, _, function = name.partition(".")
        code = getattr(modules[app], function).__code__
        with transaction.atomic():
            write = scene(shop)
            assert code in called_by(write), name
            transaction.set_rollback(True)


def called_by(write: Any) -> set[Any]:
    seen = set()

    def note(frame: Any, event: str, argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    sys.setprofile(note)
    try:
        write()
    finally:
        sys.setprofile(None)
    return seen


def service_modules() -> dict[str, ModuleType]:
    """The services of each app of this project, by the app's name."""
    names = [config.name for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]
    return {name: import_module(f"{name}.services") for name in names if find_spec(f"{name}.services")}


def public_functions(module: ModuleType) -> set[str]:
    """Every function without an underscore that a module, or a module of a package, defines."""
    parts = pkgutil.iter_modules(vars(module).get("__path__", ()))
    inner = [import_module(f"{module.__name__}.{part.name}") for part in parts]
    return {
        name
        for each in (module, *inner)
        for name, value in vars(each).items()
        if inspect.isfunction(value) and value.__module__ == each.__name__ and not name.startswith("_")
    }


# --- No way around the lock ---------------------------------------------------------------------------------------


def test_only_the_modules_known_for_it_write_a_masters_time() -> None:
    writers = {path for path, source in sources().items() if writes_time(source)}
    assert writers == WRITERS


@pytest.mark.parametrize(
    ("source", "is_write"),
    [
        ("Shift.objects.filter(pk=1).update(ends=noon)", True),
        ("replaced = models.Lunch.objects.all()\nreplaced.delete()", True),
        ("master.blocks.create(kind='hold')", True),
        ("cursor.execute('delete  from availability_blocks where id = 1')", True),
        ('query = f"""INSERT\n INTO masters (name) VALUES ({name})"""', True),
        ("Shift.objects.filter(pk=1).count()", False),
        ("Booking.objects.create(client=anna)", False),
        ("cursor.execute('SELECT id FROM masters FOR NO KEY UPDATE')", False),
    ],
)
def test_what_writes_a_masters_time_is_known_by_its_source(source: str, is_write: bool) -> None:
    assert writes_time(source) == is_write


def test_time_is_taken_only_by_what_runs_under_a_services_lock() -> None:
    callers = {path.split("/")[0] for path, source in sources().items() if called_names(source) & UNDER_THE_LOCK}
    assert callers == CALLERS


def test_admin_saves_a_masters_time_by_the_services_only() -> None:
    ours = {model: page for model, page in site._registry.items() if model.__name__ in MODELS}
    assert ours
    request = HttpRequest()
    for page in ours.values():
        own_form = type(page).add_view is not ModelAdmin.add_view and not page.has_change_permission(request)
        assert own_form or type(page).save_model is not ModelAdmin.save_model
        assert not page.has_delete_permission(request)


def sources() -> dict[str, str]:
    """The program's own files by their path, but for migrations and tests."""
    files = (path for config in PROJECT for path in (settings.BASE_DIR / config).rglob("*.py"))
    ours = (path for path in files if not {"migrations", "tests"} & set(path.parts))
    return {str(path.relative_to(settings.BASE_DIR)): path.read_text() for path in ours}


def writes_time(source: str) -> bool:
    """Whether a module names a model of a master's time and writes something, or holds SQL that writes one."""
    nodes = list(ast.walk(ast.parse(source)))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    if any(SQL_WRITE.search(text) for text in texts):
        return True
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return bool(names & (MODELS | RELATED) and called_names(source) & WRITES)


def called_names(source: str) -> set[str]:
    called = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in called}
