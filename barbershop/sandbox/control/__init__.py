"""The control API under /control/: JSON in and out, for the page, for tests and for the demo."""

from barbershop.sandbox.control import groups, people, switches, updates
from barbershop.sandbox.control.wire import refusals_as_json

__all__ = ["refusals_as_json", "routes"]

routes = [*people.routes, *groups.routes, *updates.routes, *switches.routes]
