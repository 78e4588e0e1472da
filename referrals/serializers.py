"""Shapes of cases and referrals in the API: strict input, and output drawn once for all readers."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from cases.actions import leading
from cases.actions.notes import Words
from cases.facts import LEAD_FACTS, TASK_FACTS, Facts, lead_facts
from cases.models import Case
from cases.states import DOUBLE
from coordination import vocabularies
from coordination.access import Actor
from coordination.rest import CodeField, CodesField, MomentField, StrictSerializer, shown_reference
from referrals import presenting, questions, waiting
from referrals.allowed import allowed_verbs
from referrals.basis_input import BasisIn
from referrals.guard_rails import Said
from referrals.models import Referral
from referrals.states import Side


class FactsIn(StrictSerializer):
    age_band = CodeField("age_band")
    gender_identity = CodeField("gender_identity")
    situation = CodeField("situation")
    service_language = CodeField("service_language")
    indigenous_led = CodeField("indigenous_led", required=False)
    access_needs = CodesField("access_need", required=False)
    dependants = serializers.IntegerField(min_value=0, max_value=20, required=False)
    contact_rules = CodesField("contact_rule", required=False)
    areas_to_avoid = serializers.ListField(
        child=serializers.SlugField(max_length=80), required=False, max_length=50
    )
    safety_flags = CodesField("safety_flag", required=False)
    needs = CodesField("service_need", required=False)
    trafficking_status = CodeField("trafficking_status", required=False)
    exploitation_types = CodesField("exploitation_type", required=False)
    means_of_control = CodesField("means_of_control", required=False)
    recruiter_relation = CodeField("recruiter_relation", required=False)
    justice_stage = CodeField("justice_stage", required=False)


class CaseIn(FactsIn):
    lead_desk = serializers.SlugField(required=False)


TARGETS = ("to_desk", "to_team", "to_agency", "to_province")


def one_target(attrs: dict[str, Any]) -> dict[str, Any]:
    """:raises ValidationError: unless exactly one of `TARGETS` says whom to send to."""
    if sum(name in attrs for name in TARGETS) != 1:
        message = _("Give one of these: %(names)s.") % {"names": ", ".join(TARGETS)}
        raise serializers.ValidationError({"to_desk": [message]})
    return attrs


class WordsIn(StrictSerializer):
    """
    What is said with it: at most 280 characters, behind the identifier gate.

    `keep` gives, for a kind that only warns, the reason why it stays (`keep_reason`).
    """

    words = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    keep = serializers.DictField(child=CodeField("keep_reason"), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        text, keep = attrs.pop("words", "").strip(), attrs.pop("keep", {})
        return {**attrs, "words": Words(text, keep) if text else None}


class SaidIn(WordsIn):
    """
    What the guard rails ask: whether a child's case was reported, and reasons to go past a warning.

    `overrides` gives, for a rail (`guard_rail`), the reason (`override_reason`).
    """

    child_report = CodeField("child_report", required=False)
    overrides = serializers.DictField(child=CodeField("override_reason"), required=False)

    def validate_overrides(self, overrides: dict[str, str]) -> dict[str, str]:
        if set(overrides) - set(vocabularies.codes("guard_rail")):
            raise serializers.ValidationError(_("There is no such guard rail."))
        return overrides

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        said = Said(attrs.pop("child_report", ""), attrs.pop("overrides", {}))
        return {**attrs, "said": said}


class ReferralIn(SaidIn):
    case = serializers.CharField(max_length=20)
    to_desk = serializers.SlugField(required=False, max_length=80)
    to_team = serializers.SlugField(required=False, max_length=80)
    to_agency = serializers.SlugField(required=False, max_length=80)
    to_province = CodeField("province", required=False)
    agreed_by_phone_at = MomentField(required=False)
    services = CodesField("service_need", allow_empty=False)
    urgency = CodeField("urgency")
    basis = BasisIn()
    send = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "agreed_by_phone_at" in attrs and not attrs["send"]:
            message = _("Only what is sent can be agreed by phone.")
            raise serializers.ValidationError({"agreed_by_phone_at": [message]})
        return one_target(super().validate(attrs))


class NothingIn(StrictSerializer):
    """A verb that needs no further word."""


class AskIn(WordsIn):
    questions = CodesField("question", allow_empty=False)


class AnswerIn(WordsIn):
    answers = serializers.DictField(child=CodeField("answer"), help_text=questions.described())


class DeclineIn(WordsIn):
    reason = CodeField("decline_reason")
    suggested_desk = serializers.SlugField(required=False, max_length=80)


class WithdrawIn(WordsIn):
    reason = CodeField("withdraw_reason")


class WaitlistIn(StrictSerializer):
    review_at = MomentField()


class CompleteIn(WordsIn):
    outcomes = serializers.DictField(child=CodeField("outcome"))


class ReopenIn(WordsIn):
    reason = CodeField("reopen_reason")


class GiveBackIn(WordsIn):
    reason = CodeField("give_back_reason")


class ResolveIn(WordsIn):
    reason = CodeField("resolve_reason")


class ConfirmContactIn(StrictSerializer):
    method = CodeField("contact_method")


class RerouteIn(SaidIn):
    """The basis is needed where the one before has ended; else it is copied."""

    basis = BasisIn(required=False)
    to_desk = serializers.SlugField(required=False, max_length=80)
    to_team = serializers.SlugField(required=False, max_length=80)
    to_agency = serializers.SlugField(required=False, max_length=80)
    to_province = CodeField("province", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return one_target(super().validate(attrs))


class AssignIn(StrictSerializer):
    to = serializers.CharField(max_length=80, allow_null=True)


class CaseOut(serializers.Serializer[Any]):
    """Facts a reader may not see are absent, not empty."""

    reference = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.CharField()
    lead_desk = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closure_reason = serializers.CharField(allow_null=True)
    follow_up_at = serializers.DateTimeField(allow_null=True)
    actions = serializers.ListField(child=serializers.CharField())


class ReferralOut(serializers.Serializer[Any]):
    reference = serializers.CharField()
    version = serializers.IntegerField()
    case = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    responsible_desk = serializers.CharField()
    from_desk = serializers.CharField()
    to_desk = serializers.CharField(allow_null=True)
    to_team = serializers.CharField(allow_null=True)
    to_agency = serializers.CharField(allow_null=True)
    to_province = serializers.CharField(allow_null=True)
    reroutes = serializers.CharField(allow_null=True)
    doors = serializers.IntegerField()
    need_since = serializers.DateTimeField(allow_null=True)
    urgency = serializers.CharField()
    services = serializers.ListField(child=serializers.CharField())
    due_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    agreed_by_phone_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    contact_confirmed = serializers.BooleanField()
    settled = serializers.BooleanField()
    outcomes = serializers.DictField()
    questions = serializers.ListField(child=serializers.CharField())
    decline_reason = serializers.CharField(allow_null=True)
    withdraw_reason = serializers.CharField(allow_null=True)
    give_back_reason = serializers.CharField(allow_null=True)
    suggested_desk = serializers.CharField(allow_null=True)
    overrides = serializers.DictField()
    basis = serializers.DictField()
    facts = serializers.DictField(allow_null=True)
    waited_minutes = serializers.DictField(help_text="Until accepted: `sender` and `receiver`.")
    actions = serializers.ListField(child=serializers.CharField())


class PageOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ReferralOut(many=True)


def case_out(case: Case, actor: Actor, *, facts: Facts | None) -> dict[str, Any]:
    """Return a case as one reader may see it; the lead's facts only for the lead desk."""
    shown = {name: getattr(facts, name) for name in TASK_FACTS} if facts else {}
    if case.lead_desk_id in actor.desk_ids:
        kept = lead_facts(case)
        shown |= {name: kept.get(name) or None for name in LEAD_FACTS}
        link = (
            case.links.filter(ended_at=None).select_related("kept").first()
            if case.closure_reason == DOUBLE
            else None
        )
        shown["same_as"] = shown_reference(link.kept.reference) if link else None
        shown["assignee"] = case.assignee.username if case.assignee else None
    return {
        "reference": shown_reference(case.reference),
        "version": case.version,
        "status": case.status,
        "lead_desk": case.lead_desk.slug,
        "opened_at": case.opened_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "closure_reason": case.closure_reason or None,
        "follow_up_at": case.follow_up_at.isoformat() if case.follow_up_at else None,
        "actions": leading.allowed_verbs(case, actor),
        **shown,
    }


def referral_out(
    referral: Referral, actor: Actor, *, at: dt.datetime, side: Side | None = None
) -> dict[str, Any]:
    """
    Return a referral as one reader may see it; `attach_cases` comes first.

    `side` saves the query for it, where a list knows it already.
    """
    facts = presenting.facts_shown(referral, actor)
    case, basis = referral.readable_case, referral.basis
    return {
        "reference": shown_reference(referral.reference),
        "version": referral.version,
        "case": shown_reference(case.reference) if case else None,
        "status": referral.status,
        "responsible_desk": referral.responsible_desk.slug,
        "from_desk": referral.from_desk.slug,
        "to_desk": referral.to_desk.slug if referral.to_desk else None,
        "to_team": referral.to_team.slug if referral.to_team else None,
        "to_agency": referral.to_agency.slug if referral.to_agency else None,
        "to_province": referral.to_province or None,
        # Whose chain it is: a receiver learns how many doors were tried, not which.
        "reroutes": shown_reference(referral.reroutes.reference)
        if referral.reroutes_id and referral.from_desk_id in actor.desk_ids and referral.reroutes
        else None,
        "doors": referral.doors,
        "need_since": _moment(referral.need_since),
        "urgency": referral.urgency,
        "services": [each.service for each in referral.services.all()],
        "due_at": referral.due_at.isoformat(),
        "sent_at": _moment(referral.sent_at),
        "agreed_by_phone_at": _moment(referral.agreed_by_phone_at),
        "accepted_at": _moment(referral.accepted_at),
        "completed_at": _moment(referral.completed_at),
        "contact_confirmed": referral.is_contact_confirmed,
        "settled": referral.settled_at is not None,
        "outcomes": {s.service: s.outcome for s in referral.services.all() if s.outcome},
        "questions": referral.questions,
        "decline_reason": referral.decline_reason or None,
        "withdraw_reason": referral.withdraw_reason or None,
        "give_back_reason": referral.give_back_reason or None,
        "suggested_desk": referral.suggested_desk.slug if referral.suggested_desk else None,
        "overrides": {each.rail: each.reason for each in referral.overrides.all()},
        "basis": {
            "code": basis.code,
            "audience": basis.audience,
            "until": basis.until.isoformat(),
            "provision": basis.provision or None,
            "ended_at": _moment(referral.basis_ended_at),
            "end": referral.basis_end or None,
        },
        "facts": asdict(facts) if facts else None,
        "waited_minutes": waiting.apart(referral, at=at),
        "actions": allowed_verbs(referral, actor, at=at, side=side),
    }


def _moment(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value else None
