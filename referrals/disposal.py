"""
What belongs to a case and goes with it, in one table; and when a case, its words, a draft may go.

A new table that hangs on a case is named here, or a test fails: nothing may be forgotten.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Concat

from audit import disposal
from audit.record import record
from audit.verbs import Verb
from cases.models import Case, CaseLink, Note
from cases.states import ENTERED_IN_ERROR, TRANSITIONS
from cases.states import Status as CaseStatus
from coordination.disposing import Disposer
from coordination.models import AccessRequest, Tombstone
from coordination.retention import Rule
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff, Referral
from referrals.states import LIVE, Status

AT_ONCE = 25

OF_A_REFERRAL = (
    "delete from referrals_requestedservice where referral_id = any(%(referrals)s)",
    "delete from referrals_override where referral_id = any(%(referrals)s)",
    "delete from referrals_basis where referral_id = any(%(referrals)s)",
    "delete from referrals_referralgrant where content_object_id = any(%(referrals)s)",
    "delete from cases_casegrant where source = any(%(subjects)s)",
    "delete from cases_note where about = any(%(subjects)s)",
    "delete from coordination_accessspan where subject = any(%(subjects)s)",
    "delete from referrals_followup where subject = any(%(subjects)s)",
    "delete from coordination_step where subject = any(%(subjects)s)",
    "delete from notifications_notice where reference = any(%(references)s)",
    "delete from referrals_referral where id = any(%(referrals)s)",
)
"""What hangs on a referral, and the referral."""

OF_A_CASE = (
    *OF_A_REFERRAL,
    "delete from referrals_handoffgrant where content_object_id = any(%(handoffs)s)",
    "delete from referrals_handoff where id = any(%(handoffs)s)",
    "delete from cases_note where case_id = any(%(cases)s)",
    "delete from cases_needoutcome where case_id = any(%(cases)s)",
    "delete from cases_indigenousidentity where case_id = any(%(cases)s)",
    "delete from cases_caselink where case_id = any(%(cases)s) or kept_id = any(%(cases)s)",
    "delete from cases_consent where case_id = any(%(cases)s)",
    "delete from cases_childreport where case_id = any(%(cases)s)",
    "delete from cases_leadfacts where case_id = any(%(cases)s)",
    "delete from cases_casegrant where content_object_id = any(%(cases)s)",
    # The key stays, so that a file that is sent again brings nothing back; its facts' digest goes.
    (
        "update cases_imported set case_id = null,"
        " fingerprint = sha256(uuid_send(gen_random_uuid())) where case_id = any(%(cases)s)"
    ),
    "update coordination_accessrequest set words = '' where case_reference = any(%(references)s)",
    "delete from cases_case where id = any(%(cases)s)",
)
"""What hangs on a case, its referrals and hand-offs, and the case."""


class _Is(Func):
    """A question that the database answers about a case, or about subjects of the record."""

    output_field = BooleanField()


CLOSES = [each.event for each in TRANSITIONS.values() if each.target == CaseStatus.CLOSED]


_HELD = _Is(F("reference"), function="case_is_held")
_DRAFT_OWED = _Is(
    Func(
        Concat(Value("referral:"), "reference", output_field=TextField()),
        template="array[%(expressions)s]",
    ),
    function="audit_is_owed",
)
_OWED = _Is(Func(F("pk"), function="case_subjects"), function="audit_is_owed")


def _closed(before: dt.datetime) -> QuerySet[Case]:
    """
    Return the cases that were closed before a moment, and that no hold keeps, oldest first.

    The record says so too: a column alone destroys nothing.
    """
    subject = Concat(Value("case:"), OuterRef("reference"), output_field=TextField())
    last = disposal.last_said(subject, CLOSES)
    rows = Case.objects.filter(status=CaseStatus.CLOSED, closed_at__lt=before)
    rows = rows.alias(said_at=last).filter(said_at__lt=before)
    return rows.filter(~Q(_HELD)).order_by("closed_at", "pk")


def _cases_due(before: dt.datetime) -> QuerySet[Case]:
    """Return those of which everything is over, and that no person has asked about unanswered."""
    live = Referral.objects.filter(case=OuterRef("pk"), status__in=[str(each) for each in LIVE])
    offered = Handoff.objects.filter(case=OuterRef("pk"), status=HandoffStatus.PROPOSED)
    asked = AccessRequest.objects.filter(case_reference=OuterRef("reference"), outcome="")
    over = _closed(before).filter(~Exists(live), ~Exists(offered), ~Exists(asked))
    return over.filter(~Q(_OWED)).exclude(Exists(_kept_for_its_double(before)))


def _kept_for_its_double(before: dt.datetime) -> QuerySet[CaseLink]:
    """Return the links that keep a case: what is one person's goes when all of it may go."""
    linked = CaseLink.objects.filter(ended_at=None)
    closed = {"kept__status": CaseStatus.CLOSED, "kept__closed_at__lt": before}
    held = _Is(F("kept__reference"), function="case_is_held")
    doubled = linked.filter(case=OuterRef("pk")).filter(~Q(**closed) | Q(held))
    held = _Is(F("case__reference"), function="case_is_held")
    return doubled | linked.filter(Q(held), kept=OuterRef("pk"))


def _errors_due(before: dt.datetime) -> QuerySet[Case]:
    return _cases_due(before).filter(closure_reason=ENTERED_IN_ERROR)


def _dispose_of_cases(cases: Sequence[Case], rule: Rule, at: dt.datetime) -> None:
    referrals = dict(
        Referral.objects.filter(case__in=cases).values_list("pk", "reference").order_by("pk")
    )
    handoffs = dict(Handoff.objects.filter(case__in=cases).values_list("pk", "reference"))
    references = [case.reference for case in cases]
    subjects = [
        *(case.subject for case in cases),
        *(f"referral:{reference}" for reference in referrals.values()),
        *(f"handoff:{reference}" for reference in handoffs.values()),
    ]
    certificate = disposal.certify(
        record_class=rule.code,
        period=rule.period,
        count=len(cases),
        references=references,
        entries=disposal.entries_about(subjects),
        at=at,
    )
    _run(
        OF_A_CASE,
        cases=[case.pk for case in cases],
        referrals=list(referrals),
        handoffs=list(handoffs),
        references=[*references, *referrals.values(), *handoffs.values()],
        subjects=subjects,
    )
    for case in cases:
        Tombstone.objects.create(
            reference=case.reference,
            opened_at=case.opened_at,
            closed_at=case.closed_at,
            disposed_at=at,
            certificate=certificate,
        )
        record(
            Verb.CASE_DISPOSED,
            subject=f"case:{case.reference}",
            at=at,
            data={"certificate": certificate},
        )


def _words_due(before: dt.datetime) -> QuerySet[Case]:
    return _closed(before).filter(Exists(Note.objects.filter(case=OuterRef("pk"))))


def _dispose_of_words(cases: Sequence[Case], rule: Rule, at: dt.datetime) -> None:
    """Delete what was written in words about cases; their codes stay."""
    counts = Counter(Note.objects.filter(case__in=cases).values_list("case_id", flat=True))
    Note.objects.filter(case__in=cases).delete()
    certificate = disposal.certify(
        record_class=rule.code,
        period=rule.period,
        count=counts.total(),
        references=[case.reference for case in cases],
        at=at,
    )
    for case in cases:
        record(
            Verb.WORDS_DISPOSED,
            subject=case.subject,
            at=at,
            data={"certificate": certificate, "count": counts[case.pk]},
        )


def _drafts_due(before: dt.datetime) -> QuerySet[Referral]:
    rows = Referral.objects.filter(status=Status.DRAFT, written_at__lt=before)
    held = Case.objects.filter(_HELD, pk=OuterRef("case_id"))
    return rows.filter(~Exists(held), ~Q(_DRAFT_OWED)).order_by("pk")


def _dispose_of_drafts(drafts: Sequence[Referral], rule: Rule, at: dt.datetime) -> None:
    references = [draft.reference for draft in drafts]
    subjects = [draft.subject for draft in drafts]
    disposal.certify(
        record_class=rule.code,
        period=rule.period,
        count=len(drafts),
        references=references,
        entries=disposal.entries_about(subjects),
        at=at,
    )
    _run(
        OF_A_REFERRAL,
        referrals=[draft.pk for draft in drafts],
        references=references,
        subjects=subjects,
    )


def _run(statements: Sequence[str], **named: list[Any]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, named)


CASES = Disposer(_cases_due, _dispose_of_cases, batch=AT_ONCE, locks_rows=True)
ERRORS = Disposer(_errors_due, _dispose_of_cases, batch=AT_ONCE, locks_rows=True)
WORDS = Disposer(_words_due, _dispose_of_words, batch=AT_ONCE, locks_rows=True)
DRAFTS = Disposer(_drafts_due, _dispose_of_drafts, batch=AT_ONCE, locks_rows=True)
