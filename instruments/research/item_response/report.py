"""What item response theory finds: how items part people along a trait, and whether they do so alike in every group."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from instruments.faults import Fault
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import BLANK_GROUP
from instruments.research.datasets.splitting import are_first
from instruments.research.estimation.intervals import LEVEL
from instruments.research.estimation.roc import Floats
from instruments.research.faults import (
    NotConvergedError,
    ResearchError,
    SingleRaterError,
    TooFewItemsError,
    TooFewRowsError,
    UnknownColumnError,
)
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row
from instruments.research.item_response.item_functioning import ItemFunctioning, differential_functioning
from instruments.research.item_response.transformer import GradedResponse, standard_errors
from instruments.research.limits import limits

_SHOWN = np.arange(-3, 4)
_CURVE = np.linspace(-4, 4, 33)
_FIGURES = ("difference_in_levels", "distance_in_levels", "chi_square", "adjusted_p")


def irt(
    dataset: Dataset,
    groups: Sequence[str] = (),
    *,
    by_rater: bool = False,
    persons: bool = False,
    n_jobs: int | None = None,
) -> Report:
    """Fit the graded response model to the risk items and to the protective items, each with a trait of its own.

    Parameters
    ----------
    dataset : Dataset
        The first rating of each person is taken; for differential functioning by rater all ratings.
    groups : sequence of str
        Groups whose members are compared with all others, item by item.
    by_rater : bool
        Whether to compare what each rater gave with what all others gave.
    persons : bool
        Whether to tell the trait of each person, among the details.
    n_jobs : int, optional
        As in joblib.

    Raises
    ------
    NotConvergedError
        If a model does not settle.
    TooFewItemsError
        If no set has as many items as a trait needs; a set that has not, beside one that has, is told as such.
    UnknownColumnError, SingleRaterError
        If a group is not in the data, or nobody says who rated.
    """
    for name in groups:
        if name not in dataset.groups:
            raise UnknownColumnError("", name=name, known=list(dataset.groups.columns))
    first = are_first(dataset)
    fewest, needed = (limits().whole(name) for name in ("reported_trait_items", "trait_persons"))
    if (n := int(first.sum())) < needed:
        raise TooFewRowsError("", n=n, needed=needed)
    sets = {"risk": dataset.risk_items, "protective": dataset.protective_items}
    if all(len(items) < fewest for items in sets.values()):
        most = max(map(len, sets.values()))
        raise TooFewItemsError("", items=most, needed=fewest)
    models = {
        name: _fitted(dataset.ratings.loc[first, items], name) for name, items in sets.items() if len(items) >= fewest
    }
    kinds = {item.kind for item in dataset.instrument.items}
    left_out = {name: len(items) for name, items in sets.items() if name in kinds and name not in models}
    scores = {name: _scored(model, dataset.ratings.loc[first, sets[name]]) for name, model in models.items()}
    fitted = (_model(name, models[name], scores[name]) for name in models)
    rated = dataset.ratings[first].notna()
    sections = [
        section("irt_models", ("set",), [*fitted, *(_too_small(name, left_out[name], fewest) for name in left_out)]),
        *(section("irt_items", ("item",), _items(model, rated), "trait") for model in models.values()),
        section(
            "irt_information",
            ("set", "trait"),
            (row for name in models for row in _information(name, models[name], _known(scores[name]))),
        ),
    ]
    compared = [*_by_group(dataset, first, groups)]
    compared += _by_rater(dataset) if by_rater else []
    rows = tuple(
        row
        for column, value, ratings, inside in compared
        for name in models
        for row in _functioning(column, value, ratings[sets[name]], inside, n_jobs)
    )
    if rows:
        sections.append(section("item_functioning", ("group", "value", "item"), rows, "item_functioning"))
    details: dict[str, object] = {"information": {name: _curves(model) for name, model in models.items()}}
    if rows:
        names = ("item_functioning_persons", "item_functioning_significance", "item_functioning_difference")
        details["limits"] = limits().as_data(*names)
    if persons:
        details["persons"] = _people(dataset.keys[first], scores)
    return Report("irt", dataset.about(), tuple(each for each in sections if each.rows), details=details)


def _fitted(ratings: pd.DataFrame, name: str) -> GradedResponse:
    model = GradedResponse().fit(ratings)
    if not model.converged_:
        raise NotConvergedError(name, name=name, iterations=model.n_iter_)
    return model


def _scored(model: GradedResponse, ratings: pd.DataFrame) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whoever was not rated was told of when the model was fitted
        return model.person_scores(ratings)


def _known(scores: Floats) -> int:
    """How many were rated on an item of a set."""
    return int(np.count_nonzero(~np.isnan(scores[:, 0])))


def _model(name: str, model: GradedResponse, scores: Floats) -> Row:
    known, n = scores[~np.isnan(scores[:, 0])], _known(scores)
    explained, left = float(np.var(known[:, 0])), float(np.mean(known[:, 1] ** 2))
    return Row(
        (name,),
        (
            Figure("log_likelihood", model.log_likelihood_, n=n),
            Figure("items", len(model.items_), n=n),
            Figure("trait_reliability", explained / (explained + left), n=n),
        ),
    )


def _too_small(name: str, items: int, needed: int) -> Row:
    few = Fault("too-few-items", "", {"items": items, "needed": needed})
    names = ("log_likelihood", "items", "trait_reliability")
    return Row((name,), tuple(InsufficientEvidence(each, few) for each in names))


def _items(model: GradedResponse, rated: pd.DataFrame) -> Iterator[Row]:
    quantile = norm.ppf((1 + LEVEL) / 2)
    at_mean = model.information([0.0]).iloc[0]
    for place, name in enumerate(model.items_):
        values = [model.discriminations_[place], *model.locations_[place]]
        names = ["discrimination", *(f"location_{level}" for level in range(1, len(values)))]
        figures: list[Outcome] = []
        n = int(rated[name].sum())
        if model.errors_ is None:
            figures += [
                Figure(each, value, n=n, note="no_standard_error") for each, value in zip(names, values, strict=True)
            ]
        else:
            of_slope, of_locations = standard_errors(model.errors_, model.parameters_, place)
            for each, value, error in zip(names, values, [of_slope, *of_locations], strict=True):
                low, high = value - quantile * error, value + quantile * error
                figures.append(Figure(each, value, low, high, n=n, method="louis"))
        yield Row((name,), (*figures, Figure("information_at_mean", at_mean[name], n=n)))


def _information(name: str, model: GradedResponse, n: int) -> Iterator[Row]:
    for trait, information in model.information(_SHOWN)["test"].items():
        error = 1 / np.sqrt(1 + information)  # what is known of the trait beforehand counts as one
        yield Row((name, f"{trait:+.0f}"), (Figure("information", information, n=n), Figure("trait_error", error, n=n)))


def _curves(model: GradedResponse) -> dict[str, object]:
    table = model.information(_CURVE)
    return {"trait": _CURVE.tolist(), **{str(name): table[name].tolist() for name in table}}


def _people(keys: "pd.Series[str]", scores: dict[str, Floats]) -> list[dict[str, object]]:
    """The trait of each person and how sure it is; null for a person who was not rated."""
    people: list[dict[str, object]] = []
    for place, key in enumerate(keys):
        person: dict[str, object] = {"key": key}
        for name, table in scores.items():
            mean, spread = (None if np.isnan(each) else float(each) for each in table[place])
            person[name] = {"trait": mean, "error": spread}
        people.append(person)
    return people


_Truths = NDArray[np.bool_]
_Compared = tuple[str, str, pd.DataFrame, _Truths]


def _by_group(dataset: Dataset, first: "pd.Series[bool]", groups: Sequence[str]) -> Iterator[_Compared]:
    for name in groups:
        yield from _each_value(name, dataset.groups.loc[first, name].fillna(BLANK_GROUP), dataset.ratings[first])


def _by_rater(dataset: Dataset) -> Iterator[_Compared]:
    if dataset.raters is None:
        raise SingleRaterError()
    yield from _each_value("rater", dataset.raters, dataset.ratings)


def _each_value(name: str, values: "pd.Series[str]", ratings: pd.DataFrame) -> Iterator[_Compared]:
    """Every value but, of two, the more common one: it would be the same comparison the other way round."""
    common = values.value_counts()
    for value in common.index[1:] if len(common) == 2 else common.index:
        yield name, str(value), ratings, (values == value).to_numpy()


def _functioning(
    name: str,
    value: str,
    ratings: pd.DataFrame,
    inside: _Truths,
    n_jobs: int | None,
) -> Iterator[Row]:
    try:
        compared = differential_functioning(ratings, inside, n_jobs=n_jobs)
    except ResearchError as error:
        lacking = (InsufficientEvidence(each, error.fault, int(inside.sum())) for each in _FIGURES)
        yield Row((name, value, BLANK_GROUP), tuple(lacking))
        return
    for each in compared:
        yield Row((name, value, each.item), _figures(each))


def _figures(item: ItemFunctioning) -> tuple[Outcome, ...]:
    flagged = "works_differently" if item.is_flagged else ""
    distance = Figure("distance_in_levels", item.distance, n=item.n, method="unsigned_area", note=flagged)
    method = "louis" if item.low is not None else ""
    return (
        Figure("difference_in_levels", item.difference, item.low, item.high, n=item.n, method=method),
        distance,
        Figure("chi_square", item.chi_square, n=item.n, method="likelihood_ratio"),
        Figure("adjusted_p", item.adjusted_p, n=item.n, method="benjamini_hochberg"),
    )
