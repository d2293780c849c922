from typing import Any, ClassVar


class ScheduleError(Exception):
    """The master's schedule does not allow this."""

    code: ClassVar[str] = "schedule_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class TooSoon(ScheduleError):
    """The time is past, or closer than the minimum notice."""

    code = "too_soon"


class BeyondHorizon(ScheduleError):
    """The day can't be booked yet."""

    code = "beyond_horizon"


class OffGrid(ScheduleError):
    """No slot starts at such a minute."""

    code = "off_grid"


class OutsideShift(ScheduleError):
    """The master doesn't work then, or has lunch."""

    code = "outside_shift"


class TimeTaken(ScheduleError):
    """Something else takes the master's time then."""

    code = "time_taken"


class MasterUnavailable(ScheduleError):
    """There is no such master, or the master doesn't take bookings."""

    code = "master_unavailable"


class PastDay(ScheduleError):
    """The day, or the time, is over: what was worked is not rewritten."""

    code = "past_day"


class InvalidRange(ScheduleError):
    """The range ends before it begins, or is longer than a year."""

    code = "invalid_range"


class InvalidHours(ScheduleError):
    """The hours don't make a rota or a lunch; `field` says which value, `why` what is wrong with it."""

    code = "invalid_hours"


class InvalidName(ScheduleError):
    """The name is blank, has more characters than `limit`, or some that no name has."""

    code = "invalid_name"


class ReasonTooLong(ScheduleError):
    """The reason has more characters than `limit`."""

    code = "reason_too_long"
