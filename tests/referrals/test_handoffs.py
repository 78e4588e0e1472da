"""A case goes from one regional team to another: no moment without a lead, nothing left behind."""

import datetime as dt

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions.notes import Words, add_note
from cases.models import Case, CaseGrant
from coordination import references
from coordination.errors import Invalid, NotAllowed, Refused, Stale, WrongStatus
from coordination.models import Agency, Team
from referrals import drift
from referrals.actions import answering, handing_off, serving
from referrals.actions.drafting import BasisGiven
from referrals.guard_rails import NOTHING_SAID
from referrals.handoff_checks import Checked, Proposal
from referrals.handoff_states import HANDOFF_TRANSITIONS, LAPSE, HandoffStatus
from referrals.models import Handoff, Referral
from tests import database
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY, NORTH, POLICE = (
    "peel-cas",
    "ottawa-cas",
    "ottawa-community",
    "north-cas",
    "ottawa-police",
)
AUDIENCE = ["cas", "community_org"]


def proposal(**more):
    now = timezone.now()
    given = {
        "type": "warm",
        "reason": "survivor_moved",
        "basis": BasisGiven(
            "express_informed", AUDIENCE, now + dt.timedelta(days=90), form="spoken"
        ),
        "checked": Checked(consent_confirmed=True, safety_plan_reviewed=True),
        **more,
    }
    return Proposal(**given)


def propose(world, case, to=OTTAWA, *, desk=PEEL, words=None, said=NOTHING_SAID, **more):
    with world.acting(desk) as actor:
        target = to if not isinstance(to, str) else world.desks.get(to) or Team.objects.get(slug=to)
        return handing_off.propose_handoff(
            actor=actor,
            case=case,
            to=target,
            proposal=proposal(**more),
            words=words,
            said=said,
            at=timezone.now(),
        )


def answer(world, verb, handoff, desk=OTTAWA, **more):
    with world.acting(desk) as actor:
        action = getattr(handing_off, f"{verb}_handoff")
        return action(handoff=handoff, actor=actor, at=timezone.now(), **more)


def row(case):
    with database.as_role("worker"):
        return Case.objects.select_related("lead_desk").get(pk=case.pk)


def pages(world, case, *desks):
    """Return which desks may open the case's page now."""
    found = set()
    for desk in desks:
        with world.acting(desk) as actor:
            if Case.objects.visible_to(actor).filter(pk=case.pk).exists():
                found.add(desk)
    return found


def require_whole(case, lead):
    kept = row(case)
    assert kept.lead_desk.slug == lead
    with database.as_role("worker"):
        assert list(drift.drifted()) == []
        leads = CaseGrant.objects.current().filter(content_object_id=case.pk, reason="lead")
        assert [grant.group_id for grant in leads] == [kept.lead_desk_id]


def test_the_lead_stays_until_somebody_accepts_and_then_moves_whole(world):
    case = world.case()
    handoff = propose(world, case)
    require_whole(case, PEEL)
    assert pages(world, case, PEEL, OTTAWA) == {PEEL}
    with world.acting(OTTAWA) as actor:  # the task facts show through the offer
        assert Case.objects.readable_by(actor).filter(pk=case.pk).exists()
    answer(world, "accept", handoff)
    require_whole(case, OTTAWA)
    assert pages(world, case, PEEL, OTTAWA, NORTH) == {PEEL, OTTAWA}
    with database.as_role("worker"):
        former = CaseGrant.objects.current().get(reason="former_lead")
        assert former.until - timezone.now() > dt.timedelta(days=29)
        verbs = Entry.objects.filter(verb__in=["handoff.accepted", "case.handed_over"])
        assert verbs.count() == 2


def test_who_led_before_reads_and_does_nothing_more(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    moved = row(case)
    with pytest.raises(Invalid):
        world.referral(case=moved, sender=PEEL, to=NORTH)
    with pytest.raises(NotAllowed):
        propose(world, moved, NORTH)
    with pytest.raises(NotAllowed), world.acting(PEEL) as actor:
        words = Words("Needs a ride from the stop.")
        add_note(actor=actor, case=case, about=case.subject, words=words, at=timezone.now())
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        changed = app.execute(
            "update cases_case set dependants = 9, version = version + 1 where id = %s", [case.pk]
        )
        assert changed.rowcount == 0
        assert app.execute("select count(*) from cases_leadfacts").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(
                "insert into cases_note (case_id, about, kind, audience, text, desk_id, writer_id,"
                " written_at) values (%s, %s, 'note', 'everyone', 'x', %s, %s, now())",
                [case.pk, case.subject, world.desks[PEEL].pk, world.user(PEEL).pk],
            )


def test_open_referrals_move_with_the_case_and_their_receivers_are_told(world):
    case = world.case()
    sent, held = world.referral(NORTH, case=case), world.referral("north-community", case=case)
    act(world, "north-community", answering.accept_referral, held)
    answer(world, "accept", propose(world, case))
    require_whole(case, OTTAWA)
    for referral, responsible in ((sent, OTTAWA), (held, "north-community")):
        with database.as_role("worker"):
            moved = Referral.objects.select_related("from_desk", "responsible_desk").get(
                pk=referral.pk
            )
            assert (moved.from_desk.slug, moved.responsible_desk.slug) == (OTTAWA, responsible)
        for desk, sees in ((PEEL, False), (OTTAWA, True)):
            with world.acting(desk) as actor:
                rows = Referral.objects.visible_to(actor).filter(pk=referral.pk)
                assert rows.exists() == sees
    act(world, NORTH, answering.decline_referral, sent, reason="no_capacity")
    require_whole(case, OTTAWA)


@pytest.mark.parametrize("state", ["draft", "sent", "accepted", "in_service", "returning"])
def test_what_was_asked_of_the_new_lead_ends_with_the_hand_off(world, state):
    case = world.case()
    referral = world.referral(OTTAWA, case=case, sent=state != "draft")
    if state in {"accepted", "in_service", "returning"}:
        act(world, OTTAWA, answering.accept_referral, referral)
    if state == "in_service":
        act(world, OTTAWA, serving.start_referral, referral)
    if state == "returning":
        act(world, OTTAWA, serving.give_back_referral, referral, reason="needs_changed")
    answer(world, "accept", propose(world, case))
    require_whole(case, OTTAWA)
    with database.as_role("worker"):
        ended = Referral.objects.get(pk=referral.pk)
        assert ended.status in {"withdrawn", "returned"}
        assert ended.settled_at


def test_of_a_team_the_first_desk_that_accepts_leads(world):
    case = world.case(needs=["peer_support"])
    handoff = propose(world, case, "ottawa")
    with world.acting(POLICE) as actor:
        assert not Handoff.objects.visible_to(actor).exists()
    answer(world, "accept", handoff, COMMUNITY)
    require_whole(case, COMMUNITY)
    with pytest.raises(WrongStatus):
        answer(world, "accept", handoff, OTTAWA)
    with world.acting(OTTAWA) as actor:
        assert not Handoff.objects.visible_to(actor).exists()
        assert not Case.objects.readable_by(actor).exists()


def test_of_a_team_the_last_desk_that_declines_ends_it(world):
    case = world.case(needs=["peer_support"])
    handoff = propose(world, case, "ottawa")
    answer(world, "decline", handoff, OTTAWA, reason="no_capacity")
    with database.as_role("worker"):
        assert Handoff.objects.get(pk=handoff.pk).status == HandoffStatus.PROPOSED
    answer(world, "decline", handoff, COMMUNITY, reason="outside_area")
    with database.as_role("worker"):
        assert Handoff.objects.get(pk=handoff.pk).status == HandoffStatus.DECLINED
    require_whole(case, PEEL)
    assert pages(world, case, PEEL, OTTAWA, COMMUNITY) == {PEEL}


def test_who_declines_is_led_to_a_page_that_is_there(world):
    handoff = propose(world, world.case())
    client = Client()
    client.force_login(world.user(OTTAWA))
    answered = client.post(
        f"/en/handoffs/{references.display(handoff.reference)}/decline/",
        {"version": handoff.version, "reason": "no_capacity"},
        follow=True,
    )
    assert answered.redirect_chain == [("/en/handoffs/", 302)]
    assert "Declined. The other desk still leads the case" in answered.content.decode()


def test_withdrawn_it_is_gone_for_whoever_it_was_offered(world):
    case = world.case()
    handoff = propose(world, case)
    answer(world, "withdraw", handoff, PEEL, reason="no_longer_needed")
    with world.acting(OTTAWA) as actor:
        assert not Case.objects.readable_by(actor).exists()
    propose(world, case, NORTH)  # and it can be offered to somebody else
    require_whole(case, PEEL)


def test_one_offer_of_a_case_at_a_time(world):
    case = world.case()
    propose(world, case)
    with pytest.raises(Invalid):
        propose(world, case, NORTH)


def test_with_shared_support_the_lead_stays_and_both_read(world):
    case = world.case()
    answer(world, "accept", propose(world, case, type="shared"))
    require_whole(case, PEEL)
    assert pages(world, case, PEEL, OTTAWA) == {PEEL, OTTAWA}


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_of_a_contact_by_phone_the_lead_stays_here(world, verb):
    case = world.case()
    with database.as_role("worker"):
        far = Agency.objects.create(
            slug="far",
            kind="cas",
            region="west",
            name_en="Far",
            name_fr="Loin",
            privacy_regime="none",
            source="directory",
        )
    handoff = propose(world, case, far)
    more = {"reason": "no_capacity"} if verb == "decline" else {}
    with pytest.raises(Refused):
        answer(world, verb, handoff, OTTAWA, **more)
    answer(world, verb, handoff, PEEL, **more)
    require_whole(case, PEEL)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (
            {"checked": Checked(consent_confirmed=False, safety_plan_reviewed=True)},
            "consent_confirmed",
        ),
        (
            {"checked": Checked(consent_confirmed=True, safety_plan_reviewed=False)},
            "safety_plan_reviewed",
        ),
        ({"basis": ("not_yet", AUDIENCE)}, "basis"),
        ({"basis": ("deidentified_discussion", AUDIENCE)}, "basis"),
        ({"basis": ("express_informed", ["health"])}, "to"),
        ({"reason": "moved_by_trafficker", "basis": ("legal_duty", AUDIENCE)}, "basis"),
    ],
)
def test_what_has_to_be_so_before_a_case_is_offered(world, more, field):
    case = world.case()
    if "basis" in more:
        code, audience = more["basis"]
        until = timezone.now() + dt.timedelta(days=9)
        provision = "cspa_s80" if code == "legal_duty" else ""
        more = {**more, "basis": BasisGiven(code, audience, until, provision, "spoken")}
    with pytest.raises(Invalid) as refused:
        propose(world, case, **more)
    assert refused.value.field in {field, "provision"}
    with database.as_role("worker"):
        assert not Handoff.objects.exists()


def test_an_area_to_avoid_is_asked_about_and_recorded(world):
    case = world.case(areas_to_avoid=["ottawa-area"])
    with pytest.raises(Invalid) as refused:
        propose(world, case)
    assert refused.value.field == "despite_areas"
    checked = Checked(consent_confirmed=True, safety_plan_reviewed=True, despite_areas=True)
    propose(world, case, checked=checked)
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb="handoff.proposed")
        assert entry.body.data["despite_areas"] is True


def test_an_answer_to_what_changed_is_stale_and_a_second_one_too_late(world):
    handoff = propose(world, world.case())
    with pytest.raises(Stale):
        answer(world, "accept", handoff, version=7)
    answer(world, "decline", handoff, reason="no_capacity")
    for verb, desk, more in (("accept", OTTAWA, {}), ("withdraw", PEEL, {"reason": "safety"})):
        with pytest.raises(WrongStatus):
            answer(world, verb, handoff, desk, **more)


@pytest.mark.parametrize(
    ("verb", "desk", "more"),
    [
        ("accept", PEEL, {}),
        ("withdraw", OTTAWA, {"reason": "safety"}),
        ("decline", PEEL, {"reason": "no_capacity"}),
    ],
)
def test_each_side_has_its_own_answers(world, verb, desk, more):
    handoff = propose(world, world.case())
    with pytest.raises(NotAllowed):
        answer(world, verb, handoff, desk, **more)


LEAD_BY_SQL = (
    "update cases_case set lead_desk_id = %(me)s, version = version + 1 where id = %(case)s"
)
ACCEPT_BY_SQL = (
    "update referrals_handoff set status = 'accepted', accepting_desk_id = %(me)s,"
    " answered_at = now(), version = version + 1 where id = %(handoff)s"
)


@pytest.mark.parametrize("desk", [PEEL, OTTAWA, NORTH])
@pytest.mark.parametrize("sql", [LEAD_BY_SQL, ACCEPT_BY_SQL])
def test_nobody_takes_a_lead_past_the_action(world, desk, sql):
    case = world.case()
    handoff = propose(world, case)
    values = {"me": world.desks[desk].pk, "case": case.pk, "handoff": handoff.pk}
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
        app.execute("select set_config('relay.takeover', 'x', true)")
        try:
            app.execute(sql, values)
            app.commit()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
            app.rollback()
    require_whole(case, PEEL)
    with database.as_role("worker"):
        assert Handoff.objects.get(pk=handoff.pk).status == HandoffStatus.PROPOSED


def test_the_pairs_of_the_database_are_those_of_the_table():
    with database.as_superuser() as admin:
        admin.execute("select prosrc from pg_proc where proname = 'handoff_guard'")
        ((source,),) = admin.fetchall()
    transitions = [*HANDOFF_TRANSITIONS.values(), LAPSE]
    for transition in transitions:
        assert f"('proposed', '{transition.target}')" in source
    assert source.count("('proposed', '") == len(transitions)


OPEN_EARLY = "update cases_casegrant set opens_page = true where content_object_id = %(case)s"
PASS_ON = (
    "insert into referrals_handoffgrant (permission_id, group_id, content_object_id, reason, source,"
    " declined) select permission_id, %(third)s, content_object_id, 'handoff', source, false"
    " from referrals_handoffgrant where content_object_id = %(handoff)s limit 1"
)
END_OTHERS = (
    "update referrals_handoffgrant set until = statement_timestamp()"
    " where content_object_id = %(handoff)s and group_id = %(third)s"
)
SHORTER = (
    "update referrals_handoff set due_at = now(), version = version + 1 where id = %(handoff)s"
)


@pytest.mark.parametrize("sql", [OPEN_EARLY, PASS_ON, END_OTHERS, SHORTER])
def test_an_offer_gives_no_more_than_was_offered(world, sql):
    case = world.case(needs=["peer_support"])
    handoff = propose(world, case, "ottawa")
    values = {"case": case.pk, "handoff": handoff.pk, "third": world.desks[COMMUNITY].pk}
    if sql is PASS_ON:
        values["third"] = world.desks[NORTH].pk
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(OTTAWA).pk)])
        try:
            changed = app.execute(sql, values).rowcount
            app.commit()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
            changed = 0
    assert changed == 0


def test_who_led_once_gives_itself_nothing_again(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    onward = propose(world, row(case), NORTH, desk=OTTAWA)
    answer(world, "accept", onward, NORTH)
    require_whole(case, NORTH)
    for reason, until in (("shared", "null"), ("former_lead", "now() + interval '90 days'")):
        with (
            psycopg.connect(database.url("app")) as app,
            pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError)),
        ):
            app.execute("select set_config('relay.actor', %s, true)", [str(world.user(OTTAWA).pk)])
            app.execute(
                "insert into cases_casegrant (permission_id, group_id, content_object_id, reason,"
                f" source, opens_page, until) values (1, %s, %s, %s, %s, true, {until})",
                [world.desks[OTTAWA].pk, case.pk, reason, onward.subject],
            )


@pytest.mark.parametrize("said", ["declined", "completed"])
def test_who_was_asked_before_and_is_done_with_it_may_still_take_the_case(world, said):
    case = world.case()
    referral = world.referral(case=case)
    if said == "declined":
        act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    else:
        outcomes = {"emergency_shelter": "connected"}
        act(world, OTTAWA, answering.accept_referral, referral)
        act(world, OTTAWA, serving.complete_referral, referral, outcomes=outcomes)
    answer(world, "accept", propose(world, case))
    require_whole(case, OTTAWA)
    with database.as_role("worker"):
        assert Referral.objects.get(pk=referral.pk).status == said
    with pytest.raises(Refused):  # it would ask itself
        act(world, OTTAWA, serving.reopen_referral, referral, reason="needed_again")
