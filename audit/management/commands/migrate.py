"""Django's own `migrate`; then the database learns from the code which events there are."""

from typing import Any

from django.core.management.commands import migrate

from audit import subjects


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not options["plan"] and not options["check_unapplied"]:
            subjects.tell_the_database()
