"""Two cases of one desk that are the same person: one stays, with what was asked for both."""

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from cases.actions import leading
from cases.actions.notes import Words, add_note
from cases.models import Case, CaseGrant, CaseLink, Consent, Note
from coordination.errors import Invalid, NotAllowed, Stale
from coordination.roles import Role
from referrals import drift, tracing
from referrals.actions import answering, linking, serving
from referrals.models import Basis, Handoff, Referral, RequestedService
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_consents import take_back
from tests.referrals.test_handoffs import answer, pages, propose
from tests.referrals.test_leading import lead, row, shown
from tests.referrals.test_life_cycle import act
from tests.referrals.test_walls_of_handoffs import entry, tried

PEEL, OTTAWA, NORTH = "peel-cas", "ottawa-cas", "north-cas"


def link(world, case, same_as, desk=PEEL, role=Role.WORKER, **more):
    with world.acting(desk, role) as actor:
        return linking.link_cases(
            case=case, same_as=same_as, actor=actor, at=timezone.now(), **{"needs": [], **more}
        )


def said(consent):
    """Return what the person agreed to."""
    names = ("kind", "services", "audience", "given_on", "until", "form")
    return [getattr(consent, name) for name in names]


@pytest.fixture
def two(world):
    """Return a case with a referral that Ottawa accepted, and another of the same person."""
    referral = world.referral(case=world.case(needs=["dental"]))
    act(world, OTTAWA, answering.accept_referral, referral)
    with world.acting(OTTAWA) as actor:
        add_note(
            actor=actor, case=referral.case, about=referral.subject,
            words=Words("Bed from Tuesday."), at=timezone.now(),
        )  # fmt: skip
    return referral, world.case(needs=["legal_other"])


def test_one_stays_with_the_referrals_their_words_and_their_receivers(world, two):
    referral, kept = two
    start = timezone.now()
    closed = link(world, referral.case, kept, needs=["legal_other", "dental"], version=1)
    assert (closed.status, closed.closure_reason) == ("closed", "duplicate")
    stays = row(kept)
    assert (stays.needs, stays.version) == (["legal_other", "dental"], 2)
    with database.as_role("worker"):
        moved = Referral.objects.get(pk=referral.pk)
        assert (moved.case_id, moved.responsible_desk.slug) == (kept.pk, OTTAWA)
        assert {each.case_id for each in RequestedService.objects.all()} == {kept.pk}
        assert Note.objects.get().case_id == kept.pk
        verbs = list(Entry.objects.filter(verb__contains="join").values_list("verb", flat=True))
        assert sorted(verbs) == ["case.joined", "referral.joined"]
        assert Entry.objects.filter(verb="case.linked").count() == 1
        assert list(drift.drifted()) == []
        grants = CaseGrant.objects.current().filter(group_id=world.desks[OTTAWA].pk)
        assert [(each.content_object_id, each.opens_page) for each in grants] == [(kept.pk, True)]
    assert pages(world, kept, PEEL, OTTAWA) == {PEEL, OTTAWA}
    assert pages(world, referral.case, PEEL, OTTAWA) == {PEEL}
    with world.acting(OTTAWA) as actor:
        assert Note.objects.visible_to(actor).count() == 1
        assert CaseLink.objects.visible_to(actor).count() == 0
    with world.acting(PEEL) as actor:
        ends = timezone.now()
        seen = tracing.periods_of(kept.reference, actor, starts=start, ends=ends)
        assert ("referral", OTTAWA) in {(each.kind, each.desk.slug) for each in seen}
    act(world, OTTAWA, serving.start_referral, moved)  # and the receiver goes on


def test_what_waits_for_an_answer_goes_along_too_and_an_offer_ends(world, two):
    referral, kept = two
    waits = world.referral("ottawa", case=referral.case, services=("peer_support",))
    offer = propose(world, referral.case, NORTH)
    link(world, referral.case, kept)
    act(world, "ottawa-community", answering.accept_referral, waits)
    with database.as_role("worker"):
        assert Handoff.objects.get(pk=offer.pk).status == "withdrawn"
        assert list(drift.drifted()) == []


def test_the_same_cannot_be_asked_twice(world, two):
    referral, kept = two
    world.referral(case=kept)
    with pytest.raises(Invalid, match="same of the same"):
        link(world, referral.case, kept)
    assert row(referral.case).status == "open"


def test_only_the_desk_that_leads_both_open_cases_as_it_read_them(world, two):
    referral, kept = two
    foreign = world.case(OTTAWA)
    with pytest.raises(NotAllowed):
        link(world, referral.case, foreign)
    with pytest.raises(NotAllowed):
        link(world, referral.case, kept, desk=OTTAWA)
    with pytest.raises(Invalid):
        link(world, kept, kept)
    with pytest.raises(Invalid):
        link(world, referral.case, kept, needs=["mental_health"])
    with pytest.raises(Stale):
        link(world, referral.case, kept, version=1, kept_version=7)
    world.referral(NORTH, case=referral.case, services=("peer_support",), sent=False)
    with pytest.raises(Invalid, match="colleague"):
        link(world, referral.case, kept, role=Role.LEAD)


def test_opening_again_ends_the_link_and_what_moved_stays(world, two):
    referral, kept = two
    closed = link(world, referral.case, kept)
    lead(world, leading.reopen_case, closed)
    with database.as_role("worker"):
        assert CaseLink.objects.get().ended_at
        assert Referral.objects.get(pk=referral.pk).case_id == kept.pk
    link(world, row(closed), row(kept))  # and once more


@pytest.mark.parametrize(
    "attack",
    [
        "update referrals_referral set case_id = {kept}, version = version + 1 where id = {moved}",
        "update referrals_requestedservice set case_id = {kept}",
        "update cases_note set case_id = {kept}",
        "update cases_case set status = 'closed', closed_at = now(),"
        " closure_reason = 'duplicate', version = version + 1 where id = {kept}",
        "insert into cases_caselink (case_id, kept_id, desk_id, linked_at)"
        " values ({old}, {foreign}, {desk}, now())",
        "insert into cases_caselink (case_id, kept_id, desk_id, linked_at)"
        " values ({old}, {kept}, {desk}, now())",
    ],
)
def test_raw_sql_of_the_lead_moves_nothing_beside_a_link(world, two, attack):
    referral, kept = two
    keys = {
        "kept": kept.pk,
        "old": referral.case_id,
        "moved": referral.pk,
        "foreign": world.case(NORTH).pk,
        "desk": world.desks[PEEL].pk,
    }
    with pytest.raises(psycopg.Error), psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        app.execute(attack.format(**keys))
        app.execute("set constraints all immediate")


def test_a_link_of_before_moves_nothing_later(world, two):
    referral, kept = two
    link(world, referral.case, kept)
    later = world.referral(NORTH, case=row(kept), services=("peer_support",))
    with pytest.raises(psycopg.Error), psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
        app.execute("update cases_caselink set linked_in = txid_current()")
        app.execute(
            "update referrals_referral set case_id = %s, version = version + 1 where id = %s",
            [referral.case_id, later.pk],
        )


def test_a_link_that_ends_at_once_opens_no_case(world, two):
    referral, other = two
    carried = (
        "insert into cases_caselink (case_id, kept_id, desk_id, linked_at)"
        " values ({old}, {kept}, {desk}, now())",
        "update referrals_referral set case_id = {kept}, version = version + 1 where id = {moved}",
        entry(referral.subject, 4, "referral.joined"),
        "insert into cases_casegrant (permission_id, group_id, content_object_id, reason, source,"
        " opens_page, until) values (1, {receiver}, {kept}, 'receiver', '{source}', false, null)",
        "update cases_caselink set ended_at = now() where case_id = {old}",
    )
    keys = {
        "kept": other.pk,
        "old": referral.case_id,
        "moved": referral.pk,
        "desk": world.desks[PEEL].pk,
        "receiver": world.desks[OTTAWA].pk,
        "source": referral.subject,
    }
    assert tried(world, PEEL, *(each.replace("{}", "{{}}").format(**keys) for each in carried)) == 0
    assert pages(world, other, PEEL, OTTAWA) == {PEEL}
    with database.as_role("worker"):
        assert Referral.objects.get(pk=referral.pk).case_id == referral.case_id


def test_by_page_side_by_side_and_then_one(world, two):
    referral, kept = two
    lead(world, leading.change_case, kept, facts={"dependants": 3})
    page = Client()
    page.force_login(world.user(PEEL))
    url = f"/en/cases/{shown(referral.case.reference)}/link/"
    assert page.get(url).status_code == 200
    assert page.get(url, {"code": shown(world.case(NORTH).reference)}).status_code == 422
    both = page.get(url, {"code": shown(kept.reference)})
    assert "different" in both.content.decode()
    typed = {"code": kept.reference, "version": 1, "other_version": 2, "needs": ["dental"]}
    assert page.post(url, typed).status_code == 422
    done = page.post(url, {**typed, "stays": kept.reference}, follow=True)
    told = done.content.decode()
    assert done.redirect_chain[-1][0].endswith(f"/cases/{shown(kept.reference)}/")
    assert shown(referral.case.reference) in told
    assert shown(referral.reference) in told
    old = page.get(f"/fr/cases/{shown(referral.case.reference)}/").content.decode()
    assert shown(kept.reference) in old
    assert "même personne" in old


def test_by_api(world, two):
    referral, kept = two
    api = Api(world.token(PEEL))
    path = f"cases/{shown(referral.case.reference)}/link"
    body = {"same_as": shown(kept.reference)}
    assert api.post(path, body).status_code == 428
    foreign = {"same_as": shown(world.case(NORTH).reference)}
    assert api.post(path, foreign, If_Match='"1"').status_code == 400
    linked = api.post(path, body, If_Match='"1"').json()
    assert (linked["closure_reason"], linked["same_as"]) == ("duplicate", shown(kept.reference))
    assert Case.objects.count() == 0
    assert api.get(f"cases/{shown(kept.reference)}").json()["needs"] == ["legal_other", "dental"]


def test_the_consents_go_along_and_are_taken_back_where_they_went(world, two):
    referral, kept = two
    link(world, referral.case, kept, needs=["legal_other", "dental"])
    answer(world, "accept", propose(world, row(kept), NORTH), NORTH)
    with database.as_role("worker"):
        (old,) = Consent.objects.filter(case=referral.case)
        moved = Consent.objects.get(moved_from=old)
        assert Basis.objects.get(referral=referral).consent_id == moved.pk
        assert (old.moved_at is None, old.stands(at=timezone.now())) == (False, False)
        assert said(moved) == said(old)
    page = Client()
    page.force_login(world.user(PEEL))
    url = f"/en/cases/{shown(referral.case.reference)}/consents/1/withdraw/"
    for answered in (page.get(url), page.post(url, {"version": old.version})):
        assert answered.status_code == 409
        assert "Take it back there." in answered.content.decode()
    case = page.get(f"/en/cases/{shown(referral.case.reference)}/").content.decode()
    assert "Moved to the case that is the same person" in case
    take_back(world, Consent(pk=moved.pk, case=row(kept)), desk=NORTH)
    with database.as_role("worker"):
        assert Referral.objects.get(pk=referral.pk).basis_end == "consent_withdrawn"
        assert list(drift.drifted()) == []


def test_raw_sql_makes_no_wider_consent_of_a_double_and_moves_none_without_a_link(world, two):
    referral, kept = two
    copy = (
        "insert into cases_consent (case_id, number, kind, services, audience, given_on, until,"
        " form, desk_id, recorder_id, recorded_at, version, moved_from_id) select {kept}, 9, kind,"
        " '{{}}', audience, given_on, until, form, desk_id, recorder_id, now(), 1, id"
        " from cases_consent where case_id = {old}"
    )
    linked = (
        "insert into cases_caselink (case_id, kept_id, desk_id, linked_at)"
        " values ({old}, {kept}, {desk}, now())"
    )
    away = "update cases_consent set moved_at = now(), version = version + 1 where case_id = {old}"
    keys = {"kept": kept.pk, "old": referral.case_id, "desk": world.desks[PEEL].pk}
    for attack in ([copy], [linked, copy], [away], [linked, away]):
        with (
            pytest.raises(psycopg.errors.CheckViolation),
            psycopg.connect(database.url("app")) as app,
        ):
            app.execute("select set_config('relay.actor', %s, true)", [str(world.user(PEEL).pk)])
            for statement in attack:
                app.execute(statement.format(**keys))
