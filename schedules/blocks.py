"""Reads of what takes a master's time."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from schedules.intervals import Interval, merge
from schedules.models import AvailabilityBlock

# Nothing but time off is longer than a day (a CHECK), so what overlaps a window either starts within a day of it,
# or is old time off. Both come from an index, however long the history.
BLOCKS = """
        SELECT id, master_id, starts_at, during FROM availability_blocks
         WHERE master_id = ANY((SELECT masters FROM asked)::bigint[])
           AND starts_at >= (SELECT begins - interval '1 day' FROM asked)
           AND starts_at < (SELECT ends FROM asked)
        UNION ALL
        SELECT id, master_id, starts_at, during FROM availability_blocks
         WHERE master_id = ANY((SELECT masters FROM asked)::bigint[]) AND kind = 'time_off'
           AND starts_at < (SELECT begins - interval '1 day' FROM asked)
           AND upper(during) > (SELECT begins FROM asked)
"""
# The minutes at which the blocks begin and end, half a minute being a whole one.
MINUTES = """
    array_agg(floor(date_part('epoch', starts_at) / 60)::bigint),
    array_agg(ceil(date_part('epoch', upper(during)) / 60)::bigint)
"""
_BUSY = f"""
    WITH asked AS (
        SELECT %(masters)s::bigint[] AS masters,
               to_timestamp(%(first)s::bigint * 60) AS begins,
               to_timestamp(%(last)s::bigint * 60) AS ends
    ), block AS ({BLOCKS})
    SELECT master_id, {MINUTES} FROM block GROUP BY master_id
"""  # noqa: S608 - constants


def busy_times(masters: Iterable[int], *, first: int, last: int) -> dict[int, list[Interval]]:
    """What is taken of each master's time, merged; at least what overlaps the minutes [first, last)."""
    values: dict[str, Any] = {"masters": list(masters), "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, values)
        return {master_id: merge(zip(starts, ends, strict=True)) for master_id, starts, ends in cursor.fetchall()}


def blocks_within(
    master_id: int, *, starts_at: dt.datetime, ends_at: dt.datetime, kinds: Iterable[str]
) -> "QuerySet[AvailabilityBlock]":
    """The master's blocks of these kinds that overlap [starts_at, ends_at), in order of time."""
    blocks = AvailabilityBlock.objects.filter(master_id=master_id, kind__in=list(kinds))
    return blocks.filter(during__overlap=(starts_at, ends_at)).order_by("starts_at")
