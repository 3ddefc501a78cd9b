"""The open questions of every row of a cohort, thought through once for all rows that are alike.

What is left to find out does not depend on everything that a row holds: below a criterion that is settled nothing
matters any more, and of a count only how many items are in and how many are blank. What is left of each part of a
guidance is thought through once (`screening.asking.strategy`), and the order of asking follows for all rows together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.asking.first_questions import mean_numbers, rounded
from screening.asking.parts_left import find_parts_of
from screening.asking.positions import Key
from screening.asking.questions import ask
from screening.asking.strategy import MET_ALREADY, Solution, TooManyStatesError
from screening.batch.arrow_arrays import words_of
from screening.batch.coded_rows import CodedRows, Mask
from screening.batch.row_kinds import AskedRows, RowKinds, Trait, distinct, packed
from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX, ItemCount
from screening.evaluation import decide_columns
from screening.intake import Codes, Columns
from screening.ruleset import RuleSet
from screening.truth import UNKNOWN

#: So many kinds of rows are ordered at a time, since each takes some hundred numbers a part.
_KINDS_AT_A_TIME = 2_000
_Solutions = list[tuple[Solution, ...] | None]


@dataclass(frozen=True)
class _Part:
    """A part of the guidance over some rows.

    Parameters
    ----------
    kinds : int64 array, shape (rows,)
        Which of the solutions each row has.
    solutions : list of tuple of Solution
        What is left of the part may fall apart into several; None where it cannot be thought through by itself.
    """

    kinds: NDArray[np.int64]
    solutions: _Solutions


class RowQuestions:
    """Finds the open questions of rows under one guidance.

    Parameters
    ----------
    is_rated : bool
        Whether an instrument was used.
    """

    def __init__(self, rules: RuleSet, *, is_rated: bool) -> None:
        self._rules = rules
        self._is_rated = is_rated
        self._parts = [RowKinds(part) for part in rules.independent_parts]
        self._places = {name: place for place, name in enumerate(rules.inputs)}
        self._items = np.array([self._item_of(name) for name in rules.inputs], dtype=np.int64)

    def find(self, rows: CodedRows, columns: Columns, truths: Codes) -> pa.DictionaryArray:
        """The open questions of every row, as `screening.explanation.explain` tells them: ids with spaces between.

        Until the professional has given the summary rating, the questions follow from the facts alone: their order
        would tell what the item ratings count up to.

        Parameters
        ----------
        columns : Columns
            ``rows.columns(rules)``.
        truths : int8 array, shape (nodes, n)
        """
        texts = [""]
        indices = np.zeros(len(rows), dtype=np.int32)
        withheld = self._is_withheld(rows)
        for is_withheld in (False, True):
            places = np.flatnonzero(withheld == is_withheld)
            known = self._by_facts_alone(columns, places) if is_withheld else truths[:, places]
            is_open = known[self._rules.outcome] == UNKNOWN
            if not is_open.any():
                continue
            asked = self._asked_about(rows, columns, known[:, is_open], places[is_open], is_withheld)
            numbers, more = self._find(asked)
            indices[places[is_open]] = numbers + len(texts)
            texts += more
        return words_of(indices, texts)

    def _is_withheld(self, rows: CodedRows) -> Mask:
        """The rows with ratings and without a summary rating; see `screening.coding.Intake.has_summary_rating`."""
        rating = rows.facts.get(SUMMARY_RATING)
        is_missing = np.ones(len(rows), dtype=bool) if rating is None else rating == BLANK
        if SUMMARY_RATING in rows.not_found:
            is_missing &= ~rows.not_found[SUMMARY_RATING]
        return is_missing & self._is_rated

    def _by_facts_alone(self, columns: Columns, places: NDArray[np.intp]) -> Codes:
        return decide_columns(self._rules, _taken(columns, places, without_items=True))

    def _asked_about(
        self, rows: CodedRows, columns: Columns, truths: Codes, places: NDArray[np.intp], is_withheld: bool
    ) -> AskedRows:
        shown = columns.items[:, places] == BLANK
        not_found = {name: mask[places] for name, mask in rows.not_found.items()}
        for name, position in self._rules.instrument.positions.items():
            if ITEM_PREFIX + name in not_found:
                shown[position] &= ~not_found[ITEM_PREFIX + name]
        return AskedRows(_taken(columns, places, without_items=is_withheld), truths, not_found, shown)

    def _find(self, rows: AskedRows) -> tuple[NDArray[np.int64], list[str]]:
        """For every row the place of its text in the list."""
        parts = [self._solve(kinds, rows) for kinds in self._parts]
        kinds, first = distinct([Trait(part.kinds, len(part.solutions)) for part in parts])
        ranks = np.full((len(first), len(self._places)), np.inf)
        is_ordered = np.logical_and.reduce(
            [np.array([each is not None for each in part.solutions])[part.kinds[first]] for part in parts]
        )
        ordered = np.flatnonzero(is_ordered)
        for start in range(0, len(ordered), _KINDS_AT_A_TIME):
            some = ordered[start : start + _KINDS_AT_A_TIME]
            ranks[some] = self._ranks([(part.solutions, part.kinds[first[some]]) for part in parts])
        is_asked = np.isfinite(ranks)
        order = np.argsort(ranks, axis=1, kind="stable")
        of_items = self._items >= 0
        relevant = np.zeros((len(first), len(rows.shown_items)), dtype=bool)
        relevant[:, self._items[of_items]] = is_asked[:, of_items]
        relevant[~is_ordered] = True
        shown = rows.shown_items & relevant[kinds].T
        ids, first_rows = distinct([Trait(kinds, len(first)), *packed(shown)])
        texts = []
        names = list(self._places)
        for row in first_rows:
            kind = kinds[row]
            if not is_ordered[kind]:
                texts.append(self._ask(rows, int(row)))
                continue
            in_order = order[kind, : int(is_asked[kind].sum())]
            items = self._items[in_order]
            kept = in_order[(items < 0) | shown[items, row]]
            texts.append(" ".join([names[place] for place in kept.tolist()]))
        return ids, texts

    def _solve(self, kinds: RowKinds, rows: AskedRows) -> _Part:
        """Think through what is left of a part in every kind of row."""
        numbers, first = distinct(list(kinds.traits(rows)))
        solutions: _Solutions = []
        for row in first:
            not_found = frozenset(name for name, mask in rows.not_found.items() if mask[row])
            left = find_parts_of(kinds.rules, rows.columns.intake(int(row)), rows.truths[:, row].tolist(), not_found)
            try:
                solved = tuple(part.solve() for part in left)
            except TooManyStatesError:
                solutions.append(None)
            else:
                solutions.append(solved if all(each.is_best_at_any_price for each in solved) else None)
        return _Part(numbers, solutions)

    def _ranks(
        self, parts: Sequence[tuple[list[tuple[Solution, ...] | None], NDArray[np.int64]]]
    ) -> NDArray[np.float64]:
        """What the inputs are ordered by, shape (kinds, inputs); `inf` where one is not asked."""
        places: list[NDArray[np.intp]] = []
        solutions: list[list[Solution]] = []
        for solved, kinds in parts:
            used, rows = np.unique(kinds, return_inverse=True)
            here = [solved[kind] or () for kind in used]
            for number in range(max(map(len, here))):
                solutions.append([each[number] if number < len(each) else MET_ALREADY for each in here])
                places.append(rows)
        ranks = np.full((len(parts[0][1]), len(self._places)), np.inf)
        for by_question in mean_numbers(solutions, places):
            for key, means in by_question.items():
                columns = [self._places[name] for name in self._names(key)]
                ranks[:, columns] = np.minimum(ranks[:, columns], rounded(means)[:, None])
        return ranks

    def _names(self, key: Key) -> Sequence[str]:
        """Every input that a question can stand for."""
        if isinstance(key, str):
            return (key,)
        if isinstance(key, int):
            test = self._rules.nodes[key].test
            return test.inputs if isinstance(test, ItemCount) else test.inputs[:1] if test is not None else ()
        return [name for kinds in self._parts for name in kinds.names_counted_by(key)]

    def _ask(self, rows: AskedRows, row: int) -> str:
        not_found = [name for name, mask in rows.not_found.items() if mask[row]]
        asked = ask(self._rules, rows.columns.intake(row), rows.truths[:, row].tolist(), not_found)
        return " ".join(question.name for question in asked.questions)

    def _item_of(self, name: str) -> int:
        is_item = name.startswith(ITEM_PREFIX)
        return self._rules.instrument.positions[name.removeprefix(ITEM_PREFIX)] if is_item else -1


def _taken(columns: Columns, places: NDArray[np.intp], *, without_items: bool) -> Columns:
    """Some of the rows, as they are or as if nothing was rated."""
    items = columns.items[:, places]
    return Columns(
        {name: codes[places] for name, codes in columns.facts.items()},
        np.full_like(items, BLANK) if without_items else items,
        columns.on,
        None if columns.offence_window is None else columns.offence_window[places],
    )
