"""Which worker of the lead desk works on a case: the desk's own business, and no new version."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from cases.states import Status
from coordination import access
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import User
from coordination.roles import ROLE_PERMISSIONS

ASSIGN_OTHERS = "cases.assign_others_case"


@transaction.atomic
def assign_case(*, case: Case, actor: access.Actor, to: User | None, at: dt.datetime) -> None:
    """
    Give a case to a worker of its lead desk, or to nobody. No new version: see DESIGN 6.

    :raises NotAllowed: if the desk does not lead the case, or a worker gives it to somebody else.
    :raises WrongStatus: if the case is closed, and somebody would get it.
    :raises Invalid: if the person does not work at the desk.
    """
    desk = access.require(actor, "cases.assign_case")
    locked = Case.objects.select_for_update(of=("self",)).filter(pk=case.pk).first()
    if locked is None or locked.lead_desk_id != desk.pk:
        raise NotAllowed(_("Only the desk that leads this case does this."))
    before = locked.assignee_id
    if before == (to.pk if to else None):
        return
    permissions = ROLE_PERMISSIONS[actor.role] if actor.role else frozenset()
    takes_or_frees = to == actor.user or (to is None and before == actor.user.pk)
    if not takes_or_frees and ASSIGN_OTHERS not in permissions:
        raise NotAllowed(_("Only the duty lead assigns a case to somebody else."))
    if to is not None and locked.status == Status.CLOSED:
        raise WrongStatus(_("This case is closed. Open it again first."))
    if to is not None and to not in access.people_at(desk):
        raise Invalid(_("Choose somebody who works at your desk."), field="to")
    locked.assignee = to
    locked.save(update_fields=["assignee"])
    record(
        Verb.CASE_ASSIGNED,
        subject=locked.subject,
        at=at,
        data={"to": to.pk if to else None, "before": before, "desk": desk.slug},
    )
