"""What is simulated of places: estimates about the own value of each, with variances that are known."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from instruments.research.pooling.between import IDENTITY, Measure
from tests.instruments.research.simulated import Case, Held, held


def places(random: np.random.Generator, k: int, between: float) -> Held:
    """Variances from 0.02 to 0.12; another place is drawn, too."""
    mean, variances = 0.8, random.uniform(0.02, 0.12, k)
    *own, another = random.normal(mean, between**0.5, k + 1)
    measure = Measure(("auc", "–"), IDENTITY)
    for value, variance in zip(random.normal(own, variances**0.5), variances, strict=True):
        measure.add(float(value), float(variance))
    told = {each.name: each for each in measure.row().figures}
    fixed = held(told["fixed_effect"], mean) if not between else {}
    return {**fixed, **held(told["random_effects"], mean), **held(told["prediction"], float(another))}


def cases_of_places() -> Iterator[Case]:
    """Few places and some more, as far apart as their own errors or not at all."""
    for k in (4, 10):
        yield Case("places_apart", k, partial(places, k=k, between=0.07))
        yield Case("places_alike", k, partial(places, k=k, between=0.0))
