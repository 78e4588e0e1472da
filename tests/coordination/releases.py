"""Releases as they are stored, with figures that a test chooses."""

import datetime as dt
from collections.abc import Callable

from coordination import vocabularies
from coordination.models import Release
from coordination.releasing.computing import places
from coordination.releasing.periods import Period
from coordination.releasing.tables import TABLES, populations_of
from tests import database

NOW = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)
TEAMS = ("north", "ottawa", "peel")

Figure = Callable[[str, dict[str, str]], int | None]
"""Table and place -> what the network is shown; exports are shown nothing below 20."""


def release(period: str, figure: Figure, *, times: dict[str, tuple[int, int]] | None = None):
    """Store all tables of a period, and the times of urgent referrals of some teams."""
    tables = [
        {
            "name": table.name,
            "dimensions": [
                {"name": name, "vocabulary": table.vocabulary(name), "codes": list(codes)}
                for name, codes in table.dimensions.items()
            ],
            "cells": [_cell(at, figure(table.name, at)) for at in places(table.dimensions)],
        }
        for table in TABLES
        if table.population in populations_of(Period.named(period))
    ]
    with database.as_role("worker"):
        return Release.objects.create(
            period=period, published_at=NOW, tables=[*tables, _times(times or {})], digest="0" * 64
        )


def _cell(at, number):
    exported = number if number is None or number >= 20 else None
    return {"at": at, "network": number, "exported": exported}


def _times(times):
    cells = []
    for team in TEAMS:
        said = dict(zip(("median", "p90"), times[team], strict=True)) if team in times else None
        at = {"team": team, "urgency": "urgent"}
        cells.append({"at": at, "network": said, "exported": said})
    return {
        "name": "time_to_accept",
        "dimensions": [
            {"name": "team", "vocabulary": "", "codes": list(TEAMS)},
            {
                "name": "urgency",
                "vocabulary": "urgency",
                "codes": list(vocabularies.codes("urgency")),
            },
        ],
        "cells": cells,
    }
