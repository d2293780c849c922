"""What a person is expected to type next."""

import datetime as dt

from accounts.expectations import KEEP, expect_input, expected_input, forget_answered, forget_input, prune_expected
from accounts.models import ExpectedInput, User

SECOND = dt.timedelta(seconds=1)


def ask(user: User, now: dt.datetime, step: str = "reason") -> None:
    expect_input(user_id=user.pk, step=step, data={"booking": 7}, now=now)


def test_a_question_is_open_for_half_an_hour(anna: User, now: dt.datetime) -> None:
    ask(anna, now)
    question = expected_input(user_id=anna.pk, now=now + KEEP - SECOND)
    assert question is not None
    assert (question.step, question.data) == ("reason", {"booking": 7})
    assert expected_input(user_id=anna.pk, now=now + KEEP) is None


def test_the_last_question_is_the_one_that_is_open(anna: User, now: dt.datetime) -> None:
    ask(anna, now)
    ask(anna, now, step="name")
    question = expected_input(user_id=anna.pk, now=now)
    assert question is not None
    assert question.step == "name"
    assert ExpectedInput.objects.count() == 1


def test_who_goes_elsewhere_closes_their_own_question_only(anna: User, viktor: User, now: dt.datetime) -> None:
    ask(anna, now)
    ask(viktor, now)
    forget_input(user_id=anna.pk)
    forget_input(user_id=anna.pk)
    assert expected_input(user_id=anna.pk, now=now) is None
    assert expected_input(user_id=viktor.pk, now=now) is not None


def test_an_answered_question_is_closed_but_not_one_that_was_asked_again(anna: User, now: dt.datetime) -> None:
    ask(anna, now)
    answered = ExpectedInput.objects.get()
    ask(anna, now + SECOND)
    forget_answered(answered)
    again = ExpectedInput.objects.get()
    forget_answered(again)
    assert not ExpectedInput.objects.exists()


def test_only_questions_that_nobody_answered_in_time_are_pruned(anna: User, viktor: User, now: dt.datetime) -> None:
    ask(anna, now)
    ask(viktor, now + SECOND)
    assert prune_expected(now=now + KEEP) == 1
    assert ExpectedInput.objects.get().user == viktor
