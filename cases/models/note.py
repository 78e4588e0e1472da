"""What people say in words: the only table that holds any, behind the identifier gate."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from cases.models.case import Case, CaseGrant, opens_now
from coordination import access
from coordination.fields import CodeField, ScreenedField
from coordination.gate.texts import NOTE
from coordination.models import Desk, User

EVERYONE = "everyone"


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, actor: access.Actor) -> Self:
        """
        Return what the actor's desks wrote, and what was written for everyone with access.

        Words about a referral or hand-off reach its two sides and the lead; words about the case,
        whoever may open it. What is written after the basis ended does not reach the receiver.
        """
        if not actor.may("referrals.view_referral"):
            return self.none()
        grants = CaseGrant.objects.current().filter(
            group_id__in=actor.desk_ids, content_object_id=OuterRef("case_id")
        )
        grants = grants.filter(Q(words_until=None) | Q(words_until__gte=OuterRef("written_at")))
        opening = grants.filter(opens_now())
        reached = (
            Exists(grants.filter(source=OuterRef("about")))
            | Exists(opening.filter(reason="lead"))
            | Q(Exists(opening), about__startswith="case:")
        )
        return self.filter(Q(desk_id__in=actor.desk_ids) | Q(reached, audience=EVERYONE))

    def texts_about(self, subject: str) -> dict[int, str]:
        """Return the texts about a subject by key: an entry names the one that belongs to it."""
        return dict(self.filter(about=subject).values_list("pk", "text"))

    def may_be_added(self, case: Case, about: str, *, desk_id: int) -> bool:
        """Tell whether a desk may write about this: all who reach it, but not the former lead."""
        grants = (
            CaseGrant.objects.current()
            .filter(group_id=desk_id, content_object_id=case.pk)
            .exclude(reason="former_lead")
        )
        if about == case.subject:
            return bool(grants.filter(opens_now()).exists())
        return bool(grants.filter(Q(reason="lead") | Q(source=about)).exists())


class Note(models.Model):
    """
    One text of at most 280 characters, and what it is about: the case, or one of its referrals.

    Never changed; deleted 90 days after the case closes (PRIVACY section 6).
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    about = models.CharField(max_length=60, help_text="a subject of the record")
    kind = CodeField("note_kind")
    audience = CodeField("note_audience", default=EVERYONE)
    text = ScreenedField()
    desk = models.ForeignKey(Desk, models.PROTECT, related_name="+")
    writer = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(about__regex=r"^(case|referral|handoff):[0-9A-Z]{8}$"),
                name="note_about_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(text__length__gte=1, text__length__lte=NOTE), name="note_is_short"
            ),
            # The gate is in the code; the table refuses the plainest of what it never lets through.
            models.CheckConstraint(condition=~Q(text__regex="[0-9]{7}"), name="note_has_no_number"),
        ]
        indexes = [models.Index(fields=["case", "about"], name="note_of_case")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.about}"
