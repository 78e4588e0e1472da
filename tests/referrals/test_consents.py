"""What a person agreed to, what rests on it, and what ends with it, by hand and by the clock."""

import dataclasses
import datetime as dt

import pytest
from django.db import IntegrityError
from django.utils import timezone

from audit import followers
from audit.models import Entry
from cases.actions.consents import LONGEST, ConsentGiven, record_consent, rest_on
from cases.actions.notes import Words, add_note
from cases.models import Case, CaseGrant, Consent, Note
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus
from notifications.models import Notice
from referrals import drift, presenting, worklist
from referrals.actions import answering, contacting, following, sending, serving
from referrals.actions.consenting import carry_out_ends, withdraw_consent
from referrals.actions.drafting import BasisGiven
from referrals.effects import effect_of
from referrals.models import Handoff, Referral
from referrals.states import Box, Status
from tests import database
from tests.referrals.test_handoffs import answer, propose
from tests.referrals.test_life_cycle import act, box
from tests.world import AUDIENCE

PEEL, OTTAWA, COMMUNITY, NORTH = "peel-cas", "ottawa-cas", "ottawa-community", "north-cas"
SHELTER, PEERS = "emergency_shelter", "peer_support"


@pytest.fixture(autouse=True)
def _no_drift(world):
    yield
    with database.as_role("worker"):
        assert list(drift.drifted()) == []


def given(**more):
    now = timezone.now()
    words = {
        "kind": "express_informed",
        "audience": AUDIENCE,
        "until": now + dt.timedelta(days=200),
        "given_on": now.date() - dt.timedelta(days=1),
        "form": "spoken",
    }
    return ConsentGiven(**{**words, **more})


def consent(world, case, *, desk=PEEL, **more):
    with world.acting(desk) as actor:
        return record_consent(actor=actor, case=case, given=given(**more), at=timezone.now())


def only(case):
    with database.as_role("worker"):
        return Consent.objects.select_related("case").get(case=case)


def take_back(world, taken, *, desk=PEEL, **more):
    with world.acting(desk) as actor:
        return withdraw_consent(consent=taken, actor=actor, at=timezone.now(), **more)


def reread(referral):
    with database.as_role("worker"):
        return Referral.objects.select_related("basis").get(pk=referral.pk)


def sees(world, desk, referral):
    with world.acting(desk) as actor:
        return Referral.objects.visible_to(actor).filter(pk=referral.pk).exists()


def shown(world, desk, referral):
    """Return what the page of a referral shows to a desk."""
    with world.acting(desk) as actor:
        found = Referral.objects.visible_to(actor).with_desks().get(pk=referral.pk)
        worklist.attach_cases([found], actor)
        return presenting.shown(found, actor, at=timezone.now())


def verbs(world, desk, referral):
    return {each.verb for each in shown(world, desk, referral).actions}


def end_by_the_clock(world, *rows):
    """Let the ends of all bases and consents have passed, and carry them out."""
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        for table in ("cases_consent", "referrals_basis", "referrals_handoff"):
            admin.execute(f"update {table} set until = now() - interval '1 second'")
        for table in ("referrals_referralgrant", "cases_casegrant", "referrals_handoffgrant"):
            admin.execute(
                f"update {table} set until = now() - interval '1 second' where until > now()"
            )
    with database.as_role("worker"):
        return carry_out_ends(at=timezone.now())


# What a basis rests on


def test_a_referral_on_a_consent_records_the_consent_as_it_was_said(world):
    referral = world.referral(services=(SHELTER, PEERS))
    made = only(referral.case)
    assert (made.number, made.kind, made.form) == (1, "express_informed", "spoken")
    assert made.services == [SHELTER, PEERS]
    assert made.audience == AUDIENCE
    assert made.desk.slug == PEEL
    assert reread(referral).basis.consent_id == made.pk
    with database.as_role("worker"):
        entry = Entry.objects.get(verb="consent.recorded")
        assert entry.subject == referral.case.subject
        assert entry.body.data["consent"] == 1


def test_a_consent_that_covers_it_is_used_and_not_said_twice(world):
    case = world.case()
    made = consent(world, case)
    first, second = world.referral(case=case), world.referral("ottawa-community", case=case)
    assert {reread(each).basis.consent_id for each in (first, second)} == {made.pk}


@pytest.mark.parametrize(
    "narrow",
    [
        {"services": [PEERS]},
        {"audience": ["cas"]},
        {"until": timezone.now() + dt.timedelta(days=3)},
        {"kind": "substitute"},
    ],
    ids=lambda narrow: next(iter(narrow)),
)
def test_a_consent_that_is_narrower_is_not_stretched(world, narrow):
    case = world.case()
    made = consent(world, case, **narrow)
    basis = reread(world.referral(case=case)).basis
    assert basis.consent_id != made.pk
    with database.as_role("worker"):
        assert Consent.objects.filter(case=case).count() == 2


def test_the_law_needs_no_consent(world):
    case = world.case()
    with world.acting(PEEL) as actor:
        now = timezone.now()
        until = now + dt.timedelta(days=30)
        from referrals.actions.drafting import draft_referral

        draft = draft_referral(
            actor=actor, case=case, to=world.desks[OTTAWA], services=[SHELTER], urgency="urgent",
            basis=BasisGiven("legal_duty", AUDIENCE, until, "cyfsa_s74"), at=now,
        )  # fmt: skip
    assert draft.basis.consent_id is None
    with database.as_role("worker"):
        assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "legal_duty"}, "kind"),
        ({"audience": []}, "audience"),
        ({"until": timezone.now() - dt.timedelta(days=1)}, "until"),
        ({"given_on": dt.date(2999, 1, 1)}, "given_on"),
    ],
)
def test_a_consent_has_to_make_sense(world, wrong, field):
    case = world.case()
    with pytest.raises(Invalid) as refused:
        consent(world, case, **wrong)
    assert refused.value.field == field


def test_only_the_lead_desk_records_and_takes_back(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    made = only(referral.case)
    for desk in (OTTAWA, NORTH):
        with pytest.raises(NotAllowed):
            consent(world, referral.case, desk=desk)
        with pytest.raises(NotAllowed):
            take_back(world, made, desk=desk)
        with world.acting(desk) as actor:
            assert not Consent.objects.visible_to(actor).exists()
            assert not Consent.objects.exists(), "row-level security alone"


# Taking it back


def test_before_acceptance_access_ends_and_the_referral_returns(world):
    referral = world.referral("ottawa")
    assert sees(world, OTTAWA, referral)
    take_back(world, only(referral.case))

    for desk in (OTTAWA, COMMUNITY):
        assert not sees(world, desk, referral)
        assert box(world, desk, Box.INBOX) == []
        with world.acting(desk) as actor:
            assert not Case.objects.readable_by(actor).exists()
            assert not Case.objects.exists(), "row-level security alone"
    row = reread(referral)
    assert (row.status, row.basis_end) == (Status.RETURNED, "consent_withdrawn")
    assert box(world, PEEL, Box.NEEDS_ACTION) == [referral.reference]
    assert verbs(world, PEEL, referral) == {"reroute", "resolve"}


def test_a_question_that_waits_returns_too(world):
    referral = world.referral()
    act(world, OTTAWA, answering.ask_referral, referral, questions=["language"])
    take_back(world, only(referral.case))
    row = reread(referral)
    assert (row.status, row.questions) == (Status.RETURNED, [])


def test_after_acceptance_the_responsible_desk_keeps_the_minimum_and_nothing_new(world):
    case = world.case(safety_flags=["trafficker_unaware"], areas_to_avoid=["north-area"])
    referral = world.referral(case=case)
    act(world, OTTAWA, answering.accept_referral, referral)
    with world.acting(OTTAWA) as actor:
        assert Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    take_back(world, only(case))

    row = reread(referral)
    assert (row.status, row.responsible_desk.slug) == (Status.ACCEPTED, OTTAWA)
    assert box(world, OTTAWA, Box.ACTIVE) == [referral.reference]
    with world.acting(OTTAWA) as actor:
        assert not Case.objects.visible_to(actor).filter(pk=case.pk).exists()
        (line,) = worklist.page_of(actor, Box.ACTIVE).referrals
        from referrals.lines import line as line_of

        assert (
            line_of(line, actor, at=timezone.now()).age_band,
            line_of(line, actor, at=timezone.now()).gender_identity,
        ) == ("", "")
    page = shown(world, OTTAWA, referral)
    assert dataclasses.asdict(page.facts) == {
        "service_language": "fr",
        "access_needs": [],
        "contact_rules": ["no_voicemail_text"],
        "areas_to_avoid": ["north-area"],
        "safety_flags": ["trafficker_unaware"],
    }
    assert {each.verb for each in page.actions} == {
        "confirm_contact",
        "start",
        "complete",
        "give_back",
    }
    assert shown(world, PEEL, referral).facts.age_band == "18_20"


def test_what_is_written_later_does_not_reach_the_receiver(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    case, subjects = referral.case, (referral.subject, referral.case.subject)

    def write(text):
        for about in subjects:
            with world.acting(PEEL) as actor:
                words, now = Words(text), timezone.now()
                add_note(actor=actor, case=case, about=about, words=words, at=now)

    def read(desk):
        with world.acting(desk) as actor:
            code = set(Note.objects.visible_to(actor).values_list("text", flat=True))
            assert set(Note.objects.values_list("text", flat=True)) == code, "the second wall"
            return code

    write("Needs a quiet room.")
    assert read(OTTAWA) == {"Needs a quiet room."}
    take_back(world, only(case))
    write("Wants to start school again.")
    assert read(OTTAWA) == {"Needs a quiet room."}
    with world.acting(OTTAWA) as actor:
        words, now = Words("Left with a friend."), timezone.now()
        add_note(actor=actor, case=case, about=referral.subject, words=words, at=now)
    assert "Left with a friend." in read(PEEL)


@pytest.mark.parametrize("way", ["complete", "give_back", "close", "serve"])
def test_whoever_keeps_the_minimum_can_finish(world, way):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(referral.case))
    act(world, OTTAWA, contacting.confirm_contact_referral, referral, method="phone")
    if way == "give_back":
        act(world, OTTAWA, serving.give_back_referral, referral, reason="person_asked")
        act(world, PEEL, following.take_back_referral, referral)
    elif way == "close":
        act(world, PEEL, following.request_withdrawal_referral, referral, reason="safety")
        act(world, OTTAWA, serving.confirm_withdrawal_referral, referral)
    else:
        if way == "serve":
            act(world, OTTAWA, serving.start_referral, referral)
        outcomes = {SHELTER: "connected"}
        act(world, OTTAWA, serving.complete_referral, referral, outcomes=outcomes)
    with world.acting(OTTAWA) as actor:
        assert not Case.objects.readable_by(actor).exists()


def test_what_gives_access_again_is_refused(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(referral.case))
    until = timezone.now() + dt.timedelta(days=9)
    with pytest.raises(WrongStatus):
        act(world, OTTAWA, serving.waitlist_referral, referral, review_at=until)
    with pytest.raises(WrongStatus):
        act(world, OTTAWA, answering.undo_accept_referral, referral)
    done = world.referral(services=(PEERS,))
    act(world, OTTAWA, answering.accept_referral, done)
    act(world, OTTAWA, serving.complete_referral, done, outcomes={PEERS: "connected"})
    take_back(world, only(done.case))
    with pytest.raises(WrongStatus):
        act(world, OTTAWA, serving.reopen_referral, done, reason="needed_again")


def test_a_draft_stays_and_cannot_be_sent(world):
    draft = world.referral(sent=False)
    take_back(world, only(draft.case))
    with pytest.raises(Invalid) as refused:
        act(world, PEEL, sending.send_referral, draft)
    assert refused.value.field == "basis"
    assert reread(draft).status == Status.DRAFT


def test_it_is_sent_on_only_on_a_new_basis(world):
    referral = world.referral()
    take_back(world, only(referral.case))
    onward = {"to": world.desks[COMMUNITY]}
    with pytest.raises(Invalid) as refused:
        act(world, PEEL, following.reroute_referral, referral, **onward)
    assert refused.value.field == "basis"
    basis = BasisGiven(
        "express_limited", AUDIENCE, timezone.now() + dt.timedelta(days=9), form="spoken"
    )
    made = act(world, PEEL, following.reroute_referral, referral, basis=basis, **onward)
    assert reread(made).doors == 2
    with database.as_role("worker"):
        assert [c.kind for c in Consent.objects.filter(case=referral.case).order_by("number")] == [
            "express_informed",
            "express_limited",
        ]


def test_what_was_declined_before_is_not_sent_on_either(world):
    referral = world.referral()
    act(world, OTTAWA, answering.decline_referral, referral, reason="no_capacity")
    take_back(world, only(referral.case))
    with pytest.raises(Invalid) as refused:
        act(world, PEEL, following.reroute_referral, referral, to=world.desks[COMMUNITY])
    assert refused.value.field == "basis"


def test_an_offer_to_lead_ends_with_the_consent(world):
    case = world.case()
    offer = propose(world, case, "ottawa")
    take_back(world, only(case))
    with database.as_role("worker"):
        row = Handoff.objects.get(pk=offer.pk)
    assert (row.status, row.basis_end) == ("lapsed", "consent_withdrawn")
    for desk in (OTTAWA, COMMUNITY):
        with world.acting(desk) as actor:
            assert not Handoff.objects.visible_to(actor).exists()
            assert not Case.objects.readable_by(actor).exists()
    with pytest.raises(WrongStatus):
        answer(world, "accept", offer)


@pytest.mark.parametrize("handed_on", [False, True])
def test_shared_support_ends_with_the_consent_whoever_leads_by_then(world, handed_on):
    case = world.case()
    answer(world, "accept", propose(world, case, type="shared"))
    shared = only(case)
    lead = PEEL
    if handed_on:
        basis = BasisGiven(
            "substitute", ["cas"], timezone.now() + dt.timedelta(days=9), form="spoken"
        )
        answer(world, "accept", propose(world, case, NORTH, basis=basis), NORTH)
        lead = NORTH
    with world.acting(OTTAWA) as actor:
        assert Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    take_back(world, shared, desk=lead)
    with world.acting(OTTAWA) as actor:
        assert not Case.objects.exists()
        assert not Case.objects.visible_to(actor).exists()


def test_who_took_over_keeps_the_case_that_it_leads(world):
    case = world.case()
    answer(world, "accept", propose(world, case))
    take_back(world, only(case), desk=OTTAWA)
    with world.acting(OTTAWA) as actor:
        assert Case.objects.visible_to(actor).filter(pk=case.pk, lead_desk=actor.desk).exists()


def test_what_is_shown_before_is_what_happens(world):
    case = world.case()
    made = consent(world, case)
    waiting = world.referral("ottawa", case=case)
    held = world.referral(NORTH, case=case)
    act(world, NORTH, answering.accept_referral, held)
    done = world.referral("north-community", case=case)
    act(world, "north-community", answering.accept_referral, done)
    outcomes = {SHELTER: "connected"}
    act(world, "north-community", serving.complete_referral, done, outcomes=outcomes)
    draft = world.referral("peel-community", case=case, services=(PEERS,), sent=False)
    law = world.referral(case=world.case())
    offer = propose(world, case)
    desks = ("ottawa-cas", "ottawa-community", NORTH, "north-community", "peel-community")

    def access():
        found = {}
        for desk in desks:
            with world.acting(desk) as actor:
                found[desk] = (
                    Referral.objects.visible_to(actor).exclude(status="completed").count()
                    + Handoff.objects.visible_to(actor).count()
                )
        return found

    with world.acting(PEEL):
        before = effect_of(made, at=timezone.now()).settle()
    old = access()
    done_effect = take_back(world, made)
    new = access()

    def keys(rows):
        return [each.pk for each in rows]

    for name in ("returning", "kept", "closed", "drafts", "offers", "losing", "keeping"):
        assert keys(getattr(before, name)) == keys(getattr(done_effect, name)), name
    assert keys(before.returning) == [waiting.pk]
    assert keys(before.kept) == [held.pk]
    assert keys(before.closed) == [done.pk]
    assert keys(before.drafts) == [draft.pk]
    assert keys(before.offers) == [offer.pk]
    assert {d.slug for d in before.losing} == {d for d in desks if new[d] < old[d]}
    assert {d.slug for d in before.keeping} == {d for d in desks if new[d] and d == NORTH}
    assert reread(law).status == Status.SENT


def test_it_is_taken_back_once_and_as_it_was_read(world):
    referral = world.referral()
    made = only(referral.case)
    with pytest.raises(Stale):
        take_back(world, made, version=7)
    take_back(world, made, version=1)
    with pytest.raises(WrongStatus):
        take_back(world, made, version=1)


def test_all_of_it_stands_in_the_record_once(world):
    case = world.case()
    made = consent(world, case)
    first, second = world.referral(case=case), world.referral(NORTH, case=case)
    act(world, NORTH, answering.accept_referral, second)
    with database.as_role("worker"):
        last = Entry.objects.order_by("-pk").first().pk
    take_back(world, made)
    with database.as_role("worker"):
        entries = [(e.verb, e.subject) for e in Entry.objects.filter(pk__gt=last)]
        said = Entry.objects.get(verb="consent.withdrawn").body.data
    assert sorted(entries) == [
        ("consent.withdrawn", case.subject),
        ("referral.basis_ended", second.subject),
        ("referral.lapsed", first.subject),
    ]
    assert (said["lost"], said["kept"]) == ([OTTAWA], [NORTH])


# By the clock


def test_at_its_end_a_basis_ends_by_itself_and_a_second_run_finds_nothing(world):
    waiting, held = world.referral(), world.referral(NORTH)
    act(world, NORTH, answering.accept_referral, held)
    offer = propose(world, world.case())
    assert end_by_the_clock(world) == 6  # two referrals, an offer, three consents
    with database.as_role("worker"):
        assert carry_out_ends(at=timezone.now()) == 0
        assert Handoff.objects.get(pk=offer.pk).status == "lapsed"
        assert not Consent.objects.filter(ended_at=None).exists()
        assert {e.actor_id for e in Entry.objects.filter(verb="referral.lapsed")} == {None}
    assert (reread(waiting).status, reread(waiting).basis_end) == (Status.RETURNED, "end_reached")
    assert (reread(held).status, reread(held).basis_end) == (Status.ACCEPTED, "end_reached")
    assert dataclasses.asdict(shown(world, NORTH, held).facts)["contact_rules"]
    assert box(world, PEEL, Box.NEEDS_ACTION) == [waiting.reference]
    assert not sees(world, OTTAWA, waiting)


def test_a_legal_duty_ends_too(world):
    referral = world.referral()
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update referrals_basis set code = 'legal_duty', provision = 'cyfsa_s74',"
            " consent_id = null"
        )
    end_by_the_clock(world)
    assert reread(referral).status == Status.RETURNED


def test_the_lead_desk_is_warned_once_seven_days_before(world):
    case = world.case()
    made = consent(world, case, until=timezone.now() + dt.timedelta(days=30))
    with database.as_role("worker"):
        assert carry_out_ends(at=timezone.now()) == 0
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "update cases_consent set until = now() + interval '6 days',"
            " recorded_at = now() - interval '24 days'"
        )
    with database.as_role("worker"):
        assert carry_out_ends(at=timezone.now()) == 1
        assert carry_out_ends(at=timezone.now()) == 0
        followers.drain("notify")
        (notice,) = Notice.objects.filter(verb="consent.ending")
        assert Consent.objects.get(pk=made.pk).version == 2
    assert (notice.recipient, notice.reference) == (world.user(PEEL), case.reference)


def test_one_row_that_cannot_be_ended_holds_up_no_other(world):
    broken, good = world.referral(), world.referral(NORTH)
    with database.as_superuser() as admin:
        admin.execute(
            f"alter table referrals_referral add constraint broken check"
            f" (id <> {broken.pk} or status = 'sent')"
        )
    try:
        end_by_the_clock(world)
        assert reread(good).status == Status.RETURNED
    finally:
        with database.as_superuser() as admin:
            admin.execute("alter table referrals_referral drop constraint broken")
    with database.as_role("worker"):
        carry_out_ends(at=timezone.now())
    assert reread(broken).status == Status.RETURNED


def test_grants_of_a_consent_tell_their_desk_the_way_back(world):
    referral = world.referral()
    act(world, OTTAWA, answering.accept_referral, referral)
    take_back(world, only(referral.case))
    with database.as_role("worker"):
        grant = CaseGrant.objects.get(reason="receiver")
        followers.drain("notify")
        told = set(Notice.objects.filter(verb="referral.basis_ended").values_list(
            "recipient", flat=True
        ))  # fmt: skip
    assert (grant.opens_page, grant.words_until) == (False, reread(referral).basis_ended_at)
    assert told == {world.user(OTTAWA).pk}


def test_a_consent_ends_within_two_years_of_the_day_on_which_it_was_given(world):
    case, now = world.case(), timezone.now()
    for until, words in (
        (now - dt.timedelta(minutes=1), "in the future"),
        (now + LONGEST, "within two years"),
        (dt.datetime(2199, 1, 1, tzinfo=dt.UTC), "within two years"),
    ):
        with pytest.raises(Invalid, match=words):
            consent(world, case, until=until)
    with pytest.raises(Invalid, match="within two years"), world.acting(PEEL) as actor:
        far = given(until=now + 2 * LONGEST, given_on=timezone.localdate())
        rest_on(actor=actor, case=case, given=far, at=now)
    made = consent(world, case, until=now + LONGEST - dt.timedelta(days=2))
    row = {each.attname: getattr(made, each.attname) for each in Consent._meta.concrete_fields}
    row |= {"id": None, "number": 2, "until": now + 2 * LONGEST}
    with database.as_role("worker"), pytest.raises(IntegrityError, match="within two years"):
        Consent.objects.create(**row)
