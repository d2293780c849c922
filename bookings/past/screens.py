"""The client's screens of past visits: a page of them, one, and the same once more."""

from django.utils import timezone

from accounts.models import User
from accounts.screens import Screen
from bookings import selectors
from bookings import texts as words
from bookings.callbacks import LAST_PAGE, MOST_SERVICES, ChooseDay, ChooseMaster, pack_services
from bookings.past import keyboards, texts
from bookings.past.callbacks import PastVisit, PastVisits
from bookings.screens import card, choose_day, choose_master, choose_service, my_bookings

VISITS_A_PAGE = 7


def past_visits(user: User, choice: PastVisits) -> Screen:
    """A page of the past visits, the last ones first; the list of bookings when there are none."""
    now = timezone.now()
    skip = choice.page * VISITS_A_PAGE
    found = selectors.past_bookings(client=user, now=now, limit=VISITS_A_PAGE + 1, skip=skip)
    if not found:
        return past_visits(user, PastVisits()) if choice.page else my_bookings(user)
    shown, more = found[:VISITS_A_PAGE], len(found) > VISITS_A_PAGE and choice.page < LAST_PAGE
    board = keyboards.past_visits(shown, page=choice.page, more=more, now=now)
    return Screen(texts.past_visits(shown, user.time_zone, now=now), board)


def past_visit(user: User, choice: PastVisit) -> Screen:
    """The card of one; Back leads to its page."""
    return card(user, choice.booking, back=PastVisits(page=choice.page))


def book_again(user: User, booking_id: int) -> Screen:
    """Straight to the days with the same master; to the masters or the services where that can't be had any more."""
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    if booking is None:
        return card(user, booking_id)
    active = selectors.active_booking(client=user, now=timezone.now())
    if active:
        return card(user, active.pk, note=words.already_booked())
    service_ids = selectors.services_again(booking=booking, most=MOST_SERVICES)
    if not service_ids:
        return choose_service(user)
    packed = pack_services(service_ids)
    if selectors.offer_terms(service_ids=service_ids, master_id=booking.master_id):
        return choose_day(user, ChooseDay(services=packed, master=booking.master_id))
    return choose_master(user, ChooseMaster(services=packed))
