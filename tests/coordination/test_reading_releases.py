"""A release is read in one way: what is shown, what is hidden, and by whom."""

import pytest
from django.utils import translation

from coordination.models import Release, ReleaseRefused
from coordination.releasing.computing import EXPORTED, NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.reading import editions, read, refused, released
from coordination.releasing.shown import Times
from coordination.releasing.wording import period_in_words
from coordination.roles import Role
from tests import database
from tests.releases import NOW, release, stored

QUARTER = Period.named("2026-Q3")


@pytest.fixture(autouse=True)
def _in_english():
    """A page that was read before leaves its language behind."""
    with translation.override("en"):
        yield


def test_each_audience_is_shown_its_own_figures_and_what_is_hidden_has_no_number(db):
    inside = read(stored(), QUARTER, NETWORK)[0]
    outside = read(stored(), QUARTER, EXPORTED)[0]
    assert inside.cell(sender="east", receiver="north").number == 15
    hidden = outside.cell(sender="east", receiver="north")
    assert (hidden.is_hidden, hidden.number, hidden.words) == (
        True,
        None,
        "hidden to protect people",
    )
    assert outside.cell().number == outside.cell(sender="").number == 1240
    assert inside.cell(sender="north", receiver="north").is_hidden, "what was not released"


def test_a_table_is_printed_with_its_margins_and_in_the_readers_language(db):
    flow, volume, _times = read(stored(), QUARTER, NETWORK)
    assert flow.headings == ["East", "North", "Total"]
    assert [(line.label, [cell.number for cell in line.cells]) for line in flow.lines] == [
        ("East", [None, 15, 1200]),
        ("North", [None, None, None]),
        ("Total", [None, 40, 1240]),
    ]
    assert [[cell.number for cell in line.cells] for line in volume.lines] == [[None], [40], [1240]]
    with translation.override("fr"):
        assert flow.headings == ["Est", "Nord", "Total"]
        assert flow.cell().words == "1\N{NO-BREAK SPACE}240"
    assert flow.cell().words == "1,240"


def test_times_have_no_margins_and_teams_without_a_figure_are_not_told(world):
    times = read(stored(), QUARTER, NETWORK)[2]
    assert times.headings == ["Crisis - respond within 12 hours", "Planned - respond within 7 days"]
    (line,) = times.lines
    assert (line.label, [cell.times for cell in line.cells]) == ("Peel", [Times(95, 600), None])


def test_the_last_version_stands_and_says_why_and_the_earlier_can_still_be_read(world):
    release(tables=stored()[:1])
    release(version=2, reason="recorded_late", tables=stored())
    release(period="2026-07", tables=stored())
    with world.acting("office", Role.ANALYST) as actor:
        edition = released(actor, QUARTER)
        assert (edition.version.number, edition.version.reason) == (2, "recorded_late")
        assert [each.number for each in edition.earlier] == [1]
        assert len(edition.tables) == 3
        assert len(released(actor, QUARTER, version=1).tables) == 1
        assert released(actor, QUARTER, version=3) is None
        assert released(actor, QUARTER.before) is None
        assert [each.period.name for each in editions(actor)] == ["2026-Q3", "2026-07"]


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        (("office", Role.ANALYST), True),
        (("office", Role.COORDINATOR), True),
        (("office", Role.AUDITOR), True),
        (("office", Role.DATA_STEWARD), False),
        (("peel-cas", Role.LEAD), False),
        (("peel-cas", Role.AGENCY_ADMIN), False),
    ],
)
def test_the_office_reads_them_and_nobody_else_in_the_database_neither(world, who, reads):
    release(tables=stored())
    with database.as_role("worker"):
        ReleaseRefused.objects.create(period="2026-08", refused_at=NOW)
    with world.acting(*who) as actor:
        assert (released(actor, QUARTER) is not None) == reads
        assert refused(actor) == ([(Period.named("2026-08"), NOW)] if reads else [])
        assert Release.objects.exists() == reads
        assert ReleaseRefused.objects.exists() == reads


@pytest.mark.parametrize(
    ("name", "before", "year"),
    [
        ("2026-01", "2025-12", "2025-01"),
        ("2026-Q1", "2025-Q4", "2025-Q1"),
        ("2026-Q3", "2026-Q2", "2025-Q3"),
        ("2026", "2025", "2025"),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_that_of_a_year_before(name, before, year):
    period = Period.named(name)
    assert (period.before.name, period.a_year_before.name) == (before, year)
    assert period.before == Period.named(before)


@pytest.mark.parametrize(
    ("name", "english", "french"),
    [
        ("2026-07", "July 2026", "juillet 2026"),
        ("2026-Q3", "July to September 2026", "juillet à septembre 2026"),
        ("2026", "2026", "2026"),
    ],
)
def test_a_period_is_said_in_words(name, english, french):
    with translation.override("en"):
        assert period_in_words(Period.named(name)) == english
    with translation.override("fr"):
        assert period_in_words(Period.named(name)) == french
