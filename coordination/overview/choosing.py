"""What the overview shows: a period, what it is compared with, and an urgency for the times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.access import Actor
from coordination.errors import Invalid
from coordination.releasing.computing import NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.reading import Edition, editions, released, usual
from coordination.releasing.shown import ALL, Table

BEFORE, YEAR, NOTHING = "before", "year", "nothing"
COMPARED: Mapping[str, Promise] = {
    BEFORE: _("The period before"),
    YEAR: _("A year before"),
    NOTHING: _("Nothing"),
}
USUAL_URGENCY = "urgent"
"""What most referrals are: answered within a day."""
EVERY = "all"
"""How an address says all urgencies."""


@dataclass(frozen=True)
class Chosen:
    edition: Edition
    before: Edition | None
    """What it is compared with, where that was released."""

    compare: str
    urgency: str
    """Of the times; `ALL` is all of them."""

    offered: Sequence[Edition]
    missed: Period | None = None
    """What was asked for, where it was not released and another period is shown."""

    def table(self, name: str) -> Table | None:
        return self.edition.table(name)

    def earlier(self, name: str) -> Table | None:
        return self.before.table(name) if self.before else None

    @property
    def query(self) -> str:
        """Return the choice as the address of another page of the overview says it."""
        urgency = self.urgency or EVERY
        return f"?period={self.edition.period.name}&compare={self.compare}&urgency={urgency}"


def choose(actor: Actor, said: Mapping[str, str], *, audience: str = NETWORK) -> Chosen | None:
    """
    Return what was asked for, else the last quarter; nothing where nothing was released.

    The page names what it shows, and what was not released, so that an old address cannot mislead.
    """
    offered = editions(actor)
    last = usual(offered)
    if last is None:
        return None
    wanted = {each.period.name: each.period for each in offered}
    edition = released(actor, wanted.get(said.get("period", ""), last), audience=audience)
    if edition is None:
        return None
    compare = said.get("compare", BEFORE)
    compare = compare if compare in COMPARED else BEFORE
    urgency = said.get("urgency", "")
    if urgency == EVERY:
        urgency = ALL
    elif urgency not in vocabularies.codes("urgency"):
        urgency = _told_most(edition)
    before = _before(actor, edition, compare, audience)
    missed = _period(said.get("period", ""))
    missed = missed if missed != edition.period else None
    return Chosen(edition, before, compare, urgency, offered, missed)


def beside(actor: Actor, edition: Edition) -> Chosen:
    """Return an edition with the period before it, for whom it was made."""
    before = _before(actor, edition, BEFORE, edition.audience)
    return Chosen(edition, before, BEFORE, _told_most(edition), ())


def _period(name: str) -> Period | None:
    try:
        return Period.named(name)
    except Invalid:
        return None


def _told_most(edition: Edition) -> str:
    """Return the urgency of which most is told: all of them, or the usual, where it has as much."""
    table = edition.table("time_to_accept")
    teams = table.row_codes if table else ()
    told = {
        code: sum(not table.cell(team=team, urgency=code).is_hidden for team in teams if table)
        for code in (ALL, USUAL_URGENCY, *vocabularies.codes("urgency"))
    }
    return max(told, key=lambda code: told[code])


def _before(actor: Actor, edition: Edition, compare: str, audience: str) -> Edition | None:
    if compare == NOTHING:
        return None
    period = edition.period.before if compare == BEFORE else edition.period.a_year_before
    return released(actor, period, audience=audience)
