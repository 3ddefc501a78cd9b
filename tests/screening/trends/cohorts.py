"""Invented rows for the lattice, few enough for small numbers to be everywhere."""

from datetime import date

import numpy as np
import pandas as pd

from screening.trends.counting import Cohort
from screening.trends.lattice import lattice_on

LATTICE = lattice_on(date(2027, 1, 1)).content
FIRST = 2024 * 12
UNITS = ("north", "south", "west")
INSTRUMENTS = ("young_adult_spj@1.0", "youth_spj@1.0")
GUIDANCES = ("stockholm_2012@1.0", "stockholm_2019@1.0")
CRITERIA = {"age": GUIDANCES, "few_protective": GUIDANCES[:1]}


def some_cohort(seed: int, rows: int, months: int = 12, *, is_even: bool = False) -> Cohort:
    """Rows of every measure; a case stands in a month at most once. Even: every value is as common as the others."""
    chosen = np.random.default_rng(seed)
    skew = np.ones(8) if is_even else chosen.dirichlet([0.4] * 8)
    events = {}
    for measure in LATTICE.measures:
        frame = pd.DataFrame({"case": chosen.integers(0, max(1, rows // 2), rows)})
        frame["month"] = FIRST + chosen.integers(0, months, rows)
        frame = frame.drop_duplicates(["case", "month"]).reset_index(drop=True)
        for name in measure.dimensions():
            dimension = LATTICE.dimension(name)
            if dimension.answered_by is not None or name in ("status", "knowledge"):
                continue
            values = dimension.ids() or {"unit": UNITS, "instrument": INSTRUMENTS}.get(name, GUIDANCES)
            share = skew[: len(values)] if len(values) <= len(skew) else np.ones(len(values))
            frame[name] = chosen.choice(values, len(frame), p=share / share.sum())
            for other, value in dimension.only_for.items():
                frame.loc[frame[other] != value, name] = None
        if measure.id == "recommendations":
            for criterion, guidances in CRITERIA.items():
                status = pd.Series(chosen.choice(LATTICE.dimension("status").ids(), len(frame), p=[0.6, 0.2, 0.2]))
                frame[f"criterion.{criterion}"] = status.where(frame["guidance"].isin(guidances), None)
            frame["fact.age"] = chosen.choice(LATTICE.dimension("knowledge").ids(), len(frame))
        events[measure.id] = frame
    return Cohort(events, UNITS)
