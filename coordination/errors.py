"""
Refusals: every rule-based "no", named for the fact.

Each has a sentence for the reader that says what to do, in the language of the reader.
"""

from collections.abc import Sequence

from django.utils.functional import Promise


class Refused(Exception):
    """The base of every rule-based refusal; `field` names the input that was wrong, if one was."""

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(Refused):
    """The role, or the side of the referral, does not have this verb: 403."""


class WrongStatus(Refused):
    """Allowed, but not now: 409. `allowed` are the verbs that this person may use now."""

    def __init__(self, message: str | Promise, *, allowed: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allowed = list(allowed)


class Stale(Refused):
    """Somebody changed the record since it was read: 412."""


class Invalid(Refused):
    """The input breaks a rule of the network: 400 and an error at the field."""
