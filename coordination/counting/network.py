"""Desks, as they are looked up when something is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from coordination.models import Desk

_known: ContextVar[dict[int | str, Desk] | None] = ContextVar("desks of one pass", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Look each desk up once inside: in one pass over the record, not in a worker's whole life."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def desk_of(named: int | str) -> Desk:
    """Return a desk by its key or its slug, with its agency and its team."""
    known = _known.get()
    if known is not None and named in known:
        return known[named]
    by = {"slug": named} if isinstance(named, str) else {"pk": named}
    desk = Desk.objects.select_related("agency", "team").get(**by)
    if known is not None:
        known[named] = desk
    return desk
