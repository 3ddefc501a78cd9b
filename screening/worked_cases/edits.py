"""What differs between a case and one that is made from it, in the form of a case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any

from instruments.model import Instrument, Item
from instruments.ratings import BLANK
from screening.explanation import Explanation
from screening.fact_reading import AGE, BIRTH_DATE
from screening.intake import CodedIntake
from screening.worked_cases.intakes import groups_of
from screening.worked_cases.reading import WorkedCase


@dataclass(frozen=True)
class Edit:
    """What a case says in place of what its base says."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    ratings: Mapping[str, Any] = field(default_factory=dict)
    on: date | None = None

    @property
    def size(self) -> int:
        """How much differs: facts, groups of items and single items."""
        return len(self.facts) + len(self.ratings) + len(self.ratings.get("items", ()))

    def applied_to(self, case: WorkedCase) -> WorkedCase:
        """The case with the edit, and with nothing expected of it."""
        ratings = {**(case.ratings or {}), **self.ratings} if self.ratings else case.ratings
        facts = {**case.facts, **self.facts}
        return replace(case, facts=facts, ratings=ratings, on=self.on or case.on, expect={"criteria": {}})


def edit_to(case: WorkedCase, explanation: Explanation, wanted: CodedIntake) -> Edit:
    """The edit that makes an intake of a case.

    Parameters
    ----------
    explanation : Explanation
        Of the case as it is.
    """
    rules, now = explanation.bound.rules, explanation.coding.intake
    fresh = {row.fact for row in rules.guidance.freshness}
    facts: dict[str, Any] = {}
    for name in rules.fact_names:
        code = wanted.fact(name)
        if code != now.fact(name) or (name == "offence_count" and wanted.offence_window != now.offence_window):
            value = rules.describe(name).value_of(code)
            facts[name] = {"value": value, "days_ago": 0} if name in fresh and code != BLANK else value
            if name == "offence_count" and code != BLANK and wanted.offence_window is not None:
                facts[name] = {"value": value, "window_months": wanted.offence_window}
            if name == AGE and BIRTH_DATE in case.facts:
                facts[BIRTH_DATE] = None
    return Edit(facts, _ratings_edit(case.ratings, rules.instrument, now.items, wanted.items))


def _ratings_edit(
    told: Mapping[str, Any] | None, instrument: Instrument, before: Sequence[int], after: Sequence[int]
) -> dict[str, Any]:
    if before == after:
        return {}
    edit: dict[str, Any] = {} if told is not None else {"instrument": instrument.id}
    named: dict[str, Any] = dict((told or {}).get("items", {}))
    singles: dict[str, Any] = {}
    for name, group in groups_of(instrument).items():
        codes = [after[instrument.positions[item.id]] for item in group]
        if codes == [before[instrument.positions[item.id]] for item in group]:
            continue
        numbers = _numbers(codes, group, instrument)
        if numbers is not None and not named.keys() & {item.id for item in group}:
            edit[name] = numbers
        else:
            singles.update({item.id: _level(code, item, instrument) for item, code in zip(group, codes, strict=True)})
    return {**edit, "items": {**named, **singles}} if singles else edit


def _numbers(codes: Sequence[int], group: Sequence[Item], instrument: Instrument) -> dict[str, int] | None:
    """How many items have each level, where that says it all: level by level, and the blanks last."""
    runs = [(code, len(list(alike))) for code, alike in groupby(codes)]
    if runs and runs[-1][0] == BLANK:
        runs.pop()
    levels = [code for code, _ in runs]
    if BLANK in levels or len(set(levels)) < len(levels):
        return None
    return {str(_level(code, group[0], instrument)): number for code, number in runs}


def _level(code: int, item: Item, instrument: Instrument) -> str | None:
    return None if code == BLANK else instrument.levels(item)[code]
