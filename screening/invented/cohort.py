"""The invented cohort: young people who do not exist, for the demo, the tests, the benchmarks and the notebooks.

Nothing that is invented says anything about how well an instrument or a guidance works; see
`screening.invented.invention` for what it is made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.model import Instrument
from instruments.ratings import BLANK
from screening.coding import days_fresh
from screening.criteria import ITEM_PREFIX
from screening.facts import NOT_APPLICABLE, NOT_APPLICABLE_WORD, FactDescription, FactDictionary
from screening.intake import LARGEST_CODE, Codes, Columns
from screening.invented.invention import NOT_FOUND, Invention, Numbers, has_words
from screening.ruleset import RuleSet

#: Plainly invented: *påhitt* is Swedish for a thing made up.
KEY_PREFIX = "PAHITT-"
NOT_FOUND_WORD = "saknas"
#: Column of the day on which a person said what they want; empty where the answer was not dated.
DATED = "motivation_to_leave.observed_on"
Column = object  # whatever a frame takes for one


@dataclass(frozen=True)
class InventedCohort:
    """An invented cohort, in frames that are joined by ``key``.

    Parameters
    ----------
    intakes : DataFrame
        ``key``, fact names and ``item.<id>``, as `underlag screen` reads them. Words are categories, whole numbers
        nullable integers. An empty cell was not asked; ``saknas`` was looked for and not found (a number that was
        not found is left empty, so that the column stays a number).
    outcomes : DataFrame
        ``new_reports`` within 24 months and ``reoffended_within_24_months`` (0 or 1); empty where follow-up was lost.
    groups : DataFrame
        ``sex``, for monitoring, and ``material``: ``conversation`` or ``file_only``. Never inputs.
    second_ratings : DataFrame
        The same ``item.<id>`` columns and ``reoffending_risk`` from a second rater, for some of the keys.
    """

    intakes: pd.DataFrame
    outcomes: pd.DataFrame
    groups: pd.DataFrame
    second_ratings: pd.DataFrame


def invent_cohort(n: int, *, seed: int, instrument: Instrument, dictionary: FactDictionary, on: date) -> InventedCohort:
    """Invent a cohort.

    A million rows take a few seconds; the frames hold about 130 MB, and making them three times that. The same seed
    gives the same cohort under the same release of numpy; keep the file and its checksum where that is not enough.

    Parameters
    ----------
    n : int
        Number of people.
    seed : int
        Another seed gives another cohort.
    instrument : Instrument
        Whose items are rated. The ages lie around its design ages.
    dictionary : FactDictionary
        The facts; one that we have no idea how to invent is left out.
    on : date
        The reference date, on or before which everything was observed.

    Returns
    -------
    InventedCohort
    """
    made = Invention(n, seed, instrument, dictionary)
    keys = pd.Series([f"{KEY_PREFIX}{number:06d}" for number in range(1, n + 1)], name="key")
    intakes: dict[str, Column] = {"key": keys}
    for name, codes in made.facts.items():
        intakes[name] = _fact_column(codes, dictionary.by_id[name])
        if name == "motivation_to_leave":
            intakes[DATED] = _date_column(made.motivation_days, on)
    intakes.update(_item_columns(made.items, instrument))
    second: dict[str, Column] = {"key": keys[made.second_rows].reset_index(drop=True)}
    second.update(_item_columns(made.second_items, instrument))
    if made.second_summary is not None:
        second["reoffending_risk"] = _fact_column(made.second_summary, dictionary.by_id["reoffending_risk"])
    outcomes = {
        "key": keys,
        "new_reports": _number_column(made.new_reports),
        "reoffended_within_24_months": _number_column(np.minimum(made.new_reports, 1)),
    }
    groups = {
        "key": keys,
        "sex": pd.Categorical.from_codes(made.is_female.view(np.int8), pd.Index(["male", "female"])),
        "material": pd.Categorical.from_codes(made.is_file_only.view(np.int8), pd.Index(["conversation", "file_only"])),
    }
    return InventedCohort(*(pd.DataFrame(frame, copy=False) for frame in (intakes, outcomes, groups, second)))


def invent_columns(n: int, *, seed: int, rules: RuleSet, on: date) -> Columns:
    """The intakes of `invent_cohort` with the same arguments, in codes.

    Offences are counted by the guidance's own rule. A wish to leave that is undated, or older than the guidance's
    limit, is a blank.
    """
    made = Invention(n, seed, rules.instrument, rules.dictionary)
    facts: dict[str, Codes] = {}
    for name in rules.fact_names:
        if name in made.facts:
            codes = np.minimum(made.facts[name], LARGEST_CODE).astype(np.int8)
            codes[codes == NOT_FOUND] = BLANK
            facts[name] = codes
    for row in rules.guidance.freshness:
        if row.fact == "motivation_to_leave" and row.fact in facts:
            codes, days = facts[row.fact], made.motivation_days
            dated_only = [rules.describe(row.fact).codes[value] for value in row.must_be_dated]
            is_stale = (days > days_fresh(rules, row)) | ((days < 0) & np.isin(codes, dated_only))
            codes[is_stale] = BLANK
    return Columns(facts, np.maximum(made.items, np.int8(BLANK)), on)


def _item_columns(items: Codes, instrument: Instrument) -> dict[str, Column]:
    return {
        ITEM_PREFIX + item.id: _word_column(codes, instrument.levels(item))
        for item, codes in zip(instrument.items, items, strict=True)
    }


def _fact_column(codes: Numbers, fact: FactDescription) -> Column:
    if not has_words(fact):
        return _number_column(codes)
    words = [value.id for value in fact.values] or [str(number) for number in range(int(codes.max(initial=0)) + 1)]
    if fact.not_applicable is None:
        return _word_column(codes, words)
    placed = np.where(codes == NOT_APPLICABLE, np.int16(len(words)), codes)
    return _word_column(placed, [*words, NOT_APPLICABLE_WORD])


def _word_column(codes: NDArray[np.int8] | NDArray[np.int16], words: Sequence[str]) -> Column:
    placed = np.where(codes == NOT_FOUND, codes.dtype.type(len(words)), codes)
    return pd.Categorical.from_codes(placed, pd.Index([*words, NOT_FOUND_WORD]))


def _number_column(codes: Numbers) -> Column:
    return pd.arrays.IntegerArray(codes, codes < 0)


def _date_column(days: Numbers, on: date) -> Column:
    """ISO dates so many days before ``on``; none where ``days`` is negative."""
    last = int(days.max(initial=0))
    dates = np.datetime_as_string(np.datetime64(on) - np.arange(last + 1))
    return pd.Categorical.from_codes(days, pd.Index(dates))
