"""How far places differ: every place on a scale on which its figure is nearly normal, and what they say together.

References
----------
Snell, K. I. E., Ensor, J., Debray, T. P. A., Moons, K. G. M. & Riley, R. D. (2018). Meta-analysis of prediction model
performance across multiple studies: which scale helps ensure between-study normality for the C-statistic and
calibration measures? Statistical Methods in Medical Research 27, 3505-3522.
Bonett, D. G. (2002). Sample size requirements for testing and estimating coefficient alpha. Journal of Educational and
Behavioral Statistics 27, 335-340.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, logit

from instruments.faults import Fault, InputError
from instruments.research.estimation.effects import combine
from instruments.research.estimation.intervals import LEVEL, Interval, reach_of
from instruments.research.figures.builders import insufficient
from instruments.research.figures.figure import Figure, Outcome, Row

_FIGURES = ("fixed_effect", "random_effects", "prediction", "between_deviation", "inconsistency", "p")
Function = Callable[[float], float]


@dataclass(frozen=True)
class Scale:
    """A scale: there and back."""

    there: Function
    back: Function


IDENTITY = Scale(float, float)
LOG_ODDS = Scale(lambda value: float(logit(value)), lambda value: float(expit(value)))
LOGARITHM = Scale(lambda value: float(np.log(value)), lambda value: float(np.exp(value)))
FISHER = Scale(lambda value: float(np.arctanh(value)), lambda value: float(np.tanh(value)))
#: Of what an alpha lacks; turned round, so that a higher alpha is higher.
LACKING = Scale(lambda value: -float(np.log1p(-value)), lambda value: 1 - float(np.exp(-value)))


@dataclass
class Measure:
    """One figure of several places.

    Parameters
    ----------
    labels : (str, str)
        The figure, and what it is about.
    scale : Scale
    estimates, variances : list of float
        On the scale.
    lacking : int
        Places that have no interval, which would tell how much they say.
    """

    labels: tuple[str, str]
    scale: Scale
    estimates: list[float] = field(default_factory=list)
    variances: list[float] = field(default_factory=list)
    lacking: int = 0

    def add(self, value: float, variance: float | None) -> None:
        """Add a place, with the variance on the scale."""
        if variance is None or not variance > 0:
            self.lacking += 1
            return
        self.estimates.append(self.scale.there(value))
        self.variances.append(variance)

    def add_figure(self, each: Outcome, freedom: Callable[[int], float | None] = lambda n: None) -> None:
        """Add a place by the interval of its figure, which is even on the scale."""
        if not isinstance(each, Figure) or each.low is None or each.high is None:
            self.lacking += 1
            return
        width = self.scale.there(each.high) - self.scale.there(each.low)
        self.add(each.value, (width / 2 / reach_of(each.level, freedom(each.n))) ** 2)

    def row(self, level: float = LEVEL) -> Row:
        """What the places say together."""
        places = len(self.estimates)
        try:
            found = combine(self.estimates, self.variances, level=level)
        except InputError as error:
            return Row(self.labels, insufficient(_FIGURES, error, places))
        back = self.scale.back
        note = "places_without_interval" if self.lacking else ""

        def ends(interval: Interval) -> Interval:
            return back(interval[0]), back(interval[1])

        told: list[Outcome] = [
            Figure(
                "fixed_effect", back(found.fixed), *ends(found.fixed_interval), level, places, "inverse_variance", note
            ),
            Figure("random_effects", back(found.mean), *ends(found.interval), level, places, "hartung_knapp", note),
        ]
        if found.prediction is None:
            few = Fault("too-few-places", "", {"places": places, "needed": 3})
            told += insufficient(("prediction",), InputError([few]), places)
        else:
            told.append(
                Figure(
                    "prediction",
                    back(found.mean),
                    *ends(found.prediction),
                    level,
                    places,
                    "confidence_distribution",
                    note,
                )
            )
        told += [
            Figure("between_deviation", found.between**0.5, n=places, method="reml", note=note),
            Figure("inconsistency", found.inconsistency, n=places),
            Figure("p", found.p, n=places, method="cochran_q"),
        ]
        return Row(self.labels, tuple(told))


def rows_between(measures: Sequence[Measure]) -> Iterator[Row]:
    """A row for each figure that any place has."""
    yield from (each.row() for each in measures if each.estimates)
