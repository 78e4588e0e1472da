"""The rules of one audience, what they hide of themselves, and what a reader is shown."""

from collections.abc import Collection
from dataclasses import dataclass

from coordination.disclosure.figures import Count, Figures, Key


@dataclass(frozen=True, slots=True)
class Rules:
    threshold: int = 11
    """What counts fewer is hidden."""

    base: int = 5
    """What is shown is rounded to the nearest multiple; odd, so that nothing lies between two."""

    dominance: float = 0.85
    """What comes from one contributor to a larger part than this is hidden."""

    zeros_of: frozenset[str] = frozenset()
    """Populations without persons, of which a zero is shown."""

    @property
    def width(self) -> int:
        """Return how wide a reader must have to guess at a hidden figure, at least."""
        return self.threshold - 1


def small(figures: Figures, rules: Rules) -> set[Key]:
    """
    Return what is hidden for what it says by itself (primary suppression).

    Few, or none where persons are counted; one contributor's; and all of a whole, because it says
    of everybody in the row or column what they are.
    """
    hidden = {key for key, count in figures.counts.items() if _is_small(key, count, rules)}
    for each in figures.sums:
        whole = figures.counts[each.total].value
        if each.over_time or each.total.population in rules.zeros_of:
            continue
        if not whole or len(each.parts) == 1:
            continue
        hidden |= {part for part in each.parts if figures.counts[part].value == whole}
    return hidden


def _is_small(key: Key, count: Count, rules: Rules) -> bool:
    if count.value == 0:
        return key.population not in rules.zeros_of
    return count.value < rules.threshold or count.largest > rules.dominance * count.value


def rounded(value: int, rules: Rules) -> int:
    """Return what is shown instead; the same for the same number, whoever asks how often."""
    return rules.base * ((value + rules.base // 2) // rules.base)


def shown(figures: Figures, hidden: Collection[Key], rules: Rules) -> dict[Key, int | None]:
    """Return each figure as its reader sees it: rounded, or None."""
    return {
        key: None if key in hidden else rounded(count.value, rules)
        for key, count in figures.counts.items()
    }
