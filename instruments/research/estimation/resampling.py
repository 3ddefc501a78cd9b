"""Bootstrap by counts: a resampled cohort is drawn level by level, not person by person.

How many of the drawn persons have each score follows a multinomial distribution, so one draw of a few dozen counts
stands for a draw of a hundred thousand persons. Where there are nearly as many levels as persons, persons are drawn.

Draws come in blocks with a seed each, so that the result is the same for any number of workers and any backend of
joblib.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.estimation.roc import Counts, Floats, ScoreCounts, area, count_scores
from instruments.research.limits import limits

_BLOCK = 250
#: From this many levels a person on, drawing persons is the faster way; few levels are always counted.
_LEVELS_A_PERSON, _FEW_LEVELS = 0.05, 250


@dataclass(frozen=True)
class Resampling:
    """How figures are resampled.

    Parameters
    ----------
    draws : int
        0 leaves the bootstrap out.
    stratified : bool
        Whether the number with the outcome is held fixed, as pROC does by default.
    seed : int
    n_jobs : int or None
        As in joblib; any of its backends.
    """

    draws: int = 2_000
    stratified: bool = True
    seed: int = 0
    n_jobs: int | None = None

    @property
    def method(self) -> str:
        """The key of the method, for a figure."""
        return "bootstrap_stratified" if self.stratified else "bootstrap"


@dataclass(frozen=True)
class Resampled:
    """What a bootstrap gave.

    Parameters
    ----------
    value : float
        Of the sample itself.
    draws : float64 array
        Of every resampled cohort.
    redrawn : int
        Cohorts that had one class only and were drawn anew; a sign of too few events.
    stratified : bool
        Whether the number with the outcome was held fixed (as pROC does by default) or drawn.
    """

    value: float
    draws: Floats
    redrawn: int
    stratified: bool

    @property
    def method(self) -> str:
        """The key of the method where nothing but stratified draws and draws of clusters are made."""
        return "bootstrap_stratified" if self.stratified else "bootstrap_clusters"

    @property
    def standard_error(self) -> float:
        """Standard deviation of the draws."""
        return float(np.std(self.draws, ddof=1))

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """The percentile interval; None where nearly all draws are alike, and it would have no width."""
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return (float(low), float(high)) if low < high else None


def bootstrap_area(
    outcome: Any,
    score: Any,
    resampling: Resampling | None = None,
) -> Resampled:
    """Bootstrap the area under the ROC curve.

    Parameters
    ----------
    outcome : array of bool or 0/1, shape (n,)
    score : array of numbers, shape (n,)
    resampling : Resampling, optional

    Raises
    ------
    ConstantOutcomeError, InputError
        As `count_scores`; or with too few draws.
    """
    counts, how = count_scores(outcome, score), resampling or Resampling()
    blocks = in_blocks(_draw_areas, how, counts, how.stratified)
    resampled = np.concatenate([areas for areas, _ in blocks])
    return Resampled(area(counts).value, resampled, sum(redrawn for _, redrawn in blocks), how.stratified)


def require_draws(draws: int) -> None:
    """Refuse a bootstrap whose percentiles would be noise.

    Raises
    ------
    InputError
    """
    least = limits().whole("bootstrap_draws")
    if draws < least:
        raise InputError([Fault("too-few-draws", "", {"draws": draws, "least": least})])


def in_blocks(draw: Callable[..., Any], resampling: Resampling, *arguments: Any) -> list[Any]:
    """Run ``draw(random, number, *arguments)`` for blocks of draws, each with a seed of its own.

    Raises
    ------
    InputError
        With too few draws.
    """
    require_draws(resampling.draws)
    sizes = [min(_BLOCK, resampling.draws - start) for start in range(0, resampling.draws, _BLOCK)]
    seeds = np.random.SeedSequence(resampling.seed).spawn(len(sizes))
    calls = (delayed(_in_block)(draw, each, size, arguments) for each, size in zip(seeds, sizes, strict=True))
    return list(Parallel(n_jobs=resampling.n_jobs)(calls))


def draw_counts(random: np.random.Generator, size: int, counts: Counts) -> Counts:
    """Counts of resampled cohorts, shape (size, cells).

    Parameters
    ----------
    counts : int array, shape (cells,) or (clusters, cells)
        How many persons are in each cell; by cluster, whole clusters are drawn.
    """
    if counts.ndim == 1:
        return random.multinomial(counts.sum(), counts / counts.sum(), size)
    times = random.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size)
    # whole numbers far below 2**53: exact, and faster than a product of integers
    return np.asarray(np.rint(times.astype(np.float64) @ counts), dtype=np.int64)


def draw_both_classes(random: np.random.Generator, size: int, counts: Counts) -> tuple[Counts, Counts, int]:
    """Counts of resampled cohorts with somebody of either class, and how many had to be drawn anew for that.

    Parameters
    ----------
    counts : int array, shape (clusters, 2 * levels)
        Those without the outcome by level, then those with it; whole clusters are drawn.

    Returns
    -------
    int64 array, int64 array, int
        Without and with the outcome, shape (size, levels).
    """
    half, redrawn = counts.shape[1] // 2, 0
    drawn = draw_counts(random, size, counts)
    while (lacking := (drawn[:, :half].sum(axis=1) == 0) | (drawn[:, half:].sum(axis=1) == 0)).any():
        redrawn += int(lacking.sum())
        drawn[lacking] = draw_counts(random, int(lacking.sum()), counts)
    return drawn[:, :half], drawn[:, half:], redrawn


def _in_block(draw: Callable[..., Any], seed: np.random.SeedSequence, size: int, arguments: tuple[Any, ...]) -> Any:
    return draw(np.random.default_rng(seed), size, *arguments)


def _draw_areas(random: np.random.Generator, size: int, counts: ScoreCounts, stratified: bool) -> tuple[Floats, int]:
    n, events = counts.events + counts.non_events, np.full(size, counts.events)
    redrawn = 0
    if not stratified:
        events = random.binomial(n, counts.events / n, size)
        while (is_one_class := (events == 0) | (events == n)).any():
            redrawn += int(is_one_class.sum())
            events[is_one_class] = random.binomial(n, counts.events / n, int(is_one_class.sum()))
    filled = counts.without + counts.with_outcome > 0
    without, with_outcome = counts.without[filled], counts.with_outcome[filled]
    if filled.sum() > max(
        _LEVELS_A_PERSON * n, _FEW_LEVELS
    ):  # one after the other: a block of them would not fit into memory
        levels_without, levels_with = _levels(without), _levels(with_outcome)
        areas = np.empty(size)
        for place, k in enumerate(events):
            drawn = _persons(random, n - k, levels_without), _persons(random, k, levels_with)
            areas[place] = areas_of(*(np.bincount(each, minlength=len(without))[None] for each in drawn))[0]
        return areas, redrawn
    drawn_without = random.multinomial(n - events, without / without.sum())
    drawn_with = random.multinomial(events, with_outcome / with_outcome.sum())
    return areas_of(drawn_without, drawn_with), redrawn


def _levels(counts: Counts) -> NDArray[np.int32]:
    """The level of every person."""
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def _persons(random: np.random.Generator, size: int, levels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The levels of persons drawn one by one."""
    return levels[random.integers(0, len(levels), size, dtype=np.int32)]


def areas_of(without: Counts, with_outcome: Counts) -> Floats:
    """The area of each row of counts, shape (draws, levels)."""
    below = np.cumsum(without, axis=1) - without / 2
    pairs = np.einsum("ij,ij->i", below, with_outcome)
    return np.asarray(pairs / (without.sum(axis=1) * with_outcome.sum(axis=1)))
