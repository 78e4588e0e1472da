from cases.models.case import Case, CaseGrant, LeadFacts, NeedOutcome
from cases.models.consent import Consent
from cases.models.export import Export
from cases.models.identity import IndigenousIdentity
from cases.models.importing import Import, Imported, ImportRow
from cases.models.link import CaseLink
from cases.models.note import Note
from cases.models.report import ChildReport

__all__ = [
    "Case",
    "CaseGrant",
    "CaseLink",
    "ChildReport",
    "Consent",
    "Export",
    "Import",
    "ImportRow",
    "Imported",
    "IndigenousIdentity",
    "LeadFacts",
    "NeedOutcome",
    "Note",
]
