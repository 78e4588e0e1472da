"""What the law and the programs ask before something is sent: each rule, and the one place."""

import datetime as dt
import threading

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from audit.models import Entry
from cases.actions import leading, reporting
from cases.models import Case, ChildReport
from coordination.errors import Invalid, NotAllowed
from coordination.models import Agency, Desk
from referrals import child_reports, guard_rails
from referrals.actions.answering import decline_referral
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.following import reroute_referral
from referrals.actions.sending import send_referral
from referrals.guard_rails import BeforeSending, Said
from referrals.models import Override, Referral
from tests import database
from tests.referrals.test_api import Api, referral_of
from tests.referrals.test_handoffs import propose
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA, COMMUNITY = "peel-cas", "ottawa-cas", "ottawa-community"
YOUNG = {"age_band": "12_15"}

# Rail -> a situation in which it applies, and changes after which it does not.
SITUATIONS = {
    "under_16_report": (
        {"age_band": ["12_15"]},
        [{"age_band": ["16_17"]}, {"age_band": ["unknown"]}],
    ),
    "perhaps_under_16": ({"age_band": ["unknown_minor"]}, [{"age_band": ["16_17"]}]),
    "report_at_16_17": ({"age_band": ["16_17"]}, [{"age_band": ["18_20"]}]),
    "vwap_after_charges": (
        {"to_kind": ["vwap"], "only_to_kind": ["vwap"], "justice_stage": ["investigation"]},
        [
            {"only_to_kind": []},
            {"justice_stage": ["charges_laid"]},
            {"justice_stage": ["trial"]},
        ],
    ),
    "guardian_for_victim_services": (
        {
            "age_band": ["12_15"],
            "to_kind": ["victim_services", "cas"],
            "basis": ["express_informed"],
        },
        [
            {"age_band": ["16_17"]},
            {"basis": ["substitute"]},
            {"basis": ["legal_duty"]},
            {"recruiter_relation": ["family"]},
            {"to_kind": ["cas"]},
        ],
    ),
    "no_consent_from_recruiter": (
        {"basis": ["substitute"], "recruiter_relation": ["family"]},
        [{"basis": ["express_informed"]}, {"recruiter_relation": ["friend"]}],
    ),
    "youth_residence_for_youth": (
        {"services": ["youth_residence", "dental"], "age_band": ["30_38"]},
        [{"age_band": ["16_17"]}, {"services": ["dental"]}],
    ),
    "child_protection_for_adults": (
        {"services": ["child_protection"], "age_band": ["21_23"], "dependants": ["none"]},
        [{"age_band": ["16_17"]}, {"dependants": ["some"]}, {"services": ["dental"]}],
    ),
    "age_not_taken": ({"unfit": ["age"]}, [{"unfit": []}]),
    "gender_not_taken": ({"unfit": ["gender"]}, [{"unfit": ["age"]}]),
}


def applying(situation):
    return {rail.code for rail in guard_rails.applying(situation, sender="police")}


@pytest.mark.parametrize("rail", guard_rails.rails(), ids=lambda rail: rail.code)
def test_every_rail_has_both_languages_a_source_and_a_way_on(rail):
    said = set()
    for language in ("en", "fr"):
        with translation.override(language):
            assert rail.label.strip()
            assert rail.advice.strip()
            assert rail.source
            said |= {rail.label, rail.advice, rail.source}
    assert len(said) == 6, "the two languages differ"
    assert rail.effect in {"say", "ask", "warn", "stop"}
    assert bool(rail.reasons) == (rail.effect == "warn"), "only a warning is gone past"
    assert set(rail.acts) <= {"referral", "handoff"}
    assert rail.code in SITUATIONS, "no test"


@pytest.mark.parametrize("code", SITUATIONS)
def test_a_rail_applies_where_its_condition_holds_and_nowhere_else(code):
    situation, others = SITUATIONS[code]
    assert code in applying(situation)
    for other in others:
        assert code not in applying({**situation, **other})


def test_a_rail_names_only_codes_that_there_are():
    vocabulary = {"services": "service_need", "basis": "consent_basis", "to_kind": "organisation_kind",
                  "only_to_kind": "organisation_kind"}  # fmt: skip
    own = {"unfit": {"age", "gender"}, "dependants": {"none", "some"}}
    for rail in guard_rails.rails():
        for name, codes in [*rail.when.items(), *rail.unless.items()]:
            known = own.get(name) or set(guard_rails.vocabularies.codes(vocabulary.get(name, name)))
            assert set(codes) <= known, (rail.code, name)


def report_of(case):
    with database.as_role("worker"):
        return ChildReport.objects.filter(case=case).values_list("answer", flat=True).first()


def drafted(world, case, to=OTTAWA, *, basis="express_informed", services=("emergency_shelter",)):
    with world.acting(PEEL) as actor:
        now = timezone.now()
        kinds = ["cas", "community_org", "victim_services", "vwap", "police"]
        return draft_referral(
            actor=actor,
            case=case,
            to=to if isinstance(to, Agency) else world.desks[to],
            services=services,
            urgency="urgent",
            basis=BasisGiven(basis, kinds, now + dt.timedelta(days=9), form="spoken"),
            at=now,
        )


def send(world, draft, **said):
    return act(world, PEEL, send_referral, draft, said=Said(**said))


def agency(kind):
    with database.as_role("worker"):
        return Agency.objects.create(
            slug=f"x-{kind}", kind=kind, region="east", name_en=kind, name_fr=kind,
            privacy_regime="none", source="directory",
        )  # fmt: skip


def test_under_16_nothing_is_sent_before_the_report_is_answered(world):
    draft = drafted(world, world.case(**YOUNG))
    with pytest.raises(BeforeSending) as asked:
        send(world, draft)
    assert asked.value.field == "child_report"
    (rail,) = asked.value.rails
    assert (rail.code, rail.field) == ("under_16_report", "child_report")
    assert rail.answers == ["reported", "not_yet", "own_society"]
    assert report_of(draft.case) is None
    send(world, draft, child_report="not_yet")
    assert report_of(draft.case) == "not_yet"
    with database.as_role("worker"):
        entry = Entry.objects.select_related("body").get(verb="case.report_said")
        assert (entry.body.data["before"], entry.body.data["after"]) == ("", "not_yet")
        assert entry.version == 2


def test_what_was_answered_once_is_not_asked_again(world):
    case = world.case(**YOUNG)
    send(world, drafted(world, case), child_report="reported")
    send(world, drafted(world, case, COMMUNITY))
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="case.report_said").count() == 1


def test_not_yet_stays_on_the_list_of_the_lead_desk_until_it_is_settled(world):
    case, other = world.case(**YOUNG), world.case(age_band="16_17")
    send(world, drafted(world, case), child_report="not_yet")

    def listed(desk=PEEL):
        with world.acting(desk) as actor:
            return [each.reference.replace("-", "") for each in child_reports.waiting(actor)]

    assert listed() == [case.reference]
    assert listed(OTTAWA) == []
    with world.acting(PEEL) as actor:
        leading.change_case(case=other, actor=actor, facts=YOUNG, at=timezone.now())
    assert listed() == [case.reference, other.reference], "corrected to under 16: it applies again"
    for each in (case, other):
        with world.acting(PEEL) as actor:
            reporting.report_case(
                case=each, actor=actor, child_report="reported", at=timezone.now()
            )
    assert listed() == []


def test_only_a_society_says_that_it_is_the_society(world):
    with pytest.raises(Invalid), world.acting("peel-community") as actor:
        case = world.case("peel-community", **YOUNG)
        reporting.report_case(case=case, actor=actor, child_report="own_society", at=timezone.now())
    case = world.case(**YOUNG)
    with world.acting(PEEL) as actor:
        reporting.report_case(case=case, actor=actor, child_report="own_society", at=timezone.now())
    assert report_of(case) == "own_society"


def test_the_societies_of_the_team_are_phoned_first_else_those_of_the_directory(world):
    society = agency("cas")
    with world.acting("peel-community") as actor:
        phoned = child_reports.societies(actor.desk).others
        assert [(s.name, s.phone) for s in phoned] == [("Agency peel-cas", "555-0100")]
    with database.as_role("worker"):
        Desk.objects.filter(agency__kind="cas").update(is_addressable=False)
    with world.acting("ottawa-community") as actor:
        phoned = child_reports.societies(actor.desk).others
        assert phoned == [child_reports.Society(society.name_en, "")]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_society_is_not_told_to_phone_itself(world, language):
    with world.acting(PEEL) as actor:
        assert child_reports.societies(actor.desk) == child_reports.Whom(is_us=True)
    for code in ("under_16_report", "perhaps_under_16"):
        rail = next(each for each in guard_rails.rails() if each.code == code)
        with translation.override(language):
            assert rail.put_to("cas").advice != rail.put_to("police").advice == rail.advice
    assert "own_society" not in guard_rails.rails()[0].put_to("police").answers


def test_a_hand_off_asks_for_the_report_too(world):
    case = world.case(**YOUNG)
    with pytest.raises(BeforeSending):
        propose(world, case)
    propose(world, case, said=Said("reported"))
    assert report_of(case) == "reported"


@pytest.mark.parametrize("statement", [
    "update referrals_referral set status = 'sent', sent_at = now(), need_since = now(), version = 2"
    " where id = {referral}",
])  # fmt: skip
def test_the_database_sends_nothing_unanswered_either(world, statement):
    draft = drafted(world, world.case(**YOUNG))
    with psycopg.connect(database.url("worker")) as worker:
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            worker.execute(statement.format(referral=draft.pk))
        assert refused.value.diag.constraint_name == "case_report_is_answered"


def test_the_bands_of_the_trigger_are_those_of_the_rail(db):
    with database.as_superuser() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = 'case_report_is_answered'")
        (source,) = cursor.fetchone()
    literals = ", ".join(f"'{band}'" for band in guard_rails.under_16())
    assert f"in ({literals})" in source


def test_vwap_is_warned_about_until_the_worker_says_that_its_condition_is_met(world):
    draft = drafted(world, world.case(), agency("vwap"))
    with pytest.raises(BeforeSending) as asked:
        send(world, draft)
    assert asked.value.field == "overrides"
    with pytest.raises(BeforeSending):
        send(world, draft, overrides={"vwap_after_charges": "guardian_agrees"})
    send(world, draft, overrides={"vwap_after_charges": "condition_met", "age_not_taken": "other"})
    with database.as_role("worker"):
        assert [str(each) for each in Override.objects.all()] == [
            "vwap_after_charges: condition_met"
        ]
        body = Entry.objects.select_related("body").get(verb="referral.sent").body.data
        assert body["overrides"] == {"vwap_after_charges": "condition_met"}


def test_with_charges_laid_nothing_is_asked_and_nothing_about_them_leaves(world):
    case = world.case()
    with world.acting(PEEL) as actor:
        facts = {"justice_stage": "charges_laid"}
        leading.change_case(case=case, actor=actor, facts=facts, at=timezone.now())
    send(world, drafted(world, case, agency("vwap")))
    with database.as_role("worker"):
        assert not Override.objects.exists()


def test_a_guardian_is_asked_about_unless_the_family_recruited(world):
    case, victim_services = world.case(**YOUNG), agency("victim_services")
    draft = drafted(world, case, victim_services)
    with pytest.raises(BeforeSending) as asked:
        send(world, draft, child_report="reported")
    assert "guardian_for_victim_services" in {rail.code for rail in asked.value.rails}
    with world.acting(PEEL) as actor:
        facts = {"recruiter_relation": "family"}
        leading.change_case(case=case, actor=actor, facts=facts, at=timezone.now())
    send(world, draft, child_report="reported")


def test_a_family_that_recruited_gives_no_consent_whatever_reason_is_given(world):
    case = world.case(**YOUNG)
    with world.acting(PEEL) as actor:
        facts = {"recruiter_relation": "family"}
        leading.change_case(case=case, actor=actor, facts=facts, at=timezone.now())
    draft = drafted(world, case, basis="substitute")
    overrides = {"no_consent_from_recruiter": "other"}
    with pytest.raises(Invalid) as refused:
        send(world, draft, child_report="reported", overrides=overrides)
    assert not isinstance(refused.value, BeforeSending)
    assert refused.value.field == "basis"


def test_other_needs_words(world):
    case = world.case()
    draft = drafted(world, case, services=("child_protection",))
    with pytest.raises(BeforeSending) as asked:
        send(world, draft, overrides={"child_protection_for_adults": "other"})
    assert asked.value.field == "words"


def test_sending_on_meets_the_rails_too(world):
    case = world.case()
    sent = send(world, drafted(world, case))
    act(world, OTTAWA, decline_referral, sent, reason="no_capacity")
    with world.acting(PEEL) as actor:
        leading.change_case(case=case, actor=actor, facts=YOUNG, at=timezone.now())
    with pytest.raises(BeforeSending):
        act(world, PEEL, reroute_referral, sent, to=world.desks[COMMUNITY])
    act(world, PEEL, reroute_referral, sent, to=world.desks[COMMUNITY], said=Said("reported"))


@pytest.mark.parametrize("_round", range(5))
def test_a_correction_to_under_16_and_a_sending_at_once_never_send_unanswered(world, _round):
    case = world.case()
    draft = drafted(world, case)
    start, outcome = threading.Barrier(2), {}

    def correct():
        with world.acting(PEEL) as actor:
            leading.change_case(case=case, actor=actor, facts=YOUNG, at=timezone.now())

    def run(name, what):
        try:
            start.wait()
            what()
            outcome[name] = "done"
        except Exception as error:
            outcome[name] = type(error).__name__
        finally:
            connection.close()

    tasks = {"correct": correct, "send": lambda: send(world, draft)}
    threads = [threading.Thread(target=run, args=each) for each in tasks.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.as_role("worker"):
        sent = Referral.objects.get(pk=draft.pk).status == "sent"
        subjects = [case.subject, draft.subject]
        entries = {e.verb: e.pk for e in Entry.objects.filter(subject__in=subjects)}
    assert outcome["correct"] == "done"
    assert outcome["send"] == ("done" if sent else "BeforeSending")
    if sent:
        assert entries["referral.sent"] < entries["case.changed"]


def test_the_answer_is_the_lead_desks_alone_in_the_database_too(world):
    case = world.case(**YOUNG)
    referral = send(world, drafted(world, case), child_report="not_yet")
    with psycopg.connect(database.url("app"), autocommit=True) as app:

        def as_of(desk):
            app.execute("select set_config('relay.actor', %s, false)", [str(world.user(desk).pk)])

        as_of(OTTAWA)
        assert app.execute("select count(*) from cases_case").fetchone() == (1,), "control"
        assert app.execute("select count(*) from cases_childreport").fetchone() == (0,)
        changed = app.execute("update cases_childreport set answer = 'reported'")
        assert changed.rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("delete from cases_childreport")
        as_of(PEEL)
        assert app.execute("select count(*) from cases_childreport").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):  # in another person's name
            other = world.user(OTTAWA).pk
            app.execute("update cases_childreport set person_id = %s", [other])
        columns, codes = "(referral_id, rail, reason)", "(%s, 'age_not_taken', 'other')"
        insert = f"insert into referrals_override {columns} values {codes}"
        for desk in (PEEL, OTTAWA):  # after the sending, by neither side
            as_of(desk)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(insert, [referral.pk])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("update referrals_override set reason = 'z'")


def test_only_the_lead_desk_answers(world):
    case = world.case(**YOUNG)
    with pytest.raises(NotAllowed), world.acting(OTTAWA) as actor:
        reporting.report_case(case=case, actor=actor, child_report="reported", at=timezone.now())


def one_page(**more):
    return {
        "key": "k", "urgency": "urgent", "services": ["emergency_shelter"], "age_band": "12_15",
        "gender_identity": "woman_girl", "situation": "left_recently", "service_language": "en",
        "indigenous_led": "not_asked", "dependants": "0", "basis": "express_informed",
        "consent_form": "spoken",
        "audience": ["cas", "community_org"], "to": "desk:ottawa-cas",
        "until": (timezone.localdate() + dt.timedelta(days=30)).isoformat(), **more,
    }  # fmt: skip


def hidden(page):
    """Return what the page between carries along, as a browser would send it back."""
    carried = {}
    for name, value in page.context["form"].carried_along:
        carried.setdefault(name, []).append(value)
    return carried


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_asks_before_sending_keeps_what_was_typed_and_sends_once_answered(world, language):
    client = Client()
    client.force_login(world.user(PEEL))
    words = "Needs a bed near a bus line."
    path = f"/{language}/referrals/new/one-page/"
    asked = client.post(path, one_page(words=words))
    assert asked.status_code == 422
    assert "LSEJF" in asked.content.decode() or "CYFSA" in asked.content.decode()
    assert "555-0100" not in asked.content.decode(), "a society does not phone itself"
    with database.as_role("worker"):
        assert not Case.objects.exists()
    again = client.post(path, {**hidden(asked), "rails": "1"})
    assert again.status_code == 422
    assert again.context["form"].errors["child_report"]
    changed = client.post(path, {**hidden(again), "change": "1"})
    assert changed.status_code == 200
    assert changed.context["form"].data["words"] == words
    sent = client.post(path, {**hidden(again), "rails": "1", "child_report": "not_yet"})
    assert sent.status_code == 302
    inbox = client.get(f"/{language}/inbox/").content.decode()
    with database.as_role("worker"):
        case = Case.objects.get()
    shown = f"{case.reference[:4]}-{case.reference[4:]}"
    assert f"/{language}/cases/{shown}/" in inbox
    page = client.get(f"/{language}/cases/{shown}/").content.decode()
    assert f"/{language}/cases/{shown}/report/" in page
    answer = client.post(
        f"/{language}/cases/{shown}/report/", {"version": case.version, "child_report": "reported"}
    )
    assert answer.status_code == 302
    assert f"/cases/{shown}/" not in client.get(f"/{language}/inbox/").content.decode()


def test_the_receiver_reads_what_was_gone_past(world):
    draft = drafted(world, world.case(), services=("child_protection",))
    sent = send(world, draft, overrides={"child_protection_for_adults": "receiver_agreed"})
    client = Client()
    client.force_login(world.user(OTTAWA))
    shown = f"{sent.reference[:4]}-{sent.reference[4:]}"
    page = client.get(f"/en/referrals/{shown}/").content.decode()
    assert "Child protection serves people under 18" in page
    body = Api(world.token(OTTAWA)).get(f"referrals/{shown}").json()
    assert body["overrides"] == {"child_protection_for_adults": "receiver_agreed"}


def test_the_api_says_what_is_missing_and_takes_the_answers(world):
    peel = Api(world.token(PEEL))
    facts = {"age_band": "12_15", "gender_identity": "woman_girl", "situation": "current",
             "service_language": "en"}  # fmt: skip
    case = peel.post("cases", facts, Idempotency_Key="a").json()["reference"]
    asked = peel.post("referrals", referral_of(case), Idempotency_Key="b")
    assert asked.status_code == 400
    assert asked.json()["errors"].keys() == {"child_report"}
    assert [rail["code"] for rail in asked.json()["guard_rails"]] == ["under_16_report"]
    for wrong in ({"child_report": "perhaps"}, {"overrides": {"x": "other"}},
                  {"send": False, "child_report": "reported"}):  # fmt: skip
        refused = peel.post("referrals", referral_of(case, **wrong), Idempotency_Key="c")
        assert refused.status_code == 400, wrong
    draft = peel.post("referrals", referral_of(case, send=False), Idempotency_Key="d").json()
    path = f"referrals/{draft['reference']}/send"
    assert peel.post(path, If_Match='"1"').status_code == 400
    answered = peel.post(path, {"child_report": "not_yet"}, If_Match='"1"')
    assert answered.status_code == 200
    settled = peel.post(f"cases/{case}/report", {"child_report": "reported"}, If_Match='"2"')
    assert settled.status_code == 200
    assert settled.json()["version"] == 3
