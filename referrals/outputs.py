"""Cases and referrals as the API shows them, drawn once for all readers."""

import datetime as dt
from typing import Any

from rest_framework import serializers

from cases.actions import leading
from cases.facts import LEAD_FACTS, TASK_FACTS, Facts, lead_facts
from cases.models import Case
from cases.states import DOUBLE
from coordination.access import Actor
from coordination.rest import shown_reference
from referrals import child_reports, presenting, waiting
from referrals.allowed import allowed_verbs
from referrals.former_leads import FormerLead
from referrals.models import Referral
from referrals.states import Side


class CaseOut(serializers.Serializer[Any]):
    """Facts a reader may not see are absent, not empty."""

    reference = serializers.CharField()
    version = serializers.IntegerField()
    status = serializers.CharField()
    lead_desk = serializers.CharField(
        allow_null=True, help_text="null for a desk that led it, once it was handed on again"
    )
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
    child_report = serializers.CharField(
        allow_null=True, help_text="under 16, for the lead desk: reported to a CAS? null: not said"
    )
    facts = serializers.DictField(allow_null=True)
    waited_minutes = serializers.DictField(help_text="Until accepted: `sender` and `receiver`.")
    actions = serializers.ListField(child=serializers.CharField())


class PageOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ReferralOut(many=True)


def case_out(
    case: Case, actor: Actor, *, facts: Facts | None, former: FormerLead | None = None
) -> dict[str, Any]:
    """
    Return a case as one reader may see it; the lead's facts only for the lead desk.

    `former` is given where the reader's desk led the case before, and takes no other part in it.
    """
    lead = former.lead if former else case.lead_desk
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
        shown["child_report"] = child_reports.said(case, actor)
        shown["assignee"] = case.assignee.username if case.assignee else None
    return {
        "reference": shown_reference(case.reference),
        "version": case.version,
        "status": case.status,
        "lead_desk": lead.slug if lead else None,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "closure_reason": case.closure_reason or None,
        "follow_up_at": case.follow_up_at,
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
    facts = presenting.facts_shown(referral, actor, at=at)
    case = referral.readable_case
    basis = referral.basis
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
        "need_since": referral.need_since,
        "urgency": referral.urgency,
        "services": [each.service for each in referral.services.all()],
        "due_at": referral.due_at,
        "sent_at": referral.sent_at,
        "agreed_by_phone_at": referral.agreed_by_phone_at,
        "accepted_at": referral.accepted_at,
        "completed_at": referral.completed_at,
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
            "until": basis.until,
            "provision": basis.provision or None,
            "ended_at": referral.basis_ended_at,
            "end": referral.basis_end or None,
        },
        "child_report": child_reports.said(case, actor),
        "facts": vars(facts) if facts else None,
        "waited_minutes": waiting.apart(referral, at=at),
        "actions": allowed_verbs(referral, actor, at=at, side=side),
    }
