"""Releases made by hand, for tests of how they are read: what is in them nobody counted."""

import datetime as dt

from coordination.models import Release
from coordination.releasing.computing import EXPORTED
from coordination.releasing.showing import shown_to
from coordination.releasing.signing import digest_of, public_key, sign
from tests import database

NOW = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)


def both(network, exported):
    return {"network": network, "exported": exported}


def stored():
    """Return three tables as they are stored: of two dimensions, of one, and of times."""
    region = {"name": "receiver", "vocabulary": "region", "codes": ["east", "north"]}
    return [
        {
            "name": "flow",
            "dimensions": [{**region, "name": "sender"}, region],
            "cells": [
                {"at": {}, **both(1240, 1240)},
                {"at": {"sender": "east"}, **both(1200, 1200)},
                {"at": {"receiver": "north"}, **both(40, None)},
                {"at": {"sender": "east", "receiver": "north"}, **both(15, None)},
            ],
        },
        {
            "name": "volume",
            "dimensions": [region],
            "cells": [
                {"at": {}, **both(1240, 1240)},
                {"at": {"receiver": "north"}, **both(40, 40)},
            ],
        },
        {
            "name": "time_to_accept",
            "dimensions": [
                {"name": "team", "vocabulary": "", "codes": ["north", "peel"]},
                {"name": "urgency", "vocabulary": "urgency", "codes": ["crisis", "planned"]},
            ],
            "cells": [
                {
                    "at": {"team": "peel", "urgency": "crisis"},
                    **both({"median": 95, "p90": 600}, {"median": 95, "p90": 600}),
                },
                {"at": {"team": "north", "urgency": "crisis"}, **both(None, None)},
            ],
        },
    ]


def release(period="2026-Q3", version=1, reason="", tables=None):
    tables = stored() if tables is None else tables
    said = {"period": period, "version": version, "reason": reason}
    digest = digest_of({**said, "tables": tables})
    exported = digest_of({**said, "tables": shown_to(EXPORTED, tables)})
    with database.as_role("worker"):
        return Release.objects.create(
            **said, published_at=NOW, tables=tables,
            digest=digest, signature=sign(digest),
            exported_digest=exported, exported_signature=sign(exported), public_key=public_key(),
        )  # fmt: skip
