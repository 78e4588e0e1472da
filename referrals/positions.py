"""A place in a worklist as text in an address: signed, so that nobody can probe keys with it."""

import datetime as dt

from django.core import signing

from referrals.filters import Sort
from referrals.worklist import Position

_SALT = "worklist"


def write(position: Position, sort: Sort = Sort.DUE) -> str:
    value = position.value
    text = value.isoformat() if isinstance(value, dt.datetime) else value
    return signing.dumps([str(sort), text, position.key], salt=_SALT)


def read(text: str, sort: Sort = Sort.DUE) -> Position | None:
    """
    Return the position, or None for the first page.

    :raises BadSignature: if it was changed, or is a place in another order.
    """
    if not text:
        return None
    of, value, key = signing.loads(text, salt=_SALT)
    if of != sort:
        raise signing.BadSignature
    return Position(dt.datetime.fromisoformat(value) if sort == Sort.DUE else value, key)
