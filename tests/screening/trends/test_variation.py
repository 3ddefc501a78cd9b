"""Limits within which chance alone keeps a number: exact, by the works they are taken from, and set as data."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from instruments.faults import InputError
from instruments.loading import load
from instruments.registry import read_lock
from screening.trends.binomial import binomial_limits, wilson
from screening.trends.control import Measured, chart_of_numbers, chart_of_shares
from screening.trends.variation import DEFINITIONS, Variation, the_variations, variation_on

RULES = variation_on(date(2026, 11, 29))


def test_every_published_version_is_locked() -> None:
    assert read_lock(DEFINITIONS) == {each.reference: each.sha256 for each in the_variations()}


def test_a_rule_that_rests_on_nothing_known_is_refused(tmp_path: Path) -> None:
    text = next(iter(the_variations())).path.read_text(encoding="utf-8")
    wrong = tmp_path / "1.0.yaml"
    wrong.write_text(text.replace("source: wilson_1927", "source: somebody"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load(wrong, Variation)
    assert [fault.code for fault in refused.value.faults] == ["unknown-definition"]


def test_an_interval_is_wilsons() -> None:
    assert wilson(10, 20, 0.95) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson(0, 10, 0.95)[0] == 0.0
    assert wilson(10, 10, 0.95)[1] == pytest.approx(1.0)


@pytest.mark.parametrize("level", [RULES.share(name) for name in ("funnel_inner", "funnel_outer", "control_level")])
def test_a_number_is_outside_where_chance_seldom_brings_one_so_far_off_and_nowhere_else(level: float) -> None:
    for whole in (*range(5, 61), 400, 3_000):
        numbers = np.arange(whole + 1)
        for target in np.linspace(0.02, 0.98, 33):
            at_most, at_least = binom.cdf(numbers, whole, target), binom.sf(numbers - 1, whole, target)
            tail = (1 - level) / 2
            limits = binomial_limits(float(target), whole, level)
            outside = np.array([not limits.hold(number / whole) for number in numbers])
            assert (outside == ((at_most < tail) | (at_least < tail))).all(), (whole, target)
            assert binom.pmf(numbers, whole, target)[outside].sum() <= 1 - level


def test_a_unit_where_everybody_is_in_the_share_is_outside_only_where_that_is_rare() -> None:
    assert binomial_limits(0.58, 12, 0.998).hold(1.0)  # 0.58 to the power of 12 is more than one in a thousand
    assert not binomial_limits(0.5, 12, 0.998).hold(1.0)


@given(st.floats(0.005, 0.995), st.integers(1, 3_000), st.sampled_from([0.95, 0.998, 0.9973]))
def test_limits_do_not_depend_on_whether_those_in_the_share_are_counted_or_the_others(
    target: float, whole: int, level: float
) -> None:
    limits, others = binomial_limits(target, whole, level), binomial_limits(1 - target, whole, level)
    assert (others.low, others.high) == pytest.approx((1 - limits.high, 1 - limits.low), abs=1e-6)
    assert 0 <= limits.low <= target <= limits.high <= 1


def test_limits_narrow_as_a_unit_grows() -> None:
    widths = [binomial_limits(0.3, whole, 0.95).high - binomial_limits(0.3, whole, 0.95).low for whole in (20, 80, 320)]
    assert widths == sorted(widths, reverse=True)


def test_a_share_that_leaps_out_is_pointed_at_and_no_other() -> None:
    series = [Measured(30, 100)] * 11 + [Measured(62, 100)]
    judged = chart_of_shares(series, RULES)
    assert [place for place, each in enumerate(judged) if each.is_outside] == [11]
    assert judged[0].centre == pytest.approx((30 * 11 + 62) / 1200)


def test_a_long_run_on_one_side_ends_in_a_mark() -> None:
    length = RULES.number("run_length")
    series = [Measured(30, 100)] * length + [Measured(36, 100)] * length
    marked = [place for place, each in enumerate(chart_of_shares(series, RULES)) if each.is_run]
    assert marked == [length - 1, 2 * length - 1]


def test_what_is_hidden_has_no_value_and_no_limits_and_ends_a_run() -> None:
    length = RULES.number("run_length")
    series = [Measured(30, 100)] * (length - 1) + [Measured(None, 100)] + [Measured(40, 100)] * (length - 1)
    judged = chart_of_shares(series, RULES)
    assert judged[length - 1].value is None
    assert judged[length - 1].centre is None
    assert not any(each.is_run for each in judged)


def test_limits_begin_anew_where_a_version_began_and_are_not_drawn_from_few_periods() -> None:
    least = RULES.number("least_periods")
    before, after = [Measured(10, 100)] * least, [Measured(60, 100, is_break=True), *[Measured(60, 100)] * (least - 2)]
    judged = chart_of_shares([*before, *after], RULES)
    assert {each.centre for each in judged[:least]} == {0.1}
    assert {each.centre for each in judged[least:]} == {None}
    assert not any(each.is_signal for each in judged)


def test_numbers_have_limits_by_how_much_they_move() -> None:
    numbers = [40, 44, 41, 45, 40, 43, 42, 90]
    judged = chart_of_numbers([Measured(each) for each in numbers], RULES)
    moved = np.mean(np.abs(np.diff(numbers)))
    assert judged[0].high == pytest.approx(np.mean(numbers) + 2.66 * moved)
    assert judged[0].low == pytest.approx(max(0, np.mean(numbers) - 2.66 * moved))
    assert chart_of_numbers([Measured(None), *map(Measured, numbers)], RULES)[0].value is None


def test_what_moved_over_a_hidden_period_is_not_counted() -> None:
    least = RULES.number("least_periods")
    level = [Measured(40 + place % 2) for place in range(least)]
    higher = [Measured(80 + place % 2) for place in range(4)]
    judged = chart_of_numbers([*level, Measured(None), *higher], RULES)
    centre, width = judged[0].centre, RULES.factor("moving_range_factor")
    assert centre is not None
    assert judged[0].high == pytest.approx(centre + width)
    assert judged[0].is_outside
    every_other = [each for number in range(2 * least) for each in (Measured(number), Measured(None))]
    assert {each.centre for each in chart_of_numbers(every_other, RULES)} == {None}


@given(st.lists(st.none() | st.tuples(st.integers(0, 50), st.integers(50, 80)), max_size=30))
def test_every_period_is_judged_once_and_nothing_that_is_hidden_is_pointed_at(
    given_series: list[tuple[int, int] | None],
) -> None:
    series = [Measured(None, None) if each is None else Measured(*each) for each in given_series]
    judged = chart_of_shares(series, RULES)
    assert len(judged) == len(series)
    assert not any(after.is_signal for before, after in zip(series, judged, strict=True) if before.part is None)
