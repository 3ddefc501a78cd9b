"""The invented cohort as research meets it: a row a rating, with who rated, when, and what came afterwards.

Raters, days, drift and strictness are drawn apart from the cohort, so that the same people stay the same whatever is
asked of them here. The mapping of the table is `mappings/invented_cohort.yaml`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.model import Instrument
from screening.criteria import ITEM_PREFIX
from screening.invented.cohort import InventedCohort

MAPPING = Path(__file__).parents[1] / "mappings" / "invented_cohort.yaml"
RATERS = tuple(f"bedömare {number:02}" for number in range(1, 13))
#: Reports are followed for so many days; the ratings were made over four years before that.
FOLLOWED_DAYS = 730
_RATED_OVER_DAYS = 4 * 365
_STRICT_RATERS = 2


@dataclass(frozen=True)
class Leanings:
    """How ratings lean, each a chance that a risk item is rated a level higher than by others.

    Parameters
    ----------
    drift : float
        In the last two years, on the person's own behaviour: raters have grown stricter.
    strictness : float
        By the last two of the raters, on every risk item.
    """

    drift: float = 0.0
    strictness: float = 0.0


def research_table(
    cohort: InventedCohort, *, seed: int, instrument: Instrument, on: date, leanings: Leanings | None = None
) -> pd.DataFrame:
    """One table of all ratings of an invented cohort.

    Parameters
    ----------
    cohort : InventedCohort
        With its ``second_ratings``, which become rows of their own.
    seed : int
        Of raters, days and leanings.
    instrument : Instrument
        Whose items were rated.
    on : date
        The day of the extract. Everybody was rated at least two years before.
    leanings : Leanings, optional

    Returns
    -------
    DataFrame
        ``rating`` (a key of its own), ``person``, ``rater``, ``rated_on``, the columns of the intakes, and on the first
        rating of each person ``reoffended_within_24_months``, ``days_to_first_report`` (to the first report or, where
        there was none, the end of the two years), ``sex``, ``material`` and ``period``.
    """
    random = np.random.Generator(np.random.PCG64([seed, 2]))
    n = len(cohort.intakes)
    days = random.integers(FOLLOWED_DAYS, FOLLOWED_DAYS + _RATED_OVER_DAYS, n)
    raters = random.integers(0, len(RATERS), n)
    others = (raters + random.integers(1, len(RATERS), n)) % len(RATERS)  # never the same one twice
    first = cohort.intakes.rename(columns={"key": "person"})
    first = first.assign(**_afterwards(cohort, random), **_groups(cohort, days))
    first.insert(0, "rating", first["person"] + "-1")
    rows = pd.Index(cohort.intakes["key"]).get_indexer(cohort.second_ratings["key"])
    second = cohort.second_ratings.rename(columns={"key": "person"})
    second.insert(0, "rating", second["person"] + "-2")
    table = pd.concat([first, second], ignore_index=True)
    who, when = np.concatenate([raters, others[rows]]), np.concatenate([days, days[rows]])
    table.insert(2, "rater", np.array(RATERS)[who])
    table.insert(3, "rated_on", [(on - timedelta(days=int(each))).isoformat() for each in when])
    return _leaning(table, random, instrument, who, when, leanings or Leanings())


def _afterwards(cohort: InventedCohort, random: np.random.Generator) -> dict[str, Any]:
    """Whether there were reports, and the days to the first: the earliest of as many days as there were reports."""
    reports = cohort.outcomes["new_reports"].to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(divide="ignore"):
        waited = np.floor(FOLLOWED_DAYS * (1 - random.random(len(reports)) ** (1 / reports))) + 1
    waited = np.where(reports == 0, FOLLOWED_DAYS, waited)
    return {
        "reoffended_within_24_months": cohort.outcomes["reoffended_within_24_months"],
        "days_to_first_report": pd.array(np.where(np.isnan(reports), np.nan, waited), dtype="Int64"),
    }


def _groups(cohort: InventedCohort, days: NDArray[np.int64]) -> dict[str, Any]:
    later = days < FOLLOWED_DAYS + _RATED_OVER_DAYS // 2
    return {
        "sex": cohort.groups["sex"].astype(str),
        "material": cohort.groups["material"].astype(str),
        "period": np.where(later, "later", "earlier"),
    }


def _leaning(
    table: pd.DataFrame,
    random: np.random.Generator,
    instrument: Instrument,
    raters: NDArray[np.int64],
    days: NDArray[np.int64],
    leanings: Leanings,
) -> pd.DataFrame:
    """Rate some items a level higher; a blank stays a blank."""
    raised = dict(zip(instrument.scales.risk, instrument.scales.risk[1:], strict=False))
    later = days < FOLLOWED_DAYS + _RATED_OVER_DAYS // 2
    strict = raters >= len(RATERS) - _STRICT_RATERS
    leaning = table.copy()
    for item in instrument.risk_items:
        name = ITEM_PREFIX + item.id
        chance = leanings.strictness * strict + leanings.drift * (later & item.own_behaviour)
        higher = random.random(len(table)) < chance
        ratings = table[name].astype(object)
        leaning[name] = ratings.where(~higher, ratings.map(raised).fillna(ratings))
    return leaning
