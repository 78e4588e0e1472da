"""One region or one team, looked at closer: what the releases say of it, and what it offers now."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coordination import access, coverage, offering
from coordination.access import Actor
from coordination.charts import numbers
from coordination.charts.trends import Series, trend
from coordination.counting.populations import POPULATIONS
from coordination.models import Desk, Team
from coordination.overview import province
from coordination.overview.cards import Card, Row, counted, present
from coordination.overview.choosing import Chosen
from coordination.overview.times import of_urgency, too_few, untold
from coordination.releasing.periods import Period
from coordination.releasing.reading import Edition, released
from coordination.releasing.shown import Times
from coordination.releasing.wording import period_in_words

PERIODS = 6
"""How many periods a line goes back."""


@dataclass(frozen=True)
class Now:
    """A desk as the directory shows it, today."""

    desk: Desk
    level: str
    usual_time: str


def of_region(
    actor: Actor,
    chosen: Chosen,
    region: str,
    *,
    teams: Mapping[str, str],
    gaps: Mapping[str, str],
) -> list[Card]:
    """Both are of the region: teams and services, with the addresses of their pages."""
    at = {"receiver": region}
    return present(
        [
            _volume(actor, chosen, region),
            province.time_to_accept(chosen, teams, only=teams),
            _flow(chosen, "sender", region),
            _flow(chosen, "receiver", region),
            province.services(chosen, gaps, **at),
            province.doors(chosen, **at),
            province.waits(chosen, **at),
        ]
    )


def of_team(actor: Actor, chosen: Chosen, team: Team, desks: Sequence[Now]) -> list[Card]:
    kind = next(each for each in POPULATIONS["declined"].dimensions if each.name == "kind")
    kinds = dict.fromkeys(kind.code(each.desk.agency.kind) for each in desks)
    declines = [_declines(chosen, each) for each in kinds]
    return present(
        [
            _times(actor, chosen, team),
            _volume(actor, chosen, team.region),
            *(each for each in declines if each and each.picture),
        ]
    )


def desks_of(team: Team, *, at: dt.datetime) -> list[Now]:
    desks = offering.with_offer(access.addressable_desks().filter(team=team)).order_by("slug")
    return [
        Now(each, offering.level_of(each, at=at), offering.usual_time_of(each)) for each in desks
    ]


def gaps_of(region: str, *, at: dt.datetime) -> list[str]:
    """Return the services that nobody takes there now."""
    return [
        row.service
        for row in coverage.table(at=at)
        if region in row.cells and not row.cells[region].accepting
    ]


def _last(actor: Actor, chosen: Chosen) -> list[Edition]:
    """Return what was released of this period and of those before it, the oldest first."""
    found, period = [chosen.edition], chosen.edition.period
    for _n in range(PERIODS - 1):
        period = period.before
        edition = released(actor, period, audience=chosen.edition.audience)
        if edition is not None:
            found.insert(0, edition)
    return found


def _volume(actor: Actor, chosen: Chosen, region: str) -> Card | None:
    now = chosen.table("volume")
    if now is None:
        return None
    found: list[tuple[Period, int | None, str]] = []
    for edition in _last(actor, chosen):
        if table := edition.table("volume"):
            cell = table.cell(receiver=region)
            found.append((edition.period, cell.number, cell.words))
    title = _("%(region)s: referrals received") % {"region": now.rows.label(region)}
    series = Series("", [number for _p, number, _w in found])
    return Card(
        name=now.name,
        download=now,
        title=title,
        says=now.counts,
        headings=[_("Period"), _("Number")],
        rows=[Row(period_in_words(period), [words]) for period, _n, words in reversed(found)],
        picture=trend(now.name, title, [_short(each) for each, _n, _w in found], [series])
        if any(number is not None for _p, number, _w in found)
        else None,
    )


def _flow(chosen: Chosen, side: str, region: str) -> Card | None:
    """Return where its referrals go (`sender`), or where those that it receives come from."""
    now, before = chosen.table("flow"), chosen.earlier("flow")
    if now is None or now.columns is None:
        return None
    along = now.columns if side == "sender" else now.rows
    title = _("Where it sends referrals") if side == "sender" else _("Where referrals come from")
    return counted(
        now, before, along, finding=lambda _s, _w: title, name=f"flow-{side}", at={side: region}
    )


def _times(actor: Actor, chosen: Chosen, team: Team) -> Card | None:
    now = chosen.table("time_to_accept")
    if now is None:
        return None
    half, most = _("Median"), _("9 in 10 within")
    found: list[tuple[Period, Times | None, list[str]]] = []
    for edition in _last(actor, chosen):
        if table := edition.table("time_to_accept"):
            at = {"team": team.slug, "urgency": chosen.urgency}
            mine = table.cell(**at).times
            words = [numbers.time(mine.median), numbers.time(mine.p90)] if mine else []
            found.append((edition.period, mine, words or [untold(table, **at)] * 2))
    return Card(
        name=now.name,
        download=now,
        title=now.title,
        says=f"{now.counts} {of_urgency(now, chosen.urgency)}.",
        headings=[_("Period"), half, most],
        rows=[Row(period_in_words(period), words) for period, _times, words in reversed(found)],
        picture=trend(
            now.name,
            now.title,
            [_short(each) for each, _times, _words in found],
            [
                Series(half, [mine.median if mine else None for _p, mine, _w in found]),
                Series(most, [mine.p90 if mine else None for _p, mine, _w in found]),
            ],
            words=numbers.time,
        )
        if any(mine for _p, mine, _w in found)
        else None,
        silence=too_few(chosen.urgency),
    )


def _short(period: Period) -> str:
    """Return "Jul 2026", "Q3 2026" or "2026": what stands below a line."""
    if period.month:
        names = pgettext("months", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()
        return f"{names[period.month - 1]} {period.year}"
    said = {"quarter": period.quarter, "year": period.year}
    return _("Q%(quarter)s %(year)s") % said if period.quarter else str(period.year)


def _declines(chosen: Chosen, kind: str) -> Card | None:
    now, before = chosen.table("decline_reasons"), chosen.earlier("decline_reasons")
    if now is None or now.columns is None:
        return None
    label = now.columns.label(kind)
    title = _("Reasons for declining, whole network: %(kind)s") % {"kind": label}
    return counted(
        now,
        before,
        now.rows,
        finding=lambda _s, _w: title,
        name=f"declined-{kind}",
        at={"kind": kind},
    )
