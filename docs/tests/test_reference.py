"""The reference says all that the code has, and nothing that it hasn't."""

import argparse
import ast
import re
from typing import Any

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader

from docs.tests.pages import ROOT, fences, make_targets, rows, section, text

OURS = ("barbershop", "bookings", "schedules", "accounts", "observability")
SETTINGS = "docs/reference/settings.md"
COMMANDS = "docs/reference/commands.md"
EXAMPLE = re.compile(r"^(?:# ?)?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


def code(cell: str) -> str:
    return cell.strip("`")


def reads() -> dict[str, ast.Call]:
    """Every read of the environment in settings.py, by the variable's name."""
    tree = ast.parse(text("barbershop/settings.py"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    ours = [call for call in calls if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "env"]
    return {
        str(call.args[0].value): call
        for call in ours
        if call.args and isinstance(call.args[0], ast.Constant) and call.func.attr != "is_set"  # type: ignore[attr-defined] # checked above
    }


def arguments(call: ast.Call) -> dict[str, Any]:
    """The constant keyword arguments of a read."""
    return {
        str(keyword.arg): ast.literal_eval(keyword.value)
        for keyword in call.keywords
        if isinstance(keyword.value, ast.Constant | ast.Tuple)
    }


def documented_settings() -> dict[str, list[str]]:
    table = text(SETTINGS).split("\n## ", 1)[0]
    return {code(row[0]): row for row in rows(table)}


def test_settings_are_those_that_the_code_reads() -> None:
    assert set(documented_settings()) == set(reads())


def test_the_example_has_every_setting() -> None:
    assert {name for name, _ in EXAMPLE.findall(text(".env.example"))} >= set(reads())


def test_the_example_has_nothing_else_but_what_compose_reads() -> None:
    others = {name for name, _ in EXAMPLE.findall(text(".env.example"))} - set(reads())
    compose = {code(row[0]) for row in rows(section(SETTINGS, "Docker Compose alone"))}
    assert others <= compose


def test_compose_variables_are_those_of_the_compose_file() -> None:
    compose = {code(row[0]) for row in rows(section(SETTINGS, "Docker Compose alone"))}
    read = set(re.findall(r"\$\{([A-Z_]+)", text("docker-compose.yml")))
    assert read - set(reads()) == compose


@pytest.mark.parametrize("name", sorted(reads()))
def test_a_settings_default_and_bounds_are_those_of_the_code(name: str) -> None:
    _, _, kind, default, _ = documented_settings()[name]
    given = arguments(reads()[name])
    if "low" in given:
        assert kind == f"{given['low']} to {given['high']}"
    if "default" in given and given["default"] not in ("", False):
        assert code(default) == str(given["default"])
    if given.get("default") == "":
        assert default.startswith("empty")
    for word in given.get("of", ()):
        assert f"`{word}`" in text(SETTINGS)
    example = dict(EXAMPLE.findall(text(".env.example")))[name]
    assert example in ("", "off", str(given.get("default")))


def test_secrets_are_marked() -> None:
    secrets = {name for name, row in documented_settings().items() if row[4] == "yes"}
    telegram = {"TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"}
    assert secrets == {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "METRICS_TOKEN"} | telegram


def test_checks_are_those_of_the_code() -> None:
    documented = {code(row[0]): code(row[2]) for row in rows(section(SETTINGS, "Checks"))}
    source = text("barbershop/checks.py")
    assert set(documented) == set(re.findall(r'id="(barbershop\.\w+)"', source))
    assert set(documented.values()) <= set(reads())


def own_commands() -> dict[str, str]:
    return {name: app for name, app in get_commands().items() if app in OURS}


def documented_commands() -> dict[str, str]:
    return {code(row[0]): " ".join(row[1:]) for row in rows(section(COMMANDS, "manage.py"))}


def test_commands_are_those_of_the_code() -> None:
    assert set(documented_commands()) == set(own_commands())


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_a_commands_options_are_documented(name: str) -> None:
    parser = load_command_class(own_commands()[name], name).create_parser("manage.py", name)
    common = {
        flag for action in BaseCommand().create_parser("manage.py", "")._actions for flag in action.option_strings
    }
    for action in parser._actions:
        if action.help != argparse.SUPPRESS:
            for flag in set(action.option_strings) - common:
                assert f"`{flag}`" in documented_commands()[name]


def test_make_targets_are_those_of_the_makefile() -> None:
    documented = {code(row[0]).removeprefix("make ") for row in rows(section(COMMANDS, "make"))}
    assert documented == make_targets()


def test_modules_to_run_exist() -> None:
    for row in rows(section(COMMANDS, "python -m")):
        module = code(row[0]).replace(".", "/")
        assert (ROOT / f"{module}.py").exists() or (ROOT / module / "__main__.py").exists(), module


def sql_of_migrations() -> str:
    """What our migrations run by hand on the way forward."""
    migrations = MigrationLoader(None).disk_migrations
    steps = [step for (app, _), migration in migrations.items() if app in OURS for step in migration.operations]
    return "\n".join(str(step.sql) for step in steps if isinstance(step, RunSQL))


def test_every_constraint_has_its_rule() -> None:
    documented = set(re.findall(r"`(\w+)`", text("docs/02-domain/rules.md")))
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    named = {constraint.name for model in models for constraint in model._meta.constraints}
    named |= set(re.findall(r"(?:ADD CONSTRAINT|CREATE TRIGGER) (\w+)", sql_of_migrations()))
    assert len(named) > 30
    assert named <= documented


def test_every_table_is_in_the_data_model() -> None:
    tables = {model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models()}
    assert {code(row[0]) for row in rows(text("docs/02-domain/data-model.md"))} == tables


def test_every_event_is_documented() -> None:
    documented = set(re.findall(r"`(\w+)`", section("docs/05-operations/README.md", "Log lines")))
    sources = [path for app in OURS for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]
    code_ = "\n".join(path.read_text() for path in sources)
    events = set(re.findall(r'\bemit\(\s*"(\w+)"', code_)) | set(re.findall(r'\brecord\w*\(\w+, "(\w+)"', code_))
    assert {"booking_created", "booking_linked", "waiting_list_joined", "schedule_updated"} <= events
    assert events <= documented


def test_every_direct_dependency_has_its_reason() -> None:
    documented = set(
        re.findall(r"[\w-]+", " ".join(row[0] for row in rows(text("docs/03-architecture/tech-stack.md"))))
    )
    for requirements in ("requirements.in", "requirements-dev.in"):
        for name in re.findall(r"^([A-Za-z][\w-]*)", text(requirements), re.MULTILINE):
            assert name in documented, name


def test_decisions_are_listed_in_order() -> None:
    pages = sorted(page.name for page in (ROOT / "docs/03-architecture/decisions").glob("0*.md"))
    listed = re.findall(r"\((0\d+-[\w-]+\.md)\)", text("docs/03-architecture/decisions/README.md"))
    assert listed == pages
    assert [int(page[:4]) for page in pages] == list(range(1, len(pages) + 1))


def test_the_blocks_of_the_reference_are_none() -> None:
    """Tables say it all; a block would be something to run that nothing runs."""
    assert fences(SETTINGS, "sh") == fences(COMMANDS, "sh") == []
