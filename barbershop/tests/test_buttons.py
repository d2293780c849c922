"""What the buttons carry, whoever makes them: with the largest values that they take, it fits into Telegram's 64 bytes.

The values come from the fields' own constraints, so that a new button is looked at without being named here.
"""

import re
from typing import Any, get_args

import annotated_types as bounds
import pytest
from aiogram.filters.callback_data import CallbackData
from pydantic.fields import FieldInfo

from accounts.models import Language
from accounts.zones import OFFERED
from barbershop.access import RULES
from bookings.callbacks import MOST_SERVICES, pack_services
from bookings.models import LARGEST_SERVICE_ID

MOST_BYTES = 64
VERSION = re.compile(r"[1-9][a-z-]+")
SO_MANY = re.compile(r"^\^\[[^\]]+\]\{(\d+)\}\$$")
# What a type doesn't say of itself: a validator or the code that makes the button does.
LARGEST = {
    "services": pack_services(LARGEST_SERVICE_ID - n for n in range(MOST_SERVICES)),
    "zone": max(OFFERED, key=len),
    "code": max(Language.values, key=len),
}
KINDS: list[type[CallbackData]] = [key for key in RULES if not isinstance(key, str)]


def largest(name: str, field: FieldInfo) -> Any:
    """The value of the field that takes the most bytes; a test error when nothing bounds it."""
    kind: Any = field.annotation
    if kind is bool:
        return True
    if get_args(kind):  # of a Literal
        return max(get_args(kind), key=len)
    if kind is int:
        return max(number_bounds(name, field), key=lambda number: len(str(number)))
    return LARGEST[name] if name in LARGEST else "x" * length_of(name, field)


def number_bounds(name: str, field: FieldInfo) -> tuple[int, int]:
    found: dict[str, Any] = {}
    for each in field.metadata:
        match each:
            case bounds.Ge(low):
                found["low"] = low
            case bounds.Le(high):
                found["high"] = high
            case bounds.Lt(end):
                found["high"] = end - 1  # type: ignore[operator] # of an int
    assert set(found) == {"low", "high"}, f"nothing bounds {name}"
    return found["low"], found["high"]


def length_of(name: str, field: FieldInfo) -> int:
    patterns = [pattern for each in field.metadata if (pattern := getattr(each, "pattern", None))]
    found = [SO_MANY.match(pattern) for pattern in patterns]
    assert len(found) == 1, f"nothing bounds {name}"
    assert found[0], f"{patterns} says no length"
    return int(found[0][1])


def in_order(values: dict[str, Any]) -> dict[str, Any]:
    """A stretch ends after it begins."""
    return values | {"begins": values["ends"] - 1} if "ends" in values else values


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_largest_button_fits(kind: type[CallbackData]) -> None:
    values = in_order({name: largest(name, field) for name, field in kind.model_fields.items()})
    packed = kind(**values).pack()
    assert len(packed.encode()) <= MOST_BYTES
    assert kind.unpack(packed) == kind(**values)
    assert VERSION.fullmatch(kind.__prefix__)


def test_a_field_that_nothing_bounds_is_found() -> None:
    class Loose(CallbackData, prefix="1loose"):
        booking: int
        words: str

    for name, field in Loose.model_fields.items():
        with pytest.raises(AssertionError, match=f"nothing bounds {name}"):
            largest(name, field)


def test_no_two_buttons_begin_alike() -> None:
    prefixes = [kind.__prefix__ for kind in KINDS]
    assert len(set(prefixes)) == len(prefixes) > 60
