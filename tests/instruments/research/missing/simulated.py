"""Simulated blanks that depend on the outcome, for the table of coverage."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from instruments.research.estimation.intervals import jackknifed_error
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.roc import area, count_scores
from instruments.research.missing.chained import Imputation, impute
from instruments.research.missing.rubin import pool
from instruments.research.reliability.consistency import Covariances, alpha_of, alphas_of
from tests.instruments.research.simulated import Case, Held, between

#: In the middle of the population; worked out once from ten million persons without blanks.
IMPUTED_TRUTHS = {"auc_imputed": 0.7104, "slope": 0.2724, "cronbach_alpha": 0.7734}


def some_blank(random: np.random.Generator, n: int) -> pd.DataFrame:
    """Five items of three levels and an outcome; three items are blank more often of those who have it."""
    trait = random.normal(size=n)
    items = np.stack([np.digitize(trait + random.normal(size=n), (-0.3, 0.9)) for _ in range(5)], axis=1)
    columns = pd.DataFrame(items.astype(float), columns=list("abcde"))
    columns["outcome"] = (random.random(n) < expit(trait - 0.5)).astype(float)
    for name in "abc":
        columns.loc[random.random(n) < np.where(columns["outcome"] == 1, 0.3, 0.1), name] = np.nan
    return columns


def imputed(random: np.random.Generator, n: int) -> Held:
    frames = impute(some_blank(random, n), Imputation(10, 5, seed=int(random.integers(2**31)))).frames
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in IMPUTED_TRUTHS}
    freedom = []
    for frame in frames:
        total, happened = frame[list("abcde")].sum(axis=1).to_numpy(), frame["outcome"].to_numpy()
        told = area(count_scores(happened, total))
        if told.variance is None or told.freedom is None or not 0 < told.value < 1:
            return {}
        freedom.append(told.freedom)
        found["auc_imputed"].append((float(logit(told.value)), told.variance / (told.value * (1 - told.value)) ** 2))
        fit = fit_logistic(happened, total[:, None], ("total",))
        found["slope"].append((float(fit.coefficients[1]), float(fit.covariance[1, 1])))
        covariances = Covariances.of(frame[list("abcde")])
        alpha, without = alpha_of(covariances.matrix), alphas_of(covariances.without_each)
        error = jackknifed_error(without, np.ones(len(without)))
        found["cronbach_alpha"].append((float(np.arctanh(alpha)), (error / (1 - alpha**2)) ** 2))
    freedoms = {"auc_imputed": min(freedom), "slope": n - 2.0, "cronbach_alpha": n - 1.0}
    back = {"auc_imputed": expit, "slope": float, "cronbach_alpha": np.tanh}
    held: Held = {}
    for name, pairs in found.items():
        low, high = pool(*zip(*pairs, strict=True), freedoms[name]).interval()
        held |= between(name, "rubin", (float(back[name](low)), float(back[name](high))), IMPUTED_TRUTHS[name])
    return held


def cases_imputed() -> Iterator[Case]:
    """Every kind of blanks."""
    for n in (100, 300):
        yield Case("blank_by_outcome", n, partial(imputed, n=n))
