"""From which region to which: a table in shades, its own alternative."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coordination.charts import numbers
from coordination.charts.heat import Cell, Step, heat
from coordination.coverage import REGIONS
from coordination.overview import findings
from coordination.releasing.shown import Table


@dataclass(frozen=True)
class Line:
    label: str
    cells: Sequence[Cell]
    whole: Cell
    link: str = ""


@dataclass(frozen=True)
class Flow:
    name: str
    download: Table
    title: str
    says: str
    columns: Sequence[str]
    lines: Sequence[Line]
    wholes: Sequence[Cell]
    """What each column comes to, and last what all do."""

    key: Sequence[Step]
    hidden: Sequence[str]
    """Labels of regions of which every figure is hidden."""


def flow(table: Table, links: Mapping[str, str], *, base: int) -> Flow:
    """
    Return the table without the rows and columns of which all is hidden; they are named.

    Its figures were rounded to multiples of `base`.
    """
    from_codes = [code for code in table.rows.codes if _is_shown(table, "sender", code)]
    to_codes = [code for code in table.rows.codes if _is_shown(table, "receiver", code)]
    made = heat(
        [
            [table.cell(sender=sender, receiver=receiver).number for receiver in to_codes]
            for sender in from_codes
        ],
        base=base,
    )
    return Flow(
        name=table.name,
        download=table,
        title=findings.across(table) or table.title,
        says=table.counts,
        columns=[table.rows.label(code) for code in to_codes],
        lines=[
            Line(
                table.rows.label(code),
                cells,
                _whole(table.cell(sender=code).number),
                links.get(code, ""),
            )
            for code, cells in zip(from_codes, made.rows, strict=True)
        ],
        wholes=[
            *(_whole(table.cell(receiver=code).number) for code in to_codes),
            _whole(table.cell().number),
        ],
        key=made.key,
        hidden=[
            table.rows.label(code)
            for code in table.rows.codes
            if code not in from_codes and code not in to_codes
        ],
    )


def _is_shown(table: Table, side: str, code: str) -> bool:
    """Tell whether a region has a figure; those of the ministry stand there without one too."""
    other = "receiver" if side == "sender" else "sender"
    if code in REGIONS or table.cell(**{side: code}).number is not None:
        return True
    return any(
        table.cell(**{side: code, other: each}).number is not None for each in table.rows.codes
    )


def _whole(number: int | None) -> Cell:
    return Cell(numbers.count(number), "tot hs" if number is None else "tot")
