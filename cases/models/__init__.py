from cases.models.case import Case, CaseGrant, LeadFacts, NeedOutcome
from cases.models.importing import Import, Imported, ImportRow
from cases.models.note import Note

__all__ = [
    "Case",
    "CaseGrant",
    "Import",
    "ImportRow",
    "Imported",
    "LeadFacts",
    "NeedOutcome",
    "Note",
]
