"""Shapes of what the API takes of cases and referrals: strict, and unknown fields are refused."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from cases.actions.notes import Words
from coordination import vocabularies
from coordination.rest import CodeField, CodesField, MomentField, StrictSerializer
from referrals import questions
from referrals.basis_input import BasisIn
from referrals.guard_rails import Said


class FactsIn(StrictSerializer):
    age_band = CodeField("age_band")
    gender_identity = CodeField("gender_identity")
    situation = CodeField("situation")
    service_language = CodeField("service_language")
    indigenous_led = CodeField("indigenous_led", required=False)
    access_needs = CodesField("access_need", required=False)
    dependants = serializers.IntegerField(min_value=0, max_value=20, required=False)
    contact_rules = CodesField("contact_rule", required=False)
    areas_to_avoid = serializers.ListField(
        child=serializers.SlugField(max_length=80), required=False, max_length=50
    )
    safety_flags = CodesField("safety_flag", required=False)
    needs = CodesField("service_need", required=False)
    trafficking_status = CodeField("trafficking_status", required=False)
    exploitation_types = CodesField("exploitation_type", required=False)
    means_of_control = CodesField("means_of_control", required=False)
    recruiter_relation = CodeField("recruiter_relation", required=False)
    justice_stage = CodeField("justice_stage", required=False)


class CaseIn(FactsIn):
    lead_desk = serializers.SlugField(required=False)


TARGETS = ("to_desk", "to_team", "to_agency", "to_province")


def one_target(attrs: dict[str, Any]) -> dict[str, Any]:
    """:raises ValidationError: unless exactly one of `TARGETS` says whom to send to."""
    if sum(name in attrs for name in TARGETS) != 1:
        message = _("Give one of these: %(names)s.") % {"names": ", ".join(TARGETS)}
        raise serializers.ValidationError({"to_desk": [message]})
    return attrs


class WordsIn(StrictSerializer):
    """
    What is said with it: at most 280 characters, behind the identifier gate.

    `keep` gives, for a kind that only warns, the reason why it stays (`keep_reason`).
    """

    words = serializers.CharField(required=False, allow_blank=True, max_length=2_000)
    keep = serializers.DictField(child=CodeField("keep_reason"), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        text, keep = attrs.pop("words", "").strip(), attrs.pop("keep", {})
        return {**attrs, "words": Words(text, keep) if text else None}


class SaidIn(WordsIn):
    """
    What the guard rails ask: whether a child's case was reported, and reasons to go past a warning.

    `overrides` gives, for a rail (`guard_rail`), the reason (`override_reason`).
    """

    child_report = CodeField("child_report", required=False)
    overrides = serializers.DictField(child=CodeField("override_reason"), required=False)

    def validate_overrides(self, overrides: dict[str, str]) -> dict[str, str]:
        if set(overrides) - set(vocabularies.codes("guard_rail")):
            raise serializers.ValidationError(_("There is no such guard rail."))
        return overrides

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        said = Said(attrs.pop("child_report", ""), attrs.pop("overrides", {}))
        return {**attrs, "said": said}


class ReferralIn(SaidIn):
    case = serializers.CharField(max_length=20)
    to_desk = serializers.SlugField(required=False, max_length=80)
    to_team = serializers.SlugField(required=False, max_length=80)
    to_agency = serializers.SlugField(required=False, max_length=80)
    to_province = CodeField("province", required=False)
    agreed_by_phone_at = MomentField(required=False)
    services = CodesField("service_need", allow_empty=False)
    urgency = CodeField("urgency")
    basis = BasisIn()
    send = serializers.BooleanField(default=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "agreed_by_phone_at" in attrs and not attrs["send"]:
            message = _("Only what is sent can be agreed by phone.")
            raise serializers.ValidationError({"agreed_by_phone_at": [message]})
        return one_target(super().validate(attrs))


class NothingIn(StrictSerializer):
    """A verb that needs no further word."""


class AskIn(WordsIn):
    questions = CodesField("question", allow_empty=False)


class AnswerIn(WordsIn):
    answers = serializers.DictField(child=CodeField("answer"), help_text=questions.described())


class DeclineIn(WordsIn):
    reason = CodeField("decline_reason")
    suggested_desk = serializers.SlugField(required=False, max_length=80)


class WithdrawIn(WordsIn):
    reason = CodeField("withdraw_reason")


class WaitlistIn(StrictSerializer):
    review_at = MomentField()


class CompleteIn(WordsIn):
    outcomes = serializers.DictField(child=CodeField("outcome"))


class ReopenIn(WordsIn):
    reason = CodeField("reopen_reason")


class GiveBackIn(WordsIn):
    reason = CodeField("give_back_reason")


class ResolveIn(WordsIn):
    reason = CodeField("resolve_reason")


class ConfirmContactIn(StrictSerializer):
    method = CodeField("contact_method")


class RerouteIn(SaidIn):
    """The basis is needed where the one before has ended; else it is copied."""

    basis = BasisIn(required=False)
    to_desk = serializers.SlugField(required=False, max_length=80)
    to_team = serializers.SlugField(required=False, max_length=80)
    to_agency = serializers.SlugField(required=False, max_length=80)
    to_province = CodeField("province", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return one_target(super().validate(attrs))


class AssignIn(StrictSerializer):
    to = serializers.CharField(max_length=80, allow_null=True)
