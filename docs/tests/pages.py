"""The project's Markdown, as its tests read it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", ".github/**/*.md", "docs/**/*.md", "deploy/**/*.md", "benchmarks/**/*.md")
    for page in ROOT.glob(pattern)
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


def text(page: str | Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page: str | Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in one of the languages."""
    return [body for language, body in _FENCE.findall(text(page)) if language in languages]


def prose(page: str | Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text(page))


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def code_spans(page: str | Path) -> list[str]:
    return _CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    result = set()
    for heading in _HEADING.findall(prose(page)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = found.get(slug, 0)
        found[slug] = count + 1
        result.add(f"{slug}-{count}" if count else slug)
    return result


def section(page: str | Path, heading: str) -> str:
    """What stands between a heading of the second level and the next one."""
    return text(page).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(markdown: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in table[1:] if set("".join(row)) - set("-: ")]


def make_targets() -> set[str]:
    """Every target of the Makefile that says what it is for."""
    return set(re.findall(r"^([a-z-]+):.*##", text("Makefile"), re.MULTILINE))
