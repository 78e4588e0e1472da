"""Access reviews: seat by seat, an agency says who stays; nobody says it of themselves."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audit import sweeps
from audit.record import record
from audit.verbs import Verb
from coordination import access, people, references, vocabularies
from coordination.errors import NotAllowed, WrongStatus
from coordination.models import AccessReview, Agency, Membership, ReviewLine
from coordination.roles import Role

REVIEW = "coordination.review_access"
TIME_TO_SIGN = dt.timedelta(days=30)
RHYTHMS: Mapping[str, dt.timedelta] = {
    "yearly": dt.timedelta(days=365),
    "quarterly": dt.timedelta(days=91),
}
"""How long after a signing, or after an agency's first seat, the next review begins."""


def reviews_of(actor: access.Actor) -> "QuerySet[AccessReview]":
    """Return the reviews that the actor takes part in: of their agency; for the Office, any."""
    rows = AccessReview.objects.select_related("agency", "signed_by")
    if actor.may(people.STAND_IN):
        return rows
    return rows.filter(agency__in=people.agencies_of(actor))


def lines_for_the_office(actor: access.Actor) -> "QuerySet[ReviewLine]":
    """Return the administrators' own seats that nobody else of their agency can keep."""
    if not actor.may(people.STAND_IN):
        return ReviewLine.objects.none()
    rows = ReviewLine.objects.undecided().filter(
        review__signed_at=None, seat__role=Role.AGENCY_ADMIN
    )
    return rows.select_related(
        "review__agency", "seat__user", "seat__desk__agency", "seat__desk__team"
    )


def undecided_of(page: Iterable[AccessReview]) -> set[int]:
    """Return the keys of the lines of these reviews that nobody has decided."""
    rows = ReviewLine.objects.undecided().filter(review__in=list(page))
    return set(rows.values_list("pk", flat=True))


def undecided_by_review(page: Iterable[AccessReview]) -> Counter[int]:
    """Return how many lines of each of these reviews nobody has decided, by the review's key."""
    rows = ReviewLine.objects.undecided().filter(review__in=list(page))
    return Counter(rows.values_list("review_id", flat=True))


def undecided(actor: access.Actor) -> int:
    """Return how many seats of the actor's own agency wait in its open review."""
    own = reviews_of(actor).filter(agency=actor.user.agency_id, signed_at=None)
    return len(undecided_of(own))


def waiting_for_the_office(actor: access.Actor) -> int:
    """Return how many seats wait for the Office, and how many reviews are late."""
    if not actor.may(people.STAND_IN):
        return 0
    late = reviews_of(actor).filter(signed_at=None, due_at__lte=Now()).count()
    return late + sum(may_keep(line, actor) for line in lines_for_the_office(actor))


def may_keep(line: ReviewLine, actor: access.Actor) -> bool:
    """Tell whether the actor may keep this seat: of others, in the agency or for the Office."""
    if line.seat.user_id == actor.user.pk:
        return False
    if people.agencies_of(actor).filter(pk=line.review.agency_id).exists():
        return True
    return actor.may(people.STAND_IN) and line.seat.role == Role.AGENCY_ADMIN


@transaction.atomic
def keep_seat(*, actor: access.Actor, line: ReviewLine, at: dt.datetime) -> None:
    """
    Say that a person keeps their seat.

    :raises NotAllowed: for one's own seat, or another agency's that is no administrator's.
    :raises WrongStatus: if the review is signed, or the seat is over or kept.
    """
    access.require(actor, REVIEW)
    if not may_keep(line, actor):
        raise NotAllowed(
            _("Somebody else confirms this seat: another administrator, or the Office.")
        )
    review = _locked(line.review)
    open_lines = ReviewLine.objects.undecided().filter(review=review, pk=line.pk)
    if not open_lines.exists():
        raise WrongStatus(_("This seat is decided already."))
    ReviewLine.objects.filter(pk=line.pk).update(kept_at=at, kept_by=actor.user)
    record(
        Verb.REVIEW_SEAT_KEPT,
        subject=f"review:{review.reference}",
        at=at,
        data={"line": line.number, "user": line.seat.user_id, "desk": line.seat.desk.slug},
    )


@transaction.atomic
def sign_review(*, actor: access.Actor, review: AccessReview, at: dt.datetime) -> None:
    """
    Sign a review of which every seat is kept or ended.

    :raises NotAllowed: unless the actor administers the agency.
    :raises WrongStatus: if it is signed, or a seat is undecided.
    """
    access.require(actor, REVIEW)
    people.require_agency(actor, review.agency)
    locked = _locked(review)
    if ReviewLine.objects.undecided().filter(review=locked).exists():
        raise WrongStatus(_("Decide on each seat first. The Office confirms your own."))
    AccessReview.objects.filter(pk=locked.pk).update(signed_at=at, signed_by=actor.user)
    record(Verb.REVIEW_SIGNED, subject=f"review:{locked.reference}", at=at, data={})


@transaction.atomic
def set_rhythm(*, actor: access.Actor, agency: Agency, every: str, at: dt.datetime) -> None:
    """
    Say how often the agency reviews who has access.

    :raises NotAllowed: unless the actor administers the agency.
    """
    access.require(actor, REVIEW)
    people.require_agency(actor, agency)
    vocabularies.entry("review_interval", every)
    Agency.objects.filter(pk=agency.pk).update(review_every=every)
    record(Verb.REVIEW_RHYTHM_SET, subject=f"agency:{agency.slug}", at=at, data={"every": every})


def open_due(*, at: dt.datetime, limit: int = 50) -> int:
    """Open the reviews whose time has come, as the worker, and return how many there were."""
    due = Q()
    for every, span in RHYTHMS.items():
        recent = AccessReview.objects.filter(agency=OuterRef("pk"), opened_at__gt=at - span)
        seated = Membership.objects.current().filter(
            desk__agency=OuterRef("pk"), since__lte=at - span
        )
        due |= Q(~Exists(recent), Exists(seated), review_every=every)
    unsigned = AccessReview.objects.unsigned().filter(agency=OuterRef("pk"))
    agencies = list(Agency.objects.filter(due).exclude(Exists(unsigned)).order_by("pk")[:limit])
    sweeps.each(agencies, lambda agency: open_review(agency=agency, at=at))
    return len(agencies)


@transaction.atomic
def open_review(*, agency: Agency, at: dt.datetime) -> AccessReview:
    """Open the review of an agency, with a line for each seat that is in force now."""
    Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    found = AccessReview.objects.unsigned().filter(agency=agency).first()
    if found:
        return found
    review = AccessReview(agency=agency, opened_at=at, due_at=at + TIME_TO_SIGN)
    references.insert(review)
    seats = Membership.objects.current().filter(desk__agency=agency).order_by("pk")
    ReviewLine.objects.bulk_create(
        ReviewLine(review=review, number=number, seat=seat)
        for number, seat in enumerate(seats, start=1)
    )
    record(
        Verb.REVIEW_OPENED,
        subject=f"review:{review.reference}",
        at=at,
        data={"agency": agency.slug, "seats": len(seats)},
    )
    return review


def _locked(review: AccessReview) -> AccessReview:
    """:raises WrongStatus: if it is signed."""
    locked = AccessReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if locked.signed_at is not None:
        raise WrongStatus(_("This review is signed."))
    return locked
