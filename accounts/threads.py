"""The one hop from the event loop to the database: a small pool of threads, each with a connection while it works."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")

_pool = ThreadPoolExecutor(max_workers=settings.DATABASE_THREADS, thread_name_prefix="orm")


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM in a thread of the pool; its connection goes back whatever happens.

    `thread_sensitive=True` would queue everybody behind one slow query.
    """

    def call() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(call, thread_sensitive=False, executor=_pool)()
