"""Desks that ask for a course which nobody on duty has: looked up by the worker, for the Office."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from coordination import access, duty
from coordination.models import Requirement
from coordination.training.accepting import trained_at

VIEW = "coordination.oversee_desks"


def look(*, at: dt.datetime) -> int:
    """
    Keep since when nobody on duty has what a desk asks for; return for how many that changed.

    Who is on duty and who has what is read by the worker alone: the Office learns of the desk.
    """
    today = timezone.localdate(at)
    rows = Requirement.objects.in_force(on=today).filter(desk__closed_at=None)
    asking = list(rows.defer(None).select_related("desk__agency", "desk__team"))
    on_duty = duty.at_desks([each.desk for each in asking], at=at) if asking else {}
    changed = 0
    for each in asking:
        trained = trained_at(each.desk)
        is_met = any(person.pk in trained for person in on_duty[each.desk_id].people)
        if is_met == (each.unmet_since is None):
            continue
        Requirement.objects.filter(pk=each.pk).update(unmet_since=None if is_met else at)
        changed += 1
    return changed


def unmet(actor: access.Actor, *, on: dt.date) -> list[Requirement]:
    """Return what desks ask for and nobody on duty there has, for the Office, longest first."""
    if not actor.may(VIEW):
        return []
    with connection.cursor() as cursor:
        cursor.execute("select requirement, since from training_unmet() order by since")
        since = dict(cursor.fetchall())
    rows = Requirement.objects.in_force(on=on).filter(pk__in=since, desk__closed_at=None)
    found = {each.pk: each for each in rows.select_related("desk__agency", "desk__team")}
    for key, each in found.items():
        each.unmet_since = since[key]
    return [found[key] for key in since if key in found]
