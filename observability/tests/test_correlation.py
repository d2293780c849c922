"""One id from the tap to the message: taken over when it is well-formed, made otherwise."""

import contextvars
import re

import pytest

from observability.correlation import accept_correlation_id, correlated, correlation_id, new_correlation_id

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize(
    "candidate", ["tg-12345", "a" * 8, "A1._-xyz", "a" * 64, "0f8fad5b-d9cb-469f-a165-70867728950e"]
)
def test_well_formed_id_is_taken_over(candidate: str) -> None:
    assert accept_correlation_id(candidate) == candidate


@pytest.mark.parametrize(
    "candidate",
    [
        None,
        "",
        "a" * 7,
        "a" * 65,
        "-abcdefgh",
        ".abcdefgh",
        "abcd efgh",
        "abcdefgh\n",
        "abcdefgh\r\nX-Evil: 1",
        'abcdefgh"}',
        "абвгдежз",
        "abcdefg\u0660",
        "<script>alert(1)</script>",
    ],
)
def test_any_other_id_is_replaced(candidate: str | None) -> None:
    made = accept_correlation_id(candidate)
    assert made != candidate
    assert MADE.fullmatch(made)


def test_ids_are_never_made_twice() -> None:
    assert len({new_correlation_id() for _ in range(1000)}) == 1000


def test_id_is_in_force_inside_the_block_only() -> None:
    assert correlation_id() == ""
    with correlated("tg-00000001"):
        with correlated("tg-00000002"):
            assert correlation_id() == "tg-00000002"
        assert correlation_id() == "tg-00000001"
    assert correlation_id() == ""


def test_id_is_taken_back_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), correlated("tg-00000001"):
        _ = 1 / 0
    assert correlation_id() == ""


def test_id_of_one_context_is_not_seen_in_another() -> None:
    with correlated("tg-00000001"):
        assert contextvars.Context().run(correlation_id) == ""
        assert contextvars.copy_context().run(correlation_id) == "tg-00000001"
