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
