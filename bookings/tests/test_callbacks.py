"""What the buttons carry: the services of a visit in few bytes, each in one way only; an old button is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bookings.callbacks import MOST_SERVICES, ChooseMaster, Confirm, pack_services, unpack_services
from bookings.models import LARGEST_SERVICE_ID
from bookings.several.callbacks import ChooseSeveral

some_services = st.lists(st.integers(1, LARGEST_SERVICE_ID), min_size=1, max_size=MOST_SERVICES, unique=True)


@given(some_services)
def test_services_come_back_from_a_button_in_their_order(service_ids: list[int]) -> None:
    data = ChooseMaster(services=pack_services(service_ids)).pack()
    assert ChooseMaster.unpack(data).service_ids == service_ids
    assert unpack_services(pack_services(service_ids)) == service_ids


def test_services_are_written_in_base_36() -> None:
    assert pack_services([1, 36, LARGEST_SERVICE_ID]) == "1.10.zik0zj"


@pytest.mark.parametrize(
    "packed",
    ["0", "-1", "+1", "01", "1.1", "1.2.3.4", "A", "1_0", " 1", "1.", ".", "1..2", "zik0zk", "٣", "1\n", "1:2"],
)
@pytest.mark.parametrize("tap", [ChooseMaster, ChooseSeveral])
def test_what_are_no_services_of_a_visit_is_no_button(tap: type[ChooseMaster | ChooseSeveral], packed: str) -> None:
    with pytest.raises((TypeError, ValidationError)):
        tap.unpack(f"{tap.__prefix__}:{packed}")


def test_only_the_choice_of_several_begins_with_none() -> None:
    assert ChooseSeveral.unpack("1tick:").service_ids == []
    with pytest.raises(ValidationError):
        ChooseMaster.unpack("2svc:")


def test_a_button_of_the_version_before_is_an_old_one() -> None:
    for data in ("1ok:1:1:29000000:abcdefgh:0", "2ok:1:1:29000000:abcdefgh:0"):
        with pytest.raises((TypeError, ValueError)):
            Confirm.unpack(data)
