"""One run: load, check, measure, report. A gate that fails makes every number worthless."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from bench import disclosing, lean, load, office, reads, verbs, words, writes
from bench.place import Place
from bench.reads import DEEP, Reader, speaking_to
from bench.report import Report
from bench.timing import interleaved, p50, p95

WHO = ("huge", "multi5")
Times = Mapping[str, list[float]]

BLOCKS = 3
"""How often the API is measured against its floors; the middle ratio counts."""

MOST_OF_PAGES = 30
"""Rounds of whole pages: they take long at the large size, and their ratios are coarse."""

CONTRAST = 10
"""Rounds of the ways that Relay does not take: they are slow."""


def run(places: Sequence[Place], *, rounds: int, seconds: float) -> Report:
    """Measure at each size; growth is from the smallest to the largest."""
    report = Report()
    for place in places:
        _load(place)
    small, large = places[0], places[-1]
    readers = {(each.size, who): Reader(each, who) for each in places for who in WHO}
    _check(report, readers)
    _growth(report, readers, small, large, rounds)
    for who in WHO:
        _api(report, readers[large.size, who], rounds)
    _depth(report, readers[large.size, "huge"], rounds)
    _contrast(report, readers[large.size, "huge"])
    with speaking_to(large):
        words.measure(report, rounds=CONTRAST)
    office.measure(report, small, large, rounds=min(rounds, MOST_OF_PAGES))
    disclosing.measure(report)
    verbs.measure(report, large, rounds=rounds)
    _write_path(report, large, seconds)
    return report


def _load(place: Place) -> None:
    started = time.monotonic()
    load.fill(place.admin, count=place.size)
    reads.issue_tokens(place)
    sys.stderr.write(f"{place.size} referrals loaded in {time.monotonic() - started:.0f} s\n")


def _check(report: Report, readers: dict[tuple[int, str], Reader]) -> None:
    """Refuse to measure what is not the same answer."""
    for (size, who), reader in readers.items():
        name, place, desk = f"{who} at {size}", reader.place, reader.desks[0]
        with speaking_to(place):
            page = reader.raw_floor()
            report.gate(f"a full page for {name}", len(page) == 25)
            report.gate(f"equal keys, walled, {name}", reader.walled_page() == page)
            report.gate(f"equal keys, without walls, {name}", reader.open_page() == page)
            report.gate(f"equal keys, application's queries, {name}", reader.own_queries() == page)
            _check_fields(report, reader, page, name)
            report.gate(f"a full closed page for {name}", len(reader.closed_page()) == 25)
            report.gate(f"lines that have ended, {name}", reads.ended_lines(place, desk) > 0)
            report.gate(f"no actor, no rows, {name}", reader.unset() == [])


def _check_fields(report: Report, reader: Reader, page: list[int], name: str) -> None:
    """The floor counts only if it fetched, of the same lines, every stored field the API shows."""
    floor, recorded = reader.secured_floor(), reader.recorded_floor()
    report.gate(f"equal keys, secured floor, {name}", [each["id"] for each in floor] == page)
    report.gate(f"equal keys, with the entry, {name}", [each["id"] for each in recorded] == page)
    lines = reader.lines_of_api()
    report.gate(f"equal keys, API, {name}", [reads.key_of(each) for each in lines] == page)
    for line in lines:
        for worked_out in ("actions", "waited_minutes"):  # no table holds them
            line.pop(worked_out)
    report.gate(f"equal fields, {name}", [lean.as_api(each) for each in floor] == lines)
    report.gate(f"facts are there, {name}", all(line["facts"] for line in lines))
    report.gate(f"no actor, no lines, {name}", reader.lean.lines_for_nobody(page) == [])


def _growth(
    report: Report,
    readers: dict[tuple[int, str], Reader],
    small: Place,
    large: Place,
    rounds: int,
) -> None:
    variants = {}
    for (size, who), reader in readers.items():
        variants[f"walled {who} {size}"] = reader.walled_page
        variants[f"open {who} {size}"] = reader.open_page
        variants[f"count {who} {size}"] = reader.capped_count
        variants[f"closed {who} {size}"] = reader.closed_page
        variants[f"secured {who} {size}"] = reader.secured_floor
    times = interleaved(variants, rounds=rounds)
    for who in WHO:
        for size in sorted({small.size, large.size}):
            ratio = p50(times[f"walled {who} {size}"]) / p50(times[f"open {who} {size}"])
            report.add(
                f"page behind row-level security / without, p50, {who}, {size:,}", ratio, most=3.0
            )
        if small.size != large.size:
            growth = f"{small.size:,} to {large.size:,}"
            for what, label, most in (
                ("walled", "page with row-level security", 1.3),
                ("count", "capped count", 1.3),
                ("closed", "closed page among ended lines", None),
                ("secured", "secured floor", None),
            ):
                ratio = p50(times[f"{what} {who} {large.size}"]) / p50(
                    times[f"{what} {who} {small.size}"]
                )
                report.add(f"{label}, growth {growth}, p50, {who}", ratio, most=most)


def _api(report: Report, reader: Reader, rounds: int) -> None:
    with speaking_to(reader.place):
        blocks = [
            interleaved(
                {
                    "raw": reader.raw_floor,
                    "secured": reader.secured_floor,
                    "recorded": reader.recorded_floor,
                    "own": reader.own_queries,
                    "api": reader.api,
                },
                rounds=rounds,
            )
            for _ in range(BLOCKS)
        ]
        # Apart from the others, as it takes away the connection that they keep.
        alone = [
            interleaved({"secured": reader.secured_floor, "api": reader.api_alone}, rounds=rounds)
        ]
    at = f"{reader.who}, {reader.place.size:,}"
    report.add(f"inbox API / secured floor, p95, {at}", _ratio(blocks, p95, "secured"), most=2.0)
    report.add(f"inbox API / secured floor, p50, {at}", _ratio(blocks, p50, "secured"))
    report.add(f"inbox API / raw floor, p50, {at}", _ratio(blocks, p50, "raw"), most=5.5)
    for label, of, what, measured in (
        ("inbox API / secured floor with the entry, p95", p95, "recorded", blocks),
        ("inbox API / application's queries, p50", p50, "own", blocks),
        ("inbox API that connects first / secured floor, p95", p95, "secured", alone),
    ):
        report.add(f"{label}, {at}", _ratio(measured, of, what))
    figures = [
        f"{label} {_middle(measured, p50, what):.2f} / {_middle(measured, p95, what):.2f}"
        for label, what, measured in (
            ("raw floor", "raw", blocks),
            ("secured floor", "secured", blocks),
            ("secured floor with the entry", "recorded", blocks),
            ("application's queries", "own", blocks),
            ("API", "api", blocks),
            ("API that connects first", "api", alone),
        )
    ]
    report.note(f"{at}, ms at p50 / p95: {', '.join(figures)}")


def _ratio(blocks: Sequence[Times], of: Callable[[list[float]], float], floor: str) -> float:
    """Return the API over a floor, of the middle block: one may have been disturbed."""
    return statistics.median(of(block["api"]) / of(block[floor]) for block in blocks)


def _middle(blocks: Sequence[Times], of: Callable[[list[float]], float], what: str) -> float:
    return statistics.median(of(block[what]) for block in blocks)


def _depth(report: Report, reader: Reader, rounds: int) -> None:
    with speaking_to(reader.place):
        closed = reader.place.size // 10
        depth = min(DEEP, closed)
        deep, first = reader.closed_at(depth), reader.closed_at(0)
        report.gate("a deep page is full", len(deep()) == len(first()) == 25)
        times = interleaved({"deep": deep, "first": first}, rounds=rounds)
    ratio = p50(times["deep"]) / p50(times["first"])
    report.add(f"page at depth {depth:,} / first page, p50", ratio, most=1.5)


def _contrast(report: Report, reader: Reader) -> None:
    """What the list costs in the ways that Relay does not take: no goal, a reason."""
    with speaking_to(reader.place):
        times = interleaved(
            {
                "page": reader.open_page,
                "either": reader.either_side,
                "orm": reader.guardians_way,
                "walled": reader.walled_page,
            },
            rounds=CONTRAST,
            warm=1,
        )
    size = f"{reader.place.size:,}"
    either = p50(times["either"]) / p50(times["page"])
    report.add(f"for contrast: both sides of the referral / page, p50, {size}", either)
    orm = p50(times["orm"]) / p50(times["walled"])
    report.add(f"for contrast: both sides behind row-level security / page, p50, {size}", orm)


def _write_path(report: Report, place: Place, seconds: float) -> None:
    written = 0
    before = writes.deadlocks_of(place)
    for clients in writes.CLIENTS:
        base, recorded = 0, 0
        for _ in range(3):
            plain = writes.throughput(place, clients=clients, seconds=seconds / 3, recorded=False)
            with_entry = writes.throughput(
                place, clients=clients, seconds=seconds / 3, recorded=True
            )
            report.gate(
                f"no aborted client of {clients}", not (plain["aborted"] + with_entry["aborted"])
            )
            base, recorded = base + plain["committed"], recorded + with_entry["committed"]
            written += with_entry["committed"]
        ratio = recorded / max(base, 1)
        report.add(f"with the record / without, committed, {clients} clients", ratio, least=0.5)
        report.note(
            f"{clients} clients: {base / seconds:.0f} transactions a second without the record,"
            f" {recorded / seconds:.0f} with it"
        )
    report.gate("entries are the committed transactions", writes.entries_of(place) == written)
    report.gate("no deadlock", writes.deadlocks_of(place) == before)
    waiting, rate = writes.drain_rate(place)
    report.note(f"one follower drained {waiting:,} entries at {rate:,.0f} a second")
