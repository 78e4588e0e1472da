"""Writing down what two agencies agreed on: how soon each answers the other."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import Agency, Agreement

SET = "coordination.set_agreement"


@transaction.atomic
def set_agreement(
    *,
    actor: access.Actor,
    agencies: tuple[Agency, Agency],
    urgency: str,
    target: str,
    at: dt.datetime,
) -> Agreement:
    """
    Let a target hold between two agencies from now on; what held for this urgency ends.

    What was sent before keeps the time that it was given.

    :raises NotAllowed: unless the Office's coordinator writes it.
    :raises Invalid: if the two are one.
    """
    access.require(actor, SET)
    vocabularies.entry("urgency", urgency)
    vocabularies.entry("answer_target", target)
    first, second = sorted(agencies, key=lambda agency: agency.pk)
    if first == second:
        raise Invalid(_("Choose two different agencies."), field="second")
    before = Agreement.objects.select_for_update().between(first.pk, second.pk)
    before.filter(urgency=urgency).update(ended_at=at)
    agreement = Agreement.objects.create(
        first=first, second=second, urgency=urgency, target=target, agreed_at=at
    )
    record(Verb.AGREEMENT_SET, subject=_subject(agreement), at=at, data=_data(agreement))
    return agreement


@transaction.atomic
def end_agreement(*, actor: access.Actor, agreement: Agreement, at: dt.datetime) -> None:
    """
    End an agreement: the urgency's own target holds again for what is sent from now on.

    :raises NotAllowed: unless the Office's coordinator ends it.
    """
    access.require(actor, SET)
    if Agreement.objects.filter(pk=agreement.pk, ended_at=None).update(ended_at=at):
        record(Verb.AGREEMENT_ENDED, subject=_subject(agreement), at=at, data=_data(agreement))


def parties() -> QuerySet[Agency]:
    """Return who can agree: the agencies that have a desk to answer at."""
    return Agency.objects.filter(desks__is_addressable=True).distinct()


def in_force() -> "list[Agreement]":
    """Return the agreements that hold now, by agency."""
    return list(Agreement.objects.filter(ended_at=None).select_related("first", "second"))


def _subject(agreement: Agreement) -> str:
    return f"agreement:{agreement.pk}"


def _data(agreement: Agreement) -> dict[str, str]:
    return {
        "first": agreement.first.slug,
        "second": agreement.second.slug,
        "urgency": agreement.urgency,
        "target": agreement.target,
    }
