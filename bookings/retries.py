"""How a job asks the queue to run it again later."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job


class RetryLater(Exception):
    """The notification was not taken now; try again after `seconds`. A request to the queue, not an error."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry in {seconds:.1f} s")
        self.seconds = seconds


class RetryWhenAsked(BaseRetryStrategy):
    """Runs a job again when it raised RetryLater, after just the time it named."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, RetryLater):
            return RetryDecision(retry_at=timezone.now() + timedelta(seconds=exception.seconds))
        return None
