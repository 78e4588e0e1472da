"""
Sealed tables as their readers are shown them: stewards always, others once all bodies released.

The same reader as for the open tables: a page shows what the network sees, whatever leaves Relay
what exports do.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, spreadsheets, stewardship, vocabularies
from coordination.errors import NotAllowed
from coordination.models import SealedTable, Stewardship
from coordination.models.stewardship import bodies_of
from coordination.releasing.computing import EXPORTED, rules_of
from coordination.releasing.periods import Period
from coordination.releasing.reading import VIEW, read
from coordination.releasing.shown import Table
from coordination.releasing.taking import sheet_of
from coordination.releasing.thresholds import Thresholds
from coordination.releasing.wording import period_in_words

READ = (stewardship.DECIDE, VIEW)


@dataclass(frozen=True)
class Sealed:
    """A sealed table with its decisions, as one reader sees it."""

    row: SealedTable
    table: Table
    decisions: Sequence[Stewardship]
    own: Stewardship | None
    """The decision of the reader's own body."""

    @property
    def title(self) -> str:
        return period_in_words(self.table.period)

    @property
    def status(self) -> str:
        """Return what the own body decided, unless one withdrew it; for readers it is released."""
        if self.withdrawn_by:
            return "withdrawn"
        return self.own.status if self.own else "released"

    @property
    def verbs(self) -> list[tuple[str, str]]:
        """Return what the reader may decide now, and how the button says it."""
        said = {"release": _("Release"), "withhold": _("Withhold"), "withdraw": _("Withdraw")}
        if self.withdrawn_by:
            return []
        return [(verb, said[verb]) for verb in stewardship.allowed(self.own)] if self.own else []

    @property
    def withdrawn_by(self) -> list[str]:
        return stewardship.withdrawn_by(self.decisions)

    @property
    def waits_for(self) -> list[str]:
        """Return the bodies without which others do not see it."""
        rest = [each.body for each in self.decisions if each.status != "released"]
        return [vocabularies.label("governance_body", body) for body in rest]


def sealed(actor: access.Actor, *, audience: str) -> list[Sealed]:
    """Return the sealed tables that the actor may see, the newest period first."""
    rows = stewardship.standing(actor)
    mine = bodies_of(actor) if actor.may(stewardship.DECIDE) else set()
    found = []
    for row in rows:
        (table,) = read([row.content], Period.named(row.period), audience)
        decisions = list(row.decisions.select_related("decided_by"))
        own = [each for each in decisions if each.body in mine]
        at_desk = actor.desk.governance_body if actor.desk else ""
        chosen = next((each for each in own if each.body == at_desk), own[0] if own else None)
        found.append(Sealed(row, table, decisions, chosen))
    return found


@transaction.atomic
def take(*, actor: access.Actor, table: SealedTable, purpose: str, at: dt.datetime) -> bytes:
    """
    Record that somebody takes a sealed table out, and return it as CSV.

    :raises NotAllowed: unless the role at the acting desk decides about it, or reads statistics.
    """
    if actor.role is None or not any(map(actor.may, READ)):
        raise NotAllowed(_("Your role at this desk cannot do this."))
    access.require(actor, stewardship.DECIDE if actor.role == "data_steward" else VIEW)
    vocabularies.entry("statistics_purpose", purpose)
    period = Period.named(table.period)
    tell(table, at=at, form="csv", purpose=purpose)
    (shown,) = read([table.content], period, EXPORTED)
    threshold = rules_of(Thresholds.read(table.thresholds))[EXPORTED].threshold
    bodies = [vocabularies.label("governance_body", each) for each in table.bodies]
    zone = ZoneInfo(actor.desk.time_zone if actor.desk else settings.TIME_ZONE)
    banner = [
        shown.title,
        shown.counts,
        _("Period: %(period)s (%(name)s)")
        % {"period": period_in_words(period), "name": period.name},
        _("Version %(number)s, sealed on %(day)s")
        % {"number": table.version, "day": date_format(table.sealed_at.astimezone(zone), "Y-m-d")},
        _("Decided by the stewards of: %(bodies)s") % {"bodies": ", ".join(bodies)},
        _("For export: counts below %(number)s are hidden, and what would give them away.")
        % {"number": threshold},
        _("Taken by: %(person)s, %(desk)s")
        % {"person": actor.user.get_full_name(), "desk": actor.desk.name if actor.desk else "-"},
        _("When: %(when)s") % {"when": date_format(at.astimezone(zone), "Y-m-d H:i")},
        _("What for: %(purpose)s") % {"purpose": vocabularies.label("statistics_purpose", purpose)},
    ]
    return spreadsheets.as_csv(banner, *sheet_of(shown))


def tell(table: SealedTable, *, at: dt.datetime, form: str, purpose: str = "") -> None:
    """Record that a sealed table leaves; the API is not told what for."""
    said = {"form": form, "purpose": purpose, "version": table.version}
    record(
        Verb.SEALED_TAKEN,
        subject=f"sealed:{table.period}:{table.name}",
        at=at,
        data={name: value for name, value in said.items() if value},
    )
