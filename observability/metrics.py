"""What this process counts for Prometheus; the names are those of `docs/reference/metrics.md`."""

from prometheus_client import Counter

RBAC_DENIALS = Counter(
    "barbershop_rbac_denials_total", "Commands and buttons that were refused to whom they are not for.", ["command"]
)
THROTTLED = Counter(
    "barbershop_throttled_total", "Updates that were let go because their sender sent too many.", ["command"]
)


def start_at_zero(counter: Counter, *, command: list[str]) -> None:
    """Let every series of the closed set be there from the start, so that the first increase is seen."""
    for name in command:
        counter.labels(command=name)
