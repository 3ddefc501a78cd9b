"""What two guidances do differently: on an invented cohort, and in an intake for each difference."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from instruments.messages import Message
from instruments.ratings import BLANK
from screening.coding import days_fresh
from screening.comparison import Comparison, compare
from screening.evaluation import decide_columns
from screening.intake import CodedIntake, Codes, Columns
from screening.invented.cohort import invent_columns
from screening.library import BoundGuidance
from screening.ruleset import OUTCOME, RuleSet
from screening.trace import word_of
from screening.truth import MET, NOT_MET, UNKNOWN
from screening.witnesses import edges, intakes_with, nearest, tested_alike, truth_of
from screening.worked_cases.intakes import groups_of

#: The statuses that can differ, the first guidance's first.
_PAIRS = [(before, after) for before in (MET, UNKNOWN, NOT_MET) for after in (MET, UNKNOWN, NOT_MET) if before != after]


@dataclass(frozen=True)
class Ages:
    """How old the answers are that one of two guidances takes as too old and the other does not.

    Parameters
    ----------
    days : Mapping of str to int
        By fact; empty where every answer is new.
    too_old : tuple of frozenset of str
        The facts whose answer is too old for the first guidance, and for the second.
    """

    days: Mapping[str, int]
    too_old: tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Witness:
    """An intake that comes out differently, with nothing known that is not needed for it."""

    intake: CodedIntake
    days: Mapping[str, int]


@dataclass(frozen=True)
class Shift:
    """A status or the outcome under the first guidance that is another under the second.

    Parameters
    ----------
    name : str
        The criterion, or ``outcome``.
    rows : int
        How many of the cohort it is so for.
    witness : Witness or None
        None where no intake was found, though the cohort has some.
    """

    name: str
    before: int
    after: int
    rows: int
    witness: Witness | None


@dataclass(frozen=True)
class OnCohort:
    """What differs on an invented cohort."""

    rows: int
    comparison: Comparison
    shifts: tuple[Shift, ...]


def compare_on_cohort(first: BoundGuidance, second: BoundGuidance, *, rows: int, seed: int, on: date) -> OnCohort:
    """Decide an invented cohort under both, and find an intake for each status and outcome that shifts.

    Parameters
    ----------
    first, second : BoundGuidance
        Bound to the same instrument.
    """
    several = (first.rules, second.rules)
    columns = [invent_columns(rows, seed=seed, rules=rules, on=on) for rules in several]
    before, after = (decide_columns(rules, each) for rules, each in zip(several, columns, strict=True))
    alike = set(tested_alike(*several)) if _ages(*several) == [_ALL_NEW] else set()
    names = [node.name for node in first.rules.criteria if node.name in second.rules.by_name]
    shifts = [
        shift
        for name in (OUTCOME, *names)
        if name not in alike
        for shift in _shifts(name, several, columns, (before, after), on)
    ]
    return OnCohort(rows, compare(first.rules, second.rules, before, after), tuple(shifts))


def _shifts(
    name: str, several: tuple[RuleSet, RuleSet], columns: Sequence[Columns], truths: tuple[Codes, Codes], on: date
) -> Iterator[Shift]:
    was, becomes = (truth[rules.by_name[name].position] for truth, rules in zip(truths, several, strict=True))
    for before, after in _PAIRS:
        found = np.flatnonzero((was == before) & (becomes == after))
        starts = [_of_both(row, columns) for row in found[:1]]
        witness = _find_witness(name, (before, after), several, starts, on)
        if witness is not None or len(found):
            yield Shift(name, before, after, len(found), witness)


def _of_both(row: int, columns: Sequence[Columns]) -> CodedIntake:
    """A row with every answer that either guidance knows of it."""
    first, second = (each.intake(int(row)) for each in columns)
    known = {name: code for each in (first, second) for name, code in each.facts.items() if code != BLANK}
    return CodedIntake(known, first.items, first.on, first.offence_window)


_ALL_NEW = Ages({}, (frozenset(), frozenset()))


def _ages(first: RuleSet, second: RuleSet) -> list[Ages]:
    """All answers new; and, where that differs, those that only one of two guidances takes as too old."""
    limits = [{row.fact: days_fresh(rules, row) for row in rules.guidance.freshness} for rules in (first, second)]
    ages = [_ALL_NEW]
    for fact in dict.fromkeys((*limits[0], *limits[1])):
        before, after = (each.get(fact) for each in limits)
        if before != after:
            is_first = before is not None and (after is None or before < after)
            days = (before if is_first else after) or 0
            too_old = frozenset({fact})
            ages.append(Ages({fact: days + 1}, (too_old, frozenset()) if is_first else (frozenset(), too_old)))
    return ages


def _find_witness(
    name: str,
    pair: tuple[int, int],
    several: tuple[RuleSet, RuleSet],
    starts: Sequence[CodedIntake],
    on: date,
) -> Witness | None:
    """An intake with the two truths: from a row of the cohort, else built from nothing known."""
    nothing = CodedIntake({}, (BLANK,) * len(several[0].instrument.items), on)
    cells = edges(*several)
    for ages in _ages(*several):

        def holds(intake: CodedIntake, ages: Ages = ages) -> bool:
            sides = zip(several, pair, ages.too_old, strict=True)
            return all(
                truth_of(rules, rules.by_name[name], _without(intake, gone)) == truth for rules, truth, gone in sides
            )

        built = (
            intake
            for rules, truth in zip(several, pair, strict=True)
            for intake in intakes_with(rules, rules.by_name[name], truth, nothing, cells)
        )
        found = next((each for each in starts if holds(each)), None) or next(filter(holds, built), None)
        if found is not None:
            rules = max(several, key=lambda each: len(each.fact_names))
            return Witness(nearest(rules, nothing, found, holds), ages.days)
    return None


def _without(intake: CodedIntake, names: frozenset[str]) -> CodedIntake:
    if not names & intake.facts.keys():
        return intake
    facts = {name: code for name, code in intake.facts.items() if name not in names}
    return CodedIntake(facts, intake.items, intake.on, intake.offence_window)


def known_in(witness: Witness, *several: RuleSet) -> Iterator[Message]:
    """What is known in a witness, one sentence for each fact and group of items; the levels are its parameters."""
    for name, code in witness.intake.facts.items():
        if code == BLANK:
            continue
        rules = next(rules for rules in several if name in rules.dictionary.by_id)
        told = {"fact": name, "value": word_of(rules, name, code)}
        if name == "offence_count" and witness.intake.offence_window is not None:
            yield Message("diff.offences_over", {**told, "months": witness.intake.offence_window})
        elif name in witness.days:
            yield Message("diff.answer_of_age", {**told, "days": witness.days[name]})
        else:
            yield Message("cases.goal.answer", told)
    instrument = several[0].instrument
    for group, items in groups_of(instrument).items():
        codes = Counter(witness.intake.items[instrument.positions[item.id]] for item in items)
        levels = instrument.levels(items[0])
        for code in sorted((code for code in codes if code != BLANK), reverse=True):
            yield Message(f"diff.rated.{group}", {"number": codes[code], "of": len(items), "level": levels[code]})
