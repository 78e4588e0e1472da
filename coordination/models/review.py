"""Access reviews: an agency goes through who sits at its desks, and signs that it did."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coordination.models.network import Agency
from coordination.models.people import Membership, User


class AccessReviewQuerySet(models.QuerySet["AccessReview"]):
    def unsigned(self) -> Self:
        return self.filter(signed_at=None)


class AccessReview(models.Model):
    """One a quarter or a year, as the agency chose; the next begins that long after the signing."""

    reference = models.CharField(max_length=8, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="reviews")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=Q(signed_at=None), name="review_one_open_per_agency"
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None)
                | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="review_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ReviewLineQuerySet(models.QuerySet["ReviewLine"]):
    def undecided(self) -> Self:
        """Return the seats that were neither kept nor ended."""
        over = Q(seat__until__lte=Now()) | Q(seat__user__is_active=False)
        return self.filter(kept_at=None).exclude(over)


class ReviewLine(models.Model):
    """One seat under review: kept by somebody else than who sits there, or ended as any other."""

    review = models.ForeignKey(AccessReview, models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    seat = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(null=True)
    kept_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = ReviewLineQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="review_line_number_once"),
            models.UniqueConstraint(fields=["review", "seat"], name="review_line_of_a_seat_once"),
            models.CheckConstraint(
                condition=Q(kept_at=None, kept_by=None)
                | Q(kept_at__isnull=False, kept_by__isnull=False),
                name="review_line_kept_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.number}"
