"""Who is in the pictures: the demo's people, and those whom only the guide needs. All are made up."""

from typing import NamedTuple

from bookings.seeding import MASTERS


class Someone(NamedTuple):
    telegram_id: int
    name: str
    label: str


ANNA = Someone(1001, "Анна", "client")
VIKTOR = Someone(1002, "Виктор", "client")
GALINA = Someone(1003, "Галина", "client")
BORIS, GLEB = (Someone(master.telegram_id, master.name, "master") for master in MASTERS)
ARTYOM = Someone(2003, "Артём", "")
OLGA = Someone(3001, "Ольга", "")
CALLER, CALLERS_PHONE = "Пётр Иванович", "+79160000001"
WALK_IN, WALK_INS_PHONE = "Игорь", "+79160000002"
