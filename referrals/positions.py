"""A place in a worklist as text in an address."""

import datetime as dt

from coordination import cursors
from coordination.cursors import BadCursor
from referrals.filters import Sort
from referrals.worklist import Position


def write(position: Position, sort: Sort = Sort.DUE) -> str:
    value = position.value
    text = value.isoformat() if isinstance(value, dt.datetime) else value
    return cursors.seal([str(sort), text, position.key])


def read(text: str, sort: Sort = Sort.DUE) -> Position | None:
    """
    Return the position, or None for the first page.

    :raises BadCursor: if it was changed, or is a place in another order.
    """
    if not text:
        return None
    of, value, key = cursors.unseal(text)
    if of != sort:
        raise BadCursor
    return Position(dt.datetime.fromisoformat(value) if sort == Sort.DUE else value, key)
