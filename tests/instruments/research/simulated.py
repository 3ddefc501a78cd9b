"""What is simulated: samples from models whose truth is known, and what the product tells of each sample.

A sample gives for each figure whether its interval held the truth, or None where there was none; for a test, whether it
rejected. The intervals are those that reports tell, by the same functions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit
from scipy.stats import norm

from instruments.research.ascertainment.corrected import corrected_rates
from instruments.research.calibration.decision_curves import decision_curve
from instruments.research.calibration.measures import INTERVALS, calibration, reliability_curve
from instruments.research.card.comparing import difference_between
from instruments.research.estimation.intervals import of_mean_share, of_rank_statistic
from instruments.research.estimation.resampling import Resampling, bootstrap_area
from instruments.research.estimation.roc import Area, area, compare, count_scores
from instruments.research.fairness.error_rates import ratio_figure
from instruments.research.fairness.metric_by_group import MetricByGroup
from instruments.research.figures.builders import (
    area_figure,
    difference_figure,
    difference_of_shares,
    independent_difference_figure,
    share_figure,
)
from instruments.research.figures.figure import Figure, Outcome
from instruments.research.generalizability import report as generalizing
from instruments.research.generalizability.components import Components, estimate_components
from instruments.research.generalizability.dependability import Plan
from instruments.research.generalizability.designs import Design, Effect
from instruments.research.item_response.item_functioning import functioning_of
from instruments.research.item_response.transformer import GradedResponse, standard_errors
from instruments.research.monitoring.drift import stability
from instruments.research.reliability import agreement as agreeing
from instruments.research.reliability.consistency import Covariances, alpha_of, cronbach_alpha, item_rows, omega_total
from instruments.research.reliability.intraclass import intraclass_correlations
from instruments.research.structure.item_fit import item_fit
from instruments.research.structure.item_rows import polychoric_figure
from instruments.research.structure.mokken import h_figure, scalability
from instruments.research.structure.omega import categorical_omega, covered, variances
from instruments.research.structure.polychoric import polychoric
from instruments.research.validity.increments import increment
from instruments.research.validity.survival import harrell_c
from screening.reliability.report import mean_share_figure, reliability_figures
from screening.reliability.turning import TruthPairs

Held = dict[tuple[str, str], bool | None]
Sample = Callable[[np.random.Generator], Held]


@dataclass(frozen=True)
class Case:
    """Data of one kind, and a sample of them."""

    setting: str
    n: int
    sample: Sample
    rejects: bool = False


def held(figure: Outcome, truth: float) -> Held:
    if not isinstance(figure, Figure) or figure.low is None or figure.high is None:
        return {}
    return {(figure.name, figure.method): bool(figure.low <= truth <= figure.high)}


def between(name: str, method: str, ends: tuple[float, float] | None, truth: float) -> Held:
    return {(name, method): None if ends is None else bool(ends[0] <= truth <= ends[1])}


# --- areas -----------------------------------------------------------------------------------------------------------

STEPS = 4


def scores(random: np.random.Generator, n: int, mean: float) -> np.ndarray:
    return np.rint(STEPS * random.normal(mean, 1, n)).astype(int)


@cache
def mean_for(wanted: float) -> float:
    return float(norm.ppf(wanted) * 2**0.5)


@cache
def true_area(mean: float) -> float:
    """Of rounded scores, ties as halves."""
    levels = np.arange(-40, 60)
    with_outcome, without = (np.diff(norm.cdf((np.r_[levels, 60] - 0.5) / STEPS - each)) for each in (mean, 0.0))
    return float(with_outcome @ (np.cumsum(without) - without / 2))


def areas(random: np.random.Generator, events: int, others: int, wanted: float) -> Held:
    mean = mean_for(wanted)
    happened = np.r_[np.ones(events), np.zeros(others)]
    score = np.r_[scores(random, events, mean), scores(random, others, 0)]
    measured, truth = area(count_scores(happened, score)), true_area(mean)
    by_newcombe = of_rank_statistic(measured.value, events, others, 0.95)
    told = held(area_figure(measured), truth) if not measured.separates else {("auc", "delong_log_odds"): None}
    return {**told, **between("auc", "newcombe_area", by_newcombe, truth),
            **between("auc", "delong", measured.interval(method="delong"), truth)}  # fmt: skip


def bootstrapped_areas(random: np.random.Generator, events: int, others: int, wanted: float) -> Held:
    mean = mean_for(wanted)
    happened = np.r_[np.ones(events), np.zeros(others)]
    score = np.r_[scores(random, events, mean), scores(random, others, 0)]
    drawn = bootstrap_area(happened, score, Resampling(400, seed=int(random.integers(2**31))))
    return between("auc_bootstrap", "bootstrap_stratified", drawn.interval(), true_area(mean))


def differences_of_areas(random: np.random.Generator, events: int, others: int) -> Held:
    first, second = mean_for(0.8), mean_for(0.65)
    happened = np.r_[np.ones(events), np.zeros(others)]
    shared = random.normal(size=events + others)
    made = [
        np.rint(STEPS * (0.7 * shared + 0.51**0.5 * random.normal(size=len(happened)) + mean * happened)).astype(int)
        for mean in (first, second)
    ]
    truth = true_area(first) - true_area(second)
    paired = held(difference_figure(compare(happened, *made)), truth)
    elsewhere = np.r_[scores(random, events, second), scores(random, others, 0)]
    both = (area(count_scores(happened, each)) for each in (made[0], elsewhere))
    return {**paired, **held(independent_difference_figure(*both), truth)}


def equal_areas(random: np.random.Generator, events: int, others: int) -> Held:
    happened = np.r_[np.ones(events), np.zeros(others)]
    mean = mean_for(0.7)
    comparison = compare(
        happened, *(scores(random, len(happened), 0) + np.rint(STEPS * mean * happened) for _ in range(2))
    )
    return {("p", "delong_paired"): comparison.p is not None and comparison.p < 0.05}


def cards(random: np.random.Generator, earlier: float, later: float) -> tuple[Figure, Figure]:
    """The difference of the areas of two cards, of 100 and of 200 people, and its p."""
    told = (
        area_figure(area_of_groups(scores(random, events, mean_for(wanted)), scores(random, others, 0)))
        for wanted, events, others in ((earlier, 30, 70), (later, 60, 140))
    )
    return difference_between(*told)


def area_of_groups(events: np.ndarray, others: np.ndarray) -> Area:
    happened = np.r_[np.ones(len(events)), np.zeros(len(others))]
    return area(count_scores(happened, np.r_[events, others]))


def cards_apart(random: np.random.Generator) -> Held:
    return held(cards(random, 0.8, 0.65)[0], true_area(mean_for(0.65)) - true_area(mean_for(0.8)))


def cards_alike(random: np.random.Generator) -> Held:
    p = cards(random, 0.7, 0.7)[1]
    return {(p.name, p.method): p.value < 0.05}


# --- shares ----------------------------------------------------------------------------------------------------------


def shares(random: np.random.Generator, n: int, truth: float) -> Held:
    return held(share_figure("share", int(random.binomial(n, truth)), n), truth)


def differences_of_shares(random: np.random.Generator, n: int, first: float, second: float) -> Held:
    here, rest = random.random(n) < first, random.random(3 * n) < second
    return held(difference_of_shares("flagged_difference", here, rest, 0.95), first - second)


def ratios_of_shares(random: np.random.Generator, n: int, first: float, second: float) -> Held:
    here, rest = random.random(n) < first, random.random(3 * n) < second
    return held(ratio_figure("flagged_ratio", here, rest, 0.95), first / second)


def groups_in_pairs(random: np.random.Generator, n: int, truths: tuple[float, ...]) -> Held:
    """Whether all of the intervals hold that are promised to hold together."""
    pairs = list(combinations([(random.random(n) < truth, truth) for truth in truths], 2))
    told = [
        held(difference_of_shares("flagged_difference", here, there, 1 - 0.05 / len(pairs)), first - second)
        for (here, first), (there, second) in pairs
    ]
    return {("flagged_difference", "newcombe"): all(value for each in told for value in each.values())}


def blanks(random: np.random.Generator, n: int, items: int) -> Held:
    """Some people leave much blank and most leave little."""
    each = random.beta(0.5, 4.5, n)
    left_blank = random.binomial(items, each) / items
    return between("items_blank", "wilson_mean_share", of_mean_share(left_blank, 0.95, items), 0.1)


# --- agreement -------------------------------------------------------------------------------------------------------

PLACES, WEIGHTS = hermegauss(80)


@cache
def joint(alike: float, cuts: tuple[float, ...]) -> np.ndarray:
    """How often two raters give which levels."""
    edges = np.r_[-np.inf, cuts, np.inf]
    given = norm.cdf((edges[:, None] - alike**0.5 * PLACES) / (1 - alike) ** 0.5)
    chance = np.diff(given, axis=0)
    return (chance * WEIGHTS) @ chance.T / WEIGHTS.sum()


def rated(random: np.random.Generator, n: int, raters: int, alike: float, cuts: tuple[float, ...]) -> np.ndarray:
    seen = alike**0.5 * random.normal(size=(n, 1)) + (1 - alike) ** 0.5 * random.normal(size=(n, raters))
    return np.digitize(seen, cuts).astype(float)


@cache
def true_agreement(alike: float, cuts: tuple[float, ...]) -> dict[str, float]:
    table = joint(alike, cuts)
    many = 1e9 * table.ravel()[None]
    kappas = {name: float(agreeing._kappas(many, agreeing._distances(len(table), weights))[0])
             for weights, name in agreeing.KAPPAS.items()}  # fmt: skip
    alpha = float(agreeing.ordinal_alpha(many)[0])
    return {**kappas, "percent_agreement": float(np.trace(table)), "krippendorff_alpha": alpha}


def agreement(
    random: np.random.Generator, n: int, raters: int, alike: float, cuts: tuple[float, ...], pairs_of: int = 0
) -> Held:
    codes = rated(random, n, raters, alike, cuts)
    if pairs_of:  # each person has another pair of many raters
        codes = np.full((n, pairs_of), np.nan)
        for row, pair in enumerate(rated(random, n, 2, alike, cuts)):
            codes[row, random.choice(pairs_of, 2, replace=False)] = pair
    truth = true_agreement(alike, cuts)
    figures = agreeing.agreement(pd.DataFrame(codes), len(cuts) + 1)
    return {key: value for each in figures for key, value in held(each, truth[each.name]).items()}


def intraclass(
    random: np.random.Generator, n: int, k: int, parts: tuple[float, float, float], missing: float, nested: bool = False
) -> Held:
    """Raters are a sample, the same for all persons; nested, others for each person."""
    of_persons, of_raters, error = parts
    each = random.normal(0, of_raters**0.5, (n if nested else 1, k))
    table = random.normal(0, of_persons**0.5, (n, 1)) + each + random.normal(0, error**0.5, (n, k))
    blank = random.random(table.shape) < missing
    blank[blank.sum(axis=1) > k - 2] = False
    forms = {form.name: form for form in intraclass_correlations(pd.DataFrame(np.where(blank, np.nan, table)))}
    if nested:
        return held(forms["icc_1"], of_persons / sum(parts))
    agreed = held(forms["icc_a1"], of_persons / sum(parts))
    return {**agreed, **held(forms["icc_c1"], of_persons / (of_persons + error))}


def intraclass_unbalanced(random: np.random.Generator, n: int, k: int, parts: tuple[float, float, float]) -> Held:
    """One rater rates everybody, and one of the others each person as well."""
    of_persons, of_raters, error = parts
    table = random.normal(0, of_persons**0.5, (n, 1)) + random.normal(0, of_raters**0.5, (1, k))
    table = table + random.normal(0, error**0.5, (n, k))
    second = random.integers(1, k, n)
    table[:, 1:][np.arange(1, k) != second[:, None]] = np.nan
    forms = {form.name: form for form in intraclass_correlations(pd.DataFrame(table))}
    agreed = held(forms["icc_a1"], of_persons / sum(parts))
    return {**agreed, **held(forms["icc_c1"], of_persons / (of_persons + error))}


#: The variance of every effect before ratings are rounded to levels, if they are.
PARTS = {"p": 1.0, "r": 0.3, "i": 0.2, "pr": 0.3, "pi": 0.3, "ri": 0.1, "pri": 0.8}


def shared_variance(facets: Effect, cuts: tuple[float, ...]) -> float:
    """The covariance of two ratings that have some facets in common."""
    common = sum(part for effect, part in PARTS.items() if set(effect) <= facets)
    if not cuts:
        return common
    alike = common / sum(PARTS.values())
    levels = np.arange(len(cuts) + 1)
    chances = np.diff(norm.cdf(np.r_[-np.inf, cuts, np.inf]))
    together = np.diag(chances) if alike > 1 - 1e-9 else joint(alike, cuts)
    return float(levels @ together @ levels - (levels @ chances) ** 2)


def true_components(design: Design, cuts: tuple[float, ...]) -> dict[Effect, float]:
    hidden = frozenset("pri") - frozenset(design.facets)
    base = shared_variance(hidden, cuts)
    truth: dict[Effect, float] = {}
    for effect in design.effects:
        inside = sum(truth[part] for part in truth if part < effect)
        truth[effect] = shared_variance(effect | hidden, cuts) - base - inside
    return truth


def generalized(
    random: np.random.Generator,
    n: int,
    raters: int,
    items: int = 1,
    missing: float = 0.0,
    pairs: bool = False,
    nested: bool = False,
    cuts: tuple[float, ...] = (),
) -> Held:
    """Raters and items are samples; with pairs, each person has another two of the raters."""
    rated = np.zeros((n, raters, items))
    for effect, part in PARTS.items():
        of_persons = "p" in effect or (nested and "r" in effect)
        sizes = n if of_persons else 1, raters if "r" in effect else 1, items if "i" in effect else 1
        rated = rated + random.normal(0, part**0.5, sizes)
    if cuts:
        rated = np.digitize(rated / sum(PARTS.values()) ** 0.5, cuts).astype(float)
    rated[random.random(rated.shape) < missing] = np.nan
    if pairs:
        for row in rated:
            row[random.permutation(raters)[2:]] = np.nan
    person, rater, item = np.indices(rated.shape).reshape(3, -1)
    design = Design.of(rated.ravel(), {"p": person, "r": rater + nested * raters * person, "i": item})
    known, truth = estimate_components(design), Components(design, true_components(design, cuts), "")
    study = generalizing.Study("risk", known, n)
    components = dict(zip(design.effects, generalizing._component_rows(study, 0.95), strict=True))
    effect = frozenset("pr") if nested else frozenset("r")
    told = held(components[effect].figures[0], truth.values[effect])
    row = list(generalizing._decision_rows(study, (2,), (1,), 0.95))[-1]
    parts = Plan(2, 1, items).parts(design, truth.values)
    for figure in row.figures:
        told |= held(figure, float(getattr(parts, figure.name)))
    needed = list(generalizing._needed_rows(study, 0.7, 0.95))[-1]
    return told | held(needed.figures[0], float(Plan(1, 1, items).parts(design, truth.values).raters_for(0.7)))


# --- consistency -----------------------------------------------------------------------------------------------------

LOADINGS = np.linspace(0.4, 1, 6)


def items(random: np.random.Generator, n: int, cuts: tuple[float, ...]) -> pd.DataFrame:
    seen = random.normal(size=(n, 1)) * LOADINGS + 0.8 * random.normal(size=(n, len(LOADINGS)))
    return pd.DataFrame(np.digitize(seen, cuts).astype(float))


@cache
def true_consistency(cuts: tuple[float, ...]) -> dict[str, float]:
    known = Covariances.of(items(np.random.default_rng(99), 2_000_000, cuts))
    few = Covariances(known.names, known.matrix, 10**6, known.ratings[:400])
    rest = item_rows(few)[0].figures[0]
    return {"cronbach_alpha": alpha_of(known.matrix), "omega_total": omega_total(few).value, "item_rest": rest.value}  # type: ignore[union-attr]


def consistency(random: np.random.Generator, n: int, cuts: tuple[float, ...], omega: bool = True) -> Held:
    given, truth = Covariances.of(items(random, n, cuts)), true_consistency(cuts)
    told: list[Outcome] = [cronbach_alpha(given), cronbach_alpha(given, method="feldt"), item_rows(given)[0].figures[0]]
    told += [omega_total(given)] if omega else []
    return {key: value for each in told for key, value in held(each, truth[each.name]).items()}


# --- probabilities ---------------------------------------------------------------------------------------------------


def calibrated(random: np.random.Generator, n: int) -> Held:
    """Probabilities that mean what they say."""
    chance = expit(random.normal(-0.6, 1, n))
    judged = calibration(random.random(n) < chance, chance)
    truth = {"in_the_large": 0.0, "slope": 1.0, "intercept": 0.0, "observed_to_expected": 1.0}
    told: Held = {}
    for name, method in INTERVALS.items():
        each = getattr(judged, name)
        true = truth.get(name, true_brier())
        told |= between(name, method, (each.low, each.high), true)
    return told


@cache
def true_brier() -> float:
    chance = expit(-0.6 + PLACES)
    return float(WEIGHTS @ (chance * (1 - chance)) / WEIGHTS.sum())


def curves(random: np.random.Generator, n: int) -> Held:
    chance = expit(random.normal(-0.6, 1, n))
    happened = random.random(n) < chance
    curve = decision_curve(happened, chance, [0.3], resampling=Resampling(400, seed=int(random.integers(2**31))))
    band = reliability_curve(happened, chance, resampling=Resampling(100, seed=int(random.integers(2**31))))
    at = int(np.abs(band.grid - 0.3).argmin())
    assert curve.low is not None
    assert curve.high is not None
    assert band.low is not None
    assert band.high is not None
    told = between("net_benefit", "bootstrap", (curve.low[0], curve.high[0]), true_benefit())
    return {**told, **between("reliability_curve", "bootstrap", (band.low[at], band.high[at]), float(band.grid[at]))}


@cache
def true_benefit() -> float:
    chance = expit(np.random.default_rng(98).normal(-0.6, 1, 4_000_000))
    acted = chance >= 0.3
    return float((acted * (chance - (1 - chance) * 0.3 / 0.7)).mean())


def columns(random: np.random.Generator, n: int, second: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, other = (np.rint(3 * random.normal(size=n)) for _ in range(2))
    return first, other, random.random(n) < expit(-0.6 + 0.3 * first + second * other)


@cache
def true_gain() -> float:
    first, other, happened = columns(np.random.default_rng(97), 4_000_000, 0.25)
    full = np.rint(1e6 * (0.3 * first + 0.25 * other)).astype(np.int64)
    both = (area(count_scores(happened, each)).value for each in (full, first.astype(np.int64)))
    return float(next(both) - next(both))


def gains(random: np.random.Generator, n: int) -> Held:
    first, other, happened = columns(random, n, 0.25)
    seed = int(random.integers(2**31))
    gained = increment(
        happened, {"a": first}, {"b": other}, events_per_parameter=1, resampling=Resampling(200, seed=seed)
    )
    return between("auc_gain", "bootstrap_stratified", gained.gain.interval(), true_gain())


def idle_columns(random: np.random.Generator, n: int) -> Held:
    first, other, happened = columns(random, n, 0.0)
    gained = increment(happened, {"a": first}, {"b": other}, events_per_parameter=1, resampling=Resampling(100))
    return {("p", "likelihood_ratio"): gained.p < 0.05}


def followed(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score = np.rint(3 * random.normal(size=n))
    time, end = random.exponential(np.exp(-0.25 * score)), random.exponential(1.5, n)
    return np.minimum(time, end), time <= end, score


@cache
def true_concordance() -> float:
    return harrell_c(*followed(np.random.default_rng(96), 30_000)).value


def times(random: np.random.Generator, n: int) -> Held:
    interval = harrell_c(*followed(random, n)).interval()
    return between("harrell_c", "jackknife_log_odds", interval, true_concordance())


def unmoved(random: np.random.Generator, n: int) -> Held:
    change = stability(*(random.choice(3, n, p=[0.5, 0.3, 0.2]) for _ in range(2)))
    return {("stability_index", "stability_index"): change.index > change.by_chance}


# --- the graded response model ---------------------------------------------------------------------------------------

SLOPES = np.array([0.8, 1.2, 1.6, 1.0, 2.0])
LOCATIONS = np.array([[-0.8, 0.6], [-0.3, 1.0], [-0.6, 0.4], [0.0, 1.2], [-1.0, 0.2]])


def graded(random: np.random.Generator, trait: np.ndarray) -> pd.DataFrame:
    higher = expit(SLOPES[:, None] * (trait[:, None, None] - LOCATIONS))
    codes = (random.random((len(trait), len(SLOPES), 1)) < higher).sum(axis=2)
    return pd.DataFrame(codes.astype(float), columns=list("abcde"))


def parameters(random: np.random.Generator, n: int) -> Held:
    model = GradedResponse().fit(graded(random, random.normal(size=n)))
    if model.errors_ is None:
        return {("discrimination", "louis"): None, ("location", "louis"): None}
    of_slope, of_locations = standard_errors(model.errors_, model.parameters_, 1)
    estimated = (
        ("discrimination", model.discriminations_[1], of_slope, SLOPES[1]),
        ("location", model.locations_[1][0], of_locations[0], LOCATIONS[1, 0]),
    )
    return {(name, "louis"): bool(abs(value - true) <= 1.959964 * error) for name, value, error, true in estimated}


def alike_in_groups(random: np.random.Generator, n: int) -> Held:
    inside = np.arange(2 * n) < n
    ratings = graded(random, random.normal(size=2 * n) + 0.5 * inside)
    first = functioning_of(ratings, inside, "a")
    told: Held = {("adjusted_p", "likelihood_ratio"): first.p < 0.05}
    return {**told, ("distance_in_levels", "unsigned_area"): first.is_flagged}


EVEN, RARE = (-0.5, 0.5), (0.5, 1.3)


# --- decisions of several raters -------------------------------------------------------------------------------------

#: How often each outcome is given, and how often all raters of a person are of one mind: else each draws alone.
OUTCOMES, OF_ONE_MIND = (0.5, 0.2, 0.3), 0.7


def decisions(random: np.random.Generator, n: int, raters: int) -> Held:
    alone, common = random.choice(3, (n, raters), p=OUTCOMES), random.choice(3, (n, 1), p=OUTCOMES)
    outcomes = np.where(random.random((n, 1)) < OF_ONE_MIND, common, alone).astype(np.int8)
    pairs = list(combinations(range(raters), 2))
    one, other = (np.concatenate([outcomes[:, pair[side]] for pair in pairs]) for side in (0, 1))
    refuses, needs, supports = OUTCOMES
    truths = {
        "turned": (1 - OF_ONE_MIND) * 2 * supports * refuses,
        "opened": (1 - OF_ONE_MIND) * 2 * needs * (1 - needs),
        "decisions_beyond_chance": OF_ONE_MIND,
    }
    told = reliability_figures(TruthPairs(one, other, np.tile(np.arange(n), len(pairs))))
    return {key: value for each in told if each.name in truths for key, value in held(each, truths[each.name]).items()}


def parts_of_turns(random: np.random.Generator, n: int) -> Held:
    parts, shares = (0.0, 0.5, 1.0), (0.6, 0.1, 0.3)
    truth = float(np.dot(parts, shares))
    return held(mean_share_figure("part_of_turns", random.choice(parts, n, p=shares), 2.0), truth)


# --- whose outcome could be seen -------------------------------------------------------------------------------------


def followed_by_score(random: np.random.Generator, n: int) -> Held:
    """Two in five lie above the cut; half of them have the outcome and nine in ten are followed, below fewer."""
    flagged = random.random(n) < 0.4
    happened = random.random(n) < np.where(flagged, 0.5, 0.2)
    rates = corrected_rates(flagged, random.random(n) < np.where(flagged, 0.9, 0.4), happened)
    sensitivity, specificity = 0.4 * 0.5 / (0.4 * 0.5 + 0.6 * 0.2), 0.6 * 0.8 / (0.6 * 0.8 + 0.4 * 0.5)
    ends = (None, None) if rates is None else (rates.sensitivity.interval, rates.specificity.interval)
    return {
        **between("corrected_sensitivity", "begg_greenes", ends[0], sensitivity),
        **between("corrected_specificity", "begg_greenes", ends[1], specificity),
    }


# --- the structure of items ------------------------------------------------------------------------------------------

BEHIND, SEVERAL, SELDOM = 0.5, (-0.4, 0.7), (1.0, 1.7)


def two_items(random: np.random.Generator, n: int, cuts: tuple[float, ...], truth: float = BEHIND) -> Held:
    """The correlation behind the levels of two items."""
    behind = random.multivariate_normal([0, 0], [[1, truth], [truth, 1]], n)
    codes = pd.DataFrame(np.digitize(behind, cuts).astype(float))
    if (codes.nunique() < 2).any():
        return {("polychoric", "two_step"): None}
    correlations = polychoric(codes)
    return held(polychoric_figure(correlations, 0, 1), truth) or {("polychoric", "two_step"): None}


@cache
def true_scale(cuts: tuple[float, ...]) -> dict[str, float]:
    mokken = scalability(items(np.random.default_rng(95), 500_000, cuts))
    sizes = (LOADINGS**2 + 0.64) ** 0.5
    loadings, cut = LOADINGS / sizes, np.array(cuts) / sizes[:, None]
    common, inside = np.outer(loadings, loadings), np.eye(len(loadings), dtype=bool)
    explained, between_items = covered(cut, common).value, covered(cut, np.where(inside, 0, common)).value
    omega = explained / (between_items + variances(norm.cdf(cut), cut).value)
    return {
        "scale_h": mokken.scale,
        "item_h": mokken.items[0],
        "pair_h": mokken.pairs[0, 5],
        "omega_categorical": omega,
    }


def one_scale(random: np.random.Generator, n: int, cuts: tuple[float, ...]) -> Held:
    codes, truth = items(random, n, cuts), true_scale(cuts)
    if (codes.nunique() < 2).any():
        return {}
    mokken = scalability(codes)
    told: list[Outcome] = [
        h_figure("scale_h", mokken.scale, mokken.scale_error, n),
        h_figure("item_h", mokken.items[0], mokken.item_errors[0], n, outside=mokken.outside[0]),
        h_figure("pair_h", mokken.pairs[0, 5], mokken.pair_errors[0, 5], n, outside=mokken.pairs_outside[0, 5]),
        categorical_omega(polychoric(codes)),
    ]
    return {key: value for each in told for key, value in held(each, truth[each.name]).items()}


def items_that_fit(random: np.random.Generator, n: int) -> Held:
    codes = graded(random, random.normal(size=n))
    first = item_fit(GradedResponse().fit(codes), codes)[0]
    return {("chi_square", "s_x2"): None if first.p is None else first.p < 0.05}


def right(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float((truth == predicted).mean())


def metrics_by_group(random: np.random.Generator, n: int, accuracies: tuple[float, ...]) -> Held:
    """How often a prediction is right, in groups of the same size."""
    truth = random.integers(0, 2, n * len(accuracies))
    predicted = np.where(random.random(len(truth)) < np.repeat(accuracies, n), truth, 1 - truth)
    groups = np.repeat(np.arange(len(accuracies)), n)
    resampling = Resampling(400, seed=int(random.integers(2**31)))
    told = MetricByGroup(right, truth, predicted, groups=groups, resampling=resampling)
    compared = (("metric_difference", np.subtract, np.ptp(accuracies)),
                ("metric_ratio", np.divide, min(accuracies) / max(accuracies)))  # fmt: skip
    known = held(told._by_group[0].figures[0], accuracies[0])
    for name, how, truths in compared:
        known |= held(told._compared(name, "between_groups", how)[0].figures[0], float(truths))
    return known


def cases() -> Iterator[Case]:
    """Every kind of data; the settings have words under ``setting.<name>``."""
    for setting, events, others, wanted in (
        ("auc_middling", 15, 30, 0.75), ("auc_high", 15, 30, 0.9), ("auc_rare", 10, 90, 0.75),
        ("auc_high_rare", 10, 90, 0.9), ("auc_middling", 60, 140, 0.75), ("auc_high", 60, 140, 0.9),
    ):  # fmt: skip
        yield Case(setting, events + others, partial(areas, events=events, others=others, wanted=wanted))
    yield Case("auc_middling", 45, partial(bootstrapped_areas, events=15, others=30, wanted=0.75))
    yield Case("auc_high", 45, partial(bootstrapped_areas, events=15, others=30, wanted=0.9))
    yield Case("auc_middling", 200, partial(bootstrapped_areas, events=60, others=140, wanted=0.75))
    for events, others in ((15, 30), (60, 140)):
        yield Case("auc_apart", events + others, partial(differences_of_areas, events=events, others=others))
        yield Case("auc_equal", events + others, partial(equal_areas, events=events, others=others), rejects=True)
    for n in (30, 100):
        yield Case("share_rare", n, partial(shares, n=n, truth=0.1))
        yield Case("share_middling", n, partial(shares, n=n, truth=0.4))
        yield Case("shares_apart", n, partial(differences_of_shares, n=n, first=0.2, second=0.4))
        yield Case("blanks", n, partial(blanks, n=n, items=24))
    for n in (15, 30, 60):
        yield Case("levels_even", n, partial(agreement, n=n, raters=2, alike=0.7, cuts=EVEN))
        yield Case("levels_rare", n, partial(agreement, n=n, raters=2, alike=0.7, cuts=RARE))
    yield Case("three_raters", 30, partial(agreement, n=30, raters=3, alike=0.7, cuts=EVEN))
    yield Case("pairs_of_many", 60, partial(agreement, n=60, raters=2, alike=0.7, cuts=EVEN, pairs_of=20))
    for setting, n, k, parts, missing in (
        ("raters_3_alike", 30, 3, (1, 0.05, 0.5), 0), ("raters_3_apart", 30, 3, (1, 0.5, 0.5), 0),
        ("raters_3_apart", 60, 3, (1, 0.5, 0.5), 0), ("raters_3_missing", 30, 3, (1, 0.5, 0.5), 0.3),
        ("raters_3_missing", 60, 3, (1, 0.5, 0.5), 0.3), ("raters_6_missing", 60, 6, (1, 0.3, 0.7), 0.4),
    ):  # fmt: skip
        yield Case(setting, n, partial(intraclass, n=n, k=k, parts=parts, missing=missing))
    for setting, missing in (("raters_nested", 0.0), ("raters_nested_missing", 0.3)):
        yield Case(setting, 30, partial(intraclass, n=30, k=3, parts=(1, 0.3, 0.5), missing=missing, nested=True))
    for setting, n, cuts, omega in (
        ("items_even", 30, (-0.4, 0.7), False), ("items_even", 60, (-0.4, 0.7), True),
        ("items_even", 200, (-0.4, 0.7), True), ("items_rare", 60, (1.2, 2.0), False),
        ("items_rare", 200, (1.2, 2.0), True),
    ):  # fmt: skip
        yield Case(setting, n, partial(consistency, n=n, cuts=cuts, omega=omega))
    for n in (100, 400):
        yield Case("probabilities", n, partial(calibrated, n=n))
        yield Case("follow_up", n, partial(times, n=n))
        yield Case("levels_unmoved", n, partial(unmoved, n=n), rejects=True)
    yield Case("probabilities", 400, partial(curves, n=400))
    yield Case("column_idle", 100, partial(idle_columns, n=100), rejects=True)
    yield Case("column_telling", 200, partial(gains, n=200))
    yield Case("graded_items", 300, partial(parameters, n=300))
    yield Case("groups_alike", 400, partial(alike_in_groups, n=200), rejects=True)
    for n in (60, 200):
        yield Case("decisions_two", n, partial(decisions, n=n, raters=2))
        yield Case("decisions_three", n, partial(decisions, n=n, raters=3))
    for n in (20, 60):
        yield Case("parts_of_turns", n, partial(parts_of_turns, n=n))
    for n in (30, 100):
        yield Case("ratio_apart", n, partial(ratios_of_shares, n=n, first=0.2, second=0.4))
        yield Case("ratio_rare", n, partial(ratios_of_shares, n=n, first=0.1, second=0.1))
        yield Case("groups_in_pairs", n, partial(groups_in_pairs, n=n, truths=(0.1, 0.2, 0.2, 0.4)))
    for n in (100, 400):
        yield Case("followed_by_score", n, partial(followed_by_score, n=n))
    from tests.instruments.research.dependence.simulated import (
        cases_followed,
        cases_in_clusters,
        cases_of_groups,
        cases_of_ratings,
    )
    from tests.instruments.research.missing.simulated import cases_imputed

    yield from cases_in_clusters()
    yield Case("generalized_raters", 30, partial(generalized, n=30, raters=3))
    yield Case("generalized_levels", 50, partial(generalized, n=50, raters=3, items=8, cuts=EVEN))
    yield Case("generalized_nested", 40, partial(generalized, n=40, raters=2, items=6, nested=True))
    yield Case("generalized_missing", 40, partial(generalized, n=40, raters=3, missing=0.2))
    yield Case("generalized_pairs", 60, partial(generalized, n=60, raters=12, pairs=True))
    yield Case("raters_unbalanced", 60, partial(intraclass_unbalanced, n=60, k=5, parts=(1, 0.3, 0.5)))
    for n in (60, 200, 800):
        yield Case("cut_even", n, partial(two_items, n=n, cuts=SEVERAL))
        yield Case("cut_rare", n, partial(two_items, n=n, cuts=SELDOM))
        yield Case("one_scale", n, partial(one_scale, n=n, cuts=SEVERAL))
        yield Case("one_scale_rare", n, partial(one_scale, n=n, cuts=SELDOM))
    yield Case("one_trait", 500, partial(items_that_fit, n=500), rejects=True)
    from tests.instruments.research.pooling.simulated import cases_of_places

    yield from cases_of_places()
    yield Case("cards_apart", 300, cards_apart)
    yield Case("cards_alike", 300, cards_alike, rejects=True)
    yield from cases_followed()
    for n in (40, 120):
        yield Case("metrics_by_group", n, partial(metrics_by_group, n=n, accuracies=(0.8, 0.7, 0.55)))
    yield from cases_of_groups()
    from tests.instruments.research.monitoring.simulated import (
        cases_as_they_come_in,
        cases_entered_late,
        cases_told_by_period,
    )

    yield from cases_as_they_come_in()
    yield from cases_of_ratings()
    yield from cases_imputed()
    yield from cases_entered_late()
    yield Case("cut_ends", 130, partial(two_items, n=130, cuts=(-2.0, 1.9), truth=0.3))
    yield Case("cut_ends", 800, partial(two_items, n=800, cuts=(-2.0, 1.9), truth=0.3))
    yield from cases_told_by_period()
