"""Evidence that is gathered as outcomes come in keeps its promise whenever one looks, and finds what has changed."""

from itertools import product
from math import comb, exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binom

from instruments.research.monitoring.e_process import (
    Stream,
    confidence_sequence,
    exact_interval,
    log_e_values,
    log_mixture,
    watch,
)

shares = st.floats(0.01, 0.99)


def one(events: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([events]), np.array([n])


@given(n=st.integers(1, 12), share=shares)
def test_an_e_value_is_one_in_expectation_while_the_frequency_is_what_is_tested(n: int, share: float) -> None:
    expected = sum(
        binom.pmf(events, n, share) * exp(log_e_values(*one(events, n), share, share)[0]) for events in range(n + 1)
    )
    assert expected == pytest.approx(1)


@given(n=st.integers(1, 12), share=shares, low=shares, high=shares)
def test_it_is_at_most_one_for_every_frequency_between_two(n: int, share: float, low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    inside = min(max(share, low), high)
    expected = sum(
        binom.pmf(events, n, inside) * exp(log_e_values(*one(events, n), low, high)[0]) for events in range(n + 1)
    )
    assert expected <= 1 + 1e-9


def test_the_process_goes_on_from_what_it_is_by_one_in_expectation() -> None:
    """Every path of seven outcomes: given what came before, the next e-value is what the last one was on average."""
    share = 0.3
    for path in product((0, 1), repeat=6):
        events, n = sum(path), len(path)
        now = exp(log_e_values(*one(events, n), share, share)[0])
        after = [exp(log_e_values(*one(events + each, n + 1), share, share)[0]) for each in (0, 1)]
        assert (1 - share) * after[0] + share * after[1] == pytest.approx(now)


def test_the_mixture_is_the_likelihood_averaged_over_every_frequency() -> None:
    events, n = 3, 11
    averaged, _ = quad(lambda p: p**events * (1 - p) ** (n - events) * beta.pdf(p, 0.5, 0.5), 0, 1)
    assert exp(log_mixture(*one(events, n))[0]) == pytest.approx(averaged, rel=1e-6)


@given(events=st.integers(0, 40), more=st.integers(0, 40))
def test_the_exact_interval_leaves_out_what_is_too_unlikely_on_either_side(events: int, more: int) -> None:
    n = events + more + 1
    low, high = exact_interval(events, n, 0.05)
    assert low == 0 if events == 0 else binom.sf(events - 1, n, low) == pytest.approx(0.025)
    assert binom.cdf(events, n, high) == pytest.approx(0.025)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_confidence_sequence_only_ever_narrows_and_its_ends_are_where_the_evidence_is_enough(
    path: list[bool],
) -> None:
    events, n = np.cumsum(path).astype(np.int64), np.arange(1, len(path) + 1)
    before = (0.0, 1.0)
    for place in range(1, len(path) + 1):
        ends = confidence_sequence(events[:place], n[:place], 0.05)
        if ends is None:
            return
        assert before[0] <= ends[0] <= ends[1] <= before[1]
        before = ends
    low, high = confidence_sequence(events[-1:], n[-1:], 0.05) or (0.0, 0.0)
    for end in (low, high):
        if 0 < end < 1:
            assert exp(log_e_values(events[-1:], n[-1:], end, end)[0]) == pytest.approx(20, rel=1e-6)


def test_nothing_that_came_in_says_nothing() -> None:
    none = np.zeros(1, dtype=np.int64)
    assert confidence_sequence(none, none, 0.05) == (0.0, 1.0)
    assert log_e_values(none, none, 0.1, 0.4).tolist() == [0.0]


def test_a_frequency_that_moves_on_leaves_no_frequency_for_the_whole_time() -> None:
    path = np.array([0] * 100 + [1] * 100)
    assert confidence_sequence(np.cumsum(path), np.arange(1, 201), 0.05) is None


def stream(level: str, earlier: int, of: int, path: list[int]) -> Stream:
    return Stream(level, earlier, of, np.cumsum(path).astype(np.int64), np.arange(1, len(path) + 1))


def test_what_stays_is_not_held_to_have_changed_and_what_changes_is_found_with_its_time() -> None:
    as_before = [1, 0, 0, 0, 0] * 40
    same = watch([stream("low", 20, 100, as_before), stream("high", 20, 100, as_before)], 0.05, 0.025)
    assert same.changed_at is None
    other = watch([stream("low", 20, 100, as_before), stream("high", 20, 100, [1] * 200)], 0.05, 0.025)
    assert other.changed_at is not None
    assert other.log_e[other.changed_at] >= other.log_needed > other.log_e[other.changed_at - 1]
    assert exp(other.log_needed) == pytest.approx(40)


def test_levels_are_averaged_and_the_less_is_known_of_the_card_the_more_it_takes() -> None:
    path = [1] * 30
    two = watch([stream("low", 20, 100, path), stream("high", 80, 100, path)], 0.05, 0.025)
    assert exp(two.log_e[-1]) == pytest.approx(np.exp(two.log_e_by_level[:, -1]).mean())
    few, many = (watch([stream("low", n // 5, n, path)], 0.05, 0.025).log_e[-1] for n in (20, 2000))
    assert few < many


def test_however_often_one_looks_over_every_path_the_error_stays_below_what_was_promised() -> None:
    """Exactly, over all 2^14 paths of fourteen outcomes of a frequency that is known."""
    share, steps = 0.4, 14
    reaching = 0.0
    for events in range(steps + 1):
        reaching += (
            comb(steps, events) * share**events * (1 - share) ** (steps - events) * _reached(events, steps, share)
        )
    assert reaching <= 0.05


def _reached(events: int, steps: int, share: float) -> float:
    """The part of the paths with so many events that ever reach twenty."""
    ways = np.zeros((steps + 1, steps + 1))
    ways[0, 0] = 1
    for n in range(1, steps + 1):
        for k in range(n + 1):
            ways[n, k] = ways[n - 1, k] + (ways[n - 1, k - 1] if k else 0)
            if log_e_values(*one(k, n), share, share)[0] >= np.log(20):
                ways[n, k] = 0  # it has been reached: such paths go no further
    return float(1 - ways[steps, events] / comb(steps, events))
