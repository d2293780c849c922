"""The smoke test: the product's real processes, played end to end against a scratch database and a local Telegram."""

from barbershop.smoke.runner import Report, run_smoke

__all__ = ["Report", "run_smoke"]
