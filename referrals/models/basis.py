"""On which basis a referral is shared."""

from django.db import models
from django.db.models import Q

from cases.models import Consent
from cases.models.consent import KINDS
from coordination.fields import CodeField, CodesField
from referrals.models.referral import Referral


class Basis(models.Model):
    """
    Why this sharing is lawful, with which kinds of agency, until when.

    A basis that is a consent rests on a row of the case's, and is never wider or longer than it.
    """

    referral = models.OneToOneField(
        Referral, models.PROTECT, primary_key=True, related_name="basis"
    )
    code = CodeField("consent_basis")
    audience = CodesField("organisation_kind")
    provision = CodeField("legal_provision", blank=True, default="")
    until = models.DateTimeField()
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="bases")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code__in=KINDS, consent__isnull=False)
                | (~Q(code__in=KINDS) & Q(consent__isnull=True)),
                name="basis_rests_on_a_consent",
            ),
            models.CheckConstraint(
                condition=(Q(code="legal_duty") & ~Q(provision=""))
                | (~Q(code="legal_duty") & Q(provision="")),
                name="basis_provision_iff_legal_duty",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)
