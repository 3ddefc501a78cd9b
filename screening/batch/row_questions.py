"""The open questions of every row of a cohort, thought through once for all rows that are alike.

`screening.questions.ask` takes about a millisecond. Its answer does not depend on everything that a row holds: below a
criterion that is settled nothing matters any more, and of a count only how many items are in and how many are blank.
Rows that agree in what is left have the same open questions, up to which items are the blank ones.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.batch.arrow_arrays import words_of
from screening.batch.coded_rows import CodedRows, Mask
from screening.batch.row_kinds import AskedRows, RowKinds, Trait, distinct, packed
from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX
from screening.evaluation import decide_columns
from screening.intake import Codes, Columns
from screening.questions import ask
from screening.ruleset import RuleSet
from screening.truth import UNKNOWN

_MOST_KEPT = 100_000


@dataclass(frozen=True)
class _Order:
    """Every question that rows of a kind can have, in the order of asking.

    Parameters
    ----------
    items : tuple of int
        The item's place in the instrument for each name; -1 for a fact, which all these rows are asked for.
    """

    names: tuple[str, ...]
    items: tuple[int, ...]


class RowQuestions:
    """Finds the open questions of rows under one guidance. What was thought through is kept for the next rows.

    Parameters
    ----------
    is_rated : bool
        Whether an instrument was used.
    """

    def __init__(self, rules: RuleSet, *, is_rated: bool) -> None:
        self._rules = rules
        self._is_rated = is_rated
        self._known: dict[bytes, _Order] = {}
        self._kinds = RowKinds(rules)

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
            if not is_withheld:
                places = places[truths[self._rules.outcome, places] == UNKNOWN]
            if not places.size:
                continue
            asked = self._asked_about(rows, columns, truths, places, is_withheld)
            is_open = asked.truths[self._rules.outcome] == UNKNOWN
            numbers, more = self._find(asked)
            indices[places] = np.where(is_open, numbers + len(texts), 0)
            texts += more
        return words_of(indices, texts)

    def _is_withheld(self, rows: CodedRows) -> Mask:
        """The rows with ratings and without a summary rating; see `screening.coding.Intake.has_summary_rating`."""
        rating = rows.facts.get(SUMMARY_RATING)
        is_missing = np.ones(len(rows), dtype=bool) if rating is None else rating == BLANK
        if SUMMARY_RATING in rows.not_found:
            is_missing &= ~rows.not_found[SUMMARY_RATING]
        return is_missing & self._is_rated

    def _asked_about(
        self, rows: CodedRows, columns: Columns, truths: Codes, places: NDArray[np.intp], is_withheld: bool
    ) -> AskedRows:
        items = columns.items[:, places]
        shown = items == BLANK
        not_found = {name: mask[places] for name, mask in rows.not_found.items()}
        for name, position in self._rules.instrument.positions.items():
            if ITEM_PREFIX + name in not_found:
                shown[position] &= ~not_found[ITEM_PREFIX + name]
        some = Columns(
            {name: codes[places] for name, codes in columns.facts.items()},
            np.full_like(items, BLANK) if is_withheld else items,
            columns.on,
            None if columns.offence_window is None else columns.offence_window[places],
        )
        return AskedRows(
            some, decide_columns(self._rules, some) if is_withheld else truths[:, places], not_found, shown
        )

    def _find(self, rows: AskedRows) -> tuple[NDArray[np.int64], list[str]]:
        """For every row the place of its text in the list."""
        traits = list(self._kinds.traits(rows))
        kinds, first = distinct(traits)
        orders = [self._order(rows, int(row), traits) for row in first]
        relevant = np.zeros((len(orders), len(rows.shown_items)), dtype=bool)
        for kind, order in enumerate(orders):
            relevant[kind, [item for item in order.items if item >= 0]] = True
        shown = rows.shown_items & relevant[kinds].T
        words = [Trait(kinds, len(orders)), *packed(shown)]
        ids, first = distinct(words)
        texts = []
        for row in first:
            order, mask = orders[kinds[row]], shown[:, row]
            asked = [name for name, item in zip(order.names, order.items, strict=True) if item < 0 or mask[item]]
            texts.append(" ".join(asked))
        return ids, texts

    def _order(self, rows: AskedRows, row: int, traits: list[Trait]) -> _Order:
        """Ask about one row, or remember what was asked about one like it."""
        kind = np.array([trait.values[row] for trait in traits]).tobytes()
        if kind not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            not_found = [name for name, mask in rows.not_found.items() if mask[row]]
            questions = ask(self._rules, rows.columns.intake(row), rows.truths[:, row].tolist(), not_found)
            urgency: dict[tuple[str, int], int] = {}
            placed: dict[str, tuple[int, int]] = {}
            for question in questions:
                rank = urgency.setdefault((question.settles, len(question.bears_on)), len(urgency))
                for name in self._kinds.alike(question.name):
                    placed[name] = rank, self._rules.inputs.index(name)
            names = tuple(sorted(placed, key=placed.__getitem__))
            self._known[kind] = _Order(names, tuple(self._item_of(name) for name in names))
        return self._known[kind]

    def _item_of(self, name: str) -> int:
        is_item = name.startswith(ITEM_PREFIX)
        return self._rules.instrument.positions[name.removeprefix(ITEM_PREFIX)] if is_item else -1
