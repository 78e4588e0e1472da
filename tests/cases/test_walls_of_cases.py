"""
What an insider may say of a case, and do to it, with an honest identity and any SQL.

Each statement was once carried out by somebody who played an insider.
"""

import pytest

from audit import followers
from cases.actions import leading
from cases.facts import TASK_FACTS
from cases.models import Case
from cases.states import TRANSITIONS
from notifications.models import Notice
from referrals.actions import closing
from tests import database
from tests.audit.test_subjects import source_of
from tests.referrals.test_leading import lead
from tests.referrals.test_walls_of_handoffs import entry, tried

PEEL = "peel-cas"
CHANGE = "update cases_case set {} version = version + 1 where id = %(case)s"
LONG_AGO = "now() - interval '9 years'"


def changed(world, case, columns, verb, data="{}"):
    said = entry(case.subject, version=2, verb=verb, data=data)
    return tried(world, PEEL, CHANGE.format(columns), said, case=case.pk) == 1


def closed(at="now()", reason="goals_met"):
    return f"status = 'closed', closed_at = {at}, closure_reason = '{reason}',"


SAID = '{"reason": "goals_met", "outcomes": {}}'


@pytest.mark.parametrize(
    ("columns", "verb", "data"),
    [
        (closed(), "case.changed", "{}"),
        (closed(reason="entered_in_error"), "case.closed", '{"reason": "entered_in_error"}'),
        (closed(), "case.entered_in_error", "{}"),
        (closed(), "case.linked", "{}"),
        (closed(), "case.closed", '{"reason": "lost_contact", "outcomes": {}}'),
        (closed(), "case.closed", '{"reason": "goals_met", "outcomes": {"x": "y"}}'),
        (f"{closed()} age_band = '21_23',", "case.closed", SAID),
        (closed(LONG_AGO), "case.closed", SAID),
        ("", "case.entered_in_error", '{"lost": ["north-cas"]}'),
        ("", "case.handed_over", '{"from": "peel-cas", "to": "north-cas"}'),
        ("", "case.closed", SAID),
        (f"opened_at = {LONG_AGO},", "case.changed", "{}"),
        ("opened_at = now(),", "case.changed", "{}"),
        ("age_band = '21_23',", "case.report_said", "{}"),
    ],
)
def test_an_entry_of_a_case_says_what_was_done_to_it(world, columns, verb, data):
    case = world.case()
    assert not changed(world, case, columns, verb, data)
    with database.as_role("worker"):
        assert Case.objects.get().version == 1
        followers.drain("notify")
        assert not Notice.objects.filter(verb=verb).exists()


def test_what_is_said_as_it_was_done_is_done(world):
    case = world.case()
    assert changed(world, case, closed(), "case.closed", SAID)


def test_the_case_that_was_closed_goes_on_as_before(world):
    case = world.case()
    lead(world, leading.change_case, case, facts={"age_band": "21_23"})
    lead(world, closing.close_case, case, reason="goals_met", outcomes={})
    lead(world, leading.reopen_case, case)
    with database.as_role("worker"):
        assert Case.objects.get().status == "open"


def test_the_walls_know_the_steps_and_facts_of_the_code():
    source = source_of("case_recorded")
    for step in TRANSITIONS.values():
        for before in step.sources:
            if step.target:
                assert f"('{step.event}', '{before}', '{step.target}')" in source
        assert f"'{step.event}'" in source
    facts = source.split("'case.changed' then '{")[1].split("}'")[0]
    assert {each.strip() for each in facts.split(",")} == set(TASK_FACTS)
