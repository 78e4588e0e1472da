"""The life of a mail that is owed, as data."""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """Labels: vocabulary `delivery_status`."""

    WAITING = "waiting"
    SENT = "sent"
    VOID = "void"
    """The notice was dealt with before, or the person has left: nothing to say any more."""

    FAILED = "failed"
    """The address refuses it, or the mail server was away for days."""
