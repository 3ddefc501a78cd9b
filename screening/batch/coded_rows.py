"""Rows of a table in codes, before a guidance says which answers are too old."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.coding import days_fresh
from screening.criteria import STANDINGS
from screening.guidance import Freshness
from screening.intake import OWN_RULE_MONTHS, Codes, Columns
from screening.ruleset import RuleSet

#: In a column of days: no day was given.
UNDATED = -1
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class CodedRows:
    """Some rows in codes.

    Parameters
    ----------
    facts : Mapping of str to int8 array, shape (n,)
        As in `screening.intake.Columns`.
    items : int8 array, shape (items, n)
    not_found : Mapping of str to bool array, shape (n,)
        By input: where it was looked for and could not be learned. An input that is not there was always found, or
        never asked for.
    observed_on : Mapping of str to int32 array, shape (n,)
        By fact: the proleptic Gregorian ordinal of the day on which it held, or `UNDATED`.
    offence_window : int16 array, shape (n,), or None
    """

    facts: Mapping[str, Codes]
    items: Codes
    on: date
    not_found: Mapping[str, Mask]
    observed_on: Mapping[str, NDArray[np.int32]]
    offence_window: NDArray[np.int16] | None

    def __len__(self) -> int:
        return int(self.items.shape[1])

    def columns(self, rules: RuleSet) -> Columns:
        """The rows as a guidance sees them: an answer past its freshness limit is a blank.

        See `screening.coding.code_intake`, which does the same for one intake.
        """
        facts = {name: codes for name, codes in self.facts.items() if name in rules.fact_names}
        for row in rules.guidance.freshness:
            if row.fact in facts:
                stale = self._is_stale(row, facts[row.fact], rules)
                if stale.any():
                    facts[row.fact] = np.where(stale, np.int8(BLANK), facts[row.fact])
        window = self.offence_window
        offences = rules.offences
        if window is not None and offences is not None and offences.counted not in (None, STANDINGS[0]):
            # A table holds no standings: only a count by the guidance's own rule is known to be of those that count.
            open_count = (window != OWN_RULE_MONTHS) & (facts["offence_count"] >= offences.least)
            facts["offence_count"] = np.where(open_count, np.int8(BLANK), facts["offence_count"])
            window = np.where(open_count, np.int16(OWN_RULE_MONTHS), window)
        if window is not None and not (window != OWN_RULE_MONTHS).any():
            window = None
        return Columns(facts, self.items, self.on, window)

    def _is_stale(self, row: Freshness, codes: Codes, rules: RuleSet) -> Mask:
        fact = rules.describe(row.fact)
        wanted_dated = [code for code in np.unique(codes).tolist() if fact.value_of(code) in row.must_be_dated]
        is_stale_undated = np.isin(codes, wanted_dated)
        days = self.observed_on.get(row.fact)
        if days is None:
            return is_stale_undated
        limit = days_fresh(rules, row)
        is_old = (self.on.toordinal() - days > limit) & (codes != BLANK)
        return np.where(days == UNDATED, is_stale_undated, is_old)
