"""HTML as https://core.telegram.org/bots/api#html-style has it."""

import pytest

from barbershop.sandbox.entities import find_commands, parse_html, trimmed, with_commands
from barbershop.sandbox.errors import ApiError


def kinds(source: str) -> list[tuple[str, int, int]]:
    return [(e["type"], e["offset"], e["length"]) for e in parse_html(source).entities]


def test_tags_become_entities_and_references_characters() -> None:
    parsed = parse_html("<b>A &lt; B</b> &amp; <i>c</i> &quot;&#1078;&#x436;&quot;")
    assert parsed.text == 'A < B & c "жж"'
    assert [(e["type"], e["offset"], e["length"]) for e in parsed.entities] == [("bold", 0, 5), ("italic", 8, 1)]


def test_other_named_references_stay_as_they_are() -> None:
    assert parse_html("a&nbsp;b &unknown &").text == "a&nbsp;b &unknown &"


def test_offsets_count_utf16_units() -> None:
    assert kinds("💈💈 <b>ж💈</b>") == [("bold", 5, 3)]


def test_nested_tags_come_outermost_first() -> None:
    assert kinds("<b>x<i>y</i></b>") == [("bold", 0, 2), ("italic", 1, 1)]
    assert sorted(kinds("<b><i>y</i></b>")) == [("bold", 0, 1), ("italic", 0, 1)]


def test_links_code_quotes_and_spoilers_keep_their_details() -> None:
    assert parse_html('<a href="https://e.com/?a=1&amp;b=<2>">x</a>').entities[0]["url"] == "https://e.com/?a=1&b=<2>"
    assert parse_html('<pre><code class="language-py">x</code></pre>').entities == [
        {"type": "pre", "offset": 0, "length": 1, "language": "py"}
    ]
    assert kinds("<blockquote expandable>x</blockquote>") == [("expandable_blockquote", 0, 1)]
    assert kinds('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>') == [
        ("spoiler", 0, 1),
        ("spoiler", 1, 1),
    ]


def test_empty_tags_leave_nothing() -> None:
    assert kinds("<b></b>x<i></i>") == []


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("ж<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_what_is_no_such_html_is_refused_in_telegrams_words(source: str, refusal: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {refusal}"


def test_white_space_at_the_ends_goes_and_entities_follow() -> None:
    formatted = trimmed(parse_html("\n <b> x </b>\n"))
    assert formatted.text == "x"
    assert formatted.entities == [{"type": "bold", "offset": 0, "length": 1}]


def test_commands_are_marked_but_not_in_code_or_addresses() -> None:
    assert find_commands("/start abc") == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert [e["offset"] for e in find_commands("a /b, /c@shop_bot https://e.com/d 1/2 </e>")] == [2, 6]
    assert [e["type"] for e in with_commands(parse_html("<code>/a</code> /b")).entities] == ["code", "bot_command"]
