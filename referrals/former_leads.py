"""What a desk that led a case may still know of who leads it now, and until when it reads."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cases.models import Case, CaseGrant
from cases.models.case import opens_now
from coordination.access import Actor
from coordination.models import Desk
from referrals.handoff_states import HandoffStatus
from referrals.models import Handoff

FORMER_LEAD, SHARED = "former_lead", "shared"


@dataclass(frozen=True)
class FormerLead:
    """A case read by a desk that led it, and takes no other part in it."""

    led_until: dt.datetime | None
    """When the case was handed on; nothing, if it was passed on because nobody worked there."""

    reads_until: dt.datetime | None
    lead: Desk | None
    """Who leads now, if the reader handed the case to them; who came after is not its business."""


def former_leads(cases: Sequence[Case], actor: Actor) -> dict[int, FormerLead]:
    """Return, by the case's key, those that the reader may open only as a desk that led them."""
    others = [case for case in cases if case.lead_desk_id not in actor.desk_ids]
    if not others:
        return {}
    held = defaultdict(list)
    grants = CaseGrant.objects.current().filter(
        opens_now(), group_id__in=actor.desk_ids, content_object__in=others
    )
    for grant in grants:
        held[grant.content_object_id].append(grant)
    led = {key for key, found in held.items() if {each.reason for each in found} == {FORMER_LEAD}}
    if not led:
        return {}
    own = Handoff.objects.visible_to(actor).filter(
        case_id__in=led, from_desk_id__in=actor.desk_ids, status=HandoffStatus.ACCEPTED
    )
    given = {each.case_id: each for each in own.exclude(type=SHARED).order_by("answered_at")}
    return {
        case.pk: FormerLead(
            led_until=given[case.pk].answered_at if case.pk in given else None,
            reads_until=held[case.pk][0].until,
            lead=case.lead_desk
            if case.pk in given and given[case.pk].accepting_desk_id == case.lead_desk_id
            else None,
        )
        for case in others
        if case.pk in led
    }
