"""The client's screens of the waiting list, and of times that are held for them."""

from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.keyboards import keyboard, way_back
from accounts.models import Channel, User
from accounts.screens import Screen
from bookings import keyboards as boards
from bookings import selectors, services
from bookings import texts as words
from bookings.callbacks import ChooseDay, ChooseTime, MyBookings
from bookings.errors import ActiveBookingExists, BookingError, NoNeedToWait, TooManyWaits
from bookings.models import BookingStatus
from bookings.moving.texts import moved
from bookings.screens import card, choose_time, my_bookings, stale
from bookings.waiting import keyboards, texts
from bookings.waiting.callbacks import ChooseFullDay, Join
from schedules.calendar import horizon


def choose_full_day(user: User, choice: ChooseFullDay) -> Screen:
    """The days on which everything is taken, a page of them."""
    chosen = selectors.services_of(service_ids=choice.service_ids)
    if not chosen:
        return stale(user)
    now = timezone.now()
    terms = selectors.offer_terms(service_ids=choice.service_ids, master_id=choice.master)
    free = selectors.days_of(selectors.free_slots(terms=terms, days=horizon(now), now=now))
    dates = selectors.full_days(terms=terms, days=horizon(now), free=free, now=now)
    if not dates:
        back = ChooseDay(services=choice.services, master=choice.master)
        return Screen(texts.no_full_days(), keyboard(way_back(back)))
    return Screen(texts.choose_day(chosen), keyboards.days(choice, dates))


def join(user: User, choice: Join) -> Screen:
    """Wait for the day; when it has free time after all, here it is."""
    try:
        entry = services.join_waiting_list(
            service_ids=choice.service_ids,
            master_id=choice.master,
            day=choice.date,
            by=_client(user),
            now=timezone.now(),
        )
    except NoNeedToWait as error:
        day = ChooseTime(services=choice.services, master=choice.master, day=choice.day)
        return choose_time(user, day, note=words.refusal(error))
    except TooManyWaits as error:
        return my_bookings(user, note=words.refusal(error))
    except (BookingError, AccountError) as error:
        return Screen(words.refusal(error), boards.menu())
    return Screen(texts.joined(entry), keyboards.joined(entry))


def leave(user: User, entry_id: int) -> Screen:
    """Wait no more, and show what is left."""
    try:
        services.leave_waiting_list(entry_id=entry_id, by=_client(user), now=timezone.now())
    except (BookingError, AccountError) as error:
        return Screen(words.refusal(error), boards.menu())
    return my_bookings(user, note=texts.left())


def accept(user: User, offer_id: int) -> Screen:
    """Take the time that is held, and show the visit."""
    try:
        booking = services.accept_offer(offer_id=offer_id, by=_client(user), now=timezone.now())
    except ActiveBookingExists as error:
        return card(user, error.booking.pk, note=words.refusal(error))
    except (BookingError, AccountError) as error:
        return my_bookings(user, note=words.refusal(error))
    is_move = booking.slot_offers.filter(pk=offer_id).exists() and booking.status == BookingStatus.CONFIRMED
    return card(user, booking.pk, note=moved() if is_move else "")


def decline(user: User, offer_id: int) -> Screen:
    """Let the held time go: the visit stays where it is, or the wait goes on."""
    try:
        offer = services.decline_offer(offer_id=offer_id, by=_client(user), now=timezone.now())
    except (BookingError, AccountError) as error:
        return my_bookings(user, note=words.refusal(error))
    if offer.booking is not None:
        stays = offer.booking.status == BookingStatus.CONFIRMED
        return card(user, offer.booking.pk, note=texts.kept() if stays else "")
    return Screen(texts.declined(), keyboard(way_back(MyBookings())))


def _client(user: User) -> Actor:
    return Actor(user.pk, Channel.BOT)
