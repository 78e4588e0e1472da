import email
import re
import sys
import uuid
from email import policy
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications import mailing

_MESSAGE_ID = re.compile(r"^message-id:\s*<([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)


class Command(BaseCommand):
    help = "Read a mail that came back from standard input, and switch its address off."

    def handle(self, *_args: Any, **_options: Any) -> None:
        report = email.message_from_binary_file(sys.stdin.buffer, policy=policy.default)
        for part in report.walk():
            if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
                found = _MESSAGE_ID.search(part.as_string())
                if found and mailing.record_bounce(key=str(uuid.UUID(found[1])), at=timezone.now()):
                    self.stdout.write("The address is switched off.")
                    return
        self.stdout.write("This names no mail of ours.")
