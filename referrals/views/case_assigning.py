"""Who works on a case: what its page shows the lead desk, and the form behind it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.actions import assigning
from cases.models import Case
from cases.states import Status
from coordination import references
from coordination.access import Actor, people_at
from coordination.errors import Invalid
from coordination.http import (
    ActorRequest,
    pressed,
    refuse,
    require_permission,
    visible_or_404,
)
from referrals.forms import AssignForm

_DETAIL = "cases:detail"


def panel(case: Case, actor: Actor) -> dict[str, Any]:
    """Return what the case's page shows of who works on it: to the desk that leads it only."""
    if case.lead_desk_id not in actor.desk_ids:
        return {}
    shown: dict[str, Any] = {"assignee": case.assignee}
    if actor.desk and actor.acts_for(case.lead_desk_id) and case.status != Status.CLOSED:
        people = people_at(actor.desk)
        shown["assign"] = AssignForm(people=people, initial={"to": case.assignee_id or ""})
        shown["takes"] = case.assignee_id != actor.user.pk
    return shown


@require_POST
def assign_case(request: ActorRequest, reference: str) -> HttpResponse:
    """Give a case to a worker of the lead desk, or take it oneself: `to` is a key, or "me"."""
    require_permission(request, "cases.assign_case")
    actor = request.actor
    case = visible_or_404(Case.objects.visible_to(actor), reference)
    if case.lead_desk_id not in actor.desk_ids:
        raise Http404
    page = references.display(case.reference)
    form = AssignForm(request.POST, people=people_at(actor.desk) if actor.desk else [])
    takes = request.POST.get("to") == "me"
    if not takes and not form.is_valid():
        return refuse(request, Invalid(_("Choose somebody who works at your desk.")), _DETAIL, page)
    to = actor.user if takes else form.person()
    return pressed(
        request,
        lambda: assigning.assign_case(case=case, actor=actor, to=to, at=timezone.now()),
        _("Assigned.") if to else _("Assigned to nobody."),
        _DETAIL,
        page,
    )
