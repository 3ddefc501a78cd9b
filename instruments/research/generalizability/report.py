"""A generalizability study as a report: what makes ratings differ, and how many raters are enough."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import SUMMARY_RATING, Dataset
from instruments.research.datasets.splitting import are_repeated
from instruments.research.estimation.intervals import LEVEL
from instruments.research.estimation.roc import Floats
from instruments.research.faults import DuplicatePersonWarning, NoVariationError, OneLevelWarning, SingleRaterError
from instruments.research.figures.builders import insufficient, section
from instruments.research.figures.describing import item_warnings
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.generalizability.components import Components, estimate_components
from instruments.research.generalizability.dependability import Parts, Plan
from instruments.research.generalizability.designs import ITEM, OCCASION, PERSON, RATER, Design
from instruments.research.limits import limits
from instruments.research.reliability.report import is_rated_twice

RATERS = (1, 2, 3, 4)
_COMPONENTS = ("variance_component", "share_of_variance", "component_levels")
_COEFFICIENTS = ("generalizability", "dependability")
_NEEDED = ("raters_needed",)
_METHODS = {"expected_mean_squares": "generalized_ems", "restricted_likelihood": "generalized_reml"}
_UNIVERSES = {True: "items_fixed", False: "items_random"}


@dataclass(frozen=True)
class Study:
    """What one set of items, or one rating, shows.

    Parameters
    ----------
    name : str
        Of the items, of the score, or ``reoffending_risk`` for the summary rating.
    components : Components or InputError
        Or why there are none.
    persons : int
        Who was rated more than once.
    """

    name: str
    components: Components | InputError
    persons: int


def generalizability(
    dataset: Dataset,
    *,
    raters: Sequence[int] = RATERS,
    occasions: Sequence[int] = (1,),
    wanted: float | None = None,
    level: float = LEVEL,
) -> Report:
    """Variance components of persons, raters, items and occasions, and what other numbers of raters would give.

    Parameters
    ----------
    dataset : Dataset
        With ``raters``. Whoever was rated once is left out.
    raters, occasions : sequence of int
        How many are to rate a person, and how often, in a study to come.
    wanted : float, optional
        The dependability that is to be reached, between 0 and 1; by default that in ``limits.yaml``.
    level : float
        Confidence level.

    Returns
    -------
    Report
        Of the risk items, of the protective items, of the summary rating and of each published score. Its details hold
        the estimates as they were before negative ones were set to 0.

    Warns
    -----
    DuplicatePersonWarning
        If a rater rated anybody twice on an occasion; the first counts.
    AllMissingItemWarning
        For each item that is left out.

    Raises
    ------
    SingleRaterError
        If nobody was rated by two.
    InputError
        If a number of raters or occasions is less than 1, or the dependability not between 0 and 1.

    References
    ----------
    Brennan, R. L. (2001). Generalizability theory. Springer.
    """
    if not is_rated_twice(dataset):
        raise SingleRaterError()
    goal = limits().dependability.value if wanted is None else wanted
    if not 0 < goal < 1:
        raise InputError([Fault("dependability-off-range", "", {"value": goal})])
    if min((*raters, *occasions), default=0) < 1:
        raise InputError([Fault("plan-without-raters", "")])
    studies = tuple(_studies(dataset))
    components = [row for study in studies for row in _component_rows(study, level)]
    planned = [
        row for study in studies for row in _decision_rows(study, sorted(set(raters)), sorted(set(occasions)), level)
    ]
    needed = [row for study in studies for row in _needed_rows(study, goal, level)]
    return Report(
        "generalizability",
        dataset.about() | {"wanted": goal, "limits": limits().as_data("dependability")},
        (
            section("variance_components", ("set", "component"), components, "effects"),
            section("decision_study", ("set", "universe", "raters", "occasions"), planned, "coefficients"),
            section("raters_needed", ("set", "universe"), needed, "universes", "rounded_up"),
        ),
        details={"unrestricted": {each.name: _unrestricted(each) for each in studies}},
    )


def _studies(dataset: Dataset) -> Iterator[Study]:
    rows = pd.DataFrame({PERSON: dataset.persons, RATER: dataset.raters})
    rows[OCCASION] = "" if dataset.occasions is None else dataset.occasions
    if not (rows.groupby(PERSON)[OCCASION].nunique() > 1).any():
        rows[OCCASION] = ""
    again = are_repeated(rows, dataset)
    if again.any():
        persons = int(rows[PERSON][again].nunique())
        warnings.warn(DuplicatePersonWarning("", rows=int(again.sum()), persons=persons), stacklevel=4)
    rows = rows[~again & rows.notna().all(axis=1)]
    rows = rows[rows.groupby(PERSON)[RATER].transform("size") > 1]
    for name, items in (("risk", dataset.risk_items), ("protective", dataset.protective_items)):
        given = dataset.ratings.loc[rows.index, items]
        for warning in item_warnings(given):
            if not isinstance(warning, OneLevelWarning):  # an item on which all are alike belongs to the design
                warnings.warn(warning, stacklevel=4)
        if items and given.notna().any(axis=None):
            yield _study(name, rows, given)
    summary = dataset.summary_rating
    ratings = {} if summary is None else {SUMMARY_RATING: summary}
    ratings |= {str(score): dataset.scores[score] for score in dataset.scores}
    for name, values in ratings.items():
        if values[rows.index].notna().any():
            yield _study(name, rows, values[rows.index].to_frame())


def _study(name: str, rows: pd.DataFrame, given: pd.DataFrame) -> Study:
    values = given.to_numpy(np.float64)
    facets = {letter: np.repeat(rows[letter].to_numpy(), values.shape[1]) for letter in (PERSON, RATER, OCCASION)}
    facets = {**facets, ITEM: np.tile(np.arange(values.shape[1]), len(rows))}
    persons = int(rows[PERSON][~np.isnan(values).all(axis=1)].nunique())
    try:
        if persons < (needed := limits().whole("intraclass_persons")):
            raise InputError([Fault("too-few-rows", "", {"n": persons, "needed": needed})])
        if np.nanmax(values) == np.nanmin(values):
            raise NoVariationError("", name=name)
        design = Design.of(values.ravel(), facets)
        _refuse_many_raters(design)
        return Study(name, estimate_components(design), persons)
    except InputError as error:
        return Study(name, error, persons)


def _refuse_many_raters(design: Design) -> None:
    """With items, what raters do on each is one matrix, which grows with the square of both."""
    raters, most = design.number(RATER), limits().whole("intraclass_raters")
    if raters > most and ITEM in design.facets and not design.nested[RATER] and not design.is_balanced:
        raise InputError([Fault("many-raters", "", {"raters": raters, "most": most})])


def _unrestricted(study: Study) -> dict[str, float]:
    if isinstance(study.components, InputError):
        return {}
    design = study.components.design
    return {design.name(effect): value for effect, value in study.components.unrestricted.items()}


def _component_rows(study: Study, level: float) -> Iterator[Row]:
    found = study.components
    if isinstance(found, InputError):
        yield Row((study.name, ""), insufficient(_COMPONENTS, found, study.persons))
        return
    whole = sum(found.values.values())
    for effect, value in found.values.items():
        low, high = (max(float(end), 0.0) for end in _ends(found.drawn[effect], level))
        note = "set_to_zero" if found.unrestricted[effect] < 0 else ""
        method = _METHODS[found.method]
        figures: tuple[Outcome, ...] = (
            Figure("variance_component", value, low, max(high, value), level, study.persons, method, note),
            Figure("share_of_variance", value / whole, n=study.persons),
            Figure("component_levels", len(found.design.counts[effect]), n=study.persons),
        )
        yield Row((study.name, found.design.name(effect)), figures)


def _universes(design: Design) -> tuple[bool, ...]:
    """Whether items are fixed: both where there are several, and as they are where there is one thing that is rated."""
    return (True, False) if ITEM in design.facets else (True,)


def _parts(found: Components, plan: Plan) -> tuple[Parts, Parts]:
    drawn = {effect: np.maximum(values, 0) for effect, values in found.drawn.items()}
    return plan.parts(found.design, found.values), plan.parts(found.design, drawn)


def _decision_rows(study: Study, raters: Sequence[int], occasions: Sequence[int], level: float) -> Iterator[Row]:
    found = study.components
    if isinstance(found, InputError):
        yield Row((study.name, "", "", ""), insufficient(_COEFFICIENTS, found, study.persons))
        return
    times = occasions if OCCASION in found.design.facets else (1,)
    for fixes in _universes(found.design):
        for number, often in ((number, often) for often in times for number in raters):
            parts, drawn = _parts(found, Plan(number, often, found.design.number(ITEM), fixes))
            figures: list[Outcome] = []
            for name in _COEFFICIENTS:
                value, draws = float(getattr(parts, name)), getattr(drawn, name)
                if not np.isfinite(value):
                    none = Fault("no-variation", "", {"name": study.name})
                    figures.append(InsufficientEvidence(name, none, study.persons))
                    continue
                low, high = _ends(draws[np.isfinite(draws)], level)
                method = _METHODS[found.method]
                figures.append(Figure(name, value, min(low, value), max(high, value), level, study.persons, method))
            yield Row((study.name, _UNIVERSES[fixes], str(number), str(often)), tuple(figures))


def _needed_rows(study: Study, wanted: float, level: float) -> Iterator[Row]:
    found = study.components
    if isinstance(found, InputError):
        yield Row((study.name, ""), insufficient(_NEEDED, found, study.persons))
        return
    for fixes in _universes(found.design):
        parts, drawn = _parts(found, Plan(1, 1, found.design.number(ITEM), fixes))
        value, draws = float(parts.raters_for(wanted)), drawn.raters_for(wanted)
        labels = study.name, _UNIVERSES[fixes]
        if not np.isfinite(value):
            never = Fault("never-dependable", "", {"wanted": wanted})
            yield Row(labels, (InsufficientEvidence("raters_needed", never, study.persons),))
            continue
        low, high = _ends(draws, level, method="inverted_cdf")
        method = _METHODS[found.method]
        if np.isfinite(high):
            figure = Figure("raters_needed", value, min(low, value), max(high, value), level, study.persons, method)
        else:
            figure = Figure("raters_needed", value, None, None, level, study.persons, method, "raters_without_end")
        yield Row(labels, (figure,))


def _ends(draws: Floats, level: float, method: str = "linear") -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], method=method)  # type: ignore[call-overload]
    return float(low), float(high)
