"""Django's own `migrate`; then the database learns which events and codes there are."""

from typing import Any

from django.core.management.commands import migrate

from audit import subjects
from coordination import known_codes


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not options["plan"] and not options["check_unapplied"]:
            subjects.tell_the_database()
            known_codes.tell_the_database()
