"""Internal-external validation: each place is foretold from all others, and what another place may show.

References
----------
Debray, T. P. A., Moons, K. G. M., Ahmed, I., Koffijberg, H. & Riley, R. D. (2013). A framework for developing,
implementing, and evaluating clinical prediction models in an individual participant data meta-analysis. Statistics in
Medicine 32, 3158-3180.
Snell, K. I. E., Ensor, J., Debray, T. P. A., Moons, K. G. M. & Riley, R. D. (2018). Meta-analysis of prediction model
performance across multiple studies: which scale helps ensure between-study normality for the C-statistic and
calibration measures? Statistical Methods in Medical Research 27, 3505-3522.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scipy.special import expit, logit

from instruments.faults import InputError
from instruments.research.calibration.measures import Calibration, Estimate
from instruments.research.estimation.effects import combine
from instruments.research.estimation.intervals import reach_of
from instruments.research.estimation.roc import Area
from instruments.research.figures.builders import area_figure, insufficient, section
from instruments.research.figures.figure import Figure, Outcome, Row, Section

_OF_A_PLACE = ("auc", "slope", "in_the_large")
_BETWEEN = ("mean_over_places", "another_place", "deviation_between", "inconsistency")


@dataclass(frozen=True)
class PlaceJudged:
    """What was found in a place by a curve that was fitted to all others.

    Parameters
    ----------
    calibration : Calibration
    area : Area
    """

    calibration: Calibration
    area: Area

    def estimates(self, level: float) -> dict[str, tuple[float, float] | None]:
        """By figure the estimate and its variance: areas as log odds; None where there is no variance to go by."""
        freedom = self.calibration.clusters.count - 1 if self.calibration.clusters is not None else None
        reach, area = reach_of(level, freedom), self.area
        told: dict[str, tuple[float, float] | None] = {"auc": None}
        if area.variance and 0 < area.value < 1:
            told["auc"] = float(logit(area.value)), area.variance / (area.value * (1 - area.value)) ** 2
        for name in _OF_A_PLACE[1:]:
            each: Estimate | None = getattr(self.calibration, name)
            known = each is not None and each.high is not None and each.high > each.value
            told[name] = (each.value, ((each.high - each.value) / reach) ** 2) if known and each and each.high else None
        return told


def place_sections(judged: Mapping[str, PlaceJudged | InputError], level: float = 0.95) -> tuple[Section, ...]:
    """Area, slope and calibration in the large of each place, and random effects between places.

    Parameters
    ----------
    judged : mapping of str to PlaceJudged or InputError
        By place; why nothing is told of it, where it is too small or could not be left out.
    level : float
        Confidence level.
    """
    return (
        section("places", ("place",), _rows_of_places(judged, level), "place_left_out"),
        section("between_places", ("measure",), _rows_between(judged, level), "random_effects"),
    )


def _rows_of_places(judged: Mapping[str, PlaceJudged | InputError], level: float) -> Iterator[Row]:
    for place, one in judged.items():
        if isinstance(one, InputError):
            yield Row((place,), insufficient(_OF_A_PLACE, one, 0))
            continue
        figures: list[Outcome] = [area_figure(one.area, level)]
        for name in _OF_A_PLACE[1:]:
            each: Estimate | None = getattr(one.calibration, name)
            if each is not None:  # the curve of other places never reaches 0 or 1
                method = one.calibration.intervals[name]
                figures.append(Figure(name, each.value, each.low, each.high, level, one.calibration.n, method))
        yield Row((place,), tuple(figures))


def _rows_between(judged: Mapping[str, PlaceJudged | InputError], level: float) -> Iterator[Row]:
    known = [one for one in judged.values() if isinstance(one, PlaceJudged)]
    for name in _OF_A_PLACE:
        found = [(one, estimate) for one in known if (estimate := one.estimates(level)[name]) is not None]
        n = sum(one.area.n for one, _ in found)
        try:
            together = combine([each for _, (each, _) in found], [variance for _, (_, variance) in found], level=level)
        except InputError as error:
            yield Row((name,), insufficient(_BETWEEN, error, n))
            continue
        back = expit if name == "auc" else float
        mean, (low, high) = float(back(together.mean)), together.interval
        far = None if together.prediction is None else [float(back(end)) for end in together.prediction]
        least, most = far or (None, None)
        note = "" if far else "two_places"
        yield Row(
            (name,),
            (
                Figure("mean_over_places", mean, float(back(low)), float(back(high)), level, n, "random_effects"),
                Figure("another_place", mean, least, most, level, n, "prediction", note),
                Figure("deviation_between", together.between**0.5, n=n),
                Figure("inconsistency", together.inconsistency, n=n),
            ),
        )
