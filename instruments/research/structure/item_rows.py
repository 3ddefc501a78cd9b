"""What a report tells of each item and of each two items of a set."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from scipy.stats import false_discovery_control

from instruments.faults import Fault
from instruments.research.estimation.intervals import LEVEL, on_fisher_scale
from instruments.research.estimation.roc import Floats
from instruments.research.faults import ResearchError
from instruments.research.figures.builders import insufficient
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row
from instruments.research.limits import limits
from instruments.research.structure.item_fit import ItemFit
from instruments.research.structure.mokken import Scalability, h_figure
from instruments.research.structure.pairs import above_diagonal
from instruments.research.structure.polychoric import Polychoric
from instruments.research.structure.scale import Scale, attempt

_ITEM_FIT = ("chi_square", "degrees", "adjusted_p")


def item_rows(scale: Scale) -> Iterator[Row]:
    """How each item goes with the others, and how its levels follow the model."""
    names = tuple(map(str, scale.ratings))
    scalable, fits = attempt(lambda: scale.scalability), attempt(lambda: scale.fits)
    adjusted = _adjusted([None] * len(names) if isinstance(fits, ResearchError) else [each.p for each in fits])
    for place, name in enumerate(names):
        figures: list[Outcome] = []
        if isinstance(scalable, ResearchError):
            figures += insufficient(("item_h", "monotonicity_violations"), scalable, scale.fewest)
        else:
            figures.append(_item_h(scalable, place))
            figures.append(Figure("monotonicity_violations", scale.violations[place], n=scalable.n))
        if isinstance(fits, ResearchError):
            figures += insufficient(_ITEM_FIT, fits, scale.fewest)
        else:
            figures += _item_fit(fits[place], adjusted[place])
        yield Row((scale.name, name), tuple(figures))


def _item_fit(fit: ItemFit, p: float | None) -> tuple[Outcome, ...]:
    if p is None:
        nothing_left = Fault("no-degrees", "")
        return tuple(InsufficientEvidence(name, nothing_left, fit.n) for name in _ITEM_FIT)
    return (
        Figure("chi_square", fit.statistic, n=fit.n, method="s_x2"),
        Figure("degrees", fit.degrees, n=fit.n),
        Figure("adjusted_p", p, n=fit.n, method="benjamini_hochberg"),
    )


def _item_h(given: Scalability, place: int) -> Figure:
    figure = h_figure(
        "item_h", float(given.items[place]), float(given.item_errors[place]), given.n, outside=given.outside[place]
    )
    if figure.high is not None and figure.high < limits().item_scalability.value:
        return Figure(
            figure.name, figure.value, figure.low, figure.high, LEVEL, figure.n, figure.method, "hardly_scalable"
        )
    return figure


def _adjusted(given: list[float | None]) -> list[float | None]:
    """Benjamini and Hochberg's p of those that are known."""
    known = [place for place, p in enumerate(given) if p is not None]
    adjusted: list[float | None] = [None] * len(given)
    if known:
        for place, p in zip(known, false_discovery_control([given[place] for place in known]), strict=True):
            adjusted[place] = float(p)
    return adjusted


def pair_rows(scale: Scale, *, every: bool) -> Iterator[Row]:
    """Each two items, or only those that stand out."""
    names = tuple(map(str, scale.ratings))
    known, scalable, left = (
        attempt(lambda: scale.polychoric),
        attempt(lambda: scale.scalability),
        attempt(lambda: scale.residuals),
    )
    if all(isinstance(each, ResearchError) for each in (known, scalable, left)):
        return
    bound = np.inf if isinstance(left, ResearchError) else above_diagonal(left).mean() + limits().local_dependence.value
    for one, other in combinations(range(len(names)), 2):
        figures: list[Outcome] = []
        if isinstance(known, ResearchError):
            figures += insufficient(("polychoric",), known, scale.fewest)
        else:
            figures.append(polychoric_figure(known, one, other))
        if isinstance(scalable, ResearchError):
            figures += insufficient(("pair_h",), scalable, scale.fewest)
        else:
            value, error, outside = (
                float(each[one, other]) for each in (scalable.pairs, scalable.pair_errors, scalable.pairs_outside)
            )
            figures.append(h_figure("pair_h", value, error, scalable.n, outside=outside))
        if isinstance(left, ResearchError):
            figures += insufficient(("q3",), left, scale.fewest)
        else:
            q3 = float(left[one, other])
            figures.append(Figure("q3", q3, n=len(scale.complete), note="dependent" if q3 > bound else ""))
        if every or any(_stands_out(each) for each in figures):
            yield Row((scale.name, names[one], names[other]), tuple(figures))


def _stands_out(each: Outcome) -> bool:
    """Whether a pair shares more than the trait, orders people against the scale, or has no end to its correlation."""
    if not isinstance(each, Figure):
        return False
    return each.note in ("dependent", "endless") or (each.name == "pair_h" and each.high is not None and each.high < 0)


def polychoric_figure(given: Polychoric, one: int, other: int, level: float = LEVEL) -> Figure:
    """The polychoric correlation of two items with its interval on Fisher's scale.

    There is none where it goes to -1 or 1, or where fewer people than the limit are outside the commonest level of one
    of the two: intervals then held the truth far too seldom in simulations.
    """
    value, error = (float(each[one, other]) for each in (given.matrix, given.errors))
    n = int(given.n[one, other])
    ends = on_fisher_scale(value, error, level, n - 1) if np.isfinite(error) else None
    if ends is None:
        return Figure("polychoric", value, level=level, n=n, method="two_step", note="endless")
    if given.outside[one, other] < limits().outside_commonest_level.value:
        return Figure("polychoric", value, level=level, n=n, method="two_step", note="few_outside")
    return Figure("polychoric", value, *ends, level, n, "two_step")


def _known_errors(errors: Floats, outside: Floats) -> list[list[float | None]]:
    """Standard errors; None where there is none, or where an interval by it would promise too much."""
    promised = np.isfinite(errors) & (outside >= limits().outside_commonest_level.value)
    np.fill_diagonal(promised, True)
    return [
        [float(each) if is_promised else None for each, is_promised in zip(row, of_row, strict=True)]
        for row, of_row in zip(errors, promised, strict=True)
    ]


def matrices(scale: Scale) -> dict[str, object]:
    """What there is of each two items, to go on with: rows and columns in the order of the names."""
    told: dict[str, object] = {"items": list(map(str, scale.ratings))}
    known, scalable, left = (
        attempt(lambda: scale.polychoric),
        attempt(lambda: scale.scalability),
        attempt(lambda: scale.residuals),
    )
    if not isinstance(known, ResearchError):
        errors = _known_errors(known.errors, known.outside)
        told |= {"polychoric": known.matrix.tolist(), "standard_errors": errors, "n": known.n.astype(int).tolist()}
    if not isinstance(scalable, ResearchError):
        errors = _known_errors(scalable.pair_errors, scalable.pairs_outside)
        told |= {"pair_h": scalable.pairs.tolist(), "pair_h_errors": errors}
    if not isinstance(left, ResearchError):
        told["q3"] = left.tolist()
    return told
