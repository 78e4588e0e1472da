"""
The last way to hide a figure: as if more had been counted, each at one code of every dimension.

Whoever is counted stands in one cell of each table, its margins and its total. So a move that adds
to all of these, and to nothing else, breaks no sum: it is there wherever nothing of it has to be
shown. It hides a total, which readers miss most, and is for when no search found less.
"""

from collections.abc import Collection, Mapping

from coordination.disclosure.figures import Place
from coordination.disclosure.moves import Move, Sheet, is_sound, lift

Codes = Mapping[str, str]
"""Dimension -> code."""


def one_more(
    sheet: Sheet, start: int, step: int, *, hidden: Collection[int], may_hide: Collection[int]
) -> Move | None:
    """Return the move that adds `step` to one figure and hides least, or None if one is shown."""
    population, period, place = sheet.keys[start]
    figures = {
        key.at: number
        for number, key in enumerate(sheet.keys)
        if (key.population, key.period) == (population, period)
    }
    lost = {
        at: 0 if number in hidden else sheet.values[number] if number in may_hide else None
        for at, number in figures.items()
    }
    whole = _cheapest(dict(place), lost)
    if whole is None:
        return None
    move = lift(sheet, {figures[at]: step for at in figures if _covers(whole, at)})
    return move if is_sound(sheet, move, hidden={*hidden, *may_hide}) else None


def _cheapest(codes: Codes, lost: Mapping[Place, int | None]) -> Codes | None:
    """Return a code for each further dimension, one after another, by what it would hide."""
    found = dict(codes)
    for dimension in sorted({name for at in lost for name, _code in at} - found.keys()):
        known = sorted({code for at in lost for name, code in at if name == dimension})
        priced = [
            (price, code)
            for code in known
            if (price := _price(found, dimension, code, lost)) is not None
        ]
        if not priced:
            return None
        found[dimension] = min(priced)[1]
    return found


def _price(codes: Codes, dimension: str, code: str, lost: Mapping[Place, int | None]) -> int | None:
    """Return how much more would be hidden at a code; None if it has to be shown."""
    whole = {**codes, dimension: code}
    prices = [price for at, price in lost.items() if (dimension, code) in at and _covers(whole, at)]
    if None in prices:
        return None
    return sum(price for price in prices if price is not None)


def _covers(whole: Codes, at: Place) -> bool:
    return all(whole.get(name) == code for name, code in at)
