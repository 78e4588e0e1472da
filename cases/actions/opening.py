"""Changes to cases. Each is one transaction with one record."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.facts import LEAD_FACTS, TASK_FACTS
from cases.models import Case, CaseGrant, LeadFacts
from coordination import access, references
from coordination.errors import Invalid
from coordination.models import Area


@transaction.atomic
def open_case(
    *,
    actor: access.Actor,
    facts: Mapping[str, Any],
    at: dt.datetime,
    lead_facts: Mapping[str, Any] | None = None,
) -> Case:
    """
    Open a case that the acting desk leads.

    `facts` are task facts by name (`cases.facts.TASK_FACTS`), `lead_facts` those of the lead alone.

    :raises NotAllowed: if the role at the acting desk cannot open cases.
    :raises Invalid: if an area to avoid is not one that a team covers.
    """
    desk = access.require(actor, "cases.open_case")
    require_known_areas(facts.get("areas_to_avoid") or [])
    case = Case(lead_desk=desk, opened_at=at, **{k: facts[k] for k in TASK_FACTS if k in facts})
    references.insert(case)
    # The grant comes first: writing the lead's facts already needs it.
    access.give(CaseGrant, on=case, to=[desk.pk], reason="lead", source=case.subject)
    kept = {k: lead_facts[k] for k in LEAD_FACTS if lead_facts and lead_facts.get(k)}
    if kept:
        LeadFacts.objects.create(case=case, **kept)
    record(
        Verb.CASE_OPENED,
        subject=case.subject,
        version=case.version,
        at=at,
        data={"after": {**{k: getattr(case, k) for k in TASK_FACTS}, **kept}, "lead": desk.slug},
    )
    return case


def require_known_areas(slugs: list[str]) -> None:
    known = set(Area.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    if set(slugs) - known:
        raise Invalid(_("Choose areas from the list."), field="areas_to_avoid")
