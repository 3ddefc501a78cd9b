"""How many persons are alike in what sums could tell of them, beside what is told: numbers that must not be few."""

from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd

from instruments.research.estimation.roc import Floats
from instruments.research.limits import limits
from instruments.research.reliability.agreement import Ratings


def by_both(name: str, counts: Floats) -> dict[str, int]:
    """How many persons were given both of two levels, or one of them twice, by anybody."""
    cells = {}
    for one, other in combinations_with_replacement(range(counts.shape[1]), 2):
        together = counts[:, one] >= 2 if one == other else (counts[:, [one, other]] >= 1).all(axis=1)
        cells[f"{name}, {one} × {other}"] = int(together.sum())
    return cells


def by_first(name: str, coarse: pd.DataFrame) -> dict[str, int]:
    """How many persons were given one level first and the other by anybody else, in this order."""
    cells: dict[str, int] = {}
    for _, codes in coarse.iterrows():
        first, *others = codes.dropna().astype(int)
        for other in set(others):
            cell = f"{name}, {first} → {other}"
            cells[cell] = cells.get(cell, 0) + 1
    return cells


def by_number(name: str, rated: Floats) -> dict[str, int]:
    """How many persons were rated how often."""
    numbers, persons = np.unique(rated, return_counts=True)
    return {f"{name}, n = {int(one)}": int(many) for one, many in zip(numbers, persons, strict=True)}


def by_values(part: str, table: pd.DataFrame, are_named: bool) -> dict[str, int]:
    """How many persons were given two values together, where a score has so few that its sums tell that."""
    known = np.unique(table.to_numpy(np.float64))
    known = known[~np.isnan(known)]
    if not 0 < len(known) <= limits().whole("crossed_values"):
        return {}
    places = table.apply(lambda values: pd.Series(np.searchsorted(known, values), values.index).where(values.notna()))
    cells = by_both(part, Ratings.of(places, len(known)).counts())
    for one, other in combinations(table, 2) if are_named else ():
        pairs = table[[one, other]].value_counts()
        cells |= {f"{part}, {one} × {other}, {values}": int(number) for values, number in pairs.items()}
    return cells
