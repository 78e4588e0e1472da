"""A year of counts, to publish releases of."""

import datetime as dt
import random
from collections import Counter

import pytest
from django.db import transaction

from audit import followers
from coordination.counting.populations import POPULATIONS
from coordination.models import Agency, Tally
from tests import database


@pytest.fixture
def counted(world):
    """Counts of a year, as if they had been followed: some codes are frequent, most are rare."""
    chance = random.Random(5)
    with database.as_role("worker"), transaction.atomic():
        agencies = list(Agency.objects.values_list("pk", flat=True))
        rows: Counter[tuple] = Counter()
        for population in POPULATIONS.values():
            for month in range(1, 13):
                for _ in range(60):
                    codes = [
                        chance.choices(each.codes, [1 / (n + 1) for n in range(len(each.codes))])[0]
                        for each in population.dimensions
                    ]
                    rows[population.name, month, tuple(codes), chance.choice(agencies)] += (
                        chance.choice((1, 1, 3, 9))
                    )
        Tally.objects.bulk_create(
            Tally(
                population=population,
                month=dt.date(2026, month, 1),
                codes=list(codes),
                agency=agency,
                number=number,
            )
            for (population, month, codes, agency), number in rows.items()
        )
        followers.drain("count")
    return world
