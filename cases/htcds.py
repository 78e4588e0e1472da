"""
The Human Trafficking Case Data Standard 2.0 (IOM): its codes for the facts that Relay keeps.

Read in both directions. What the standard cannot say, and what is not Relay's to tell, leaves as an
empty cell: never as another code.
"""

from collections.abc import Mapping
from typing import Any

READ: Mapping[str, Mapping[str, str]] = {
    "gender_identity": {
        "Feminine": "woman_girl",
        "Masculine": "man_boy",
        "TransgenderFeminine": "trans_woman_girl",
        "TransgenderMasculine": "trans_man_boy",
        "NonConforming": "non_binary",
        "NonSpecifiedUnknown": "not_disclosed",
    },
    "service_language": {
        "eng": "en",
        "fra": "fr",
        "fre": "fr",
        "oji": "oj",
        "cre": "cr",
        "moh": "moh",
        "iku": "iu",
        "spa": "es",
        "zho": "zh",
        "chi": "zh",
        "pan": "pa",
        "tgl": "tl",
        "ara": "ar",
        "hun": "hu",
        "und": "unknown",
    },
    "trafficking_status": {
        "PossibleVictimOfTrafficking": "suspected",
        "ActualVictimOfTrafficking": "confirmed",
        "NotAVictimOfTrafficking": "not_trafficking",
    },
    # "Acquainted" is five of our codes, and does not say which one.
    "recruiter_relation": {
        "Familial": "family",
        "Unaquainted": "stranger",
        "Acquainted": "unknown",
    },
    "means_of_control": {
        "PhysicalThreats": "threats",
        "ThreatsLawEnforcement": "threat_law_enforcement",
        "ThreatsOfLawEnforcement": "threat_law_enforcement",
        "ThreatensChildrenFamily": "uses_children",
        "UsesChildren": "uses_children",
        "DebtBondage": "debt_bondage",
        "FalsePromises": "false_promises",
        "PhysicalAbuse": "physical_abuse",
        "SexualAbuse": "sexual_abuse",
        "PsychologicalAbuse": "psychological_abuse",
        "TakesEarnings": "takes_earnings",
        "RestrictsFinancialAccess": "financial_access",
        "RestrictsMedicalCare": "restricts_medical",
        "RestrictsMovement": "restricts_movement",
        "WithholdsNecessities": "withholds_necessities",
        "WithholdsDocuments": "withholds_documents",
        "PsychoactiveSubstance": "substances",
        "ExcessiveWorkingHours": "excessive_hours",
        "Other": "other",
    },
    "exploitation_types": {
        "SexualExploitation": "sex",
        "Prostitution": "sex",
        "PrivateSexualServices": "sex",
        "Pornography": "sex_online",
        "RemoteInteractiveServices": "sex_online",
        "ForcedLabour": "labour",
        "ChildLabour": "labour",
        "Servitude": "domestic_servitude",
        "ForcedMarriage": "forced_marriage",
        "ForcedBegging": "forced_begging",
        "OrganRemoval": "organ_removal",
        "ForcedMilitaryByNonStateActors": "other",
        "ForcedAdoption": "other",
        "Surrogacy": "other",
        "Other": "other",
    },
    "status": {
        "Active": "open",
        "FollowUp": "follow_up",
        "Closed": "closed",
        "ClosedReferred": "closed",
    },
}
"""Fact of a case -> code of the standard -> ours."""

_GENDER = {
    "woman_girl": "Feminine",
    "man_boy": "Masculine",
    "trans_woman_girl": "TransgenderFeminine",
    "trans_man_boy": "TransgenderMasculine",
    "non_binary": "NonConforming",
}
# Two-Spirit is withheld, and so is what is not disclosed: if one of them alone were empty, an empty
# cell would say it. Languages of First Nations and Inuit are withheld with the unknown ones alike.
_LANGUAGE = {
    "en": "eng",
    "fr": "fra",
    "ase": "sgn",
    "lsq": "sgn",
    "es": "spa",
    "zh": "zho",
    "pa": "pan",
    "tl": "tgl",
    "ar": "ara",
    "hu": "hun",
}
_TRAFFICKING = {
    "suspected": "PossibleVictimOfTrafficking",
    "confirmed": "ActualVictimOfTrafficking",
    "exited": "ActualVictimOfTrafficking",
    "not_trafficking": "NotAVictimOfTrafficking",
}
_RELATION = {
    "intimate_partner": "Acquainted",
    "friend": "Acquainted",
    "family": "Familial",
    "employer_broker": "Acquainted",
    "online_contact": "Acquainted",
    "gang": "Acquainted",
    "stranger": "Unaquainted",
}
_CONTROL = {
    "threats": "PhysicalThreats",
    "threat_law_enforcement": "ThreatsLawEnforcement",
    "uses_children": "ThreatensChildrenFamily",
    "debt_bondage": "DebtBondage",
    "false_promises": "FalsePromises",
    "physical_abuse": "PhysicalAbuse",
    "sexual_abuse": "SexualAbuse",
    "psychological_abuse": "PsychologicalAbuse",
    "takes_earnings": "TakesEarnings",
    "financial_access": "RestrictsFinancialAccess",
    "restricts_medical": "RestrictsMedicalCare",
    "withholds_necessities": "WithholdsNecessities",
    "withholds_documents": "WithholdsDocuments",
    "substances": "PsychoactiveSubstance",
    "excessive_hours": "ExcessiveWorkingHours",
    "restricts_movement": "Other",  # the standard defines it, its list of 2.0 leaves it out
    "other": "Other",
}
_EXPLOITATION = {
    "sex": "SexualExploitation",
    "sex_online": "SexualExploitation",
    "labour": "ForcedLabour",
    "domestic_servitude": "Servitude",
    "forced_marriage": "ForcedMarriage",
    "forced_criminality": "Other",
    "forced_begging": "ForcedBegging",
    "organ_removal": "OrganRemoval",
    "other": "Other",
}
_SEXUAL = {"sex_online": "RemoteInteractiveServices"}
_STATUS = {"open": "Active", "follow_up": "FollowUp", "closed": "Closed"}

SEPARATOR = "; "
COLUMNS = (
    "relay_reference",
    "cas_Status",
    "cas_IncomingReferralDate",
    "prs_Gender",
    "prs_PrimaryLanguage",
    "prs_NumberOfChildren",
    "vic_TraffickingStatus",
    "vic_RelationshipToTrafficker",
    "vic_MethodsOfControl",
    "vic_TypeOfExploitation",
    "vic_TypeOfSexExploitation",
)
"""Columns of an export, in order; all but the first are the standard's."""


def written(reference: str, facts: Mapping[str, Any]) -> list[str]:
    """Return the cells of `COLUMNS` for a case: facts by name, with `status` and `opened_on`."""
    status = _STATUS[facts["status"]]
    if facts.get("closure_reason") == "handed_off":
        status = "ClosedReferred"
    return [
        reference,
        status,
        facts["opened_on"].isoformat(),
        _GENDER.get(facts["gender_identity"], ""),
        _LANGUAGE.get(facts["service_language"], ""),
        str(facts["dependants"]),
        _TRAFFICKING.get(facts.get("trafficking_status", ""), ""),
        _RELATION.get(facts.get("recruiter_relation", ""), ""),
        _several(_CONTROL, facts.get("means_of_control")),
        _several(_EXPLOITATION, facts.get("exploitation_types")),
        _several(_SEXUAL, facts.get("exploitation_types")),
    ]


def _several(codes: Mapping[str, str], kept: list[str] | None) -> str:
    return SEPARATOR.join(dict.fromkeys(codes[each] for each in kept or () if each in codes))
