"""A sharing basis as the API takes it."""

from typing import Any

from rest_framework import serializers

from coordination.rest import CodeField, CodesField, MomentField, StrictSerializer
from referrals.actions.drafting import BasisGiven


class BasisIn(StrictSerializer):
    code = CodeField("consent_basis")
    audience = CodesField("organisation_kind")
    until = MomentField()
    provision = CodeField("legal_provision", required=False)
    form = CodeField(
        "consent_form", required=False, help_text="of a consent that the case does not have yet"
    )
    consent = serializers.IntegerField(
        required=False, min_value=1, help_text="the number of the case's consent: that one or none"
    )


def basis_given(given: dict[str, Any]) -> BasisGiven:
    return BasisGiven(
        given["code"],
        given["audience"],
        given["until"],
        given.get("provision", ""),
        given.get("form", ""),
        given.get("consent"),
    )
