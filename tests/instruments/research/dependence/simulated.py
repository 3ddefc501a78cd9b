"""Samples of rows in clusters, and of persons who are followed for a time, for the table of coverage."""

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy.special import expit

from instruments.research.dependence.clustered_areas import (
    bootstrap_clustered_area,
    clustered_area,
    compare_clustered,
    difference_between_groups,
)
from instruments.research.dependence.clustered_shares import (
    clustered_difference,
    clustered_ratio,
    clustered_share_figure,
)
from instruments.research.dependence.clusters import Clusters
from instruments.research.dependence.followed import Followed, area_by_time, cumulative_incidence
from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import area, count_scores
from instruments.research.figures.builders import area_figure, difference_figure
from instruments.research.reliability.agreement import agreement
from tests.instruments.research.simulated import EVEN, Case, Held, between, held, true_agreement

Rows = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def in_places(random: np.random.Generator, places: int, size: int) -> Rows:
    """Outcome, two scores and place: a place has its own level of the outcome and of the scores."""
    place = np.repeat(np.arange(places), size)
    level, strictness = (random.normal(0, 0.6, places)[place] for _ in range(2))
    trait = random.normal(size=places * size)
    happened = random.random(len(place)) < expit(-0.6 + trait + level)
    score = np.rint(4 * (trait + 0.5 * level + 0.5 * strictness)).astype(int)
    second = np.rint(4 * (0.5 * trait + strictness + 0.7 * random.normal(size=len(place)))).astype(int)
    return happened, score, second, place


@cache
def truths() -> tuple[float, float, float]:
    """The share, and the areas of both scores, of very many places."""
    happened, score, second, _ = in_places(np.random.default_rng(95), 400_000, 10)
    return (float(happened.mean()), *(area(count_scores(happened, each)).value for each in (score, second)))  # type: ignore[return-value]


def clustered(random: np.random.Generator, places: int, size: int) -> Held:
    happened, score, second, place = in_places(random, places, size)
    clusters, (share, first, other) = Clusters.of("place", place), truths()
    drawn = bootstrap_clustered_area(happened, score, clusters, Resampling(400, seed=int(random.integers(2**31))))
    return {
        **held(area_figure(clustered_area(happened, score, clusters)), first),
        **held(difference_figure(compare_clustered(happened, score, second, clusters)), first - other),
        **held(clustered_share_figure("share", happened, clusters), share),
        **between("auc_bootstrap", "bootstrap_clusters", drawn.interval(), first),
    }


def cases_in_clusters() -> Iterator[Case]:
    yield Case("places_15", 300, partial(clustered, places=15, size=20))
    yield Case("places_40", 400, partial(clustered, places=40, size=10))


# --- follow-up that ends ---------------------------------------------------------------------------------------------

HORIZON, OF_OUTCOME, OF_ANOTHER, OF_LEAVING = 1.0, 0.5, 0.25, 0.4


def followed(random: np.random.Generator, n: int, leaving: float = OF_LEAVING) -> tuple[np.ndarray, ...]:
    """Time, end and score: the outcome comes sooner with a higher score, another event whatever the score."""
    score = np.rint(3 * random.normal(size=n))
    outcome, another = random.exponential(np.exp(-0.25 * score) / OF_OUTCOME), random.exponential(1 / OF_ANOTHER, n)
    left = random.exponential(1 / leaving, n) if leaving else np.full(n, 1e9)
    time = np.minimum(np.minimum(outcome, another), left)
    return time, np.where(left <= time, 0, np.where(outcome <= another, 1, 2)), score


@cache
def truths_by_then() -> tuple[float, float]:
    """The share with the outcome by then, and the area, of very many whom nobody loses."""
    time, end, score = followed(np.random.default_rng(94), 2_000_000, leaving=0)
    happened = (time <= HORIZON) & (end == 1)
    return float(happened.mean()), area(count_scores(happened, score.astype(int))).value


def by_then(random: np.random.Generator, n: int) -> Held:
    time, end, score = followed(random, n)
    people, (share, truth) = Followed.of(time, end), truths_by_then()
    how = Resampling(draws=200, seed=int(random.integers(2**31)))
    return {
        **between("cumulative_incidence", "aalen_johansen", cumulative_incidence(people, HORIZON).interval(), share),
        **between("auc_by_then", "censoring_weights", area_by_time(people, score, HORIZON, how=how).interval(), truth),
    }


def cases_followed() -> Iterator[Case]:
    for n in (60, 200):
        yield Case("followed_another", n, partial(by_then, n=n))


def groups_in_places(random: np.random.Generator, places: int, size: int) -> Held:
    """Two groups of like size in every place, whose persons share its level."""
    happened, score, _, place = in_places(random, places, size)
    here, clusters = np.arange(len(place)) % 2 == 0, Clusters.of("place", place)
    flagged = (score >= 3) | (here & (random.random(len(score)) < 0.2))
    above = truth_flagged()
    wanted = above + 0.2 * (1 - above)
    return {
        **held(clustered_difference("flagged_difference", flagged, here, ~here, clusters), wanted - above),
        **held(clustered_ratio("flagged_ratio", flagged, here, ~here, clusters), wanted / above),
        **held(difference_between_groups(happened, score, here, ~here, clusters), 0.0),
    }


@cache
def truth_flagged() -> float:
    return float((in_places(np.random.default_rng(93), 400_000, 10)[1] >= 3).mean())


def ratings_in_places(random: np.random.Generator, places: int, size: int) -> Held:
    """Two raters, whose persons are alike within a place."""
    place = np.repeat(np.arange(places), size)
    seen = (random.normal(0, 0.5**0.5, places)[place] + random.normal(0, 0.2**0.5, len(place)))[:, None]
    codes = np.digitize(seen + random.normal(0, 0.3**0.5, (len(place), 2)), EVEN).astype(float)
    truth, clusters = true_agreement(0.7, EVEN), Clusters.of("place", place)
    told = agreement(pd.DataFrame(codes), len(EVEN) + 1, clusters)
    return {key: value for each in told for key, value in held(each, truth[each.name]).items()}


def cases_of_ratings() -> Iterator[Case]:
    yield Case("ratings_in_places_15", 150, partial(ratings_in_places, places=15, size=10))
    yield Case("ratings_in_places_40", 200, partial(ratings_in_places, places=40, size=5))


def cases_of_groups() -> Iterator[Case]:
    yield Case("groups_in_places_15", 300, partial(groups_in_places, places=15, size=20))
    yield Case("groups_in_places_40", 400, partial(groups_in_places, places=40, size=10))
