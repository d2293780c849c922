"""From the outbox to Telegram: sent once, tried again when it helps, given up when it does not."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiogram import Bot
from django.db import connection, transaction
from procrastinate import App, RetryDecision
from procrastinate.contrib.django import app as job_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from accounts.actors import THE_SHOP
from accounts.models import User
from bookings import delivery
from bookings.delivery import MAX_ATTEMPTS, backoff_seconds, deliver
from bookings.models import Booking, Notification, NotificationStatus, Service
from bookings.outbox import rescue_stranded, tell_booked
from bookings.retries import RetryLater, RetryWhenAsked
from bookings.tests import telegram_edge as telegram
from bookings.tests.factories import BookingFactory, BookingServiceFactory, NotificationFactory
from bookings.tests.telegram_edge import Answer, Edge
from observability.correlation import correlated
from observability.jobs import QUEUE, retry_stalled_jobs
from schedules.models import Master

pytestmark = pytest.mark.django_db(transaction=True)

# The cast's Monday noon: the day before the visit.
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def on_the_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's job, too, sends on the cast's Monday."""
    monkeypatch.setattr("bookings.tasks.now", lambda: NOW)


@pytest.fixture
def booking(anna: User, boris: Master, haircut: Service) -> Booking:
    booking = BookingFactory.create(client=anna, master=boris)
    BookingServiceFactory.create(booking=booking, service=haircut)
    return booking


@pytest.fixture
def news(booking: Booking) -> Notification:
    """Anna is to be told that she is booked."""
    return NotificationFactory.create(booking=booking)


def state(row: Notification) -> tuple[str, int, str]:
    row.refresh_from_db()
    return row.status, row.attempts, row.last_error


def cancel(booking: Booking, now: dt.datetime) -> None:
    """Nothing but the booking and its time: no notification of it."""
    assert booking.block is not None
    Booking.objects.filter(pk=booking.pk).update(
        status="cancelled", block=None, cancelled_by="client", cancelled_at=now
    )
    booking.block.delete()


def send(row: Notification, *answers: Answer) -> Edge:
    edge = Edge(*answers)
    edge.run(lambda bot: deliver(bot, row.pk, now=NOW))
    return edge


def send_in_vain(row: Notification, answer: Answer) -> float:
    """After how many seconds it is to be tried again."""
    with pytest.raises(RetryLater) as caught:
        send(row, answer)
    return caught.value.seconds


# --- Sent ---------------------------------------------------------------------------------------------------------


def test_message_is_sent_to_the_recipient_and_marked(news: Notification) -> None:
    edge = send(news)
    assert state(news) == ("sent", 1, "")
    assert news.sent_at is not None
    (call,) = edge.sent
    assert (call["method"], call["chat_id"]) == ("sendMessage", "1001")
    assert "Стрижка" in call["text"]
    assert "Борис" in call["text"]


def test_message_is_in_the_language_of_its_recipient(booking: Booking, viktor: User) -> None:
    Booking.objects.filter(pk=booking.pk).update(client=viktor)
    booking.refresh_from_db()
    edge = send(NotificationFactory.create(booking=booking))
    assert "You are booked" in edge.sent[0]["text"]
    assert "Haircut" in edge.sent[0]["text"]


def test_master_is_told_who_comes(booking: Booking, boris: Master) -> None:
    row = NotificationFactory.create(booking=booking, recipient=boris.user, kind="master_new")
    edge = send(row)
    assert edge.sent[0]["chat_id"] == "2001"
    assert "Анна" in edge.sent[0]["text"]


def test_job_that_comes_again_does_not_send_twice(news: Notification) -> None:
    send(news)
    sent_at = news.sent_at
    assert send(news, telegram.BROKEN).sent == []
    assert state(news) == ("sent", 1, "")
    assert sent_at is None or news.sent_at == sent_at


def test_notification_that_is_gone_is_no_error() -> None:
    edge = Edge()
    edge.run(lambda bot: deliver(bot, 999_999, now=NOW))
    assert edge.sent == []


# --- Tried again --------------------------------------------------------------------------------------------------


def test_flood_limit_is_waited_out_to_the_second_and_is_no_attempt(news: Notification) -> None:
    assert send_in_vain(news, telegram.FLOOD) == 7
    assert state(news) == ("pending", 0, "TelegramRetryAfter")
    send(news)
    assert state(news)[:2] == ("sent", 1)


def test_flood_limit_never_exhausts_the_attempts(news: Notification) -> None:
    Notification.objects.filter(pk=news.pk).update(attempts=MAX_ATTEMPTS - 1)
    assert send_in_vain(news, telegram.FLOOD) == 7
    assert state(news)[:2] == ("pending", MAX_ATTEMPTS - 1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (telegram.BROKEN, "TelegramServerError"),
        (telegram.GATEWAY, "ClientDecodeError"),
        (telegram.NOT_JSON, "ClientDecodeError"),
        (telegram.HANG_UP, "TelegramNetworkError"),
        (telegram.UNAUTHORISED, "TelegramUnauthorizedError"),
    ],
)
def test_trouble_on_the_way_is_tried_again_later(news: Notification, answer: Answer, error: str) -> None:
    assert 1.0 <= send_in_vain(news, answer) <= 2.0
    assert state(news) == ("pending", 1, error)
    assert 2.0 <= send_in_vain(news, answer) <= 4.0
    assert state(news) == ("pending", 2, error)


def test_back_off_doubles_up_to_ten_minutes_and_is_spread_by_up_to_a_half() -> None:
    for attempt, longest in [(1, 2), (2, 4), (3, 8), (8, 256), (9, 512), (10, 600), (MAX_ATTEMPTS, 600)]:
        drawn = [backoff_seconds(attempt) for _ in range(200)]
        assert longest / 2 <= min(drawn) < longest * 0.7
        assert longest * 0.8 < max(drawn) <= longest


def test_queue_runs_the_job_again_at_just_the_time_it_named(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> None:
    monkeypatch.setattr("bookings.retries.timezone.now", lambda: now)
    job = Job(id=1, queue=QUEUE, lock=None, queueing_lock=None, task_name="x", attempts=40)
    strategy = RetryWhenAsked()
    asked = strategy.get_retry_decision(exception=RetryLater(7), job=job)
    assert isinstance(asked, RetryDecision)
    assert asked.retry_at == now + dt.timedelta(seconds=7)
    assert strategy.get_retry_decision(exception=RuntimeError(), job=job) is None


# --- Given up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [(telegram.BLOCKED, "TelegramForbiddenError"), (telegram.NO_CHAT, "TelegramBadRequest")],
)
def test_message_that_can_never_arrive_is_dead_at_once(news: Notification, answer: Answer, error: str) -> None:
    edge = send(news, answer)
    assert len(edge.sent) == 1
    assert state(news) == ("dead", 1, error)
    assert send(news).sent == []


def test_message_is_dead_after_the_last_attempt(news: Notification) -> None:
    Notification.objects.filter(pk=news.pk).update(attempts=MAX_ATTEMPTS - 2)
    send_in_vain(news, telegram.BROKEN)
    send(news, telegram.BROKEN)
    assert state(news) == ("dead", MAX_ATTEMPTS, "TelegramServerError")


def test_message_whose_every_attempt_crashed_is_dead_without_another(news: Notification) -> None:
    Notification.objects.filter(pk=news.pk).update(attempts=MAX_ATTEMPTS)
    assert send(news).sent == []
    assert state(news) == ("dead", MAX_ATTEMPTS, "attempts_exhausted")


@pytest.mark.parametrize("kind", ["client_confirmed", "master_new"])
def test_news_of_a_visit_cancelled_meanwhile_is_skipped(booking: Booking, now: dt.datetime, kind: str) -> None:
    row = NotificationFactory.create(booking=booking, kind=kind)
    cancel(booking, now)
    assert send(row).sent == []
    assert state(row) == ("skipped", 0, "booking_cancelled")


@pytest.mark.parametrize("kind", ["client_cancelled", "master_cancelled"])
def test_word_of_the_cancellation_itself_is_sent(booking: Booking, now: dt.datetime, kind: str) -> None:
    row = NotificationFactory.create(booking=booking, kind=kind)
    cancel(booking, now)
    send(row)
    assert state(row) == ("sent", 1, "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"telegram_id": None}, "no_telegram"), ({"is_active": False}, "recipient_disabled")],
)
def test_message_to_whom_it_can_not_or_must_not_reach_is_skipped(
    news: Notification, anna: User, change: dict[str, object], reason: str
) -> None:
    User.objects.filter(pk=anna.pk).update(**change)
    assert send(news).sent == []
    assert state(news) == ("skipped", 0, reason)


def test_what_became_of_a_message_is_written_once(news: Notification) -> None:
    """Two workers with one notification: the later word does not overwrite the earlier."""
    delivery.mark_sent(news.pk)
    delivery.give_up(news.pk, NotificationStatus.DEAD, "TelegramForbiddenError")
    delivery.note_failure(news.pk, OSError(), counts=True)
    assert state(news) == ("sent", 0, "")
    other = NotificationFactory.create(booking=news.booking)
    delivery.give_up(other.pk, NotificationStatus.DEAD, "TelegramForbiddenError")
    delivery.mark_sent(other.pk)
    assert state(other) == ("dead", 0, "TelegramForbiddenError")


# --- The queue ----------------------------------------------------------------------------------------------------


async def work_off(bot: Bot) -> None:
    """What the worker does, until nothing is due."""
    async with working_app() as app:
        await app.run_worker_async(
            wait=False, delete_jobs="successful", install_signal_handlers=False, additional_context={"bot": bot}
        )


@asynccontextmanager
async def working_app() -> AsyncIterator[App]:
    """The job app as a worker has it, on a connection of its own."""
    with job_app.replace_connector(DjangoConnector().get_worker_connector()) as app:
        async with app.open_async():
            yield app


def test_worker_delivers_what_a_booking_caused_to_both_sides(booking: Booking) -> None:
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    edge = Edge()
    edge.run(work_off)
    assert sorted(call["chat_id"] for call in edge.sent) == ["1001", "2001"]
    assert set(Notification.objects.values_list("status", flat=True)) == {"sent"}
    assert not ProcrastinateJob.objects.exists()


def test_worker_puts_a_message_off_when_telegram_asks_for_it(booking: Booking) -> None:
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    Edge(telegram.FLOOD).run(work_off)
    jobs = list(ProcrastinateJob.objects.all())
    assert [job.status for job in jobs] == ["todo", "todo"]
    assert all(job.scheduled_at is not None for job in jobs)
    assert set(Notification.objects.values_list("status", "attempts")) == {("pending", 0)}


def test_second_job_of_one_notification_sends_nothing(booking: Booking, now: dt.datetime) -> None:
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    edge = Edge()
    edge.run(work_off)
    Notification.objects.update(status="pending", sent_at=None, created_at=now - dt.timedelta(hours=1))
    assert rescue_stranded(now=now) == 2
    Notification.objects.update(status="sent", sent_at=now)
    edge.run(work_off)
    assert len(edge.sent) == 2


# --- Swept --------------------------------------------------------------------------------------------------------


def test_pending_notification_without_a_job_is_queued_again_with_its_own_correlation_id(
    booking: Booking, now: dt.datetime
) -> None:
    created_at = now - dt.timedelta(minutes=1, microseconds=1)
    news = NotificationFactory.create(booking=booking, created_at=created_at, job=False)
    with correlated("sweep-00001"):
        assert rescue_stranded(now=now) == 1
    job = ProcrastinateJob.objects.get()
    assert job.args == {"notification_id": news.pk, "correlation_id": "tg-12345"}
    assert job.queue_name == QUEUE
    assert rescue_stranded(now=now) == 0


@pytest.mark.leaves_broken("orphaned_notifications")
def test_young_done_and_queued_notifications_are_left_alone(booking: Booking, now: dt.datetime) -> None:
    NotificationFactory.create(booking=booking, created_at=now - dt.timedelta(seconds=59), job=False)
    old = now - dt.timedelta(days=1)
    NotificationFactory.create(booking=booking, created_at=old, status="sent", sent_at=old)
    NotificationFactory.create(booking=booking, created_at=old, status="dead", last_error="x")
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    Notification.objects.filter(dedupe_key__contains=":").update(created_at=old)
    jobs = set(ProcrastinateJob.objects.values_list("pk", flat=True))
    assert len(jobs) == 2
    assert rescue_stranded(now=now) == 0
    assert set(ProcrastinateJob.objects.values_list("pk", flat=True)) == jobs


@pytest.mark.parametrize("status", ["failed", "succeeded", "cancelled"])
def test_notification_whose_job_ended_without_it_is_queued_again(
    booking: Booking, now: dt.datetime, status: str
) -> None:
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    Notification.objects.update(created_at=now - dt.timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])
    assert rescue_stranded(now=now) == 2


def _beat(seconds_ago: int) -> int:
    """A worker whose heart beat so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
            [seconds_ago],
        )
        (worker_id,) = cursor.fetchone()
    return int(worker_id)


def _take_jobs(worker_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker_id])


async def sweep(_bot: Bot) -> int:
    async with working_app() as app:
        return await retry_stalled_jobs(app)


def test_jobs_of_a_worker_that_was_killed_are_put_back_and_done(booking: Booking) -> None:
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    _take_jobs(_beat(seconds_ago=60))
    edge = Edge()
    edge.run(work_off)
    assert edge.sent == []  # nothing takes them up by itself
    assert edge.run(sweep) == 2
    edge.run(work_off)
    assert len(edge.sent) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        assert cursor.fetchone() == (0,)


def test_jobs_of_a_living_worker_are_left_to_it(booking: Booking) -> None:
    with transaction.atomic():
        tell_booked(booking, by=THE_SHOP)
    _take_jobs(_beat(seconds_ago=5))
    assert Edge().run(sweep) == 0
    assert set(ProcrastinateJob.objects.values_list("status", flat=True)) == {"doing"}
