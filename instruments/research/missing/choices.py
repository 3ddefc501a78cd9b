"""How much a conclusion rests on what is done about blanks: the ways side by side, and what changes between them."""

from collections.abc import Iterator

import numpy as np

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import scores_of
from instruments.research.estimation.intervals import reach_of
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Row
from instruments.research.limits import limits
from instruments.research.missing.imputing import Completed, pooled_alpha, pooled_coefficients
from instruments.research.missing.prorating import items_of
from instruments.research.missing.rubin import Pooled
from instruments.research.reliability.consistency import Covariances, cronbach_alpha

_ENDS = ("auc_lowest", "auc_highest")
_COEFFICIENTS = ("intercept", "slope")


def conclusion(areas: Row, pooled: Pooled | None, *, is_complete: bool) -> Row:
    """How far the areas of a score lie apart, and whether all ways lead to the same conclusion.

    The conclusion is that the lower limit of the area lies above chance. The ways are to leave out, to prorate, to
    impute, and to fill in whatever it takes to make the area low; a way that gives no interval is not counted.

    Parameters
    ----------
    areas : Row
        The areas of a score by the ways.
    pooled : Pooled or None
        The imputed one, as it was pooled.
    is_complete : bool
        Whether neither the score nor the outcome has a blank, so that there is nothing to choose.
    """
    told = {each.name: each for each in areas.figures if isinstance(each, Figure)}
    chosen = [each.value for name, each in told.items() if name not in _ENDS]
    ends = [told[name].value for name in _ENDS if name in told]
    n = max((each.n for each in told.values()), default=0)
    lower = [each.low for name, each in told.items() if name != "auc_highest" and each.low is not None]
    above = sum(low > limits().chance_area.value for low in lower)
    note = "conclusion_turns" if 0 < above < len(lower) else ""
    return Row(
        areas.labels,
        (
            _spread("largest_difference", chosen, n),
            _spread("bounds_apart", ends, n),
            *_ways(above, len(lower), note, n, is_complete=is_complete),
            InsufficientEvidence("fraction_missing", Fault("no-imputed-area", ""), n)
            if pooled is None
            else Figure("fraction_missing", pooled.fraction_missing, n=n),
        ),
    )


def _ways(above: int, told: int, note: str, n: int, *, is_complete: bool) -> tuple[Outcome, Outcome]:
    """In how many of the ways the lower limit lies above chance; nothing where there is no choice, or no interval."""
    if is_complete or not told:
        reason = Fault("no-choice-of-blanks" if is_complete else "no-interval-by-any-way", "")
        return InsufficientEvidence("ways_above_chance", reason, n), InsufficientEvidence("ways_told", reason, n)
    return Figure("ways_above_chance", above, n=n, note=note), Figure("ways_told", told, n=n)


def _spread(name: str, values: list[float], n: int) -> Outcome:
    if len(values) < 2:
        return InsufficientEvidence(name, Fault("one-way-only", ""), n)
    return Figure(name, max(values) - min(values), n=n)


def coefficient_rows(
    dataset: Dataset, filled: Completed, score: str, published: tuple[float, float] | None, level: float = 0.95
) -> Iterator[Row]:
    """Calibration and alpha of a score, without those who have blanks and imputed.

    Parameters
    ----------
    published : (float, float) or None
        Intercept and slope of published log odds; without it, those of the score itself are told.
    """
    line = published or (0.0, 1.0)
    yield Row((score, "blanks_left_out"), tuple(_complete(dataset, filled.outcome, score, line, level)))
    coefficients = (each for each, _ in pooled_coefficients(filled, score, line, level))
    yield Row((score, "blanks_imputed"), (*coefficients, pooled_alpha(filled, score, level)[0]))


def _complete(dataset: Dataset, outcome: str, score: str, line: tuple[float, float], level: float) -> Iterator[Outcome]:
    values, happened = scores_of(dataset)[score], dataset.outcomes[outcome]
    rows = values.notna() & happened.notna()
    n = int(rows.sum())
    try:
        design = line[0] + line[1] * values[rows].to_numpy(np.float64)
        fit = fit_logistic(happened[rows].to_numpy(), design[:, None], (score,))
        for name, value, error in zip(_COEFFICIENTS, fit.coefficients, fit.standard_errors, strict=True):
            reach = reach_of(level) * float(error)
            yield Figure(name, value, value - reach, value + reach, level, n, "logistic")
    except InputError as error:
        yield from (InsufficientEvidence(name, error.faults[0], n) for name in _COEFFICIENTS)
    items = dataset.ratings[[item.id for item in items_of(dataset, score)]].dropna()
    yield cronbach_alpha(Covariances.of(items), level)
