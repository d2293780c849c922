"""The job queue: one way in, inside the transaction that causes the job, and a sweep for what a dead worker left."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.tasks import Task

from observability.correlation import correlation_id
from observability.events import emit

QUEUE = "default"
# A worker beats every HEARTBEAT_SECONDS; one that has not for STALLED_SECONDS is taken for dead.
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0

# procrastinate's own `task.defer()` uses the worker's connection inside a worker and so would escape the transaction.
_manager = JobManager(DjangoConnector())


def enqueue(task: Task[Any, Any, Any], arguments: Iterable[Mapping[str, Any]]) -> None:
    """Queue one job per mapping of arguments, in the transaction that is open; the correlation id goes along.

    Raises TransactionManagementError outside a transaction: a job must not outlive what caused it, nor the reverse.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("enqueue() belongs to the transaction that causes the job.")
    jobs = [
        Job(
            id=None,
            queue=task.queue,
            lock=task.lock,
            queueing_lock=None,
            task_name=task.name,
            task_kwargs={**kwargs, "correlation_id": correlation_id()},
            priority=task.priority,
        )
        for kwargs in arguments
    ]
    if jobs:
        _manager.batch_defer_jobs(jobs)


async def retry_stalled_jobs(app: App) -> int:
    """Put back the jobs of workers whose heartbeat stopped (kill -9, power cut); the number put back."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:  # another worker's sweep was first, or the job has ended after all
            continue
        emit("job_retried", job_id=job.id, task=job.task_name, attempt=job.attempts, reason_code="stalled")
    await app.job_manager.prune_stalled_workers(STALLED_SECONDS)
    return len(stalled)
