from cases.models.case import Case, CaseGrant, LeadFacts, NeedOutcome
from cases.models.note import Note

__all__ = ["Case", "CaseGrant", "LeadFacts", "NeedOutcome", "Note"]
