class SmokeError(Exception):
    """The smoke test did not pass."""


class CouldNotRun(SmokeError):
    """Something the smoke test needs is missing."""


class CheckFailed(SmokeError):
    """The product did not do what it promises."""
