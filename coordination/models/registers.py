"""Three small registers: what people asked, what the law asked, and what went wrong."""

from django.db import models
from django.db.models import Q

from coordination.fields import CodeField, CodesField, ScreenedField
from coordination.models.people import User
from coordination.models.retention import LegalHold


class Registered(models.Model):
    """What a line of every register has. Codes first; one screened note; nobody's identity."""

    reference = models.CharField(max_length=8, unique=True)
    received_on = models.DateField()
    words = ScreenedField(blank=True, default="")
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField(default=1)

    kind_of_line = ""

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> str:
        return f"{self.kind_of_line}:{self.reference}"


class AccessRequest(Registered):
    """
    The person asks to see or to correct what is recorded, or objects to it.

    Made without identity: they ask through a worker who knows the code of the case.
    """

    case_reference = models.CharField(max_length=8)
    kind = CodeField("request_kind")
    due_on = models.DateField()
    outcome = CodeField("request_outcome", blank=True, default="")
    answered_on = models.DateField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    kind_of_line = "request"

    class Meta(Registered.Meta):
        indexes = [models.Index(fields=["case_reference"], name="request_of_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", answered_on=None, answered_by=None)
                | ~Q(outcome="") & Q(answered_on__isnull=False, answered_by__isnull=False),
                name="request_answered_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(case_reference__regex=r"^[0-9A-Z]{8}$"),
                name="request_names_a_reference",
            ),
        ]


class LegalProcess(Registered):
    """A production order or the like: what was asked, what was given, by whom."""

    instrument = CodeField("legal_instrument")
    asked_by = CodeField("asking_body")
    asked = CodesField("asked_for")
    hold = models.ForeignKey(LegalHold, models.PROTECT, null=True, related_name="+")
    outcome = CodeField("process_outcome", blank=True, default="")
    given = CodesField("asked_for")
    answered_on = models.DateField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    kind_of_line = "process"

    class Meta(Registered.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", answered_on=None, answered_by=None, given=[])
                | ~Q(outcome="") & Q(answered_on__isnull=False, answered_by__isnull=False),
                name="process_answered_with_an_outcome",
            )
        ]


class Breach(Registered):
    """
    What was stolen, lost, used or shown without authority, and whether it can do significant harm.

    `received_on` is the day on which it was discovered.
    """

    kind = CodeField("breach_kind")
    sensitivity = CodeField("breach_level", blank=True, default="")
    misuse = CodeField("breach_level", blank=True, default="")
    steps = CodesField("breach_step")
    risk = CodeField("breach_risk", default="not_yet")
    persons = models.PositiveSmallIntegerField(null=True, help_text="persons affected")
    reported_on = models.DateField(null=True, help_text="to the Commissioner")
    notified_on = models.DateField(null=True, help_text="the persons affected")
    closed_on = models.DateField(null=True)

    kind_of_line = "breach"

    class Meta(Registered.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(risk="not_yet") | ~Q(sensitivity="") & ~Q(misuse=""),
                name="breach_risk_is_assessed",
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | ~Q(risk="not_yet"), name="breach_closed_once_assessed"
            ),
        ]
