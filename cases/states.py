"""The life cycle of a case. Closing, follow-up and hand-offs come with their own issues."""

from enum import StrEnum


class Status(StrEnum):
    """Labels: vocabulary `case_status`."""

    OPEN = "open"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
