"""
Open and sealed tables together in one hand: nothing hidden in either is found with the other.

The attacker knows that what is sealed is a part of what is open, by region.
"""

import datetime as dt
import random
from collections import Counter

import pytest
from django.db import transaction

from audit import followers
from audit.record import recording_as
from coordination.counting.populations import POPULATIONS
from coordination.counting.sealed import SEALED
from coordination.disclosure.figures import Key, Sum, place
from coordination.models import Agency, Release, SealedTable, Stewardship, Tally
from coordination.releasing import depositing, publishing
from coordination.releasing.computing import RULES
from coordination.releasing.periods import Period
from coordination.releasing.stewarded import STEWARDED
from coordination.releasing.working import earlier, figures_of
from tests import database
from tests.privacy.attack.attacker import Score, Seen, worked_out
from tests.privacy.attack.test_published import NOW, printed

QUARTER = Period.named("2026-Q3")
SIZES = {"small": (1, 1, 3), "large": (3, 9, 20)}


def tallies(chance, sizes):
    """Yield counts of a quarter: each sealed one is counted among the open ones too."""
    regions = {"north": ["north"], "rest": ["central", "east", "toronto", "west"]}
    for population in POPULATIONS.values():
        for _ in range(90):
            codes = [
                chance.choices(each.codes, [1 / (n + 1) for n in range(len(each.codes))])[0]
                for each in population.dimensions
            ]
            yield population.name, codes, chance.choice(sizes)
    for table in STEWARDED:
        for _ in range(14):
            codes = [chance.choice(each.codes) for each in table.population.dimensions]
            number = chance.choice(sizes)
            yield table.population.name, codes, number
            for whole in table.wholes:
                where = {whole.region or "region": chance.choice(regions[codes[-1]])}
                open_codes = [
                    {**whole.at, **where}.get(each.name, each.codes[0])
                    for each in POPULATIONS[whole.population].dimensions
                ]
                yield whole.population, open_codes, number


@pytest.fixture(params=SIZES)
def sealed(request, world):
    chance = random.Random(11)
    with recording_as("seed"), database.as_role("worker"), transaction.atomic():
        agencies = list(Agency.objects.values_list("pk", flat=True))
        rows: Counter[tuple] = Counter()
        for population, codes, number in tallies(chance, SIZES[request.param]):
            rows[population, tuple(codes), chance.choice(agencies)] += number
        Tally.objects.bulk_create(
            Tally(population=p, month=dt.date(2026, 8, 1), codes=list(c), agency=a, number=n)
            for (p, c, a), n in rows.items()
        )
        followers.drain("count")
    with recording_as("seed"), database.as_role("worker"):
        publishing.publish(period=QUARTER, at=NOW)
        assert depositing.seal_due(at=NOW) == 1
        assert depositing.seal_due(at=NOW) == 0, "once"
    return request.param


def together(table, audience, figures):
    """Return what an attacker with both in hand sees of one sealed table, and all that adds up."""
    with database.as_role("worker"):
        known = earlier(without=Period.named("2020"))
        content = SealedTable.objects.get(name=table.name).content
    seen, sums = {}, []
    for population in {whole.population for whole in table.wholes}:
        linked = figures_of(POPULATIONS[population], QUARTER, known)
        seen |= {key: figures.get(key) for key in linked.counts}
        sums += linked.sums
    name = table.population.name
    cells = {Key(name, QUARTER.name, place(c["at"])): c[audience] for c in content["cells"]}
    dimensions = {each.name: each.codes for each in table.population.dimensions}
    for key in cells:
        for dimension in dimensions.keys() - dict(key.at).keys():
            parts = [
                Key(name, QUARTER.name, place({**dict(key.at), dimension: code}))
                for code in dimensions[dimension]
            ]
            sums.append(Sum(key, tuple(parts)))
    rests = {}
    for number, whole in enumerate(table.wholes):
        for wide in ("north", "rest") if whole.region else ("",):
            at = {"region": wide} if wide else {}
            total = Key(f"wide {number}", QUARTER.name, place(at))
            rest = Key(f"others {number}", QUARTER.name, place(at))
            regions = [
                code
                for each in POPULATIONS[whole.population].dimensions
                for code in (each.codes if each.name == whole.region else ())
                if (code == "north") == (wide == "north")
            ]
            open_ones = [{**whole.at, whole.region: r} for r in regions] or [whole.at]
            parts = [Key(whole.population, QUARTER.name, place(o)) for o in open_ones]
            sums.append(Sum(total, tuple(parts)))
            sums.append(Sum(total, (Key(name, QUARTER.name, place(at)), rest)))
            rests |= {total: None, rest: None}
    return cells, Seen({**seen, **cells, **rests}, tuple(sums), RULES[audience]), rests


@pytest.mark.slow
def test_nothing_hidden_in_either_is_found_with_both(sealed):
    with database.as_role("worker"):
        prints = {audience: printed(audience) for audience in RULES}
    shown = 0
    for audience, rules in RULES.items():
        score = Score()
        for table in STEWARDED:
            cells, seen, rests = together(table, audience, prints[audience])
            found = worked_out([seen], enough=rules.width)[0]
            told = {key: ends for key, ends in found.items() if key not in rests}
            score.add(seen, told, rules.width)
            shown += sum(value is not None for value in cells.values())
        print(sealed, audience, score, "sealed cells shown so far", shown)
        assert (score.pinned, score.narrow) == (0, 0)
    assert shown
    look_at_what_was_sealed()


def look_at_what_was_sealed():
    """Each is sealed, hides at least the floors, and shows exports what the network sees or less."""
    with database.as_role("worker"):
        assert {each.name for each in SealedTable.objects.all()} == {t.name for t in STEWARDED}
        assert not Stewardship.objects.exclude(status="sealed").exists()
        open_ones = {table["name"] for table in Release.objects.get().tables}
        for table in SealedTable.objects.all():
            assert table.name not in open_ones
            for cell in table.content["cells"]:
                assert cell["exported"] in {None, cell["network"]}
                assert cell["exported"] is None or cell["exported"] >= 20
                assert cell["network"] is None or cell["network"] >= 10
    assert not SEALED.keys() & POPULATIONS.keys(), "a population of its own"
