from typing import Any, ClassVar


class AccountError(Exception):
    """Something about the person does not allow this."""

    code: ClassVar[str] = "account_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class AccessClosed(AccountError):
    """The person is unknown or was disabled."""

    code = "access_closed"


class NotAllowed(AccountError):
    """The person's role doesn't let them do this, or not to this."""

    code = "not_allowed"


class NotOwnContact(AccountError):
    """The contact that was shared is somebody else's."""

    code = "not_own_contact"


class PhoneInvalid(AccountError):
    """This is not a phone number that can be called."""

    code = "phone_invalid"


class UnknownTimeZone(AccountError):
    """There is no such zone in the IANA database."""

    code = "unknown_time_zone"


class PersonUnknown(AccountError):
    """There is no such person."""

    code = "person_unknown"


class LastOwner(AccountError):
    """The shop would be left without an owner whose access is open."""

    code = "last_owner"


class InviteRefused(AccountError):
    """The invite can't be used, by this person or by anybody; `reason` says why, to the log and not to them."""

    code = "invite_refused"


class AlreadyHere(AccountError):
    """The person has what the invite would give; it stays good for somebody else."""

    code = "already_here"


class WorksHere(AccountError):
    """The person cuts hair or sits at the desk here, or did: what they did for others stays under their name."""

    code = "works_here"
