from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from audit import verification
from audit.models import Entry

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Prove that the record is whole: bodies match, every version has its entry, nothing stuck."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        # One snapshot: a change between two checks would look like a fault.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
            faults = list(islice(verification.broken(), SHOWN))
            entries = Entry.objects.count()
        if faults:
            for fault in faults[1:]:
                self.stderr.write(fault)
            raise CommandError(f"first broken: {faults[0]}", returncode=1)
        self.stdout.write(f"The record is whole: {entries} entries verified.")
