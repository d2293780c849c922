"""What the pages point at is there, and what they show is well-formed."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.db import connection

from docs.tests.pages import PAGES, ROOT, anchors, code_spans, fences, links, make_targets, prose, text

MACHINE_PATH = re.compile(r"(?<![\w.~-])(?:/(?:home|root|Users|work|mnt|media|opt)/|[A-Za-z]:\\)")
REPOSITORY_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.\w+|(?:[\w-]+/)+")
MAKE = re.compile(r"(?:^|[\s;&])make((?:[ \t]+[^\s;&|()#`]+)*)", re.MULTILINE)

each_page = pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))


def test_there_are_pages() -> None:
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/02-domain/rules.md"} <= names


@each_page
def test_links_lead_somewhere(document: Path) -> None:
    for link in links(document):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / unquote(path)).resolve() if path else document
        assert target.is_relative_to(ROOT), link
        assert target.exists(), f"{document.relative_to(ROOT)}: {link} leads nowhere"
        if anchor:
            assert anchor in anchors(target), f"{document.relative_to(ROOT)}: no heading {link}"


@each_page
def test_every_page_of_the_documentation_is_linked(document: Path) -> None:
    if not document.is_relative_to(ROOT / "docs") or document == ROOT / "docs" / "README.md":
        return
    linked = {
        (other.parent / link.partition("#")[0]).resolve()
        for other in PAGES
        if other != document
        for link in links(other)
    }
    assert document in linked


@each_page
def test_no_path_of_a_machine(document: Path) -> None:
    assert not MACHINE_PATH.search(text(document))
    assert str(ROOT) not in text(document)


@each_page
def test_files_that_are_named_exist(document: Path) -> None:
    for span in code_spans(document):
        made_when_needed = span.startswith((".data/", ".venv/", "_", "procrastinate"))
        if REPOSITORY_PATH.fullmatch(span) and not made_when_needed:
            assert (ROOT / span).exists(), f"{document.relative_to(ROOT)}: {span}"


@each_page
def test_make_targets_that_are_named_exist(document: Path) -> None:
    commands = "\n".join([*code_spans(document), *fences(document, "sh", "bash", "console")])
    for words in MAKE.findall(commands):
        targets = [word for word in words.split() if re.fullmatch("[a-z][a-z-]*", word)]
        assert set(targets) <= make_targets(), targets


@each_page
def test_shell_blocks_are_well_formed(document: Path) -> None:
    for block in fences(document, "sh", "bash"):
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stderr}"


@each_page
def test_python_and_json_blocks_are_well_formed(document: Path) -> None:
    for block in fences(document, "python"):
        compile(block, document.name, "exec")
    for block in fences(document, "json"):
        json.loads(block)


def test_the_sql_of_the_runbook_runs(db: None) -> None:
    blocks = fences("docs/05-operations/README.md", "sql")
    assert blocks
    with connection.cursor() as cursor:
        for statement in ";".join(blocks).split(";"):
            if statement.strip():
                cursor.execute(statement)


@each_page
def test_a_page_begins_with_its_title(document: Path) -> None:
    if ".github" in document.parts:
        return
    titles = re.findall("^# .+", prose(document), re.MULTILINE)
    assert len(titles) == 1
    assert text(document).startswith(titles[0])


def test_pictures_are_there_and_light() -> None:
    pictures = {link for page in PAGES for link in links(page) if link.endswith(".png")}
    assert {"docs/images/chat.png", "docs/images/admin.png"} <= pictures
    for picture in (ROOT / "docs" / "images").glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 300_000, picture.name


def test_contributing_says_how() -> None:
    words = text("CONTRIBUTING.md")
    for needed in (
        "make lint",
        "make test",
        "## Commits",
        "**a setting**",
        "**a command**",
        "**a migration**",
        "**a message**",
    ):
        assert needed in words


def test_the_readme_shows_the_two_commands_first() -> None:
    assert fences("README.md", "sh")[:2] == ["make demo\n", "make test\n"]
