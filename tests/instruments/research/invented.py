"""Invented research data for the tests, where a score tells something of an outcome, and no more than that."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from instruments.mapping import RatedWith
from instruments.messages import Text
from instruments.research.datasets.dataset import Dataset
from tests.instruments.research.data import YOUTH

RANDOM = 20_261_121
OWN = RatedWith(
    instrument=f"{YOUTH.id}@{YOUTH.version}",
    words=Text(sv="instrumentets egna", en="the instrument's own"),
    by=Text(sv="ingen, allt är påhittat", en="nobody, all is invented"),
)


def invent(n: int = 400, *, blanks: float = 0.0, groups: Sequence[str] = ("a", "b"), strength: float = 0.6) -> Dataset:
    """All items, an outcome ``again`` with times, groups ``place``, ``sex`` and ``year``, and a summary rating."""
    random = np.random.default_rng(RANDOM)
    trait = random.normal(size=n)
    columns: dict[str, Any] = {}
    for item in YOUTH.items:
        drawn = trait + random.normal(size=n)
        codes = (drawn > -0.3).astype(float) + (drawn > 1) if item.kind == "risk" else (drawn < 0).astype(float)
        columns[item.id] = np.where(random.random(n) < blanks, np.nan, codes)
    happened = random.random(n) < 1 / (1 + np.exp(0.4 - strength * trait))
    time = np.where(happened, random.exponential(200, n) / np.exp(0.4 * trait), 730.0)
    rating = np.digitize(trait + random.normal(scale=0.8, size=n), [-0.7, 0.9])
    keys = pd.Series([f"PAHITT-{number:04d}" for number in range(n)])
    return Dataset(
        YOUTH,
        keys,
        pd.DataFrame(columns),
        pd.DataFrame({"reoffending_risk": np.array(YOUTH.scales.risk)[rating]}),
        pd.DataFrame({"again": happened.astype(float)}),
        pd.DataFrame({"again": np.minimum(time, 730)}),
        pd.DataFrame(
            {
                "place": random.choice(list(groups), n),
                "sex": np.where(random.random(n) < 0.1, None, random.choice(["female", "male"], n)),
                "year": random.integers(2018, 2026, n).astype(str),
            }
        ),
        pd.DataFrame(index=keys.index),
        keys,
        rated_with=OWN,
    )
