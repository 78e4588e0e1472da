"""Which cases still wait for a report to a children's aid society, and whom to phone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.urls import reverse

from cases.actions import leading, reporting
from cases.actions.reporting import is_settled
from cases.facts import Facts, Minimum
from cases.models import Case, ChildReport
from cases.states import Status
from coordination import access, references, vocabularies
from coordination.access import Actor
from coordination.models import Agency, Desk
from referrals import guard_rails
from referrals.labels import case_url

SHOWN = 20


@dataclass(frozen=True)
class Waiting:
    """A case on the worker's list, and where its answer is given."""

    reference: str
    url: str


@dataclass(frozen=True)
class Society:
    """A children's aid society; without a phone, it is one of the directory to look up."""

    name: str
    phone: str


@dataclass(frozen=True)
class Whom:
    """Whom to phone. A desk that is itself a society phones nobody: it is told other words."""

    is_us: bool
    others: Sequence[Society] = ()


def waiting(actor: Actor) -> list[Waiting]:
    """Return the open cases of the actor's desks in which the report is not settled."""
    settled = [each.code for each in vocabularies.entries("child_report") if is_settled(each.code)]
    rows = (
        Case.objects.visible_to(actor)
        .filter(
            lead_desk_id__in=actor.desk_ids,
            status__in=[str(Status.OPEN), str(Status.FOLLOW_UP)],
            age_band__in=guard_rails.under_16(),
        )
        .exclude(child_report__answer__in=settled)
        .order_by("pk")
    )
    return [
        Waiting(references.display(reference), case_url(reference))
        for reference in rows.values_list("reference", flat=True)[:SHOWN]
    ]


@dataclass(frozen=True)
class Shown:
    """What the page of a case says of its report; `url` is empty for who cannot answer."""

    answer: str
    settled: bool
    url: str
    societies: Whom | None


def shown(case: Case, actor: Actor) -> Shown | None:
    """Return what the lead desk's page shows, or nothing for a person of another age."""
    answer = answer_of(case)
    if case.age_band not in guard_rails.under_16() and not answer:
        return None
    may = "report" in leading.allowed_verbs(case, actor)
    return Shown(
        answer=answer,
        settled=is_settled(answer),
        url=reverse("cases:report", args=[references.display(case.reference)]) if may else "",
        societies=None if is_settled(answer) else societies(case.lead_desk),
    )


def owed(case: Case | None, actor: Actor) -> Shown | None:
    """Return what is still to do of it, for the pages of a referral that the lead desk sent."""
    if case is None or case.lead_desk_id not in actor.desk_ids:
        return None
    found = shown(case, actor)
    return found if found and not found.settled else None


def own_duty(facts: Facts | Minimum | None, actor: Actor) -> Whom | None:
    """
    Return whom a desk phones that learns of a child under 16 through a referral or an offer.

    Its duty is its own (CYFSA, section 125): what the sender has said of it is not told.
    """
    child = isinstance(facts, Facts) and facts.age_band in guard_rails.under_16()
    return societies(actor.desk) if child and actor.desk else None


def load(cases: Iterable[Case | None], actor: Actor) -> None:
    """Have the answers of many cases at hand, in one query and only for who may read them."""
    asked = [case for case in cases if case and _is_asked(case, actor)]
    if asked:
        prefetch_related_objects(asked, "child_report")


def said(case: Case | None, actor: Actor) -> str | None:
    """Return the answer for the API: null where none was given, or the reader may not know."""
    if case is None or not _is_asked(case, actor):
        return None
    kept = getattr(case, "child_report", None)
    return kept.answer if kept else None


def _is_asked(case: Case, actor: Actor) -> bool:
    return case.lead_desk_id in actor.desk_ids and case.age_band in guard_rails.under_16()


def answer_of(case: Case) -> str:
    """Return what the lead desk said last, or nothing: it alone reads the row."""
    found = ChildReport.objects.filter(case=case).values_list("answer", flat=True).first()
    return str(found or "")


def societies(desk: Desk) -> Whom:
    """Return whom to phone: the societies of the desk's team first, else those of its region."""
    if desk.agency.kind in reporting.SOCIETIES:
        return Whom(is_us=True)
    return Whom(is_us=False, others=_nearest(desk))


def _nearest(desk: Desk) -> Sequence[Society]:
    local = access.addressable_desks().filter(team=desk.team, agency__kind__in=reporting.SOCIETIES)
    found = [
        Society(each.name, each.duty_phone) for each in local.order_by("slug") if each.duty_phone
    ]
    if found or desk.team is None:
        return found
    agencies = Agency.objects.filter(
        source="directory", kind__in=reporting.SOCIETIES, region=desk.team.region
    )
    return [Society(each.name, "") for each in agencies.order_by("name_en")]
