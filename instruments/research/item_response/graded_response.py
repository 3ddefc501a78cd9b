"""The graded response model by marginal maximum likelihood.

The chance that a person with the trait ``t`` is rated at level ``k`` or higher on an item is ``1 / (1 + exp(-(a t +
d_k)))``, so that ``b_k = -d_k / a`` is where it is one half: the parametrisation of R's *mirt*. The trait is standard
normal, and taken at 61 points from -6 to 6, as there.

Expectation and maximisation: people who were rated alike are counted once, the chances of all rating patterns are one
matrix product, and all items of a kind take a step of Fisher scoring together. Every two passes are carried on to where
they lead (Varadhan and Roland 2008). A blank says nothing; nothing is imputed.

References
----------
Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores. Psychometrika Monograph 17.
Bock, R. D. & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters. Psychometrika 46.
Varadhan, R. & Roland, C. (2008). Simple and globally convergent methods for accelerating the convergence of any EM
algorithm. Scandinavian Journal of Statistics 35.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from threadpoolctl import threadpool_limits

from instruments.research.estimation.roc import Floats

POINTS = np.linspace(-6, 6, 61)
MOST_ROUNDS = 2000
SETTLED = 1e-4
_SMALLEST = 1e-16
_LONGEST_STEP = 1.0


@dataclass(frozen=True)
class Patterns:
    """Ratings as the estimation needs them.

    Parameters
    ----------
    indicators : array, shape (patterns, columns)
        1 where a pattern has a level of an item; a column for each level of each item.
    counts : array, shape (patterns,)
        How many people have each pattern.
    levels : tuple of int
        How many levels each item has.
    groups : array of int, shape (patterns,)
        The group of each pattern; 0 is the one whose trait is standard normal.
    of_people : array of int, shape (people,)
        The pattern of each person.
    """

    indicators: Floats
    counts: Floats
    levels: tuple[int, ...]
    groups: NDArray[np.intp]
    of_people: NDArray[np.intp]

    @classmethod
    def of(cls, codes: Floats, levels: Sequence[int], groups: NDArray[np.intp] | None = None) -> "Patterns":
        """Count the patterns of codes, shape (people, items); NaN for a blank."""
        group = np.zeros(len(codes), np.intp) if groups is None else groups
        marked = np.column_stack([group, np.where(np.isnan(codes), -1, codes)]).astype(np.int16)
        distinct, of_people, counts = np.unique(marked, axis=0, return_inverse=True, return_counts=True)
        columns = [distinct[:, item + 1] == level for item, number in enumerate(levels) for level in range(number)]
        indicators = np.stack(columns, axis=1).astype(np.float64)
        of_groups = distinct[:, 0].astype(np.intp)
        return cls(indicators, counts.astype(np.float64), tuple(levels), of_groups, of_people.ravel())

    @property
    def number_of_groups(self) -> int:
        """How many groups there are."""
        return int(self.groups.max()) + 1


@dataclass(frozen=True)
class Parameters:
    """What is estimated.

    Parameters
    ----------
    slopes : array, shape (items,)
        The discriminations, a.
    intercepts : tuple of array
        Of each item, d in falling order: one less than it has levels.
    means, spreads : array, shape (groups,)
        Of the trait; 0 and 1 in the first group.
    """

    slopes: Floats
    intercepts: tuple[Floats, ...]
    means: Floats = field(default_factory=lambda: np.zeros(1))
    spreads: Floats = field(default_factory=lambda: np.ones(1))

    def as_vector(self) -> Floats:
        """One array: slopes, intercepts, means and logarithms of spreads of all groups but the first."""
        return np.concatenate([self.slopes, *self.intercepts, self.means[1:], np.log(self.spreads[1:])])

    def with_vector(self, vector: Floats) -> "Parameters":
        """The parameters that an array stands for."""
        ends = np.cumsum([len(self.slopes), *map(len, self.intercepts), len(self.means) - 1])
        slopes, *intercepts, means, spreads = np.split(vector, ends)
        return Parameters(
            slopes, tuple(intercepts), np.concatenate([[0.0], means]), np.concatenate([[1.0], np.exp(spreads)])
        )

    @property
    def is_possible(self) -> bool:
        """Whether the intercepts of every item fall, and nothing is out of all bounds."""
        falling = all((np.diff(each) < 0).all() for each in self.intercepts)
        return falling and bool(np.abs(self.as_vector()).max() < 50)

    def prior(self) -> Floats:
        """The weight of each point in each group; shape (groups, points)."""
        density = np.exp(-0.5 * ((POINTS - self.means[:, None]) / self.spreads[:, None]) ** 2)
        weights: Floats = density / density.sum(axis=1, keepdims=True)
        return weights


@dataclass(frozen=True)
class Fitted:
    """An estimation.

    Parameters
    ----------
    rounds : int
        Passes over the data.
    settled : bool
        Whether it came to rest. If not, an item may part people by a jump, or hardly anybody have one of its levels,
        and no parameter is to be trusted.
    """

    parameters: Parameters
    log_likelihood: float
    rounds: int
    settled: bool = True


def fit(
    patterns: Patterns, start: Parameters | None = None, *, most_rounds: int = MOST_ROUNDS, settled: float = SETTLED
) -> Fitted:
    """Estimate the parameters.

    Parameters
    ----------
    start : Parameters, optional
        By default from how common the levels are and how each item goes with the others.
    most_rounds : int
        Passes over the data.
    settled : float
        The largest change of a parameter in a pass that counts as none.

    Returns
    -------
    Fitted
        Check whether it ``settled``.
    """
    # the products are small: threads that wait for one another cost more than they give
    with threadpool_limits(1, user_api="blas"):
        return _followed(patterns, start or starting_values(patterns), most_rounds, settled)


def _followed(patterns: Patterns, start: Parameters, most_rounds: int, settled: float) -> Fitted:
    now = safe = start
    reached, rounds = -np.inf, 0
    while rounds < most_rounds:
        first, likelihood = _improve(patterns, now)
        rounds += 1
        if likelihood < reached:  # carried too far
            now, reached = safe, -np.inf
            continue
        second, _ = _improve(patterns, first)
        rounds += 1
        if np.abs(second.as_vector() - first.as_vector()).max() < settled:
            return Fitted(second, posterior(patterns, second)[1], rounds + 1)
        safe, reached = second, likelihood
        now = _carried_on(now, first, second)
    return Fitted(safe, reached, rounds, settled=False)


def starting_values(patterns: Patterns) -> Parameters:
    """Intercepts from how common levels are, slopes from each item's correlation with the mean of a person's items."""
    slopes, intercepts, start = [], [], 0
    known, codes = [], []
    for number in patterns.levels:
        block = patterns.indicators[:, start : start + number]
        known.append(block.sum(axis=1))
        codes.append(block @ np.linspace(0, 1, number))
        start += number
    rated, values = np.stack(known, axis=1), np.stack(codes, axis=1)
    means = values.sum(axis=1) / np.maximum(rated.sum(axis=1), 1)
    start = 0
    for item, number in enumerate(patterns.levels):
        weights = patterns.counts * rated[:, item]
        correlation = _correlation(values[:, item], means, weights)
        slopes.append(1.7 * correlation / np.sqrt(1 - correlation**2))
        counts = weights @ patterns.indicators[:, start : start + number] + 0.5
        higher = 1 - np.cumsum(counts)[:-1] / counts.sum()
        intercepts.append(np.log(higher / (1 - higher)) * np.sqrt(1 + (slopes[-1] / 1.7) ** 2))
        start += number
    groups = patterns.number_of_groups
    return Parameters(np.array(slopes), tuple(intercepts), np.zeros(groups), np.ones(groups))


def _correlation(one: Floats, other: Floats, weights: Floats) -> float:
    total = weights.sum()
    first, second = one - weights @ one / total, other - weights @ other / total
    scale = np.sqrt((weights @ first**2) * (weights @ second**2))
    return float(np.clip(weights @ (first * second) / scale, -0.9, 0.9)) if scale > 0 else 0.0


def posterior(patterns: Patterns, parameters: Parameters) -> tuple[Floats, float]:
    """The chance that people of each pattern are at each point, shape (patterns, points), and the log-likelihood."""
    logs = patterns.indicators @ np.log(chances(patterns.levels, parameters))
    highest = logs.max(axis=1, keepdims=True)
    joint = np.exp(logs - highest, out=logs)
    joint *= parameters.prior()[patterns.groups]
    total = joint.sum(axis=1)
    joint /= total[:, None]
    return joint, float(patterns.counts @ (np.log(total) + highest[:, 0]))


def chances(levels: Sequence[int], parameters: Parameters, points: Floats = POINTS) -> Floats:
    """The chance of each level of each item at each point; shape (columns, points)."""
    of_columns = np.empty((sum(levels), len(points)))
    starts = np.cumsum([0, *levels])
    for number in set(levels):
        items = [item for item, each in enumerate(levels) if each == number]
        table = np.diff(-cumulative_chances(parameters, items, points), axis=1)
        for place, item in enumerate(items):
            of_columns[starts[item] : starts[item + 1]] = table[place]
    return np.maximum(of_columns, _SMALLEST)


def cumulative_chances(parameters: Parameters, items: Sequence[int], points: Floats) -> Floats:
    """The chance of each level or a higher one, with 1 before and 0 after; shape (items, levels + 1, points)."""
    intercepts = np.stack([parameters.intercepts[item] for item in items])
    scaled = parameters.slopes[list(items), None, None] * points + intercepts[:, :, None]
    between = expit(scaled)
    ends = np.ones((len(items), 1, len(points)))
    return np.concatenate([ends, between, np.zeros_like(ends)], axis=1)


def _improve(patterns: Patterns, parameters: Parameters) -> tuple[Parameters, float]:
    """One pass: the parameters that it leads to, and the log-likelihood of those that it came from."""
    posteriors, likelihood = posterior(patterns, parameters)
    posteriors *= patterns.counts[:, None]
    expected = patterns.indicators.T @ posteriors
    slopes, intercepts = parameters.slopes.copy(), list(parameters.intercepts)
    starts = np.cumsum([0, *patterns.levels])
    for number in set(patterns.levels):
        items = [item for item, each in enumerate(patterns.levels) if each == number]
        counts = np.stack([expected[starts[item] : starts[item + 1]] for item in items])
        moved = _scored(counts, parameters, items)
        for place, item in enumerate(items):
            slopes[item], intercepts[item] = moved[place, 0], moved[place, 1:]
    means, spreads = parameters.means.copy(), parameters.spreads.copy()
    for group in range(1, patterns.number_of_groups):
        share = posteriors[patterns.groups == group].sum(axis=0)
        share /= share.sum()
        means[group] = share @ POINTS
        spreads[group] = np.sqrt(share @ (POINTS - means[group]) ** 2)
    return Parameters(slopes, tuple(intercepts), means, spreads), likelihood


def _scored(counts: Floats, parameters: Parameters, items: Sequence[int]) -> Floats:
    """Slope and intercepts after a step of Fisher scoring on expected counts of the levels; shape (items, levels)."""
    now = np.column_stack([parameters.slopes[list(items)], np.stack([parameters.intercepts[item] for item in items])])
    cumulative = cumulative_chances(parameters, items, POINTS)
    table = np.maximum(np.diff(-cumulative, axis=1), _SMALLEST)
    change = gradients(cumulative, POINTS)
    score = np.einsum("jkpq,jkq->jp", change, counts / table)
    weights = counts.sum(axis=1)[:, None] / table
    information = np.einsum("jkpq,jkrq,jkq->jpr", change, change, weights, optimize=True)
    information += 1e-9 * np.eye(information.shape[1])
    step = np.linalg.solve(information, score[:, :, None])[:, :, 0]
    step *= np.minimum(1, _LONGEST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), _SMALLEST))
    moved = now + step
    while (crossed := (np.diff(moved[:, 1:], axis=1) >= 0).any(axis=1)).any():
        step[crossed] /= 2
        moved[crossed] = now[crossed] + step[crossed]
    return moved


def gradients(cumulative: Floats, points: Floats) -> Floats:
    """How the chance of each level changes with slope and intercepts; shape (items, levels, parameters, points)."""
    slope = cumulative * (1 - cumulative)  # 0 at both ends
    items, ends, _ = cumulative.shape
    levels = ends - 1
    change = np.zeros((items, levels, levels, len(points)))
    change[:, :, 0] = points * (slope[:, :-1] - slope[:, 1:])
    for threshold in range(1, levels):
        change[:, threshold, threshold] = slope[:, threshold]
        change[:, threshold - 1, threshold] = -slope[:, threshold]
    return change


def _carried_on(start: Parameters, first: Parameters, second: Parameters) -> Parameters:
    """Where two passes lead if they go on as they began; the second where that is out of bounds."""
    origin, once, twice = (each.as_vector() for each in (start, first, second))
    moved = once - origin
    bent = twice - once - moved
    if not (size := np.linalg.norm(bent)) > 0:
        return second
    length = min(-1.0, -float(np.linalg.norm(moved) / size))
    carried = start.with_vector(origin - 2 * length * moved + length**2 * bent)
    return carried if carried.is_possible else second
