"""
The columns that an import reads, and those that it refuses by their name: the table to read.

Whatever is in neither is screened by the identifier gate all the same, and not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cases import htcds
from coordination import vocabularies
from coordination.gate.normalise import fold


@dataclass(frozen=True, slots=True)
class Column:
    """A fact of a case, the headings under which it is read, and what its cells hold."""

    fact: str
    headings: tuple[str, ...]
    vocabulary: str = ""
    several: bool = False
    required: bool = False
    """Needed in a list of one's own; a workbook of the standard cannot say it, so it is unknown."""


COLUMNS = (
    Column("key", ("key", "row_key", "clé", "cle", "identifiant de ligne")),
    Column(
        "opened_on",
        ("opened_on", "opened", "ouvert le", "cas_IncomingReferralDate", "Incoming Referral Date"),
    ),
    Column("status", ("status", "statut", "cas_Status"), "case_status"),
    Column(
        "age_band", ("age_band", "age band", "tranche d'âge", "groupe d'âge"), "age_band",
        required=True,
    ),
    Column(
        "gender_identity",
        ("gender_identity", "gender identity", "gender", "identité de genre", "genre",
         "prs_Gender"),
        "gender_identity",
        required=True,
    ),
    Column("situation", ("situation",), "situation", required=True),
    Column(
        "service_language",
        ("service_language", "service language", "language", "langue de service", "langue",
         "prs_PrimaryLanguage", "Primary Language"),
        "service_language",
        required=True,
    ),
    Column(
        "indigenous_led",
        ("indigenous_led", "indigenous-led service", "service dirigé par des autochtones"),
        "indigenous_led",
    ),
    Column(
        "access_needs", ("access_needs", "access needs", "besoins d'accessibilité"),
        "access_need", several=True,
    ),
    Column(
        "dependants",
        ("dependants", "personnes à charge", "prs_NumberOfChildren", "Number of Children"),
    ),
    Column(
        "contact_rules", ("contact_rules", "contact rules", "règles de communication"),
        "contact_rule", several=True,
    ),
    Column(
        "areas_to_avoid", ("areas_to_avoid", "areas to avoid", "secteurs à éviter"), several=True
    ),
    Column(
        "safety_flags", ("safety_flags", "safety flags", "indicateurs de sécurité"),
        "safety_flag", several=True,
    ),
    Column("needs", ("needs", "besoins"), "service_need", several=True),
    Column(
        "trafficking_status",
        ("trafficking_status", "trafficking status", "situation de traite",
         "vic_TraffickingStatus"),
        "trafficking_status",
    ),
    Column(
        "exploitation_types",
        ("exploitation_types", "types of exploitation", "types d'exploitation",
         "vic_TypeOfExploitation", "Type of Exploitation", "vic_TypeOfSexExploitation",
         "Type of Sex Exploitation"),
        "exploitation_type",
        several=True,
    ),
    Column(
        "means_of_control",
        ("means_of_control", "means of control", "moyens de contrôle", "vic_MethodsOfControl",
         "Methods of Control"),
        "means_of_control",
        several=True,
    ),
    Column(
        "recruiter_relation",
        ("recruiter_relation", "recruiter", "lien avec le recruteur",
         "vic_RelationshipToTrafficker", "Relationship to Trafficker"),
        "recruiter_relation",
    ),
    Column(
        "justice_stage", ("justice_stage", "justice stage", "étape judiciaire"), "justice_stage"
    ),
)  # fmt: skip

UNKNOWN: Mapping[str, str] = {
    "age_band": "unknown",
    "gender_identity": "not_disclosed",
    "situation": "unknown",
    "service_language": "unknown",
}
"""What a workbook of the standard says of the facts that every case has, where it says nothing."""

IDENTIFYING = frozenset(
    """
    name|full name|first name|given name|last name|family name|surname|second name|middle name|
    maiden name|nickname|alias|salutation|initials|nom|nom complet|nom de famille|prénom|prénoms|
    surnom|client name|person name|nom du client|nom de la personne|
    date of birth|birth date|birthdate|birthday|dob|born|year of birth|date de naissance|naissance|
    né le|née le|ddn|age|exact age|âge|
    phone|phone number|telephone|telephone number|home phone|mobile|mobile phone|cell|cell phone|
    cellphone|fax|téléphone|numéro de téléphone|cellulaire|courriel|email|e mail|email address|
    adresse courriel|social media|instagram|facebook|snapchat|tiktok|médias sociaux|
    address|home address|mailing address|street|street address|postal code|zip|zip code|city|town|
    municipality|mailing street|mailing city|mailing state province|mailing zip postal code|
    mailing country|country|longitude|latitude|location|adresse|rue|code postal|ville|municipalité|
    pays|
    health card|health card number|ohip|hcn|carte santé|numéro de carte santé|
    sin|social insurance number|nas|numéro d'assurance sociale|passport|passport number|passeport|
    uci|iuc|identity number|id number|driver licence|driver's licence|driver license|licence|
    licence plate|plate|permis de conduire|plaque|status card|band number|treaty number|
    first nation|band|community|première nation|bande|communauté|reserve|réserve|
    indigenous identity|identité autochtone|ethnicity|race|ethnicité|
    citizenship|nationality|citoyenneté|nationalité|
    file number|case number|case file|police file|occurrence number|numéro de dossier|
    numéro d'incident|cpin|cpin number|facts number|client id|client number|person id|
    case owner|worker|case worker|worker name|referring primary case worker|
    referred primary case worker|intervenant|intervenante|travailleur|travailleuse|
    school|employer|école|employeur|hotel|hôtel|trafficker|trafficker name|trafiquant|
    nom du trafiquant|relative|parent|mother|father|guardian|mère|père|tuteur|tutrice|
    emergency contact|next of kin|personne à joindre|title|citizenship|
    prs salutation|prs firstname|prs middlename|prs secondname|prs birthdate|prs identitynumber|
    prs title|prs email|prs homephone|prs mobilephone|prs citizenship|prs mailingcity|
    prs mailingcountry|prs mailingstate|prs mailingstreet|prs mailingpostalcode|
    prs mailinglongitude|prs mailinglatitude|vic agewhentrafficked|age when trafficked|
    cas caseowner|cas referringprimarycaseworker|cas referredprimarycaseworker|
    vic locationofrecruitment|location of recruitment|vic locationofexploitation|
    location of exploitation|hte longitude|hte latitude|hte city|hte street|hte postalcode
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""Headings whose cells have to be empty, whatever stands in them; folded, in both languages."""


def plain(text: str) -> str:
    """Return a heading or a cell as it is compared: folded, and `_`, `-` and spaces alike."""
    folded = fold(text.replace("’", "'"))
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in folded).split())


@cache
def by_heading() -> Mapping[str, Column]:
    return {plain(heading): column for column in COLUMNS for heading in column.headings}


@cache
def identifying() -> frozenset[str]:
    return frozenset(plain(each) for each in IDENTIFYING)


@cache
def of_standard() -> frozenset[str]:
    """Return the headings that only the standard has: one of them makes a file the standard's."""
    headings = (heading for column in COLUMNS for heading in column.headings)
    return frozenset(plain(each) for each in headings if each[:4] in {"prs_", "vic_", "cas_"})


@cache
def spellings(fact: str) -> Mapping[str, str]:
    """Return what a cell of a fact may say -> its code: our codes, labels, and the standard's."""
    (column,) = (each for each in COLUMNS if each.fact == fact)
    found: dict[str, str] = {}
    for code, ours in htcds.READ.get(fact, {}).items():
        found |= {plain(code): ours, plain(_spaced(code)): ours}
    for entry in vocabularies.entries(column.vocabulary):
        found |= {plain(each): entry.code for each in (entry.fr, entry.en, entry.code)}
    return found


def _spaced(code: str) -> str:
    """Return a code of the standard as its workbook shows it: "ForcedLabour" as "Forced Labour"."""
    return "".join(f" {letter}" if letter.isupper() else letter for letter in code)
