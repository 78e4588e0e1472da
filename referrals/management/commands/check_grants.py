from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referrals import drift

SHOWN = 20


class Command(BaseCommand):
    help = "Compare every grant with the state it derives from."

    def handle(self, *_args: Any, **_options: Any) -> None:
        faults = list(islice(drift.drifted(), SHOWN))
        if faults:
            for fault in faults[1:]:
                self.stderr.write(fault)
            raise CommandError(f"first drift: {faults[0]}", returncode=1)
        self.stdout.write("Every grant agrees with its case or referral.")
