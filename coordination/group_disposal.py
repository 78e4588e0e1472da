"""How a working group goes when its time is over: its meetings and actions with it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from audit import disposal
from audit.verbs import Verb
from coordination.disposing import Disposer
from coordination.models import GroupAction, GroupAgency, Meeting, Step, WorkingGroup
from coordination.retention import Rule

AT_ONCE = 10


class _Owed(Func):
    """Ask whether a follower still owes an effect of an entry about a group or what is in it."""

    template = (
        "audit_is_owed(array(select 'group:' || %(expressions)s"
        " union all select 'meeting:' || m.reference from coordination_meeting m"
        ' where m.group_id = "coordination_workinggroup"."id"'
        " union all select 'action:' || a.reference from coordination_groupaction a"
        ' where a.group_id = "coordination_workinggroup"."id"))'
    )
    output_field = BooleanField()


def _due(before: dt.datetime) -> "QuerySet[WorkingGroup]":
    """
    Return the groups that were closed before a moment and not opened again, oldest first.

    The record says so too: a column alone destroys nothing.
    """
    subject = Concat(Value("group:"), OuterRef("reference"), output_field=TextField())
    said = disposal.last_said(subject, [Verb.GROUP_CLOSED])
    rows = WorkingGroup.objects.filter(closed_at__lt=before).alias(said_at=said)
    rows = rows.filter(said_at__lt=before).exclude(Q(_Owed("reference")))
    return rows.order_by("closed_at", "pk")


def _dispose(rows: Sequence[Any], rule: Rule, at: dt.datetime) -> None:
    meetings = list(Meeting.objects.filter(group__in=rows))
    actions = list(GroupAction.objects.filter(group__in=rows))
    subjects = [each.subject for each in (*rows, *meetings, *actions)]
    disposal.certify(
        record_class=rule.code,
        period=rule.period,
        count=len(rows),
        references=[group.reference for group in rows],
        entries=disposal.entries_about(subjects),
        at=at,
    )
    Step.objects.filter(subject__in=subjects).delete()
    Meeting.attending.through.objects.filter(meeting__in=meetings).delete()
    for model in (GroupAction, Meeting, GroupAgency):
        model.objects.filter(group__in=rows).delete()
    WorkingGroup.objects.filter(pk__in=[group.pk for group in rows]).delete()


GROUPS = Disposer(_due, _dispose, batch=AT_ONCE, locks_rows=True)
