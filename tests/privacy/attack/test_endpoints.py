"""What is printed, wherever it is printed: one rule, and nothing more to be had (P1 to P4)."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone, translation

from audit.record import recording_as
from coordination.actions import report_gap
from coordination.counting import measures
from coordination.counting.populations import POPULATIONS
from coordination.counting.sealed import SERVICES as SEALED
from coordination.coverage import REGIONS
from coordination.disclosure.figures import Key, Sum, place
from coordination.models import Tally
from coordination.releasing import publishing
from coordination.releasing.computing import EXPORTED, NETWORK, RULES
from coordination.releasing.periods import Period
from coordination.releasing.reading import released
from coordination.releasing.tables import TABLES
from coordination.releasing.working import earlier, figures_of
from coordination.roles import Role
from tests import database
from tests.privacy.attack import printed, test_published
from tests.privacy.attack.attacker import Score, Seen, worked_out
from tests.privacy.attack.test_published import NOW
from tests.referrals.test_api import Api
from tests.releases import release

MONTH, QUARTER = "2026-09", "2026-Q3"
ANALYST = ("office", Role.ANALYST)


def publish(name):
    with recording_as("seed"):  # the year is over
        return test_published.publish(name)


def add(codes, number):
    """Count something late, in September."""
    with database.as_role("worker"):
        Tally.objects.create(
            population="sent", month=dt.date(2026, 9, 1), codes=codes, agency=1, number=number
        )


def correct(name):
    with database.as_role("worker"), recording_as("seed"):
        return publishing.correct(period=Period.named(name), reason="recorded_late", at=NOW)


class Reader:
    """An analyst with everything in hand: pages, files, the report, the API."""

    def __init__(self, world):
        self.client = Client()
        self.client.force_login(world.user(*ANALYST))
        self.api = Api(world.token(*ANALYST))

    def names(self, period):
        return self.api.get(f"office/tables?period={period}").json()["tables"]

    def page(self, period, name, query=""):
        answer = self.client.get(f"/en/office/statistics/{period}/{name}/?{query}")
        return next(iter(printed.on_page(answer.content).values()), {})

    def take(self, period, what):
        typed = {"what": what, "purpose": "planning"}
        return self.client.post(f"/en/office/statistics/{period}/take/", typed).content

    def report(self, period, query=""):
        """Return title -> numbers of each grid, and name -> totals of each sentence."""
        address = f"/en/office/statistics/{period}/report/?purpose=planning{query}"
        answer = self.client.get(address)
        return printed.on_page(answer.content) | printed.in_sentences(answer.content)

    def gap(self, service, region):
        """Return what the page of a gap prints of releases, and what the API does."""
        page = self.client.get(f"/en/office/services/{region}/{service}/")
        said = self.api.get(f"coverage/{region}/{service}").json()
        return printed.on_gap_page(page.content), printed.in_gap(said)

    def coverage(self):
        """Return what desks offer, as the page prints it and as the API says it."""
        page = printed.on_services_page(self.client.get("/en/office/services/").content)
        return page, self.api.get("coverage").json()["results"]

    def figures(self, period, query=""):
        """Return what the API says of each figure, by its key."""
        found = {}
        populations = {table.name: table.population.name for table in TABLES}
        for name in self.names(period):
            said = self.api.get(f"office/tables/{name}?period={period}{query}").json()
            for cell in said["cells"]:
                if name in populations:
                    key = Key(populations[name], period, place(cell["at"]))
                    assert found.setdefault(key, cell["value"]) == cell["value"]
        return found


@pytest.fixture
def reader(counted):
    return Reader(counted)


def labelled(world, period, audience):
    """Return title -> numbers by label, as the reader of releases has them."""
    with world.acting(*ANALYST) as actor, translation.override("en"):
        edition = released(actor, Period.named(period), audience=audience)
        return {
            table.title: {
                (line.label, heading): (cell.times.median, cell.times.p90)
                if cell.times
                else cell.number
                for line in table.lines
                for heading, cell in zip(table.headings, line.cells, strict=True)
            }
            for table in edition.tables
        }


def totals_of(said, table):
    """Return the totals that a sentence says, where they stand in the grid that it is said for."""
    rows, columns = (list(dict.fromkeys(at[n] for at in table)) for n in (0, 1))
    sides = [title for title in dict.fromkeys(title for title, _label in said) if title]
    found = {}
    for (title, label), number in said.items():
        across = bool(title) and title == sides[-1] and label in columns
        across &= len(sides) > 1 or label not in rows
        at = (rows[-1], label) if across else (label if title else rows[-1], columns[-1])
        found[at] = number
    return found


TIMES = {
    ("peel", "urgent"): [95] * 12,
    ("peel", "crisis"): [30] * 10,
    ("ottawa", "urgent"): [100] * 25,
    ("ottawa", "planned"): [4020] * 20,
}
"""Acceptances: cells that are told, one that is not, and margins."""


def test_every_place_prints_one_number_or_hides_it(counted, reader, monkeypatch):
    monkeypatch.setattr(measures, "times_to_accept", lambda _of: TIMES)
    publish(MONTH)
    publish(QUARTER)
    compared = mismatched = 0
    for period in (MONTH, QUARTER):
        inside, outside = (labelled(counted, period, a) for a in (NETWORK, EXPORTED))
        book, report = printed.in_workbook(reader.take(period, "xlsx")), reader.report(period)
        assert book.keys() == outside.keys()
        for name, title in zip(reader.names(period), inside, strict=True):
            page, file = reader.page(period, name), printed.in_csv(reader.take(period, name))
            paper = report.get(title) or totals_of(report.get(name, {}), outside[title])
            for at, number in outside[title].items():
                said = {file[at], book[title][at], paper.get(at)} | {number}
                mismatched += page[at] != inside[title][at]
                mismatched += number not in {None, page[at]}
                mismatched += bool(said - {number, None}) or file[at] != number
                mismatched += book[title][at] != number
                mismatched += number is not None and paper.get(at) != number
                compared += 6
    print(f"{compared} numbers compared, mismatched {mismatched}")
    assert not mismatched
    assert compared > 3000
    times = outside["Time to accept"]
    assert times["Peel", "All urgencies"] == (95, 95)
    assert times["All teams", "All urgencies"] == (100, 4020)
    with counted.acting(*ANALYST) as actor:
        edition = released(actor, Period.named(QUARTER), audience=EXPORTED)
        expected = {
            Key(table.population.name, QUARTER, place(dict(at))): value
            for table in TABLES
            if (shown := edition.table(table.name))
            for at, value in shown.values.items()
        }
    assert reader.figures(QUARTER) == expected
    frame = reader.client.get("/en/counts/").content.decode()
    assert not re.findall(r"\d", re.sub(r"<[^>]*>", "", frame)), "badges count own notices alone"


def test_the_page_of_a_gap_and_coverage_print_what_was_released_and_count_nobody_else(
    counted, reader
):
    publish(QUARTER)
    services = ("dental", "mental_health", "emergency_shelter", *SEALED)
    with counted.acting(*ANALYST) as actor:
        inside, outside = (
            released(actor, Period.named(QUARTER), audience=each) for each in (NETWORK, EXPORTED)
        )
    compared = shown = 0
    before = reader.coverage()
    for service in services:
        for region in REGIONS:
            at = {"service": service, "receiver": region}
            page, said = reader.gap(service, region)
            for edition, told, name in (
                (inside, page, inside.title),
                (outside, said, QUARTER),
            ):
                cells = [edition.table(each).cell(**at) for each in ("requested", "unmet")]
                assert told == {name: tuple(each.number for each in cells)}
                compared += 2
                shown += sum(not each.is_hidden for each in cells)
    print(f"{compared} numbers of gaps compared, {shown} of them shown")
    assert shown
    with recording_as("live"), counted.acting("peel-cas") as actor:
        for service in services:
            report_gap(actor=actor, service=service, region="north", at=timezone.now())
    add(["east", "north"], 60)
    assert reader.coverage() == before, "who looked for it, and how often, changes nothing live"
    assert reader.gap("dental", "north")[0].keys() == {inside.title}


def test_a_case_more_changes_nothing_anywhere_until_it_is_a_correction(counted, reader):
    def everywhere(query=""):
        figures = reader.figures(MONTH, query)
        return [reader.page(MONTH, "flow", query), figures, reader.report(MONTH, query)]

    publish(MONTH)
    before = everywhere()
    add(["east", "north"], 60)
    assert everywhere() == before
    correct(MONTH)
    assert everywhere() != before
    assert everywhere("&version=1") == before, "the first version stays as it was"


def test_a_thousand_equal_questions_have_one_answer(world):
    release(MONTH)
    reader = Reader(world)
    queries = ("", "&version=1", "&version=001", "&compare=before")
    pages = {str(reader.page(MONTH, "flow", query)) for _ in range(10) for query in queries}
    address = f"office/tables/flow?period={MONTH}"
    said = {reader.api.get(address + query).content for _ in range(10) for query in queries}
    with world.acting(*ANALYST) as actor:
        read = {str(released(actor, Period.named(MONTH)).table("flow").values) for _ in range(920)}
    print(f"1000 questions, distinct answers {len(pages)}, {len(said)}, {len(read)}")
    assert len(pages) == len(said) == len(read) == 1


@pytest.mark.slow
def test_nothing_hidden_can_be_worked_out_from_what_the_api_and_a_correction_print(counted, reader):
    """Recorded late means that nothing became less: the attacker knows that too."""
    publish(MONTH)
    first = reader.figures(MONTH)
    with database.as_role("worker"):
        rows = list(Tally.objects.filter(month=dt.date(2026, 9, 1)).order_by("pk"))[::7]
        Tally.objects.bulk_create(
            Tally(population=r.population, month=r.month, codes=r.codes, agency=r.agency, number=1)
            for r in rows
        )
    correct(MONTH)
    second, score = reader.figures(MONTH), Score()
    assert first == reader.figures(MONTH, "&version=1"), "the first is still there to be seen"
    assert first != second
    with database.as_role("worker"):
        known, rules = earlier(without=Period.named("2020")), RULES[EXPORTED]
        for population in (POPULATIONS["sent"], POPULATIONS["begun"]):
            sums = figures_of(population, Period.named(MONTH), known).sums
            seen = both(population.name, first, second, sums, rules)
            found = worked_out([seen], enough=rules.width)[0]
            told = {key: ends for key, ends in found.items() if hidden_twice(key, first, second)}
            score.add(seen, told, rules.width)
    print("a correction", score)
    assert (score.pinned, score.narrow) == (0, 0)
    assert score.hidden


OLD, MORE = "before", "more"
"""Of a correction: the period as it was; and what was added to each figure, which may be nothing."""


def both(population, first, second, sums, rules):
    """Return two versions as one thing to attack: the second is the first and what was added."""
    figures, all_sums = {}, []
    for key, value in second.items():
        if key.population == population:
            old, more = key._replace(period=OLD), Key(MORE, population, key.at)
            figures |= {key: value, old: first[key], more: None}
            all_sums.append(Sum(key, (old, more)))
    for each in sums:
        parts = tuple(part._replace(period=OLD) for part in each.parts)
        all_sums += [each, Sum(each.total._replace(period=OLD), parts)]
    return Seen(figures, tuple(all_sums), rules)


def hidden_twice(key, first, second):
    if key.population == MORE:
        return False
    now = key._replace(period=MONTH)
    return first[now] is None and second[now] is None
