"""The one hop from the event loop to the database: a small pool of threads, each with a connection while it works."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")

_pool = ThreadPoolExecutor(max_workers=settings.DATABASE_THREADS, thread_name_prefix="orm")


async def in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM in a thread of the pool; its connection goes back whatever happens.

    Not asgiref's `sync_to_async`: its default would queue everybody behind one slow query, and bringing context
    variables back, which nobody needs here, costs as much again as the hop.
    """

    def call() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.get_running_loop().run_in_executor(_pool, copy_context().run, call)
