"""What people type for a phone becomes E.164, or is refused. The numbers are nobody's."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.errors import PhoneInvalid
from accounts.phones import E164_PATTERN, clean_phone

MOSCOW = "+74950000000"
LONDON = "+442079460123"  # Ofcom keeps 020 7946 0xxx for drama


@pytest.mark.parametrize(
    "typed",
    [
        "8 495 000-00-00",
        "8(495)0000000",
        "84950000000",
        "+7 495 000 00 00",
        "74950000000",
        "4950000000",
        "  +7 (495) 000.00.00\n",
        "+7\u00a0495\u00a0000\u201100\u201300",
        "\u202a+7 495 000-00-00\u202c",
        "\u200e8 495 000\u2212 00 00\ufeff",
        "\u0668 \u0664\u0669\u0665 \u0660\u0660\u0660 \u0660\u0660 \u0660\u0660",
        "\uff18\uff14\uff19\uff150000000",
    ],
)
def test_number_of_the_shops_region_is_known_however_it_is_written(typed: str) -> None:
    assert clean_phone(typed) == MOSCOW


@pytest.mark.parametrize("typed", ["+44 20 7946 0123", "+44 (0)20 7946 0123", "8 10 44 20 7946 0123"])
def test_number_of_another_country_is_known_by_its_code(typed: str) -> None:
    assert clean_phone(typed) == LONDON


def test_number_without_a_code_belongs_to_the_region_of_the_settings(settings: Any) -> None:
    settings.SHOP_PHONE_REGION = "GB"
    assert clean_phone("020 7946 0123") == LONDON
    with pytest.raises(PhoneInvalid):
        clean_phone("8 495 000-00-00")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "+",
        "-()",
        "112",
        "495 000",
        "+7 000 000-00-00",
        "+7 495 000-00-000",
        "+999 495 000 00 00",
        "442079460123",
        "nobody",
        "8 800 FLOWERS",
        "phone: 8 495 000-00-00",
        "tel:+74950000000",
        "8 495 000-00-00 доб. 5",
        "8 495 000-00-00 ext. 5",
        "8 495 000-00-00 x5",
        "8 495 000-00-00 #5",
        "8 495 000-00-00;ext=5",
        "8 495 000-00-00, 8 495 000-00-01",
        "8 495 000-00-00\n8 495 000-00-01",
        "8 495 000-00-00\x00",
        "8 495 000-00-00\ud800",
        "8 495 000-00-00 <b>",
        "²" * 11,
        "8 495 000-00-00" + " " * 50,
        "+" + "7" * 100_000,
    ],
)
def test_what_is_no_number_to_call_is_refused(typed: str) -> None:
    with pytest.raises(PhoneInvalid):
        clean_phone(typed)


@hypothesis_settings(derandomize=True, database=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=80)
    | st.text("+78490 ()-.\u0660\u0661\u202a\x00", max_size=20)
    | st.from_regex(r"(\+7|8)[49][0-9]{9}", fullmatch=True)
)
@example("8 495 000-00-00")
def test_every_text_is_refused_or_becomes_a_number_that_stays_as_it_is(typed: str) -> None:
    try:
        phone = clean_phone(typed)
    except PhoneInvalid:
        return
    assert re.fullmatch(E164_PATTERN, phone)
    assert clean_phone(phone) == phone
