from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from audit import followers
from coordination.counting import reconciling

SHOWN = 20


class Command(BaseCommand):
    help = "Compare every count of the statistics with a rebuild from the record."

    def handle(self, *_args: Any, **_options: Any) -> None:
        followers.drain("count")
        # One snapshot: what is recorded meanwhile is in neither or in both.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
            found = reconciling.compare()
        for place, number, should_be in islice(found.differences, SHOWN):
            codes = "/".join(place.codes)
            self.stderr.write(
                f"{place.population} {place.month:%Y-%m} {codes} of agency {place.agency}:"
                f" {number} counted, {should_be} in the record"
            )
        if found.differences:
            raise CommandError(f"{len(found.differences)} counts differ.", returncode=1)
        if found.waiting:
            raise CommandError(f"{found.waiting} entries are not counted yet.", returncode=1)
        self.stdout.write(
            f"The counts are right: {found.compared} compared with the record,"
            f" {len(found.left_out)} months left out, of which bodies were disposed of."
        )
