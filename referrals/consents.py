"""What the pages and the API show of a case's consents, and of what taking one back would do."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case, Consent
from cases.models.consent import ENDING
from cases.states import Status
from coordination import references, vocabularies
from coordination.access import Actor
from coordination.templatetags.relay import day
from referrals.effects import Effect, effect_of, why_over
from referrals.former_leads import former_leads
from referrals.labels import desk_label

SHOWN = 20


@dataclass(frozen=True)
class Shown:
    """A consent as its lead desk reads it."""

    number: int
    kind: str
    services: str
    audience: str
    given_on: dt.date
    until: dt.datetime
    form: str
    recorded_by: str
    withdrawn_at: dt.datetime | None
    moved_at: dt.datetime | None
    stands: bool
    is_of_before: bool
    """Read by a desk that led the case: as it was up to the hand-off."""

    may_end: bool
    is_ending: bool
    withdraw_url: str


def of_case(case: Case, actor: Actor, *, at: dt.datetime) -> list[Shown]:
    """Return the consents of a case that the reader may see: those in force first."""
    shown = [consent_shown(each, case, at=at) for each in reversed(read(case, actor))]
    return sorted(shown, key=lambda each: not each.stands)


def read(case: Case, actor: Actor) -> list[Consent]:
    """Return the consents of a case that the reader may see, as they were while its desk led it."""
    rows = Consent.objects.visible_to(actor).filter(case=case).select_related("desk__agency")
    found = list(rows.order_by("number"))
    if case.lead_desk_id in actor.desk_ids or not found:
        return found
    former = former_leads([case], actor).get(case.pk)
    led_until = former.led_until if former else None
    for consent in found:
        consent.is_of_before = True
        for name in ("withdrawn_at", "moved_at"):
            moment = getattr(consent, name)
            if moment and led_until and moment > led_until:
                setattr(consent, name, None)
    return found


def usable(
    case: Case, actor: Actor, *, at: dt.datetime, asks: Sequence[str] | None = None
) -> list[Consent]:
    """
    Return the consents on which something may be shared now.

    `asks` are the needs, if they are known; none of them stands for all that the person needs.
    """
    rows = Consent.objects.visible_to(actor).filter(case=case).standing(at=at)
    return [
        each
        for each in rows.order_by("-number")
        if asks is None
        or each.covers(each.kind, services=asks, audience=each.audience, until=each.until)
    ]


def choice_label(consent: Consent) -> str:
    """Return a consent in one line, to choose it by."""
    return _(
        "%(number)s. %(kind)s, %(form)s. For: %(services)s. With: %(audience)s. Until %(day)s."
    ) % {
        "number": consent.number,
        "kind": vocabularies.label("consent_basis", consent.kind),
        "form": vocabularies.label("consent_form", consent.form).lower(),
        "services": services_of(consent),
        "audience": _listed("organisation_kind", consent.audience),
        "day": day(consent.until),
    }


def consent_shown(consent: Consent, case: Case, *, at: dt.datetime) -> Shown:
    return Shown(
        number=consent.number,
        kind=consent.kind,
        services=services_of(consent),
        audience=_listed("organisation_kind", consent.audience),
        given_on=consent.given_on,
        until=consent.until,
        form=consent.form,
        recorded_by=_("duty worker, %(desk)s") % {"desk": consent.desk.name},
        withdrawn_at=consent.withdrawn_at,
        moved_at=consent.moved_at,
        stands=consent.stands(at=at),
        is_of_before=consent.is_of_before,
        may_end=consent.stands(at=at)
        or (
            consent.moved_at is not None and not why_over(consent, effect_of(consent, at=at), at=at)
        ),
        is_ending=consent.is_ending(at=at),
        withdraw_url=reverse(
            "cases:withdraw_consent", args=[references.display(case.reference), consent.number]
        ),
    )


def services_of(consent: Consent) -> str:
    if not consent.services:
        return _("everything that the person needs")
    return _listed("service_need", consent.services)


def _listed(vocabulary: str, codes: Sequence[str]) -> str:
    return ", ".join(vocabularies.label(vocabulary, code) for code in codes)


def ending(actor: Actor, *, at: dt.datetime) -> list[Consent]:
    """Return the consents of cases that one's desks lead which end within seven days."""
    rows = Consent.objects.visible_to(actor).standing(at=at).filter(until__lte=at + ENDING)
    led = rows.filter(case__lead_desk__in=actor.desk_ids).exclude(case__status=Status.CLOSED)
    return list(led.select_related("case").order_by("until")[:SHOWN])


def ends_of(cases: Sequence[Case], actor: Actor, *, at: dt.datetime) -> dict[int, dt.datetime]:
    """Return when the first consent of each open case ends, by its key, where it is soon."""
    rows = Consent.objects.visible_to(actor).standing(at=at)
    open_ = [case for case in cases if case.status != Status.CLOSED]
    soon = rows.filter(case__in=open_, until__lte=at + ENDING).order_by()
    return dict(soon.values("case_id").annotate(first=Min("until")).values_list("case_id", "first"))


def effect_shown(effect: Effect) -> dict[str, Any]:
    """Return what taking a consent back does, as the page says it before."""
    return {
        "losing": [desk_label(desk) for desk in effect.losing if desk.pk not in effect.still],
        "still": [
            {"desk": desk_label(desk), "through": [_code(each) for each in effect.still[desk.pk]]}
            for desk in effect.losing
            if desk.pk in effect.still
        ],
        "keeping": [desk_label(desk) for desk in effect.keeping],
        "parts": [
            (_("Come back to your desk; nobody else sees them any more:"), effect.returning),
            (
                _("Stay with the desk that accepted, which keeps what it needs to finish:"),
                effect.kept,
            ),
            (_("Cannot be opened again:"), effect.closed),
            (_("Your drafts that cannot be sent:"), effect.drafts),
        ],
        "offers": effect.offers,
        "nothing": effect.is_nothing,
    }


def effect_out(effect: Effect) -> dict[str, Any]:
    """Return the same for the API: references and slugs."""
    return {
        "returned": _references(effect.returning),
        "kept": _references(effect.kept),
        "closed": _references(effect.closed),
        "drafts": _references(effect.drafts),
        "handoffs": _references(effect.offers),
        "desks_losing_access": [desk.slug for desk in effect.losing if desk.pk not in effect.still],
        "desks_still_seeing": [
            {"desk": desk.slug, "through": [_code(each) for each in effect.still[desk.pk]]}
            for desk in effect.losing
            if desk.pk in effect.still
        ],
        "desks_keeping_the_minimum": [desk.slug for desk in effect.keeping],
    }


def _code(subject: str) -> str:
    """Return the code of a referral or a hand-off, as people read it."""
    return references.display(subject.partition(":")[2])


def _references(rows: Sequence[Any]) -> list[str]:
    return [references.display(each.reference) for each in rows]
