"""Four invented municipalities whose rows never meet, and their joined rows, which only a test can see."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from instruments.research.datasets.dataset import Dataset
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.sending import make_sums
from instruments.research.pooling.sums import Sums
from instruments.signing import public_key_of
from tests.instruments.research.data import YOUTH

ON = date(2026, 11, 29)
PLACES = ("Påhittby", "Exempelås", "Låtsköping", "Provstad")
KEYS = {place: hashlib.sha256(place.encode()).digest() for place in PLACES}
TRUSTED = {place: public_key_of(key) for place, key in KEYS.items()}
ITEMS = [item.id for item in YOUTH.items if item.kind == "risk"][:6]
PLAN = PoolingPlan(
    title="Fyra kommuner",
    responsible="Ada Berg",
    fixed_on=date(2026, 11, 1),
    instrument=f"{YOUTH.id}@{YOUTH.version}",
    outcome="again",
    score="risk_total",
    levels=(0, 4, 8),
    probabilities=(0.2, 0.4, 0.6),
    groups={"sex": ("female",)},
    raters=("first", "second"),
    agreement={ITEMS[0]: (0, 1), ITEMS[1]: (0, 2)},
    consistency={"risk": tuple(ITEMS), "half": tuple(ITEMS[:3])},
    intraclass=("risk_total",),
)


def rated(
    seed: int, n: int, *, raters: tuple[str, ...] = ("first", "second"), twice: float = 0.7, shift: float = 0.0
) -> Dataset:
    """Persons rated by the first rater, and some by the others, too; a sex that some have not told, and an outcome."""
    random = np.random.default_rng(seed)
    trait = random.normal(shift, 1, n)
    happened = (trait + random.normal(0, 1.8, n) > 0.3).astype(float)
    sex = np.where(random.random(n) < 0.45, "female", "male")
    again = random.random(n) < twice
    rows: list[dict[str, Any]] = []
    for place, rater in enumerate(raters):
        drawn = trait[:, None] + random.normal(0, 0.9, (n, len(ITEMS))) + 0.1 * place
        codes = np.digitize(drawn, [-0.5, 0.6])
        rows += [
            {"person": f"{seed}-{number}", "rater": rater, "again": happened[number], "sex": sex[number]}
            | dict(zip(ITEMS, codes[number].astype(float), strict=True))
            for number in range(n)
            if place == 0 or again[number]
        ]
    return dataset_of(pd.DataFrame(rows))


def dataset_of(table: pd.DataFrame) -> Dataset:
    keys = (table["person"] + " " + table["rater"]).astype("str")
    empty = pd.DataFrame(index=keys.index)
    return Dataset(
        YOUTH,
        keys,
        table[ITEMS],
        empty,
        table[["again"]],
        empty,
        table[["sex"]],
        empty,
        table["person"].astype("str"),
        raters=table["rater"].astype("str"),
    )


def table_of(data: Dataset) -> pd.DataFrame:
    """The rows of a data set, to be changed and made one again by `dataset_of`."""
    assert data.raters is not None
    return pd.concat([data.ratings, data.outcomes, data.groups], axis=1).assign(person=data.persons, rater=data.raters)


def joined(*data: Dataset) -> Dataset:
    return dataset_of(pd.concat([table_of(each) for each in data], ignore_index=True))


@cache
def municipalities(twice: float = 0.7) -> dict[str, Dataset]:
    sizes = {"Påhittby": 420, "Exempelås": 380, "Låtsköping": 500, "Provstad": 350}
    return {
        place: rated(number + 11, n, twice=twice, shift=0.15 * number)
        for number, (place, n) in enumerate(sizes.items())
    }


def sent(
    data: Dataset, place: str = "Påhittby", plan: PoolingPlan = PLAN, *, after: Sequence[Sums] = (), **more: Any
) -> Sums:
    earlier = {f"earlier {number}": each for number, each in enumerate(after)}
    return make_sums(data, plan, place=place, made_on=ON, key=KEYS[place], earlier=earlier, **more)


@cache
def files() -> tuple[Sums, ...]:
    return tuple(sent(data, place) for place, data in municipalities().items())


def with_outcome(data: Dataset, **columns: Any) -> Dataset:
    return replace(data, outcomes=pd.DataFrame(columns, index=data.keys.index))
