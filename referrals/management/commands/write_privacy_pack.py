from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from referrals.privacy_pack import DOCUMENTS, put_into

_DOCS = Path(__file__).resolve().parents[3] / "docs" / "privacy"


class Command(BaseCommand):
    help = "Write the tables of docs/privacy/ from the code's own."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name, table in DOCUMENTS.items():
            document = _DOCS / name
            text = put_into(document.read_text(encoding="utf-8"), table())
            document.write_text(text, encoding="utf-8")
            self.stdout.write(name)
