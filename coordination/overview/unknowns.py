"""What is not known of cases: how much of the other figures rests on."""

from django.utils.translation import gettext as _

from coordination.charts import numbers
from coordination.charts.bars import Bar, bars
from coordination.overview.cards import Card, Row
from coordination.overview.choosing import Chosen
from coordination.releasing.shown import Cell

_WHERE = (
    ("age_by_situation", "age", ("unknown", "unknown_adult", "unknown_minor")),
    ("age_by_situation", "situation", ("unknown",)),
    ("gender_by_age", "gender", ("unknown",)),
    ("language_by_region", "language", ("unknown",)),
)
"""Table, dimension, and its codes of what is not known."""


def unknowns(chosen: Chosen) -> Card | None:
    """Return how many cases have a fact that nobody knew, with its share of all cases."""
    found: list[tuple[str, Cell, int | None]] = []
    for name, dimension, codes in _WHERE:
        table = chosen.table(name)
        if table is None:
            return None
        along = next(each for each in table.dimensions if each.name == dimension)
        for code in codes:
            if code in along.codes:
                label = f"{along.title}{_(':')} {along.label(code)}"
                found.append((label, table.cell(**{dimension: code}), table.cell().number))
    title = _("What is not known")
    return Card(
        name="unknowns",
        title=title,
        says=_("Cases that were opened in the period without somebody knowing it."),
        headings=[_("Not known"), _("Cases"), _("Share")],
        rows=[Row(label, [cell.words, _share(cell, whole)]) for label, cell, whole in found],
        picture=bars("unknowns", title, [Bar(label, cell.number) for label, cell, _w in found])
        if any(cell.number is not None for _l, cell, _w in found)
        else None,
    )


def _share(cell: Cell, whole: int | None) -> str:
    return numbers.share(cell.number, whole) if cell.number is not None and whole else ""
