"""Background jobs, safe to run twice."""

from django.utils.timezone import now
from procrastinate import JobContext
from procrastinate.contrib.django import app

from bookings.retries import RetryWhenAsked
from observability.correlation import correlated
from observability.jobs import QUEUE


@app.task(queue=QUEUE, pass_context=True, retry=RetryWhenAsked())
async def deliver_notification(context: JobContext, *, notification_id: int, correlation_id: str) -> None:
    """Send one notification of the outbox with the worker's shared bot."""
    # Every process knows the task, only the worker runs it: the others start two seconds sooner without aiogram.
    from bookings.delivery import deliver

    with correlated(correlation_id):
        await deliver(context.additional_context["bot"], notification_id, now=now())
