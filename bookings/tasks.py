"""Background jobs, safe to run twice."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from bookings.delivery import RetryLater, deliver
from observability.correlation import correlated
from observability.jobs import QUEUE


class RetryWhenAsked(BaseRetryStrategy):
    """Runs a job again when it raised RetryLater, after just the time it named."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, RetryLater):
            return RetryDecision(retry_at=timezone.now() + timedelta(seconds=exception.seconds))
        return None


@app.task(queue=QUEUE, pass_context=True, retry=RetryWhenAsked())
async def deliver_notification(context: JobContext, *, notification_id: int, correlation_id: str) -> None:
    """Send one notification of the outbox with the worker's shared bot."""
    with correlated(correlation_id):
        await deliver(context.additional_context["bot"], notification_id)
