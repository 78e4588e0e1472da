"""
The tables of the privacy pack, drawn from the tables that the code itself obeys.

Why a column is kept stands in `coordination/data/purposes.json`; the rest is read from roles, facts
and models, so that the pack cannot say something else than the code does.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.utils import translation

from cases.facts import HARMFUL_FLAGS, LEAD_FACTS, TASK_FACTS
from coordination import vocabularies
from coordination.roles import ROLE_PERMISSIONS

APPS = ("audit", "cases", "coordination", "notifications", "referrals")
PURPOSES = Path(vocabularies.__file__).parent / "data" / "purposes.json"
BEGIN, END = "<!-- from the code: begin -->", "<!-- from the code: end -->"


def columns() -> Iterator[str]:
    """Yield each column of Relay's own tables but their keys, as `app.model.column`."""
    for model in apps.get_models():
        if model._meta.app_label in APPS:
            for field in model._meta.local_fields:
                if field.name != "id":
                    yield f"{model._meta.label_lower}.{field.name}"


def explained() -> Iterator[str]:
    """Yield each column that has a line."""
    for line in _lines():
        yield from line["columns"]


def fields() -> str:
    """Return why each column is kept, as a table."""
    head = [
        "| columns | purpose | who sees it | ground | kept | sensitivity |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(
        head
        + [
            f"| {_named(line['columns'])} | {line['purpose']} | {line['who']} | {line['basis']}"
            f" | {line['kept']} | {line['sensitivity']} |"
            for line in _lines()
        ]
    )


def access() -> str:
    """Return which role may do what, and which service sees which fact, as tables."""
    roles = list(ROLE_PERMISSIONS)
    permissions = sorted(set().union(*ROLE_PERMISSIONS.values()))
    with translation.override("en"):
        lines = [
            "### Role by permission",
            "",
            f"| may | {' | '.join(roles)} |",
            f"|---{'|---' * len(roles)}|",
            *(
                f"| `{each}` | "
                + " | ".join("yes" if each in ROLE_PERMISSIONS[role] else "" for role in roles)
                + " |"
                for each in permissions
            ),
            "",
            "### Fact by reader",
            "",
            "| fact | lead desk | receiver of a referral | police-involved receiver |",
            "|---|---|---|---|",
            *(f"| {_words(fact)} | yes | {_received(fact)} |" for fact in TASK_FACTS),
            *(f"| {_words(fact)} | yes | no | no |" for fact in LEAD_FACTS),
            "",
            "### Flags that can harm, by service",
            "",
            "| flag | seen for these services only |",
            "|---|---|",
            *(
                f"| {vocabularies.label('safety_flag', flag)} | "
                + ", ".join(sorted(vocabularies.label("service_need", s) for s in services))
                + " |"
                for flag, services in HARMFUL_FLAGS.items()
            ),
        ]
    return "\n".join(lines)


DOCUMENTS = {"fields.md": fields, "access.md": access}


def put_into(text: str, table: str) -> str:
    """Return a document with the table between its two marks."""
    return f"{text.split(BEGIN, maxsplit=1)[0]}{BEGIN}\n{table}\n{END}{text.split(END)[1]}"


def _received(fact: str) -> str:
    if fact == "safety_flags":
        return "those that the service needs | those that cannot harm"
    return "of its own services | of its own services" if fact == "needs" else "yes | yes"


def _words(fact: str) -> str:
    return fact.replace("_", " ")


def _named(names: list[str]) -> str:
    tables: dict[str, list[str]] = {}
    for name in names:
        table, _, column = name.rpartition(".")
        tables.setdefault(table, []).append(column)
    return "; ".join(f"**{table}** {', '.join(found)}" for table, found in tables.items())


def _lines() -> list[dict[str, list[str]]]:
    found: list[dict[str, list[str]]] = json.loads(PURPOSES.read_text(encoding="utf-8"))["lines"]
    return found
