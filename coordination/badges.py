"""Counts in the frame of the page. The apps above say what they count, in the settings."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.utils.module_loading import import_string

from coordination.access import Actor


def counts(actor: Actor) -> Mapping[str, int]:
    """Return badge -> number for a person; each is capped where it is counted."""
    counted = {}
    for name, path in settings.BADGES.items():
        count: Callable[[Actor], int] = import_string(path)
        counted[name] = count(actor)
    return counted
