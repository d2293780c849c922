"""The words for every rule that can refuse; a test fails for an error that has none."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts import errors as account
from bookings import errors
from schedules import errors as schedule

# What they name in %(...)s is in the error's data.
WORDS: Mapping[type, object] = {
    account.AccessClosed: _("Your access is closed. Please call the barbershop."),
    account.NotAllowed: _("This is not yours to change."),
    account.NotOwnContact: _("This is somebody else's contact. Please send your own."),
    account.PhoneInvalid: _("This doesn't look like a phone number. Please check it."),
    account.UnknownTimeZone: _("I don't know this time zone."),
    account.PersonUnknown: _("There is no such person."),
    account.LastOwner: _("The barbershop needs an owner: make somebody else the owner first."),
    account.InviteRefused: _(
        "This invitation can't be used: it is too old, or was used already. Please ask for a new one."
    ),
    account.AlreadyHere: _("You are with us already. The invitation stays good for somebody else."),
    account.WorksHere: _("You work here, so your visits and your name stay. Please talk to the owner."),
    errors.VisitToCome: _("You have a visit to come. When it is over or cancelled, I can delete everything."),
    errors.SlotTaken: _("This time has just been taken."),
    errors.SlotUnavailable: _("This time can't be booked any more."),
    errors.ActiveBookingExists: _("You already have a booking. Move or cancel it if you need another time."),
    errors.ServiceUnavailable: _("This service is not offered any more."),
    errors.BookingNotFound: _("I can't find this booking."),
    errors.NotActive: _("This visit has begun, is over, or was cancelled."),
    errors.TooLateToChange: _("It is too late to change it here. Please call the barbershop."),
    errors.ReasonRequired: _("Please say why: the client gets to read it."),
    errors.ReasonTooLong: _("That is too long: at most %(limit)s characters."),
    errors.NameRequired: _("I need a name of at most %(limit)s characters."),
    errors.NotStarted: _("The visit hasn't begun yet."),
    errors.TooLateToMark: _("More than a day has passed: this can't be marked any more."),
    errors.NothingToConfirm: _("There is nothing to confirm: the time is yours."),
    errors.BookingsInTheWay: _("There are visits booked then."),
    errors.NoTimeToOffer: _("There is no free time to offer for one of the visits."),
    errors.NoTimeOff: _("There is no time off then."),
    errors.OfferGone: _("This time isn't held for you any more."),
    errors.NoNeedToWait: _("There is free time on this day already."),
    errors.DayNotBookable: _("Nobody can wait for this day."),
    errors.TooManyWaits: _("You already wait for %(limit)s days; that is the most."),
    schedule.TooSoon: _("This time is too soon, or over."),
    schedule.BeyondHorizon: _("This day can't be booked yet."),
    schedule.OffGrid: _("No visit begins at such a time."),
    schedule.OutsideShift: _("The master doesn't work then."),
    schedule.TimeTaken: _("Something else takes this time."),
    schedule.MasterUnavailable: _("This master doesn't take bookings now."),
    schedule.PastDay: _("This time is over already."),
    schedule.InvalidRange: _("The end must come after the beginning, and within a year of it."),
    schedule.InvalidHours: _("These hours can't be right. Please check them."),
    schedule.InvalidName: _("The name must have from 1 to %(limit)s letters."),
    schedule.ReasonTooLong: _("That is too long: at most %(limit)s characters."),
}
