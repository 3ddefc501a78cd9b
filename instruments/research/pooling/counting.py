"""From the rows of one place to the sums that its plan asks for, with everything that has to be in company.

Where the plan has an outcome, everybody is counted of whom score and outcome are known, and nobody else in any part:
parts on nearly the same persons would tell of the few by whom they differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import SUMMARY_RATING, Dataset
from instruments.research.datasets.scores import find_outcome, find_score
from instruments.research.datasets.splitting import are_first, first_ratings, select
from instruments.research.estimation.roc import Floats
from instruments.research.faults import UnknownColumnError
from instruments.research.limits import limits
from instruments.research.pooling.alike import by_both, by_first, by_number, by_values
from instruments.research.pooling.company import Counted, Levels
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.sets import products_that_follow, sets_but_one_item_apart
from instruments.research.pooling.sums import (
    EVERYBODY_ELSE,
    ItemSums,
    LevelCounts,
    OutcomeSums,
    Parts,
    RatingSums,
    SeveralRaters,
)
from instruments.research.pooling.totals import totals_that_follow
from instruments.research.reliability.agreement import Ratings, coincidences
from instruments.research.reliability.report import by_rater


def count(dataset: Dataset, plan: PoolingPlan) -> Counted:
    """Count what a plan asks for.

    Raises
    ------
    InputError
        If the data were read by another instrument, a person stands in several rows or has several occasions, a score
        lies below the lowest level, a rater of the plan did not rate everybody, or a name is not in the data.
    """
    _require_fit(dataset, plan)
    dataset = replace(dataset, occasions=None)  # everybody has one
    counted = Counted()
    parts: dict[str, object] = {}
    if plan.outcome is not None:
        dataset = _with_outcome(dataset, plan)
        first = first_ratings(dataset)
        parts["outcome"] = _outcome(first, plan)
        score = find_score(first, str(plan.score)).set_axis(first.persons)
        counted.levels.append(Levels("outcome", str(plan.score), plan.levels, score))
        counted.persons["outcome"] = frozenset(dataset.persons)
    if plan.agreement:
        parts |= _agreement(dataset, plan, counted)
    if plan.consistency:
        parts["consistency"] = _consistency(dataset, plan, counted)
    if plan.intraclass:
        parts["intraclass"] = {name: _intraclass(dataset, plan, name, counted) for name in plan.intraclass}
    counted.parts = Parts.model_validate(parts)
    return counted


def _require_fit(dataset: Dataset, plan: PoolingPlan) -> None:
    used = f"{dataset.instrument.id}@{dataset.instrument.version}"
    if used != plan.instrument:
        raise InputError([Fault("plan-other-instrument", "", {"planned": plan.instrument, "used": used})])
    if dataset.raters is None and dataset.persons.duplicated().any():
        again = dataset.persons.duplicated()
        numbers = {"rows": int(again.sum()), "persons": int(dataset.persons[again].nunique())}
        raise InputError([Fault("duplicate-persons", "", numbers)])
    if dataset.occasions is not None and (dataset.occasions.groupby(dataset.persons).nunique() > 1).any():
        raise InputError([Fault("sums-occasions", "")])


def _with_outcome(dataset: Dataset, plan: PoolingPlan) -> Dataset:
    """The rows of those whose score and outcome are known from their first rating."""
    first = first_ratings(dataset)
    known = find_score(first, str(plan.score)).notna() & first.outcomes[find_outcome(first, plan.outcome)].notna()
    return select(dataset, dataset.persons.isin(set(first.persons[known])))


def levels_of(score: "pd.Series[float]", plan: PoolingPlan) -> NDArray[np.int64]:
    """The place of each score's level.

    Raises
    ------
    InputError
        If a score lies below the lowest level.
    """
    level = np.searchsorted(np.array(plan.levels, dtype=np.float64), score.to_numpy(np.float64), side="right") - 1
    if (level < 0).any():
        raise InputError([Fault("score-below-levels", "", {"name": plan.score, "lowest": plan.levels[0]})])
    return np.asarray(level, dtype=np.int64)


def _outcome(first: Dataset, plan: PoolingPlan) -> OutcomeSums:
    level = levels_of(find_score(first, str(plan.score)), plan)
    happened = first.outcomes[str(plan.outcome)].to_numpy() == 1

    def counts(rows: NDArray[np.bool_]) -> LevelCounts:
        sides = (np.bincount(level[rows & side], minlength=len(plan.levels)).tolist() for side in (~happened, happened))
        return LevelCounts(without=tuple(next(sides)), happened=tuple(next(sides)))

    groups = {}
    for name, told in plan.groups.items():
        if name not in first.groups:
            raise UnknownColumnError("", name=name, known=[str(each) for each in first.groups])
        values = first.groups[name]
        rows = {value: (values == value).to_numpy(dtype=bool) for value in told}
        rows[EVERYBODY_ELSE] = ~values.isin(list(told)).to_numpy(dtype=bool)
        groups[name] = {value: counts(here) for value, here in rows.items()}
    return OutcomeSums(everybody=counts(np.ones(len(first), dtype=bool)), groups=groups)


def _tables(dataset: Dataset, plan: PoolingPlan, values: Mapping[str, "pd.Series[float]"]) -> dict[str, pd.DataFrame]:
    """Who rated whom how, of those who are rated as the plan asks on every variable; a row a person."""
    tables = {name: by_rater(each, dataset) for name, each in values.items()}
    if plan.raters:
        for table in tables.values():
            for rater in plan.raters:
                if rater not in table:
                    raise UnknownColumnError("", name=rater, known=[str(each) for each in table])
        tables = {name: table[list(plan.raters)] for name, table in tables.items()}
    needed = len(plan.raters) or 2
    complete = pd.concat([table.notna().sum(axis=1) >= needed for table in tables.values()], axis=1).all(axis=1)
    return {name: table[complete] for name, table in tables.items()}


def _agreement(dataset: Dataset, plan: PoolingPlan, counted: Counted) -> dict[str, object]:
    values = {name: _rated(dataset, name) for name in plan.agreement}
    tables = _tables(dataset, plan, values)
    counted.persons["agreement"] = frozenset(next(iter(tables.values())).index)
    pairs, several = {}, {}
    for name, table in tables.items():
        starts = plan.agreement[name]
        for rater in plan.raters or (None,):  # of unnamed raters, the first rating stands for all
            codes = table.bfill(axis=1).iloc[:, 0] if rater is None else table[rater]
            told = "agreement" if rater is None else f"agreement ({rater})"
            counted.levels.append(Levels(told, name, starts, codes))
        coarse = table.apply(lambda codes, starts=starts: codes.map(lambda code: _coarse(code, starts)))
        if len(plan.raters) == 2:
            levels = len(starts)
            first, second = (coarse[rater].to_numpy(np.int64) for rater in plan.raters)
            cells = np.bincount(first * levels + second, minlength=levels**2).reshape(levels, levels)
            pairs[name] = tuple(map(tuple, cells.tolist()))
        else:
            several[name] = _several(name, coarse, len(starts), counted)
            if plan.consistency or plan.outcome:  # levels of the first rating are told as well
                counted.cells |= by_first(f"agreement.{name}", coarse)
    return {"pairs": pairs, "several": several}


def _coarse(code: float, starts: tuple[int, ...]) -> float:
    return code if np.isnan(code) else float(np.searchsorted(starts, code, side="right") - 1)


def _rated(dataset: Dataset, name: str) -> "pd.Series[float]":
    summary = dataset.summary_rating
    if name == SUMMARY_RATING and summary is not None:
        return summary
    return _items(dataset, [name])[name]


def _items(dataset: Dataset, names: list[str]) -> pd.DataFrame:
    for name in names:
        if name not in dataset.ratings:
            raise UnknownColumnError("", name=name, known=[str(each) for each in dataset.ratings])
    return dataset.ratings[names]


def _several(name: str, table: pd.DataFrame, levels: int, counted: Counted) -> SeveralRaters:
    if not len(table):
        return SeveralRaters(
            persons=0,
            ratings_each=None,
            category_totals=(0,) * levels,
            squares=0,
            coincidences=((0,) * levels,) * levels,
        )
    counts = Ratings.of(table, levels).counts()
    rated = counts.sum(axis=1)
    counted.cells |= by_both(f"agreement.{name}", counts)
    counted.cells[f"agreement.{name}, ="] = int(((counts > 0).sum(axis=1) == 1).sum())
    counted.cells |= by_number(f"agreement.{name}", rated)
    return SeveralRaters(
        persons=len(counts),
        ratings_each=int(rated[0]) if (rated == rated[0]).all() else None,
        category_totals=tuple(int(each) for each in counts.sum(axis=0)),
        squares=int((counts**2).sum()),
        coincidences=tuple(map(tuple, coincidences(counts).sum(axis=0).reshape(levels, levels).tolist())),
    )


def _consistency(dataset: Dataset, plan: PoolingPlan, counted: Counted) -> dict[str, ItemSums]:
    items = list(dict.fromkeys(item for each in plan.consistency.values() for item in each))
    first = are_first(dataset)
    known = _items(dataset, items)[first].set_axis(dataset.persons[first]).dropna()
    counted.persons["consistency"] = frozenset(known.index)
    for item in items:
        codes = known[item]
        numbers = codes.value_counts()
        counted.cells |= {f"consistency {item}, {code:g}": int(numbers[code]) for code in sorted(numbers.index)}
        starts = tuple(range(len(dataset.instrument.levels(dataset.instrument.item(item)))))
        counted.levels.append(Levels("consistency", item, starts, codes))
    for one, other in products_that_follow(plan.consistency):
        both = known[[one, other]].value_counts()
        counted.cells |= {f"consistency {one} × {other}, {code}": int(number) for code, number in both.items()}
    counted.faults += [
        Fault("sums-of-one-item", f"consistency.{name}", {"other": other})
        for name, other in sets_but_one_item_apart(plan.consistency)
    ]
    for name, each in plan.consistency.items():
        total = known[list(each)].sum(axis=1)
        _add_totals(counted, f"consistency.{name}", total.to_numpy(), _levels_of_total(dataset, plan, total, counted))
    scale = {item.id: len(dataset.instrument.levels(item)) for item in dataset.items}
    return {name: _item_sums(known[list(each)], scale) for name, each in plan.consistency.items()}


def _levels_of_total(dataset: Dataset, plan: PoolingPlan, total: "pd.Series[float]", counted: Counted) -> list[float]:
    """Where levels begin that are told of the very same total of the same persons; else none."""
    if plan.score is None or counted.persons["consistency"] != counted.persons["outcome"]:
        return []
    first = first_ratings(dataset)
    score = find_score(first, plan.score).set_axis(first.persons)
    return [float(each) for each in plan.levels] if (score[total.index] == total).all() else []


def _add_totals(counted: Counted, part: str, values: Floats, starts: Sequence[float] = ()) -> None:
    """Count those whose total follows from its sums though few have it; refuse totals of which that is not tried."""
    highest = limits().whole("highest_total")
    if not ((values >= 0) & (values == np.rint(values)) & (values <= highest)).all():
        counted.faults.append(Fault("sums-not-checked", part, {"highest": highest}))
    elif len(values):
        numbers = np.bincount(values.astype(np.int64))
        for total in totals_that_follow(numbers, limits().whole("small_count"), starts):
            counted.cells[f"{part} = {total}"] = int(numbers[total])


def _item_sums(ratings: pd.DataFrame, scale: Mapping[str, int]) -> ItemSums:
    total = ratings.sum(axis=1)
    return ItemSums(
        persons=len(ratings),
        levels=tuple(scale[str(item)] for item in ratings),
        sums=tuple(int(each) for each in ratings.sum()),
        squares=tuple(int(each) for each in (ratings**2).sum()),
        total=int(total.sum()),
        total_squares=int((total**2).sum()),
    )


def _intraclass(dataset: Dataset, plan: PoolingPlan, name: str, counted: Counted) -> RatingSums:
    table = _tables(dataset, plan, {name: find_score(dataset, name)})[name]
    part = f"intraclass.{name}"
    counted.persons[part] = frozenset(table.index)
    ratings = table.to_numpy(np.float64)
    rated = (~np.isnan(ratings)).sum(axis=1)
    sums = np.nansum(ratings, axis=1)
    counted.cells |= by_number(part, rated)
    apart = np.nanmax(ratings, axis=1) > np.nanmin(ratings, axis=1) if len(ratings) else np.zeros(0, dtype=bool)
    counted.cells |= {f"{part}, =": int((~apart).sum()), f"{part}, ≠": int(apart.sum())}
    _add_totals(counted, part, ratings[~np.isnan(ratings)])
    counted.cells |= by_values(part, table, are_named=bool(plan.raters))
    by_each = tuple(_exact(float(each)) for each in ratings.sum(axis=0)) if plan.raters else None
    return RatingSums(
        persons=len(table),
        ratings=int(rated.sum()),
        squared_ratings=int((rated**2).sum()),
        total=_exact(float(sums.sum())),
        squares=_exact(float(np.nansum(ratings**2))),
        between=_exact(float((sums**2 / np.maximum(rated, 1)).sum())),
        by_rater=by_each,
    )


def _exact(number: float) -> int | float:
    return int(number) if number.is_integer() else number
