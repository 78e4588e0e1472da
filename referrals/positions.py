"""A place in a worklist as text in an address: signed, so that nobody can probe keys with it."""

import datetime as dt

from django.core import signing

from referrals.worklist import Position

_SALT = "worklist"


def write(position: Position) -> str:
    return signing.dumps([position.due_at.isoformat(), position.key], salt=_SALT)


def read(text: str) -> Position | None:
    """Return the position, or None for the first page. :raises BadSignature: if it was changed."""
    if not text:
        return None
    due_at, key = signing.loads(text, salt=_SALT)
    return Position(dt.datetime.fromisoformat(due_at), key)
