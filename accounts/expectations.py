"""What a person is expected to type next: kept in PostgreSQL, so that it survives a restart, and for a while only."""

import datetime as dt
from typing import Any

from aiogram.filters import Filter
from aiogram.types import Message
from django.db import connection

from accounts.models import ExpectedInput

KEEP = dt.timedelta(minutes=30)


class Expects(Filter):
    """The person was asked this, and answers now: `question` comes from the identity middleware."""

    def __init__(self, step: str) -> None:
        self.step = step

    async def __call__(self, message: Message, question: ExpectedInput | None = None) -> bool:
        return question is not None and question.step == self.step


def expect_input(*, user_id: int, step: str, data: dict[str, Any], now: dt.datetime) -> None:
    """The person's next words answer this question; an earlier one is forgotten."""
    ExpectedInput.objects.update_or_create(
        user_id=user_id, defaults={"step": step, "data": data, "expires_at": now + KEEP}
    )


def expected_input(*, user_id: int, now: dt.datetime) -> ExpectedInput | None:
    """The question that is open, unless it is too old."""
    return ExpectedInput.objects.filter(user_id=user_id, expires_at__gt=now).first()


def forget_input(*, user_id: int) -> None:
    """No question is open any more: the person went elsewhere. One statement, since every tap does it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM expected_inputs WHERE user_id = %s", [user_id])


def forget_answered(question: ExpectedInput) -> None:
    """The question was answered; one that was asked since, or once more, stays open."""
    ExpectedInput.objects.filter(user_id=question.user_id, step=question.step, expires_at=question.expires_at).delete()


def prune_expected(*, now: dt.datetime) -> int:
    """Forget the questions that nobody answered in time; how many."""
    deleted, _ = ExpectedInput.objects.filter(expires_at__lte=now).delete()
    return deleted
