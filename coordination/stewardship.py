"""
What the stewards of the governance bodies decide about the tables that concern them.

A table is shown to others when every body that it concerns has released it, and to nobody else a
moment after one of them withdraws it. Each decides for its own body; nobody decides in their place.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import NotAllowed, WrongStatus
from coordination.models import SealedTable, Stewardship
from coordination.models.stewardship import bodies_of

DECIDE = "coordination.decide_table"

_ONE_AT_A_TIME = "select stewards_turn(%s)"
"""Of one table: locks its row, for a steward concerned; the trigger takes the same lock."""


@dataclass(frozen=True)
class Transition:
    verb: str
    sources: tuple[str, ...]
    target: str
    event: Verb


TRANSITIONS: Mapping[str, Transition] = {
    each.verb: each
    for each in (
        Transition("release", ("sealed", "withheld"), "released", Verb.STEWARDSHIP_RELEASED),
        Transition("withhold", ("sealed",), "withheld", Verb.STEWARDSHIP_WITHHELD),
        Transition("withdraw", ("released",), "withdrawn", Verb.STEWARDSHIP_WITHDRAWN),
    )
}
"""The database refuses every other pair; what is withdrawn stays so, for every body."""


def withdrawn_by(decisions: Iterable[Stewardship]) -> list[str]:
    """Return the names of the bodies that withdrew a table: one ends it for all."""
    withdrew = [each.body for each in decisions if each.status == "withdrawn"]
    return [vocabularies.label("governance_body", body) for body in withdrew]


def allowed(decision: Stewardship) -> list[str]:
    """Return the verbs that fit the status of a decision now, while nobody withdrew the table."""
    return [verb for verb, each in TRANSITIONS.items() if decision.status in each.sources]


@transaction.atomic
def decide_table(
    *, actor: access.Actor, table: SealedTable, verb: str, at: dt.datetime
) -> Stewardship:
    """
    Release, withhold or withdraw a table for the body at whose desk the actor acts.

    :raises NotAllowed: unless the actor is the steward of a body that the table concerns.
    :raises WrongStatus: if that is decided otherwise already, or another body withdrew the table.
    """
    desk = access.require(actor, DECIDE)
    with connection.cursor() as cursor:  # a steward locks no row of another body
        cursor.execute(_ONE_AT_A_TIME, [table.pk])
    rows = Stewardship.objects.select_for_update(of=("self",)).filter(table=table)
    decision = rows.filter(body=desk.governance_body).first() if desk.governance_body else None
    if decision is None:
        raise NotAllowed(_("This table does not concern the body that you act for."))
    if ended := withdrawn_by(table.decisions.exclude(pk=decision.pk)):
        said = _("Withdrawn by %(bodies)s. That ended this table for every body.")
        raise WrongStatus(said % {"bodies": ", ".join(ended)})
    transition = TRANSITIONS[verb]
    if decision.status not in transition.sources:
        raise WrongStatus(_("This was decided already."), allowed=allowed(decision))
    opened = not table.decisions.exclude(status="released").exists()
    decision.status, decision.decided_by, decision.decided_at = transition.target, actor.user, at
    decision.save(update_fields=["status", "decided_by", "decided_at"])
    data = {"period": table.period, "table": table.name, "body": decision.body}
    if verb == "withdraw":
        data["opened"] = opened
    record(transition.event, subject=decision.subject, at=at, data=data)
    return decision


def waiting(actor: access.Actor) -> int:
    """Return how many tables wait for the bodies that the actor acts for."""
    if not actor.may(DECIDE):
        return 0
    mine = Stewardship.objects.filter(body__in=bodies_of(actor), status="sealed")
    mine = mine.exclude(table__decisions__status="withdrawn")
    return mine.filter(table__in=standing(actor)).count()


def standing(actor: access.Actor) -> list[SealedTable]:
    """Return the visible tables, of each period those of its last version alone."""
    rows = list(SealedTable.objects.visible_to(actor))
    last: dict[str, int] = {}
    for each in rows:
        last[each.period] = max(last.get(each.period, 0), each.version)
    return [each for each in rows if each.version == last[each.period]]
