"""Services: how often each was requested, and how often nobody could be found who offers it."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from coordination.charts.needs import Need, by_size, needs
from coordination.overview.cards import Card, Key, Row, change
from coordination.releasing.shown import Table
from coordination.releasing.wording import period_in_words

MOST = 12
"""As many services are drawn; the table has all."""

NEAREST = 5
"""So many have a link below: looked for in vain most often, then requested most often."""


def unmet(
    requested: Table, missed: Table, before: Table | None, links: Mapping[str, str], **at: str
) -> Card:
    """
    Return the card of both tables; `before` is the earlier one of what was not offered.

    `links` leads from a service to what is done about it. Drawn is what has a figure of what was in
    vain: the bar of a request alone would pass for one.
    """
    services = requested.rows
    found = {
        code: Need(
            services.label(code),
            requested.cell(service=code, **at).number,
            missed.cell(service=code, **at).number,
        )
        for code in services.codes
    }
    shown = by_size([need for need in found.values() if need.unmet is not None])
    title = _("Requested, and looked for in vain")
    rows = {
        services.label(code): _row(code, requested, missed, before, links, **at)
        for code in [*services.codes, ""]
    }
    return Card(
        name=missed.name,
        download=missed,
        title=title,
        says=f"{requested.counts} {missed.counts}",
        headings=_headings(requested, before),
        rows=list(rows.values()),
        nearest=[rows[need.label] for need in by_size(list(found.values())) if not need.is_hidden][
            :NEAREST
        ],
        picture=needs(missed.name, title, shown[:MOST]) if shown else None,
        silence=_("How often each was looked for in vain is hidden to protect people."),
        key=[Key("b2", missed.title), Key("b0", requested.title)],
        hidden=[need.label for need in found.values() if need.unmet is None],
        smaller=len(shown[MOST:]),
    )


def _headings(requested: Table, before: Table | None) -> list[str]:
    first = [requested.rows.title, _("Requested"), _("Nobody offers it")]
    if before is None:
        return first
    when = period_in_words(before.period)
    return [*first, _("Nobody offers it, %(period)s") % {"period": when}, _("Difference")]


def _row(
    code: str,
    requested: Table,
    missed: Table,
    before: Table | None,
    links: Mapping[str, str],
    **at: str,
) -> Row:
    asked, gone = requested.cell(service=code, **at), missed.cell(service=code, **at)
    cells = [asked.words, gone.words]
    if before is not None:
        then = before.cell(service=code, **at)
        cells += [then.words, change(gone.number, then.number)]
    return Row(requested.rows.label(code), cells, links.get(code, ""))
