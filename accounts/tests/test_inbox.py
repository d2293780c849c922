"""The inbox: every update once, in its lane's order, erased when handled, kept when it can't be."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest
from django.db import connection

from accounts import inbox
from accounts.inbox import (
    lane_of,
    mark_failed,
    mark_handled,
    prune_handled,
    shed_waiting,
    store_updates,
    take_heads,
    take_next,
)
from accounts.models import TelegramUpdate
from accounts.tests.factories import UserFactory
from observability.tests.at_once import run_at_once

ANNA = {"id": 1001, "is_bot": False, "first_name": "Анна"}
CHAT = {"id": -100500, "type": "supergroup"}


def message(update_id: int, *, who: int = 1001, text: str = "hi") -> dict[str, Any]:
    return {
        "update_id": update_id,
        "message": {"message_id": 1, "from": {"id": who}, "chat": {"id": who, "type": "private"}, "text": text},
    }


# --- Whose order --------------------------------------------------------------------------------------------------

# https://core.telegram.org/bots/api#update
OF_A_PERSON = {
    "message": {"from": ANNA, "chat": CHAT},
    "edited_message": {"from": ANNA, "chat": CHAT},
    "business_connection": {"id": "x", "user": ANNA, "user_chat_id": 5},
    "business_message": {"from": ANNA, "chat": CHAT},
    "edited_business_message": {"from": ANNA, "chat": CHAT},
    "message_reaction": {"chat": CHAT, "user": ANNA},
    "inline_query": {"id": "1", "from": ANNA},
    "chosen_inline_result": {"result_id": "1", "from": ANNA},
    "callback_query": {"id": "1", "from": ANNA, "message": {"from": {"id": 42, "is_bot": True}, "chat": CHAT}},
    "shipping_query": {"id": "1", "from": ANNA},
    "pre_checkout_query": {"id": "1", "from": ANNA},
    "purchased_paid_media": {"from": ANNA},
    "poll_answer": {"poll_id": "1", "user": ANNA},
    "my_chat_member": {"chat": CHAT, "from": ANNA},
    "chat_member": {"chat": CHAT, "from": ANNA},
    "chat_join_request": {"chat": CHAT, "from": ANNA, "user_chat_id": 5},
}
OF_A_CHAT = {
    "channel_post": {"chat": CHAT},
    "edited_channel_post": {"chat": CHAT},
    "deleted_business_messages": {"chat": CHAT, "message_ids": [1]},
    "message_reaction_count": {"chat": CHAT},
    "chat_boost": {"chat": CHAT},
    "removed_chat_boost": {"chat": CHAT},
}


@pytest.mark.parametrize("kind", OF_A_PERSON)
def test_update_of_a_person_keeps_that_persons_order(kind: str) -> None:
    assert lane_of({"update_id": 7, kind: OF_A_PERSON[kind]}) == 1001


@pytest.mark.parametrize("kind", OF_A_CHAT)
def test_update_of_nobody_keeps_its_chats_order(kind: str) -> None:
    assert lane_of({"update_id": 7, kind: OF_A_CHAT[kind]}) == -100500


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": 7},
        {"update_id": 7, "poll": {"id": "123"}},
        {"update_id": 7, "message": None},
        {"update_id": 7, "message": "text"},
        {"update_id": 7, "message": {"from": None, "chat": []}},
        {"update_id": 7, "message": {"from": {"id": "1001"}}},
        {"update_id": 7, "message": {"from": {"id": True}}},
        {"update_id": 7, "message": {"from": {"id": 1.5}}},
        {"update_id": 7, "message": {"from": {"id": 2**63}}},
        {"update_id": 7, "message": {"from": {"id": -(2**63) - 1}}},
        {"update_id": 7, "something_new": {"nested": {"from": ANNA}}},
    ],
)
def test_update_of_nobody_at_all_is_in_lane_zero(update: dict[str, Any]) -> None:
    assert lane_of(update) == 0


# --- Stored -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_update_is_stored_once_however_often_it_is_delivered() -> None:
    store_updates([message(1, text="first")])
    store_updates([message(1, text="again"), message(2)])
    rows = TelegramUpdate.objects.order_by("pk")
    assert [(row.pk, row.lane, row.status, row.attempts) for row in rows] == [
        (1, 1001, "pending", 0),
        (2, 1001, "pending", 0),
    ]
    assert json.loads(rows[0].payload) == message(1, text="first")


@pytest.mark.django_db
def test_update_that_was_handled_does_not_come_back_to_life() -> None:
    store_updates([message(1)])
    mark_handled(1)
    store_updates([message(1)])
    assert (take_heads(busy=[], limit=5), take_next(1001)) == ([], None)


@pytest.mark.django_db
def test_storing_nothing_is_no_error() -> None:
    store_updates([])
    assert not TelegramUpdate.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["\x00", "a\x00b", "\ud83d", "\udfff\ud800", "😀", "\u202e", "'; DROP TABLE users;--", "%s %(x)s \\", "я" * 4096],
    ids=ascii,
)
def test_whatever_a_client_can_type_survives_the_inbox(text: str) -> None:
    store_updates([message(1, text=text)])
    delivery = take_next(1001)
    assert delivery is not None
    assert json.loads(delivery.payload) == message(1, text=text)


@pytest.mark.django_db
@pytest.mark.parametrize("who", [2**63, -(2**70), "1001", None])
def test_garbage_in_one_update_does_not_keep_the_others_out(who: Any) -> None:
    store_updates([message(1), {"update_id": 2, "message": {"from": {"id": who}}}, message(3)])
    assert list(TelegramUpdate.objects.order_by("pk").values_list("pk", "lane")) == [(1, 1001), (2, 0), (3, 1001)]


@pytest.mark.django_db(transaction=True)
def test_storing_wakes_the_consumer_after_the_rows_are_there() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN telegram_updates")
        store_updates([message(1), message(2, who=1002), message(3)])
        assert connection.connection is not None
        (notice,) = connection.connection.notifies(timeout=10, stop_after=1)
        cursor.execute("UNLISTEN telegram_updates")
    assert notice.channel == "telegram_updates"
    assert set(notice.payload.split(",")) == {"1001", "1002"}


@pytest.mark.django_db
def test_more_lanes_than_a_notice_can_name_are_stored_all_the_same() -> None:
    store_updates([message(n, who=2**62 + n) for n in range(1000)])
    assert len(take_heads(busy=[], limit=2000)) == 1000


@pytest.mark.django_db(transaction=True)
def test_redelivery_to_eight_at_once_is_stored_once() -> None:
    batch = [message(n) for n in range(1, 21)]
    results = run_at_once([partial(store_updates, batch)] * 8, connections=8)
    assert results == [None] * 8
    assert TelegramUpdate.objects.count() == 20


# --- Taken --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_lane_is_taken_oldest_first_whatever_the_order_of_arrival() -> None:
    store_updates([message(3), message(9, who=1002)])
    store_updates([message(2), message(1)])
    seen = []
    while delivery := take_next(1001):
        seen.append(delivery.update_id)
        mark_handled(delivery.update_id)
    assert seen == [1, 2, 3]
    other = take_next(1002)
    assert other is not None
    assert other.update_id == 9


@pytest.mark.django_db
def test_update_that_is_not_marked_is_taken_again_and_each_attempt_is_counted() -> None:
    store_updates([message(1), message(2)])
    taken = [take_next(1001) for _ in range(3)]
    assert [(each.update_id, each.attempt) for each in taken if each] == [(1, 1), (1, 2), (1, 3)]
    assert TelegramUpdate.objects.get(pk=1).attempts == 3


def heads(*, busy: list[int], limit: int) -> list[tuple[int, int]]:
    return sorted((each.lane, each.update_id) for each in take_heads(busy=busy, limit=limit))


@pytest.mark.django_db
def test_only_lanes_with_something_pending_and_nobody_at_work_are_begun() -> None:
    store_updates([message(n, who=who) for n, who in enumerate([1, 1, 2, 3, 4], start=1)])
    mark_handled(5)
    assert heads(busy=[], limit=10) == [(1, 1), (2, 3), (3, 4)]
    assert heads(busy=[2], limit=10) == [(1, 1), (3, 4)]
    assert heads(busy=[1, 2, 3], limit=10) == []
    assert list(TelegramUpdate.objects.order_by("pk").values_list("attempts", flat=True)) == [2, 0, 1, 2, 0]


@pytest.mark.django_db
def test_lanes_that_wait_longest_are_begun_first_whoever_they_belong_to() -> None:
    store_updates([message(n, who=who) for n, who in enumerate([9, -5, 4, 2**62], start=1)])
    assert heads(busy=[], limit=2) == [(-5, 2), (9, 1)]
    assert heads(busy=[9], limit=2) == [(-5, 2), (4, 3)]


@pytest.mark.django_db
def test_lane_that_is_flooded_costs_the_search_for_the_others_nothing() -> None:
    store_updates([message(n, who=1) for n in range(1, 2001)])
    store_updates([message(n, who=n) for n in range(2001, 2011)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE telegram_updates")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {inbox._TAKE_HEADS}", [[1], 10])
        (plan,) = cursor.fetchone()
    rows = list(scanned(plan[0]["Plan"]))
    assert rows
    assert max(rows) <= 20


def scanned(node: dict[str, Any]) -> Iterator[float]:
    """Rows that each scan of the inbox came up with, all its loops together."""
    if node.get("Relation Name") == "telegram_updates" and "Scan" in node["Node Type"]:
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for child in node.get("Plans", ()):
        yield from scanned(child)


@pytest.mark.django_db
def test_next_update_is_taken_and_the_last_one_written_off_in_one_statement(
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    store_updates([message(1, text="private"), message(2), message(3, who=1002)])
    (first,) = take_heads(busy=[1002], limit=1)
    with django_assert_num_queries(1):
        following = take_next(1001, done=first.update_id)
    assert following is not None
    assert (following.update_id, following.attempt) == (2, 1)
    done = TelegramUpdate.objects.get(pk=1)
    assert (done.status, done.payload) == ("handled", "")
    assert take_next(1001, done=2) is None
    assert take_next(1002) is not None
    assert set(TelegramUpdate.objects.exclude(pk=3).values_list("status", flat=True)) == {"handled"}


@pytest.mark.django_db
def test_empty_lane_has_nothing_to_take() -> None:
    assert take_next(1001) is None


# --- Done ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_handled_update_is_erased() -> None:
    store_updates([message(1, text="my phone is +79161234567")])
    mark_handled(1)
    row = TelegramUpdate.objects.get()
    assert (row.status, row.payload, row.error) == ("handled", "", "")
    assert row.handled_at is not None


@pytest.mark.django_db
def test_failed_update_is_kept_with_its_error_and_blocks_nobody() -> None:
    store_updates([message(1), message(2)])
    mark_failed(1, "ValidationError" + "x" * 500)
    row = TelegramUpdate.objects.get(pk=1)
    assert (row.status, json.loads(row.payload)) == ("failed", message(1))
    assert row.error.startswith("ValidationError")
    assert len(row.error) == 128
    following = take_next(1001)
    assert following is not None
    assert following.update_id == 2


@pytest.mark.django_db
@pytest.mark.parametrize("is_known", [True, False])
def test_what_was_tried_to_the_end_is_kept_for_who_is_known_and_of_who_was_erased_by_it_nothing(is_known: bool) -> None:
    if is_known:
        UserFactory.create(telegram_id=1001)
    store_updates([message(1)])
    TelegramUpdate.objects.update(attempts=inbox.MAX_ATTEMPTS)
    mark_failed(1, "TelegramServerError")
    row = TelegramUpdate.objects.get()
    assert row.status == "failed"
    assert (row.lane, bool(row.payload)) == ((1001, True) if is_known else (0, False))


@pytest.mark.django_db
def test_prune_deletes_old_handled_updates_and_nothing_else(now: dt.datetime) -> None:
    store_updates([message(n) for n in range(1, 6)])
    mark_handled(1)
    mark_handled(2)
    mark_failed(3, "ValueError")
    TelegramUpdate.objects.update(received_at=now - dt.timedelta(seconds=1))
    TelegramUpdate.objects.filter(pk=2).update(received_at=now)
    assert prune_handled(before=now) == 1
    assert list(TelegramUpdate.objects.order_by("pk").values_list("pk", flat=True)) == [2, 3, 4, 5]


# --- Too many -----------------------------------------------------------------------------------------------------


def gone() -> list[int]:
    return list(TelegramUpdate.objects.filter(status="handled", payload="").order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
def test_lane_is_shed_oldest_first_and_nobody_elses() -> None:
    store_updates([message(n, who=1001 + n // 4, text=f"text {n}") for n in range(1, 6)])
    said = [json.loads(payload)["message"]["text"] for payload in shed_waiting(1001, limit=2)]
    assert (sorted(said), gone()) == (["text 1", "text 2"], [1, 2])
    assert len(shed_waiting(1001, limit=2)) == 1
    assert shed_waiting(1001, limit=2) == []
    assert gone() == [1, 2, 3]


@pytest.mark.django_db
def test_whether_a_person_can_be_reached_is_never_shed() -> None:
    blocked = {"update_id": 2, "my_chat_member": {"from": ANNA, "chat": {"id": 1001}}}
    store_updates([message(1), blocked, message(3, text='"my_chat_member": {}')])
    shed_waiting(1001, limit=10)
    assert gone() == [1, 3]
