"""Two cases of one desk that are the same person: one stays, the other is closed and linked."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.actions import leading
from cases.actions.consents import move_consents
from cases.actions.notes import Words
from cases.models import Case, CaseGrant, CaseLink, Consent
from cases.states import JOIN
from coordination import access, references
from coordination.errors import Invalid
from referrals import handoff_moves
from referrals.actions import closing, handing_off
from referrals.models import Referral, RequestedService
from referrals.states import Side

IN_ANOTHER = "no_longer_needed"
"""The reason with which an offer of the case that is closed ends."""

_KEY = frozenset({"id", "permission", "group", "content_object", "reason", "source"})


@transaction.atomic
def link_cases(
    *,
    case: Case,
    same_as: Case,
    actor: access.Actor,
    needs: Sequence[str],
    at: dt.datetime,
    version: int | None = None,
    kept_version: int | None = None,
    words: Words | None = None,
) -> Case:
    """
    Close `case` as the same person as `same_as`, whose facts stand; `needs` are what it has then.

    What the desk sent for the one goes over to the other, with its words and its receivers' access;
    so do the consents that are in force, which are taken back there from now on.

    :raises NotAllowed, WrongStatus, Stale: see `cases.actions.leading.begin`; of both cases.
    :raises Invalid: if they are one case, if both ask the same of the same desk, if a need is of
        neither, or a colleague is writing a referral.
    """
    if case.pk == same_as.pk:
        raise Invalid(_("Choose another case than this one."), field="same_as")
    # Whoever answers one of them takes this order (docs/adr/0019); both cases by key.
    offers = handoff_moves.hold_offers(case.pk)
    both = Case.objects.filter(pk__in=[case.pk, same_as.pk]).order_by("pk")
    list(both.select_for_update(of=("self",), no_key=True))
    list(Consent.objects.select_for_update(of=("self",)).filter(case_id=case.pk).order_by("pk"))
    rows = Referral.objects.select_for_update(of=("self",)).filter(case_id=case.pk)
    referrals = list(rows.order_by("pk"))
    list(both.select_for_update(of=("self",)))
    step = leading.begin("link", case=case, actor=actor, at=at, version=version)
    other = leading.begin("change", case=same_as, actor=actor, at=at, version=kept_version)
    kept = replace(other, transition=JOIN)
    closing.require_no_hidden_draft(case)
    _require_of_either(needs, step.case, kept.case)
    moving = [each for each in referrals if actor.acts_for(each.from_desk_id)]
    _require_no_double(moving, kept.case)
    for offer in offers:
        handing_off.withdraw_handoff(handoff=offer, actor=actor, reason=IN_ANOTHER, at=at)
    desk = step.case.lead_desk
    CaseLink.objects.create(case=step.case, kept=kept.case, desk=desk, linked_at=at)
    move_consents(actor=actor, case=step.case, kept=kept.case, at=at)
    for referral in moving:
        _move(referral, step.case, kept.case, at=at)
    before = list(kept.case.needs)
    kept.make(
        data={
            "of": step.case.reference,
            "referrals": [each.reference for each in moving],
            "before": {"needs": before},
            "after": {"needs": list(needs)},
        },
        needs=list(needs),
    )
    return leading.close_as_double(step, kept.case, words=words)


def doubles_of(case: Case, same_as: Case) -> list[RequestedService]:
    """Return what is live of both, asked of the same desk, team or contact."""
    asked = RequestedService.objects.filter(case_id=same_as.pk, is_live=True)
    pairs = set(asked.values_list("service", "target"))
    live = RequestedService.objects.filter(case_id=case.pk, is_live=True)
    return [
        each for each in live.select_related("referral") if (each.service, each.target) in pairs
    ]


def _require_of_either(needs: Sequence[str], case: Case, kept: Case) -> None:
    if not set(needs) <= {*case.needs, *kept.needs}:
        raise Invalid(_("Choose needs that one of the two cases has."), field="needs")


def _require_no_double(moving: Sequence[Referral], kept: Case) -> None:
    cases = {each.case_id for each in moving}
    doubles = doubles_of(Case(pk=cases.pop()), kept) if cases else []
    if doubles:
        codes = ", ".join(
            dict.fromkeys(references.display(each.referral.reference) for each in doubles)
        )
        raise Invalid(
            _("Both cases ask the same of the same desk. Withdraw one of the two first: %(codes)s.")
            % {"codes": codes}
        )


def _move(referral: Referral, case: Case, kept: Case, *, at: dt.datetime) -> None:
    """
    Give a referral to the case that stays; who reads the case through it reads that one.

    A trigger has its basis rest on the consent that was recorded anew there.
    """
    granted = CaseGrant.objects.current().filter(
        content_object_id=case.pk, reason=Side.RECEIVER, source=referral.subject
    )
    lines: list[dict[str, Any]] = [
        {
            field.name: getattr(grant, field.name)
            for field in CaseGrant._meta.local_fields
            if field.name not in _KEY
        }
        | {"to": [grant.group_id]}
        for grant in granted.order_by("group_id")
    ]
    referral.case = kept
    referral.version += 1
    referral.save(update_fields=["case", "version"])
    for line in lines:
        access.give(CaseGrant, on=kept, reason=Side.RECEIVER, source=referral.subject, **line)
        access.end(
            CaseGrant, on=case, of=line["to"], reason=Side.RECEIVER, source=referral.subject, at=at
        )
    record(
        Verb.REFERRAL_JOINED,
        subject=referral.subject,
        version=referral.version,
        at=at,
        data={"from": case.reference, "to": kept.reference},
    )
