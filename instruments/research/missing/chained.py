"""Multiple imputation by chained equations, with predictive mean matching.

Each column with blanks is regressed on all the others, with coefficients drawn from what the data leave open; a blank
is filled with what one of a few persons has whose own value the regression predicts most alike. That is repeated round
after round, in several chains that never meet. What is filled in is always a value that somebody has: levels stay
levels, skewed totals stay skewed, and a column that tells the outcome without error breaks nothing.

scikit-learn's ``IterativeImputer`` was not taken: it is experimental, draws from a normal distribution and rounds
nothing, so that levels would be fractions.

References
----------
van Buuren, S. & Groothuis-Oudshoorn, K. (2011). mice: multivariate imputation by chained equations in R. Journal of
Statistical Software 45 (3). The draws of the coefficients and the matching (type 1, on five donors) are as there.
Morris, T. P., White, I. R. & Royston, P. (2014). Tuning multiple imputation by predictive mean matching and local
residual draws. BMC Medical Research Methodology 14, 75.
Little, R. J. A. (1988). Missing-data adjustments in large surveys. Journal of Business & Economic Statistics 6,
287-296.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from instruments.faults import Fault, InputError
from instruments.research.faults import NobodyLeftError, ResearchError
from instruments.research.limits import limits

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

#: What is added to the diagonal, in parts of it, so that columns that follow from each other break nothing; as in mice.
_RIDGE = 1e-5


class TooFewToImputeError(ResearchError):
    """A column is known of too few persons to be regressed on the others."""

    code = "too-few-to-impute"


@dataclass(frozen=True)
class Imputation:
    """How blanks are imputed.

    Parameters
    ----------
    imputations : int
        Data sets that are made, each by a chain of its own; 0 leaves imputation out, else two at least.
    iterations : int
        Rounds over all columns.
    donors : int
        Of how many persons that are predicted most alike one lends a value.
    seed : int
    n_jobs : int or None
        As in joblib; any of its backends. The result is the same for any number of workers.
    """

    imputations: int = 20
    iterations: int = 10
    donors: int = 5
    seed: int = 0
    n_jobs: int | None = None


@dataclass(frozen=True)
class Imputed:
    """Data sets without blanks.

    Parameters
    ----------
    frames : tuple of DataFrame
        One a chain; what was known is as it was.
    traces : Mapping of str to array, shape (chains, iterations)
        By column with blanks, the mean of what was filled in, round by round.
    constant : tuple of str
        Columns whose known values are all alike; their blanks are filled with that.
    """

    frames: tuple[pd.DataFrame, ...]
    traces: dict[str, Floats]
    constant: tuple[str, ...]


def require_enough(how: Imputation) -> None:
    """Refuse fewer than two imputations, one round or one donor.

    Raises
    ------
    InputError
    """
    if how.imputations < 2 or how.iterations < 1 or how.donors < 1:
        raise InputError([Fault("imputation-too-little", "")])


def impute(columns: pd.DataFrame, how: Imputation) -> Imputed:
    """Fill blanks in, several times.

    Parameters
    ----------
    columns : DataFrame of float64, shape (persons, columns)
        Everything that the imputation model is to hold, NaN for a blank. A column that is blank for everybody has
        nothing to be filled in from, and is to be left out beforehand.
    how : Imputation

    Raises
    ------
    InputError
        If fewer than two imputations, one round or one donor is asked for.
    NobodyLeftError
        If a column is blank for everybody.
    TooFewToImputeError

    Examples
    --------
    >>> ratings = pd.DataFrame({"a": np.arange(40.0) % 7, "b": np.arange(40.0) % 5})
    >>> ratings.loc[:3, "a"] = np.nan
    >>> filled = impute(ratings, Imputation(imputations=2, iterations=3))
    >>> len(filled.frames), int(filled.frames[0].isna().sum().sum()), filled.traces["a"].shape
    (2, 0, (2, 3))
    """
    require_enough(how)
    varying = [str(name) for name in columns if columns[name].nunique() > 1]
    constant = tuple(str(name) for name in columns if columns[name].nunique() == 1)
    if nobody := [str(name) for name in columns if columns[name].isna().all()]:
        raise NobodyLeftError(nobody[0])
    filled = columns.fillna({name: columns[name].dropna().iloc[0] for name in constant})
    values = filled[varying].to_numpy(np.float64)
    blank = np.isnan(values)
    order = [int(place) for place in np.argsort(blank.sum(axis=0), kind="stable") if blank[:, place].any()]
    needed = len(varying) + limits().whole("imputation_freedom")
    for place in order:
        if (n := int((~blank[:, place]).sum())) < needed:
            raise TooFewToImputeError(varying[place], name=varying[place], n=n, needed=needed)
    seeds = np.random.SeedSequence(how.seed).spawn(how.imputations)
    # within a chain the matrices are small, and threads would only wait for each other
    chains: list[tuple[Floats, Floats]] = Parallel(n_jobs=how.n_jobs)(
        delayed(_chain)(values, blank, order, how.iterations, how.donors, seed) for seed in seeds
    )
    return Imputed(
        tuple(filled.assign(**dict(zip(varying, chain.T, strict=True))) for chain, _ in chains),
        {varying[place]: np.stack([trace[:, k] for _, trace in chains]) for k, place in enumerate(order)},
        tuple(name for name in constant if columns[name].isna().any()),
    )


def scale_reduction(traces: Floats) -> float:
    """How much wider all chains together lie than each by itself, over the second half of the rounds; 1 is settled.

    Parameters
    ----------
    traces : array, shape (chains, iterations)

    References
    ----------
    Gelman, A. & Rubin, D. B. (1992). Inference from iterative simulation using multiple sequences. Statistical Science
    7, 457-472.
    """
    late = traces[:, traces.shape[1] // 2 :]
    rounds = late.shape[1]
    if rounds < 2:
        return 1.0
    within, between = float(late.var(axis=1, ddof=1).mean()), float(late.mean(axis=1).var(ddof=1))
    return float((((rounds - 1) / rounds * within + between) / within) ** 0.5) if within > 0 else 1.0


def _chain(
    values: Floats, blank: Truths, order: list[int], iterations: int, donors: int, seed: np.random.SeedSequence
) -> tuple[Floats, Floats]:
    """One chain: the filled values, and the means of what was filled in, shape (iterations, columns with blanks)."""
    random = np.random.default_rng(seed)
    with threadpool_limits(1, user_api="blas"):
        return _rounds(values.copy(), values, blank, order, iterations, donors, random)


def _rounds(
    now: Floats,
    values: Floats,
    blank: Truths,
    order: list[int],
    iterations: int,
    donors: int,
    random: np.random.Generator,
) -> tuple[Floats, Floats]:
    for place in order:
        known = values[~blank[:, place], place]
        now[blank[:, place], place] = random.choice(known, int(blank[:, place].sum()))
    means = np.empty((iterations, len(order)))
    for turn in range(iterations):
        for k, place in enumerate(order):
            rows = blank[:, place]
            now[rows, place] = _drawn(now, place, rows, donors, random)
            means[turn, k] = now[rows, place].mean()
    return now, means


def _drawn(now: Floats, place: int, rows: Truths, donors: int, random: np.random.Generator) -> Floats:
    """Values for the blanks of a column, from those who are predicted most alike."""
    design = np.column_stack([np.ones(len(now)), np.delete(now, place, axis=1)])
    known, target = design[~rows], now[~rows, place]
    products = known.T @ known
    spread = np.linalg.inv(products + np.diag(_RIDGE * np.diag(products)))
    fitted = spread @ (known.T @ target)
    residuals = target - known @ fitted
    freedom = len(target) - known.shape[1]
    scale = (float(residuals @ residuals) / random.chisquare(freedom)) ** 0.5
    root = np.linalg.cholesky((spread + spread.T) / 2)
    drawn = fitted + scale * (root @ random.normal(size=len(fitted)))
    return _matched(known @ fitted, target, design[rows] @ drawn, donors, random)


def _matched(predicted: Floats, values: Floats, wanted: Floats, donors: int, random: np.random.Generator) -> Floats:
    """For each prediction that is wanted, the value of one of the nearest donors; ties are broken by chance."""
    shuffled = random.permutation(len(predicted))
    order = shuffled[np.argsort(predicted[shuffled], kind="stable")]
    along = predicted[order]
    reach = min(donors, len(along))
    middle = np.searchsorted(along, wanted)
    near = np.clip(middle[:, None] + np.arange(-reach, reach), 0, len(along) - 1)
    distance = np.abs(along[near] - wanted[:, None])
    distance[:, 1:][near[:, 1:] == near[:, :-1]] = np.inf  # at either end the same person stands there several times
    nearest = np.argpartition(distance, reach - 1, axis=1)[:, :reach]
    chosen = nearest[np.arange(len(wanted)), random.integers(0, reach, len(wanted))]
    return np.asarray(values[order[near[np.arange(len(wanted)), chosen]]])
