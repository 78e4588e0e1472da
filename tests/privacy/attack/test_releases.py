"""
Whoever has every release of every period, for every audience, in hand (P2, P4, P7).

The attacker knows that quarters make a year, and that what the network is shown and what is
exported are the same numbers.
"""

import random

import pytest

from coordination.disclosure.figures import Figures
from coordination.disclosure.protecting import faults, protect
from coordination.disclosure.rules import Rules, shown
from tests.privacy.attack.attacker import Score, Seen, worked_out
from tests.privacy.attack.tables import REGIONS, of, part, quarters

NETWORK, EXPORTED = Rules(), Rules(threshold=20)
QUARTERS = [f"2026-Q{n}" for n in range(1, 5)]


def released_one_by_one(figures, periods, rules):
    """Release period after period, the whole last, each bound to what was shown before."""
    hidden, settled, before, seen = set(), set(), [], []
    for number in range(len(periods)):
        known = part(figures, periods[: number + 1])
        done = protect(known, rules, hidden=hidden, settled=settled, before=before)
        before += done.by_key()
        assert not list(faults(done, rules, settled=settled))
        assert done.hidden & settled == hidden & settled, "what was shown stays shown"
        hidden, settled = set(done.hidden), set(known.counts)
        seen.append(Seen(shown(known, hidden, rules), tuple(known.sums), rules))
    return seen


@pytest.mark.parametrize("seed", range(12))
def test_nothing_hidden_is_found_from_the_quarters_and_their_year(seed):
    figures = quarters(random.Random(seed), REGIONS, "abcd", QUARTERS, whole="2026")
    score = Score()
    for seen in released_one_by_one(figures, [*QUARTERS, "2026"], NETWORK):
        score.add(seen, worked_out([seen], enough=NETWORK.width)[0], NETWORK.width)
    print(score)
    assert (score.pinned, score.narrow) == (0, 0)


HIGHER = Rules(threshold=30)
CHANGED = {
    "lowered": (HIGHER, NETWORK, NETWORK),
    "raised": (NETWORK, HIGHER, NETWORK),  # a year hides nothing that its quarters tell
    "lowered for the year": (HIGHER, HIGHER, NETWORK),
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("seed", range(4))
def test_what_was_hidden_stays_as_wide_when_thresholds_change(name, seed):
    """A year shown under a lower threshold must not narrow what its quarters had hidden."""
    figures = quarters(random.Random(seed), REGIONS, "abc", QUARTERS[:2], whole="2026")
    periods = [*QUARTERS[:2], "2026"]
    rules = dict(zip(periods, CHANGED[name], strict=True))
    hidden, settled, before, score = set(), set(), [], Score()
    for number, period in enumerate(periods):
        known = part(figures, periods[: number + 1])
        widths = {each: rules[each].width for each in periods[:number]}
        said = {"settled": settled, "widths": widths}
        done = protect(known, rules[period], hidden=hidden, before=before, **said)
        assert not list(faults(done, rules[period], **said))
        before += done.by_key()
        hidden, settled = set(done.hidden), set(known.counts)
        figures_seen = shown(known, hidden, rules[period])
        seen = Seen(figures_seen, tuple(known.sums), rules[period], rules)
        score.add(seen, worked_out([seen])[0])
    print(score)
    assert (score.pinned, score.narrow) == (0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_hidden_is_found_from_what_two_audiences_see(seed):
    figures = quarters(random.Random(seed), REGIONS, "abcd", QUARTERS[:1])
    network = protect(figures, NETWORK)
    exported = protect(figures, EXPORTED, hidden=network.hidden)
    assert not list(faults(exported, EXPORTED))
    inside = shown(figures, network.hidden, NETWORK)
    outside = shown(figures, exported.hidden, EXPORTED)
    assert all(value in (None, inside[key]) for key, value in outside.items())
    seen = Seen(outside, tuple(figures.sums), EXPORTED)
    widths = worked_out([seen])[0]
    assert min(high - low for low, high in widths.values()) >= EXPORTED.width


def test_how_often_one_more_person_changes_what_is_shown():
    """Against someone who knows everybody else the rounding is all there is: a measured figure."""
    changed = shown_at_all = 0
    chance = random.Random(7)
    for _ in range(200):
        cells = {(region, what): chance.randint(0, 40) for region in REGIONS for what in "abc"}
        at = chance.choice(list(cells))
        more = cells | {at: cells[at] + 1}
        before, after = (release(of(each)) for each in (cells, more))
        shown_at_all += 1
        changed += before != after
    advantage = changed / shown_at_all
    print(f"membership: {changed} of {shown_at_all} releases differ, advantage {advantage:.2f}")
    assert advantage < 0.9


def release(figures: Figures):
    return shown(figures, protect(figures, NETWORK).hidden, NETWORK)
