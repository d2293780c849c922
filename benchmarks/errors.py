class BenchmarkError(Exception):
    """The benchmark can't go on."""


class WrongResult(BenchmarkError):
    """A side did something else than it was asked to: its speed says nothing."""


class WorkerFailed(BenchmarkError):
    """A function raised in a worker; the message is the worker's traceback."""
