"""An auditor asks who could see a case: the purpose is recorded before anything is shown."""

import datetime as dt

from django.db import transaction

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies


@transaction.atomic
def trace_access(
    *,
    actor: access.Actor,
    case_reference: str,
    purpose: str,
    starts: dt.datetime,
    ends: dt.datetime,
    at: dt.datetime,
) -> None:
    """
    Record for which purpose an auditor asks; afterwards, for ten minutes, the database answers.

    Not in the same transaction: whoever rolls it back would have read and left no trace.

    :raises NotAllowed: if the role cannot.
    """
    access.require(actor, "coordination.trace_access")
    vocabularies.entry("trace_purpose", purpose)
    record(
        Verb.ACCESS_TRACED,
        subject=f"trace:{case_reference}",
        at=at,
        data={"purpose": purpose, "from": starts.isoformat(), "to": ends.isoformat()},
    )
