"""The Office's overview: what was released of a period, in findings that the figures carry."""

import re

import pytest
from django.test import Client

from coordination.overview import findings
from coordination.overview.choosing import choose
from coordination.roles import Role
from tests.coordination.releases import release

ANALYST = ("office", Role.ANALYST)
OF_REGIONS = {"central": 245, "east": 120, "north": 15, "toronto": 65}
TIMES = {"north": (600, 2900), "ottawa": (95, 700)}


def figure(name, at):
    """Return figures of which one in three is hidden, and all zeros of persons."""
    if name == "volume":
        return OF_REGIONS.get(at["receiver"]) if at else 445
    if not at:
        return 400
    if len(at) == 1:
        return {"1": 230, "within_1_day": 110, "emergency_shelter": 85, "active": 40}.get(
            next(iter(at.values())), 65 if "sender" in at or "receiver" in at else None
        )
    if at == {"reason": "no_capacity", "kind": "police"}:
        return 25
    return 15 if at.get("sender") == at.get("receiver") == "east" else None


@pytest.fixture
def quarters(world):
    release("2026-Q3", figure, times=TIMES)
    release("2026-Q2", lambda name, at: 400 if not at else None, times={"north": (500, 2000)})
    release("2026-09", figure)
    return world


def reading(world, desk="office", role=Role.ANALYST):
    client = Client()
    client.force_login(world.user(desk, role))
    return client


def text(answer):
    """Return what a page says, in one line, its hard spaces as any other."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_office_begins_with_its_overview_of_the_last_quarter(quarters):
    page = reading(quarters).get("/en/", follow=True)
    assert page.resolver_match.view_name == "coordination:overview"
    said = text(page)
    assert "July to September 2026 · compared with April to June 2026" in said
    assert "Referrals sent 445 Up 45 (11%)" in said
    assert "Central received about 55% of referrals" in said
    assert "In 1 of 2 teams shown, one in ten waits longer than the standard" in said
    assert "About 58% were served by the first desk asked" in said


def test_a_count_that_is_shown_as_less_than_the_threshold_is_explained(quarters):
    analyst = reading(quarters)
    assert "So 11 is shown as 10." in text(analyst.get("/en/office/overview/"))
    assert "Ainsi, 11 s’affiche comme 10." in text(analyst.get("/fr/office/overview/"))


def test_what_is_hidden_is_said_to_be_and_drawn_as_nothing_else(quarters):
    page = reading(quarters).get("/en/office/overview/").content.decode()
    volume = page.partition('aria-labelledby="c-volume"')[2].partition("</section>")[0]
    assert "West</a></th><td" in volume
    assert "hidden to protect people" in volume.partition("West</a></th>")[2].partition("</tr>")[0]
    assert volume.count('class="hid"') > 0
    assert not re.search(r'<rect[^>]*width="(0|1)"', volume)


def test_a_page_shows_the_figures_of_the_network(quarters):
    """Exports hide the 15 of the North: see `releases`; whoever works here is shown it."""
    assert ">15<" in reading(quarters).get("/en/office/overview/").content.decode()


def test_every_number_is_the_one_of_the_tables_own_page(quarters):
    client, compared = reading(quarters), 0
    page = client.get("/en/office/overview/?compare=nothing").context
    for card in [*page["cards"], *page["more"]]:
        if card.name not in {"volume", "decline_reasons", "doors_tried", "time_to_service"}:
            continue
        table = client.get(f"/en/office/statistics/2026-Q3/{card.name}/").context["table"]
        wholes = {line.label: line.cells[-1].words for line in table.lines}
        assert {row.label: row.cells[0] for row in card.rows} == wholes
        compared += len(wholes)
    assert compared > 20


def test_another_period_and_another_comparison_can_be_chosen(quarters):
    page = reading(quarters)
    month = text(page.get("/en/office/overview/?period=2026-09&compare=year"))
    assert "September 2026 · published" in month
    assert "Nothing was released of the period to compare with." in month
    alone = page.get("/en/office/overview/?period=2026-Q2&compare=nothing")
    assert (
        'class="b0"' not in alone.content.decode().partition("c-volume")[2].partition("</svg>")[0]
    )
    for unknown in ("?period=2031-Q1", "?period=x&compare=y&urgency=z"):
        assert "July to September 2026" in text(page.get(f"/en/office/overview/{unknown}"))


def test_a_period_that_was_not_released_is_said_to_be_and_what_is_shown_instead(quarters):
    page = reading(quarters)
    said = text(page.get("/en/office/overview/?period=2024-05"))
    assert "May 2024 was not released. Shown: " in said
    for address in ("", "?period=2026-Q2", "?period=nothing"):
        assert "was not released" not in text(page.get(f"/en/office/overview/{address}"))


def test_numbers_and_times_are_written_as_french_does(quarters):
    said = text(reading(quarters).get("/fr/office/overview/"))
    assert "Centre : environ 55 % des aiguillages reçus" in said
    assert "11 h 40 min" in said or "12 h" in said


def test_before_anything_is_released_the_page_says_so(world):
    assert "Nothing is released yet" in text(reading(world).get("/en/office/overview/"))
    for closer in ("central", "teams/peel"):
        answer = reading(world).get(f"/en/office/overview/{closer}/")
        assert "Nothing is released yet" in text(answer)


def test_only_who_may_see_the_overdue_list_is_told_what_is_overdue(quarters):
    assert "Overdue now" not in text(reading(quarters).get("/en/office/overview/"))
    coordinator = reading(quarters, role=Role.COORDINATOR)
    assert "Nothing is overdue. All that is overdue 0" in text(
        coordinator.get("/en/office/overview/")
    )


def test_a_region_is_looked_at_closer_with_its_teams_and_gaps(quarters):
    said = text(reading(quarters).get("/en/office/overview/north/"))
    assert "North: referrals received" in said
    assert "Where it sends referrals" in said
    assert "Nobody takes it now" in said
    assert "Dental" in said
    auditor = reading(quarters, role=Role.AUDITOR).get("/en/office/overview/north/")
    assert "Nobody takes it now" not in text(auditor)


def test_a_team_is_looked_at_closer_over_the_periods_that_were_released(quarters):
    page = reading(quarters).get("/en/office/overview/teams/north/")
    said = text(page)
    assert "Agency north-cas" in said
    assert "July to September 2026 10 h 2 days April to June 2026 8 h 20 min 1 day 9 h" in said
    assert "Reasons for declining, whole network: Police service" in said


@pytest.mark.parametrize("closer", ["provincial", "nowhere", "teams/nobody"])
def test_what_is_no_region_or_team_is_absent(quarters, closer):
    assert reading(quarters).get(f"/en/office/overview/{closer}/").status_code == 404


@pytest.mark.parametrize("whole", [None, 0, 45])
def test_a_share_of_few_is_no_finding(whole):
    assert findings.received([("East", 40)], whole, base=5) == ""
    assert findings.first_door(40, whole) == ""


def test_no_share_is_said_of_one_while_a_hidden_one_may_be_larger():
    shown = [("Central", 150), ("East", 145), ("West", None)]
    assert findings.received(shown, 650, base=5) == "", "the West may have 355"
    assert findings.became(shown, 445, base=5) == "", "the West has 150, or a little less"
    assert "Central" in findings.received(shown, 320, base=5)


def test_no_finding_rests_on_what_is_hidden(quarters):
    with quarters.acting(*ANALYST) as actor:
        chosen = choose(actor, {"period": "2026-Q2"})
        flow = chosen.table("flow")
    assert findings.received([("East", None)], 400, base=5) == ""
    assert findings.late([], 60) == findings.late([90], None) == ""
    assert flow.cell().number == 400
    assert findings.across(flow) == ""


def test_the_overview_takes_as_many_queries_however_much_is_released(
    quarters, django_assert_max_num_queries
):
    client = reading(quarters)
    client.get("/en/office/overview/")
    with django_assert_max_num_queries(30):
        client.get("/en/office/overview/")
