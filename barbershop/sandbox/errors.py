"""Refusals in Telegram's own words, so that a bot sees here what it would see there."""


class ApiError(Exception):
    """The Bot API said no: `code` and `description` go into the answer as they are."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
OTHER_WEBHOOK = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


def bad_request(text: str) -> ApiError:
    return ApiError(400, f"Bad Request: {text}")


def blocked() -> ApiError:
    return ApiError(403, "Forbidden: bot was blocked by the user")


def conflict(text: str) -> ApiError:
    return ApiError(409, text)


def too_many_requests(seconds: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def too_large() -> ApiError:
    return ApiError(413, "Request Entity Too Large")
