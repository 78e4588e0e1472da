"""Which desks can read a case, or could, and why: for pages, and to be read aloud."""

from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cases.models import Case, CaseGrant
from coordination import references, vocabularies
from coordination.access import grants_on
from coordination.templatetags.relay import day
from referrals.labels import desk_label


@dataclass(frozen=True)
class Access:
    """A desk that can or could read a case, and the sentence that says why."""

    desk: str
    sentence: str


def now(case: Case) -> list[Access]:
    """Return who can read the case now; a reader that does not lead it sees its own desk only."""
    return [_access(grant) for grant in grants_on(CaseGrant, case.pk)]


def before(case: Case) -> list[Access]:
    """Return who could read it once, the earliest first."""
    ended = (
        CaseGrant.objects.filter(content_object_id=case.pk, until__lte=Now())
        .select_related("group__desk__agency", "group__desk__team")
        .order_by("pk")
    )
    return [_access(grant) for grant in ended]


def _access(grant: Any) -> Access:
    desk = desk_label(grant.group.desk)
    reason = vocabularies.label("access_reason", grant.reason)
    of = grant.source.partition(":")[2]
    sentence = _("%(desk)s, because: %(reason)s (%(code)s)") % {
        "desk": desk,
        "reason": reason.lower(),
        "code": references.display(of),
    }
    if grant.until:
        sentence += ", " + _("until %(day)s") % {"day": day(grant.until)}
    return Access(desk, f"{sentence}.")
