"""A sharing basis as the API takes it."""

from typing import Any

from cases.actions.consents import SPOKEN
from coordination.rest import CodeField, CodesField, MomentField, StrictSerializer
from referrals.actions.drafting import BasisGiven


class BasisIn(StrictSerializer):
    code = CodeField("consent_basis")
    audience = CodesField("organisation_kind")
    until = MomentField()
    provision = CodeField("legal_provision", required=False)
    form = CodeField("consent_form", required=False, help_text="of a consent")


def basis_given(given: dict[str, Any]) -> BasisGiven:
    return BasisGiven(
        given["code"],
        given["audience"],
        given["until"],
        given.get("provision", ""),
        given.get("form", SPOKEN),
    )
