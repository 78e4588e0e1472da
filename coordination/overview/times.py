"""How long teams take to accept, against the standard of an urgency."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from coordination import standards
from coordination.charts import numbers
from coordination.charts.numbers import DAY, HOUR
from coordination.charts.ranges import Range, by_length, ranges
from coordination.overview import findings
from coordination.overview.cards import Card, Key, Row, change
from coordination.releasing.shown import ALL, Table
from coordination.releasing.wording import period_in_words


def target_of(urgency: str) -> int | None:
    """Return the standard in minutes; None where it is in working days, which are not all alike."""
    found = standards.standard(urgency)
    if found.working_days:
        return None
    return found.hours * HOUR + found.days * DAY


def times(
    now: Table, before: Table | None, teams: Sequence[str], urgency: str, links: Mapping[str, str]
) -> Card:
    """
    Return the card of one urgency, or of all, with all teams before each.

    A team with too few acceptances is said to have too few.
    """
    target = target_of(urgency) if urgency else None
    codes = [ALL, *teams] if now.has_margins else list(teams)
    found = {code: now.cell(team=code, urgency=urgency).times for code in codes}
    ninths = [each.p90 for code, each in found.items() if each and code]
    rows = {
        code: Range(now.rows.label(code), (each.median, each.p90) if each else None)
        for code, each in found.items()
    }
    drawn = by_length([rows[code] for code in teams])
    drawn = [rows[ALL], *drawn] if ALL in rows else drawn
    label = of_urgency(now, urgency)
    return Card(
        name=now.name,
        download=now,
        title=findings.late(ninths, target) or now.title,
        says=f"{now.counts} {label}.",
        headings=_headings(now, before),
        rows=[_row(now, before, code, urgency, links) for code in codes],
        picture=ranges(now.name, f"{now.title}: {label}", drawn, target=target)
        if any(found.values())
        else None,
        silence=too_few(urgency),
        key=_key(target),
    )


def of_urgency(table: Table, urgency: str) -> str:
    return table.columns.label(urgency) if table.columns else ""


def untold(table: Table, **at: str) -> str:
    """Return why a time is not shown: too few, or a release from before there were margins."""
    if ALL in at.values() and not table.has_margins:
        return _("not in this release")
    return _("too few to show")


def too_few(urgency: str) -> str:
    if urgency:
        return _("Too few of this urgency were accepted to show a time.")
    return _("Too few were accepted to show a time.")


def _headings(now: Table, before: Table | None) -> list[str]:
    first = [now.rows.title, _("Median (half are faster)"), _("9 in 10 within")]
    if before is None:
        return first
    when = period_in_words(before.period)
    return [*first, _("9 in 10 within, %(period)s") % {"period": when}, _("Difference")]


def _row(
    now: Table, before: Table | None, code: str, urgency: str, links: Mapping[str, str]
) -> Row:
    at = {"team": code, "urgency": urgency}
    mine = now.cell(**at).times
    cells = [numbers.time(mine.median), numbers.time(mine.p90)] if mine else [untold(now, **at)] * 2
    if before is not None:
        then = before.cell(**at).times
        cells.append(numbers.time(then.p90) if then else untold(before, **at))
        cells.append(_change(mine.p90, then.p90) if mine and then else "")
    return Row(now.rows.label(code), cells, links.get(code, ""))


def _change(now: int, before: int) -> str:
    if now == before:
        return change(now, before)
    how = _("slower by %(time)s") if now > before else _("faster by %(time)s")
    return how % {"time": numbers.time(abs(now - before))}


def _key(target: int | None) -> list[Key]:
    found = [Key("med", _("Median (half are faster)")), Key("p90", _("9 in 10 within"))]
    if target is not None:
        found.append(Key("tgt", _("Standard: %(time)s") % {"time": numbers.time(target)}))
    return found
