"""Work that is owed by time and not by an entry: swept every few seconds, by rows that are due."""

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


def sweep(name: str) -> int:
    """Do what one of `settings.SWEEPS` finds due now, and return how much it was."""
    return int(import_string(settings.SWEEPS[name])(at=timezone.now()))
