"""The choice whose day it is about, for staff; and the ways that lead to it. It runs in a thread."""

from accounts.keyboards import Row, button, keyboard, way_back
from accounts.screens import Screen
from bookings.desk import callbacks, labels, selectors, texts
from bookings.desk.seats import Desk, Seat
from schedules.models import Master

_MASTERS_A_SCREEN = 12


def masters(seat: Seat, asked: callbacks.Whose) -> Screen:
    """A page of the masters, the person themselves first."""
    found = selectors.masters_to_run(asked.section)
    if not found:
        return Screen(texts.nobody_to_run(asked.section), keyboard(way_back()))
    found.sort(key=lambda master: master != seat.own)
    last = (len(found) - 1) // _MASTERS_A_SCREEN
    page = min(asked.page, last)
    shown = found[page * _MASTERS_A_SCREEN :][:_MASTERS_A_SCREEN]
    more = callbacks.Whose(section=asked.section, page=page + 1)
    before = callbacks.Whose(section=asked.section, page=page - 1) if page else None
    board = keyboard(
        *([button(labels.master(master), opening(asked.section, master))] for master in shown),
        [button(labels.more(), more)] if page < last else [],
        way_back(before),
    )
    return Screen(texts.whose(asked.section), board)


def opening(section: callbacks.Section, master: Master) -> callbacks.Opening:
    """What opens the section for a master."""
    return callbacks.OPENINGS[section](master=master.pk)


def back_to(desk: Desk, section: callbacks.Section) -> callbacks.Whose | None:
    """The choice that the desk was opened from; None when there was nothing to choose."""
    if not desk.is_staff or all(master == desk.master for master in selectors.masters_to_run(section)):
        return None
    return callbacks.Whose(section=section)


def ways_out(desk: Desk, section: callbacks.Section) -> list[Row]:
    """The way out of a section's first screen: back to the choice, or on to it from one's own day, which was none."""
    whose = back_to(desk, section)
    if whose is not None and desk.is_own:
        return [[button(labels.another_master(), whose)], way_back()]
    return [way_back(whose)]
