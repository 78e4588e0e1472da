"""No hidden figure of any table can be worked out (P1, P5, P6 of the fault matrix)."""

import pytest

from bench.disclosing import quarter
from coordination.disclosure import moves
from coordination.disclosure.figures import Key, place, table
from coordination.disclosure.protecting import Unsafe, faults, protect
from coordination.disclosure.rules import Rules, rounded, shown, small
from tests.privacy.attack.attacker import Score, Seen, propagated, worked_out
from tests.privacy.attack.tables import REGIONS, of, random_figures

RULES = Rules()
BATCH = 200


def seen_by_a_reader(figures, rules=RULES):
    done = protect(figures, rules)
    assert not list(faults(done, rules))
    return Seen(shown(figures, done.hidden, rules), tuple(figures.sums), rules)


def attack(seeds):
    score = Score()
    for start in range(0, len(seeds), BATCH):
        seen = [seen_by_a_reader(random_figures(seed)) for seed in seeds[start : start + BATCH]]
        found = worked_out(seen, enough=RULES.width)
        for each, widths in zip(seen, found, strict=True):
            score.add(each, widths, RULES.width)
    print(score)
    return score


def test_nothing_hidden_of_random_tables_is_pinned_or_narrow():
    score = attack(range(400))
    assert (score.pinned, score.narrow) == (0, 0)
    assert score.shown > score.hidden / 5, "hiding everything is no release"


def test_where_no_search_finds_a_way_the_last_one_is_as_if_more_had_been_counted(monkeypatch):
    """A quarter of the demo was refused, for a search that came to its end without a way."""
    monkeypatch.setattr(moves, "find", lambda *_args, **_named: None)
    score = attack(range(100))
    assert (score.pinned, score.narrow) == (0, 0)
    assert score.hidden


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 11_000, 2500))
def test_nothing_hidden_of_ten_thousand_random_tables_is_pinned_or_narrow(first):
    score = attack(range(first, first + 2500))
    assert (score.pinned, score.narrow) == (0, 0)


def test_the_attacker_finds_what_hiding_small_cells_alone_gives_away():
    exact, score = Rules(base=1), Score()
    for seed in range(200):
        figures = random_figures(seed)
        seen = Seen(shown(figures, small(figures, exact), exact), tuple(figures.sums), exact)
        score.add(seen, propagated(seen), RULES.width)
    print(score)
    assert score.pinned > score.hidden / 20


@pytest.mark.slow
def test_nothing_hidden_of_a_quarter_of_the_province_is_pinned_or_narrow():
    seen, score = seen_by_a_reader(quarter()), Score()
    score.add(seen, worked_out([seen], enough=RULES.width)[0], RULES.width)
    print(score)
    assert (score.pinned, score.narrow) == (0, 0)


HARD = {
    "a single case in each region": {
        **{(region, "no"): 60 for region in REGIONS},
        **{(region, "yes"): 1 for region in REGIONS},
    },
    "one case in the whole province": {
        (region, what): int((region, what) == ("north", "yes"))
        for region in REGIONS
        for what in ("yes", "no")
    },
    "an empty row": {
        (region, what): 30 * (region != "north") for region in REGIONS for what in "ab"
    },
    "a row of one kind alone": {
        (region, what): 40 if region != "north" or what == "a" else 0
        for region in REGIONS
        for what in "ab"
    },
    "one small cell among large ones": {
        (region, what): 3 if (region, what) == ("north", "a") else 500
        for region in REGIONS
        for what in "abcd"
    },
    "all just above the threshold, one below": {
        (region, what): 10 if (region, what) == ("north", "a") else 11
        for region in REGIONS
        for what in "abc"
    },
    "only a diagonal": {
        (region, what): 25 * (REGIONS.index(region) == "abcde".index(what))
        for region in REGIONS
        for what in "abcde"
    },
    "one cell": {("north", "a"): 7},
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("agencies", [1, 2, 7])
def test_nothing_of_tables_made_to_be_hard_is_pinned_or_narrow(name, agencies):
    figures = of(HARD[name], agencies=agencies)
    for rules in (RULES, Rules(threshold=20), Rules(zeros_of=frozenset({"cases"}))):
        seen = seen_by_a_reader(figures, rules)
        found = worked_out([seen])[0]
        assert min((high - low for low, high in found.values()), default=99) >= rules.width
        assert all(value is None or value == 0 or value >= 10 for value in seen.figures.values())


def test_what_comes_from_one_agency_is_hidden():
    counted = {
        ("police", "a"): {1: 40},
        ("police", "b"): {1: 30},
        ("cas", "a"): {2: 30, 3: 30, 4: 30},
        ("cas", "b"): {2: 56, 3: 4, 4: 4},
    }
    figures = table(
        "s", "m", dimensions={"kind": ["police", "cas"], "x": ["a", "b"]}, counted=counted
    )
    hidden = small(figures, RULES)
    assert {dict(key.at).get("kind") for key in hidden} == {"police", "cas"}
    assert Key("s", "m", place({"kind": "cas", "x": "b"})) in hidden  # 87 % of it one agency's
    assert Key("s", "m", place({"kind": "cas", "x": "a"})) not in hidden


def test_what_is_all_of_its_row_is_hidden():
    figures = of(HARD["a row of one kind alone"])
    assert Key("cases", "2026-Q3", place({"region": "north", "what": "a"})) in small(figures, RULES)


def test_the_same_numbers_are_shown_a_thousand_times_and_in_any_order():
    figures = random_figures(3)
    first = shown(figures, protect(figures, RULES).hidden, RULES)
    answers = set()
    for turn in range(1000):
        if turn % 100 == 0:
            figures.counts = dict(reversed(figures.counts.items()))
            figures.sums = dict(reversed(figures.sums.items()))
            answers.add(
                tuple(
                    sorted(shown(figures, protect(figures, RULES).hidden, RULES).items(), key=str)
                )
            )
        assert [rounded(n, RULES) for n in range(11, 16)] == [10, 10, 15, 15, 15]
    assert answers == {tuple(sorted(first.items(), key=str))}


def test_two_tables_that_do_not_count_alike_are_refused():
    figures = of(HARD["an empty row"])
    with pytest.raises(ValueError, match="do not agree"):
        figures.add(of(HARD["only a diagonal"]))


def test_a_release_that_cannot_hide_what_it_must_is_refused():
    figures = of(HARD["one small cell among large ones"])
    shown_before = {key for key in figures.counts if dict(key.at).get("region") != "north"}
    shown_before |= {key for key in figures.counts if len(key.at) < 2}
    with pytest.raises(Unsafe):
        protect(figures, RULES, settled=shown_before)


def test_a_proof_that_does_not_hold_is_found_out():
    figures = of(HARD["one small cell among large ones"])
    done = protect(figures, RULES)
    one = Key("cases", "2026-Q3", place({"region": "north", "what": "a"}))
    less = type(done)(done.figures, done.hidden - {one}, done.proof, done.sheet)
    assert any("should not be" in fault for fault in faults(less, RULES))
    unproved = type(done)(done.figures, done.hidden, (), done.sheet)
    assert any("worked out" in fault for fault in faults(unproved, RULES))
