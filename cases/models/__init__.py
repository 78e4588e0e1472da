from cases.models.case import Case, CaseGrant, LeadFacts
from cases.models.note import Note

__all__ = ["Case", "CaseGrant", "LeadFacts", "Note"]
