"""The whole network in a period: the cards of the overview, in the order of its questions."""

from collections.abc import Collection, Mapping
from functools import partial

from django.utils.translation import gettext as _

from coordination.charts.bars import Bar, bars
from coordination.overview import findings
from coordination.overview.cards import Card, Key, Row, counted, present
from coordination.overview.choosing import Chosen
from coordination.overview.flows import Flow, flow
from coordination.overview.times import times
from coordination.overview.unknowns import unknowns
from coordination.overview.unmet import unmet
from coordination.releasing.wording import period_in_words

Links = Mapping[str, str]
"""Code of a region or a service, or slug of a team -> address of its page."""


def volume(chosen: Chosen, links: Links) -> Card | None:
    now, before = chosen.table("volume"), chosen.earlier("volume")
    if now is None:
        return None
    finding = partial(findings.received, base=chosen.edition.base)
    return counted(now, before, now.rows, finding=finding, links=links)


def time_to_accept(
    chosen: Chosen, links: Links, *, only: Collection[str] | None = None
) -> Card | None:
    """Return the times of all teams, or of some."""
    now, before = chosen.table("time_to_accept"), chosen.earlier("time_to_accept")
    if now is None:
        return None
    teams = [code for code in now.rows.codes if only is None or code in only]
    return times(now, before, teams, chosen.urgency, links)


def flows(chosen: Chosen, links: Links) -> Flow | None:
    table = chosen.table("flow")
    return flow(table, links, base=chosen.edition.base) if table else None


def services(chosen: Chosen, links: Links, **at: str) -> Card | None:
    requested, missed = chosen.table("requested"), chosen.table("unmet")
    if requested is None or missed is None:
        return None
    return unmet(requested, missed, chosen.earlier("unmet"), links, **at)


def doors(chosen: Chosen, **at: str) -> Card | None:
    now, before = chosen.table("doors_tried"), chosen.earlier("doors_tried")
    if now is None:
        return None

    def finding(_shown: findings.Shown, whole: int | None) -> str:
        return findings.first_door(now.cell(doors="1", **at).number, whole)

    return counted(now, before, now.rows, finding=finding, in_order=True, at=at)


def waits(chosen: Chosen, **at: str) -> Card | None:
    now, before = chosen.table("time_to_service"), chosen.earlier("time_to_service")
    if now is None:
        return None

    def finding(_shown: findings.Shown, whole: int | None) -> str:
        return findings.soon(now.cell(wait="within_1_day", **at).number, whole)

    return counted(now, before, now.rows, finding=finding, in_order=True, at=at)


def declines(chosen: Chosen) -> Card | None:
    now, before = chosen.table("decline_reasons"), chosen.earlier("decline_reasons")
    if now is None:
        return None
    finding = partial(findings.declined, base=chosen.edition.base)
    return counted(now, before, now.rows, finding=finding)


def outcomes(chosen: Chosen) -> Card | None:
    now, before = chosen.table("outcomes"), chosen.earlier("outcomes")
    if now is None or now.columns is None:
        return None
    finding = partial(findings.became, base=chosen.edition.base)
    return counted(now, before, now.columns, finding=finding)


def adoption(chosen: Chosen) -> Card | None:
    now = chosen.table("adoption")
    if now is None or now.columns is None:
        return None
    regions = now.columns
    found = [
        (regions.label(code), now.cell(activity="active", region=code), now.cell(region=code))
        for code in regions.codes
        if now.cell(region=code).number
    ]
    rows = [*found, (_("Total"), now.cell(activity="active"), now.cell())]
    silent = now.cell(activity="silent").number
    return Card(
        name=now.name,
        download=now,
        title=findings.active(now.cell(activity="active").number, silent) or now.title,
        says=f"{now.counts} {period_in_words(now.period)}.",
        headings=[regions.title, _("Recorded something"), _("Desks")],
        rows=[Row(label, [mine.words, every.words]) for label, mine, every in rows],
        picture=bars(
            now.name,
            now.title,
            [Bar(label, mine.number, every.number) for label, mine, every in found],
            compared=True,
        )
        if found
        else None,
        key=[Key("b1", _("Recorded something")), Key("b0", _("Desks"))],
        hidden=[regions.label(code) for code in regions.codes if now.cell(region=code).is_hidden],
    )


def before_flow(chosen: Chosen, *, regions: Links, teams: Links) -> list[Card]:
    return present([volume(chosen, regions), time_to_accept(chosen, teams)])


def after_flow(chosen: Chosen, *, gaps: Links) -> list[Card]:
    return present(
        [
            services(chosen, gaps),
            declines(chosen),
            doors(chosen),
            waits(chosen),
            outcomes(chosen),
            adoption(chosen),
            unknowns(chosen),
        ]
    )


def by_table(chosen: Chosen) -> dict[str, Card]:
    """Return the cards by the table that each shows, without links: for paper."""
    cards = [*before_flow(chosen, regions={}, teams={}), *after_flow(chosen, gaps={})]
    return {card.name: card for card in cards}
