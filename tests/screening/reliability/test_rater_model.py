"""The model of another rater draws what pairs of raters show, and says where it does not hold."""

from dataclasses import replace

import numpy as np
import pytest

from instruments.ratings import BLANK
from screening.evaluation import decide_columns
from screening.intake import Columns
from screening.reliability.rater_model import RaterModel, severity_of, simulate
from screening.reliability.turning import DecidedPairs, share_of_each_person
from tests.screening.reliability.rated_twice import GUIDANCES, invented_ratings, read

LEVEL = 0.95


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> DecidedPairs:
    rated = read(invented_ratings(), tmp_path_factory.mktemp("ratings"))
    return DecidedPairs.of(rated.prepared.bounds[GUIDANCES[0]].rules, rated.pairs())


def observed(decided: DecidedPairs) -> float:
    return float(share_of_each_person(decided.outcomes.turned, decided.persons).mean())


def test_every_rating_of_a_pair_is_counted_once_and_both_ways(decided: DecidedPairs) -> None:
    model = RaterModel.of(decided)
    persons = np.tile(np.bincount(decided.persons)[decided.persons], 2)
    for position, counts in enumerate(model.given[: len(decided.first.items)]):
        rated = np.concatenate([decided.second.items[position] != BLANK, decided.first.items[position] != BLANK])
        assert counts.sum() == pytest.approx((rated / persons).sum() / 2)
        overall = counts.sum(axis=0)[:-1]
        assert np.allclose(overall, overall.T)  # which of the two is the one does not matter


def test_drawn_levels_are_shares_and_vary_less_the_more_pairs_there_are(decided: DecidedPairs) -> None:
    model, random = RaterModel.of(decided), np.random.default_rng(1)
    many = replace(model, given=tuple(100 * counts for counts in model.given))
    row = np.unravel_index(model.given[0].sum(axis=2).argmax(), model.given[0].shape[:2])
    spread = [np.std([each.draw(random)[0][row] for _ in range(200)], axis=0).max() for each in (model, many)]
    assert spread[1] < spread[0] / 5
    for rows in model.draw(random):
        assert rows.min() >= 0
        assert rows.sum(axis=2) == pytest.approx(1)


def test_ratings_are_drawn_as_often_as_the_model_says_and_blanks_stay(decided: DecidedPairs) -> None:
    """Everybody is rated moderate or present by the one; the other leaves every second one blank."""
    model, n = RaterModel.of(decided), 40_000
    likely = model.draw(np.random.default_rng(2))
    given = Columns(
        {name: np.ones(n, np.int8) for name in decided.first.facts},
        np.ones((len(decided.first.items), n), np.int8),
        decided.first.on,
    )
    other = replace(given, items=np.where(np.arange(n) % 2, np.int8(BLANK), given.items))
    again = model.rate_again(np.random.default_rng(3), likely, decided.rules, given, other)
    (band,) = set(np.digitize(severity_of(decided.rules.instrument, given.items), model.cuts))
    assert (again.items[:, 1::2] == BLANK).all()
    for codes, rows in zip(again.items, likely, strict=False):
        for level in range(rows.shape[2]):
            assert np.mean(codes[::2] == level) == pytest.approx(rows[band, 1, level], abs=0.02)


def test_severity_counts_missing_protection_and_risk_alike_and_leaves_blanks_out(decided: DecidedPairs) -> None:
    instrument = decided.rules.instrument
    risks = np.array([item.kind == "risk" for item in instrument.items])
    highest = np.array([len(instrument.levels(item)) - 1 for item in instrument.items])
    worst = np.where(risks, highest, 0).astype(np.int8)
    one_known = np.where(np.arange(len(worst)) == 0, worst, BLANK).astype(np.int8)
    rated = np.column_stack([worst, highest - worst, one_known, np.full(len(worst), BLANK)]).astype(np.int8)
    assert severity_of(instrument, rated).tolist() == [1, 0, 1, 0.5]


def test_it_reproduces_raters_who_differ_item_by_item(decided: DecidedPairs) -> None:
    """The invented raters do."""
    (simulated,) = simulate(decided, RaterModel.of(decided), [decided.rules], 200, 1)
    assert simulated.reproduces(observed(decided), LEVEL)
    assert observed(decided) == pytest.approx(simulated.turned.mean(), abs=0.03)


def test_it_says_that_it_does_not_hold_where_a_rater_is_strict_throughout(decided: DecidedPairs) -> None:
    """Half of the second raters rate everything low or absent: items differ together."""
    strict = np.random.default_rng(4).random(len(decided.persons)) < 0.5
    first = decided.first
    lenient = np.where(strict, np.int8(0), first.items)
    summary = np.where(strict, np.int8(0), first.facts["reoffending_risk"])
    second = Columns({**first.facts, "reoffending_risk": summary}, lenient, first.on, first.offence_window)
    together = DecidedPairs(
        decided.rules,
        first,
        second,
        decided.truths,
        decide_columns(decided.rules, second, decided.rules.decision),
        decided.persons,
    )
    (simulated,) = simulate(together, RaterModel.of(together), [decided.rules], 200, 1)
    assert not simulated.reproduces(observed(together), LEVEL)


def test_a_seed_draws_the_same(decided: DecidedPairs) -> None:
    drawn = [
        simulate(decided, RaterModel.of(decided), [decided.rules], 20, seed)[0].turned.tolist() for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
