from typing import Any, ClassVar


class AccountsError(Exception):
    """The person may not do this."""

    code: ClassVar[str] = "accounts_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class UserDisabled(AccountsError):
    """The person's access was taken away."""

    code = "user_disabled"
