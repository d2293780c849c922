"""One call of every service that can refuse, accepted as it stands; each refusal changes one thing of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from accounts.actors import Actor
from accounts.models import Channel, User
from bookings import services
from bookings.models import Booking, BookingService, Service, SlotOffer, WaitlistEntry, WaitlistService
from bookings.tests.factories import (
    TUESDAY_10,
    BookingFactory,
    SlotOfferFactory,
    WaitlistEntryFactory,
)
from schedules.models import Master
from schedules.tests.factories import MONDAY, BlockFactory

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
SATURDAY = MONDAY + 5 * DAY
WEDNESDAY_10 = TUESDAY_10 + DAY
THURSDAY_10 = TUESDAY_10 + 2 * DAY


class Scene(NamedTuple):
    """Boris on Tuesday: Anna's visit at 10, which she is asked to confirm, and 12 o'clock held for Viktor, who waits.

    He has Thursday from 10 to 12 off. Pyotr comes for the first time, Gleb has nothing to do with it.
    """

    boris: Master
    gleb: Master
    haircut: Service
    anna: User
    viktor: User
    pyotr: User
    irina: User
    booking: Booking
    offer: SlotOffer
    entry: WaitlistEntry
    now: dt.datetime

    def chat(self, person: User) -> Actor:
        return Actor(person.pk, Channel.BOT)

    @property
    def desk(self) -> Actor:
        return Actor(self.irina.pk, Channel.ADMIN)


def build_scene(  # noqa: PLR0917 - the cast
    boris: Master, gleb: Master, haircut: Service, anna: User, viktor: User, pyotr: User, irina: User, now: dt.datetime
) -> Scene:
    booking = BookingFactory.create(client=anna, master=boris, confirm_by=TUESDAY_10 - 2 * HOUR, asked_at=now)
    BookingService.objects.create(booking=booking, service=haircut, price=1000, duration_minutes=60)
    entry = WaitlistEntryFactory.create(client=viktor, master=boris, day=MONDAY + DAY, status="offered")
    WaitlistService.objects.create(entry=entry, service=haircut)
    offer = SlotOfferFactory.create(waitlist_entry=entry, master=boris, starts_at=TUESDAY_10 + 2 * HOUR)
    BlockFactory.create(master=boris, begins=THURSDAY_10, ends=THURSDAY_10 + 2 * HOUR)
    return Scene(boris, gleb, haircut, anna, viktor, pyotr, irina, booking, offer, entry, now)


# What each service is called with; who calls is `by`, or the client it books or links for.
USUAL: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "create_booking": lambda scene: {
        "client_id": scene.pyotr.pk,
        "service_ids": [scene.haircut.pk],
        "master_id": scene.boris.pk,
        "starts_at": WEDNESDAY_10,
        "idempotency_key": "tap-1",
    },
    "create_manual_booking": lambda scene: {
        "master_id": scene.boris.pk,
        "service_ids": [scene.haircut.pk],
        "starts_at": WEDNESDAY_10,
        "name": "Олег",
        "phone": "+79160000001",
        "idempotency_key": "tap-1",
        "by": scene.chat(scene.boris.user),
    },
    "cancel_booking": lambda scene: {
        "booking_id": scene.booking.pk,
        "by": scene.chat(scene.boris.user),
        "reason": "Заболел",
    },
    "reschedule_booking": lambda scene: {
        "booking_id": scene.booking.pk,
        "starts_at": WEDNESDAY_10,
        "by": scene.chat(scene.anna),
    },
    "confirm_attendance": lambda scene: {"booking_id": scene.booking.pk, "by": scene.chat(scene.anna)},
    "mark_no_show": lambda scene: {
        "booking_id": scene.booking.pk,
        "by": scene.chat(scene.boris.user),
        "now": TUESDAY_10 + HOUR,
    },
    "accept_offer": lambda scene: {"offer_id": scene.offer.pk, "by": scene.chat(scene.viktor)},
    "decline_offer": lambda scene: {"offer_id": scene.offer.pk, "by": scene.chat(scene.viktor)},
    "join_waiting_list": lambda scene: {
        "service_ids": [scene.haircut.pk],
        "master_id": scene.boris.pk,
        "day": SATURDAY,
        "by": scene.chat(scene.pyotr),
    },
    "leave_waiting_list": lambda scene: {"entry_id": scene.entry.pk, "by": scene.chat(scene.viktor)},
    "share_contact": lambda scene: {
        "user_id": scene.pyotr.pk,
        "phone": "+79160000002",
        "contact_user_id": scene.pyotr.telegram_id,
    },
    "take_time_off": lambda scene: {
        "master_id": scene.boris.pk,
        "starts_at": WEDNESDAY_10,
        "ends_at": WEDNESDAY_10 + 2 * HOUR,
        "reason": "К врачу",
        "by": scene.chat(scene.boris.user),
    },
    "take_back_time_off": lambda scene: {
        "master_id": scene.boris.pk,
        "starts_at": THURSDAY_10,
        "ends_at": THURSDAY_10 + 2 * HOUR,
        "by": scene.chat(scene.boris.user),
    },
}
# Those that go over what is due: there is nothing in them that a person could get wrong.
SWEEPS = {
    "ask_to_confirm",
    "complete_past_bookings",
    "expire_offers",
    "release_unconfirmed",
    "serve_waiting_list",
}
# Those about people rather than visits, tried in tests of their own.
ABOUT_PEOPLE = {"change_access", "change_role", "erase_client", "export_client", "join_by_invite"}


def call(service: str, scene: Scene, **changes: Any) -> Any:
    """Call the service as usual, but for the changes."""
    arguments: dict[str, Any] = {"now": scene.now} | USUAL[service](scene) | changes
    return getattr(services, service)(**arguments)
