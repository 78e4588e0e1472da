"""
Changing what releases hide takes two people: one proposes, another confirms or sets it aside.

In force from the next release on. Nothing below the floors is possible, for nobody.
"""

import datetime as dt

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, duty
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.models import Membership, ThresholdProposal, User
from coordination.releasing.thresholds import Thresholds, in_force, of
from coordination.roles import Role

PROPOSE = "coordination.propose_thresholds"
CONFIRM = "coordination.confirm_thresholds"
SET_ASIDE = "coordination.set_aside_thresholds"

SEATED = dt.timedelta(days=30)
"""
Time in which the others can ask who somebody new is; the database has it too, a test compares.

Two people whom one person let in are one: the rest of the Office is told of each seat.
"""

BOUNDS = {"network": (11, 100), "exported": (20, 200), "dominance": (50, 85)}
BASES = (5, 7, 9, 11)


@transaction.atomic
def propose_thresholds(
    *, actor: access.Actor, thresholds: Thresholds, at: dt.datetime
) -> ThresholdProposal:
    """
    Propose thresholds for the releases to come; another person has to confirm them.

    :raises NotAllowed: unless the actor coordinates.
    :raises Invalid: if one is out of bounds, or exports would hide less than the network.
    :raises WrongStatus: if another proposal waits, or these are in force.
    """
    access.require(actor, PROPOSE)
    _check(thresholds)
    before = in_force()
    if thresholds == before:
        raise WrongStatus(_("These thresholds are in force already."))
    last = ThresholdProposal.objects.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            proposal = ThresholdProposal.objects.create(
                number=last + 1,
                proposed_by=actor.user,
                proposed_at=at,
                **thresholds.written(),
            )
    except IntegrityError:
        raise WrongStatus(_("A proposal waits. It has to be decided first.")) from None
    data = {"before": before.written(), "after": thresholds.written()}
    record(Verb.THRESHOLDS_PROPOSED, subject=proposal.subject, at=at, data=data)
    return proposal


@transaction.atomic
def confirm_thresholds(
    *, actor: access.Actor, proposal: ThresholdProposal, at: dt.datetime
) -> ThresholdProposal:
    """
    Confirm what another person proposed: the next release is made with it.

    :raises NotAllowed: unless the actor is a privacy officer, another person than who proposed it,
        of another agency where there is such an officer, let in by others than who proposed it,
        and seated for `SEATED` when it was proposed.
    :raises WrongStatus: if it is decided.
    """
    access.require(actor, CONFIRM)
    locked = _locked(proposal)
    if why := why_not(actor, locked):
        raise NotAllowed(why)
    return _decide(actor, locked, "confirmed", Verb.THRESHOLDS_CONFIRMED, at)


@transaction.atomic
def set_aside_thresholds(
    *, actor: access.Actor, proposal: ThresholdProposal, at: dt.datetime
) -> ThresholdProposal:
    """
    Set a proposal aside: what is in force stays.

    :raises NotAllowed: unless the actor may propose or confirm.
    :raises WrongStatus: if it is decided.
    """
    access.require(actor, SET_ASIDE)
    return _decide(actor, _locked(proposal), "set_aside", Verb.THRESHOLDS_SET_ASIDE, at)


def why_not(actor: access.Actor, proposal: ThresholdProposal) -> str:
    """Return why a privacy officer is not the other person that a proposal needs; or nothing."""
    if proposal.proposed_by_id == actor.user.pk:
        return gettext("Another person has to confirm what you proposed.")
    if actor.user.agency_id == proposal.proposed_by.agency_id and any(
        each.agency_id != proposal.proposed_by.agency_id for each in duty.privacy_officers()
    ):
        return gettext("Somebody of another agency has to confirm this.")
    if not stands_apart(proposal):
        return gettext(
            "Who proposed this let you in, or you had your seat for less than 30 days then."
            " Set it aside: somebody who did not invite you has to propose it again."
        )
    return ""


def can_be_confirmed(by: User, *, since: dt.datetime) -> bool:
    """Tell whether a privacy officer other than `by`, who proposes, sat there for long enough."""
    seats = Membership.objects.current().filter(role=Role.AUDITOR, since__lte=since - SEATED)
    return seats.exclude(user=by).exists()


def stands_apart(proposal: ThresholdProposal) -> bool:
    """Tell whether whoever acts was seated long before it was proposed, not by who proposed it."""
    with connection.cursor() as cursor:
        cursor.execute("select stands_apart(%s)", [proposal.number])
        (apart,) = cursor.fetchone()
    return bool(apart)


def _check(given: Thresholds) -> None:
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(given, name) <= most:
            said = {"least": least, "most": most}
            raise Invalid(_("Give a number from %(least)s to %(most)s.") % said, field=name)
    if given.exported < given.network:
        message = _("What leaves Relay has to hide as much as what stays, or more.")
        raise Invalid(message, field="exported")
    if given.base not in BASES:
        raise Invalid(_("Choose from the list."), field="base")


def _locked(proposal: ThresholdProposal) -> ThresholdProposal:
    """:raises WrongStatus: if it is decided."""
    rows = ThresholdProposal.objects.select_for_update(of=("self",))
    locked = rows.waiting().select_related("proposed_by").filter(pk=proposal.pk).first()
    if locked is None:
        raise WrongStatus(_("This proposal is decided."))
    return locked


def _decide(
    actor: access.Actor, proposal: ThresholdProposal, decision: str, verb: Verb, at: dt.datetime
) -> ThresholdProposal:
    proposal.decision, proposal.decided_by, proposal.decided_at = decision, actor.user, at
    proposal.save(update_fields=["decision", "decided_by", "decided_at"])
    record(verb, subject=proposal.subject, at=at, data={"thresholds": of(proposal).written()})
    return proposal
