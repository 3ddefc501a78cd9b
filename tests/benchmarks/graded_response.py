"""The graded response model beside girth's, on ratings drawn from known parameters.

girth takes fewer points of the trait, and points that follow the normal density, so that the log-likelihood of what it
finds is computed here, on the same points as ours: neither may be lower by more than its rounding.
"""

import warnings

import numpy as np
from girth import grm_mml
from numpy.typing import NDArray
from scipy.special import expit

from instruments.research.item_response.graded_response import Parameters, Patterns, fit, posterior
from tests.benchmarks.measuring import WALL, Measurement, alternate, report, require_equal

ITEMS, LEVELS = 24, 3
SEED = 20
SECTION = "graded response model"
#: How much higher girth's log-likelihood may be.
TOLERANCE = 0.01
GOAL = 4
ROUNDS = {1_000: 5, 10_000: 3}


def draw(people: int) -> NDArray[np.int_]:
    """Ratings, shape (people, items), of people with a standard normal trait."""
    random = np.random.default_rng(SEED)
    trait = random.normal(size=(people, 1, 1))
    slopes = random.uniform(0.7, 2.2, (1, ITEMS, 1))
    locations = np.sort(random.normal(0.3, 1, (ITEMS, LEVELS - 1)), axis=1)[None]
    locations[:, :, 1] += 0.3  # so that no level is all but empty
    higher = expit(slopes * (trait - locations))
    codes: NDArray[np.int_] = (random.random((people, ITEMS, 1)) < higher).sum(axis=2)
    return codes


def of_girth(estimated: dict[str, NDArray[np.float64]]) -> Parameters:
    """What girth estimated, as our parameters."""
    slopes = estimated["Discrimination"]
    intercepts = -slopes[:, None] * estimated["Difficulty"]
    return Parameters(slopes, tuple(intercepts))


def beside_girth(people: int) -> Measurement:
    codes = draw(people)
    levels = [LEVELS] * ITEMS
    patterns = Patterns.of(codes.astype(np.float64), levels)
    for_girth = codes.T + 1
    ours, theirs = fit(patterns), of_girth(grm_mml(for_girth))
    apart = posterior(patterns, theirs)[1] - ours.log_likelihood
    require_equal(f"girth, whose log-likelihood is {apart:+.4f} from ours,", ours.settled and apart < TOLERANCE)
    took = alternate(
        lambda: fit(Patterns.of(codes.astype(np.float64), levels)), lambda: grm_mml(for_girth), ROUNDS[people], WALL
    )
    task = f"{ITEMS} items, {people:,} people; log-likelihood {-apart:+.3f} above"
    return Measurement(SECTION, task, "s", took[0], "girth", took[1], took[2], GOAL)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report([beside_girth(people) for people in ROUNDS])
