"""The directory of real organizations: read from CSV, whole or not at all."""

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.text import slugify

from audit.record import record
from audit.verbs import Verb
from coordination import vocabularies
from coordination.models import Agency

DATA = Path(__file__).resolve().parent.parent / "data"
DIRECTORY = DATA / "directory.csv"
COLUMNS = ("name_en", "name_fr", "kind", "region", "city")
_LENGTHS = {"name_en": 200, "name_fr": 200, "city": 80}

PRIVACY_REGIMES = {
    "police": "mfippa",
    "police_first_nation": "none",
    "cas": "cyfsa_part_x",
    "cas_indigenous": "cyfsa_part_x",
    "care_unit": "mfippa",
    "vwap": "fippa",
    "health": "phipa",
    "government": "fippa",
}
"""Defaults by kind, to be confirmed by each agency; kinds that are not named have none."""

PROVINCIAL_REGIMES = {"police": "fippa"}
"""Kinds whose provincial agency stands under another act than the municipal ones: the OPP."""


class BadRows(ValueError):
    """Rows that cannot be loaded; `reasons` names each with its line."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Loaded:
    created: int
    changed: int
    total: int


@transaction.atomic
def load_directory(path: Path = DIRECTORY, *, at: dt.datetime) -> Loaded:
    """
    Create and update agencies from a CSV with the columns of `COLUMNS`; again changes nothing.

    :raises BadRows: naming every bad row with its line; then nothing of the file is loaded.
    """
    rows = _read(path)
    known = {agency.slug: agency for agency in Agency.objects.filter(source="directory")}
    created = changed = 0
    for slug, fields in rows.items():
        agency = known.get(slug)
        if agency is None:
            Agency.objects.create(slug=slug, source="directory", **fields)
            created += 1
        elif any(getattr(agency, name) != value for name, value in fields.items()):
            Agency.objects.filter(pk=agency.pk).update(**fields)
            changed += 1
    if created or changed:
        data = {"created": created, "changed": changed}
        record(Verb.NETWORK_LOADED, subject="network:directory", at=at, data=data)
    return Loaded(created=created, changed=changed, total=len(rows))


def _read(path: Path) -> dict[str, dict[str, object]]:
    reasons: list[str] = []
    rows: dict[str, dict[str, object]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise BadRows([f"line 1: the columns must be {', '.join(COLUMNS)}"])
            for row in reader:
                slug = slugify(row["name_en"] or "")[:80]
                wrong = _wrong(row) or (["the name stands twice"] if slug in rows else [])
                if wrong:
                    reasons.append(f"line {reader.line_num}: {', '.join(wrong)}")
                else:
                    rows[slug] = _fields(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRows([f"the file cannot be read as CSV in UTF-8: {error}"]) from error
    if reasons:
        raise BadRows(reasons)
    return rows


def _wrong(row: dict[str, str]) -> list[str]:
    if None in row or None in row.values():
        return [f"not {len(COLUMNS)} columns"]
    wrong = [] if row["name_en"].strip() else ["name_en is missing"]
    wrong += [f"{name} is too long" for name, most in _LENGTHS.items() if len(row[name]) > most]
    if row["kind"] not in vocabularies.codes("organisation_kind"):
        wrong.append(f"unknown kind {row['kind']!r}")
    if row["region"] not in vocabularies.codes("region"):
        wrong.append(f"unknown region {row['region']!r}")
    return wrong


def _fields(row: dict[str, str]) -> dict[str, object]:
    kind = vocabularies.entry("organisation_kind", row["kind"])
    return {
        **{name: row[name].strip() for name in COLUMNS},
        # Many organizations have a name in one language only: it is their name in both.
        "name_fr": row["name_fr"].strip() or row["name_en"].strip(),
        "police_involved": bool(kind.extra["police_involved"]),
        "privacy_regime": _privacy_regime(row["kind"], row["region"]),
    }


def _privacy_regime(kind: str, region: str) -> str:
    if region == "provincial" and kind in PROVINCIAL_REGIMES:
        return PROVINCIAL_REGIMES[kind]
    return PRIVACY_REGIMES.get(kind, "none")
