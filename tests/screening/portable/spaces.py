"""Tables of invented rows in words: every cell of a guidance's space, a sample that covers it, and rows by chance."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import chain, combinations, product
from math import prod
from random import Random

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from instruments.row_faults import RowFaults
from screening.batch.cells import CellReader
from screening.batch.plan import KEY, OBSERVED_ON, WINDOW_COLUMN, make_plan
from screening.criteria import ITEM_PREFIX, ItemCount, OffencesAtLeast
from screening.evaluation import decide_columns
from screening.ruleset import RuleSet
from screening.truth import MET, NOT_MET

COUNT = "offence_count"
Values = tuple[str, ...]
Axis = tuple[Values, list[Values]]


class Space:
    """What a table can say to a guidance: for each input, or for the items that are counted together, its cells.

    A cell is a set of values that nothing tells apart, one of which stands for it: a value, a blank, an age on either
    side of a limit, a count over each window, an answer with each kind of date, so many items counted and so many
    blank.
    """

    def __init__(self, rules: RuleSet, on: date) -> None:
        self.rules = rules
        self.on = on

    @cached_property
    def axes(self) -> list[Axis]:
        """Columns that belong together, and what can stand in them."""
        inputs = self.rules.criterion_inputs
        counts = {each.test: None for each in self.rules.decision if isinstance(each.test, ItemCount)}
        counted = [name for test in counts for name in test.inputs]
        assert len(counted) == len(set(counted)), "two criteria count the same item: the axes are not independent"
        facts = [self._axis_of_fact(name) for name in inputs if not name.startswith(ITEM_PREFIX)]
        return [*facts, *(self._axis_of_items(test) for test in counts)]

    @cached_property
    def columns(self) -> list[str]:
        return [name for names, _ in self.axes for name in names]

    @cached_property
    def size(self) -> int:
        """How many cells there are in all."""
        return prod(len(cells) for _, cells in self.axes)

    def whole(self) -> Iterator[list[Values]]:
        """Every cell."""
        return map(list, product(*(cells for _, cells in self.axes)))

    def covering(self, strength: int, random: Random) -> Iterator[list[Values]]:
        """Every combination of the cells of any so many axes; what stands in the other axes is drawn."""
        for chosen in combinations(range(len(self.axes)), strength):
            for cells in product(*(self.axes[place][1] for place in chosen)):
                row = self._drawn(random, changed=random.choice([0, 1, 2, len(self.axes)]))
                for place, cell in zip(chosen, cells, strict=True):
                    row[place] = cell
                yield row

    def by_chance(self, rows: int, random: Random) -> Iterator[list[Values]]:
        """Rows that differ in some answers from one that supports an offer, or from one that speaks against."""
        for _ in range(rows):
            yield self._drawn(random, changed=random.choice([0, 1, 2, 3, len(self.axes)]))

    def _drawn(self, random: Random, changed: int) -> list[Values]:
        row = [random.choice(cells) for cells in random.choice([self._supporting, self._supporting, self._opposing])]
        for place in random.sample(range(len(self.axes)), min(changed, len(self.axes))):
            row[place] = random.choice(self.axes[place][1])
        return row

    @cached_property
    def _supporting(self) -> list[list[Values]]:
        """The cells of each axis that support an offer, where everything else does."""
        row = self._settled(towards=MET)
        helping = []
        for place, (_, cells) in enumerate(self.axes):
            truths = self._truths([[*row[:place], cell, *row[place + 1 :]] for cell in cells])[-1]
            helping.append([cell for cell, truth in zip(cells, truths, strict=True) if truth == MET])
        return helping

    @cached_property
    def _opposing(self) -> list[list[Values]]:
        return [[cell] for cell in self._settled(towards=NOT_MET)]

    def _settled(self, towards: int) -> list[Values]:
        """A row with every criterion met, or with none: each axis in turn is put where most of them are so."""
        row: list[Values] = [("",) * len(names) for names, _ in self.axes]
        for place, (_, cells) in enumerate(self.axes):
            truths = self._truths([[*row[:place], cell, *row[place + 1 :]] for cell in cells])
            row[place] = cells[int(np.abs(truths - towards).sum(axis=0).argmin())]
        return row

    def _truths(self, rows: Iterable[Sequence[Values]]) -> NDArray[np.int8]:
        """The truths of the criteria without the advisory ones and, last, of the outcome."""
        rules = self.rules
        below = [node.position for place in rules.nodes[rules.outcome].children for node in rules.subtrees[place]]
        return truths_of(rules, self.on, self.table(rows))[[*below, rules.outcome]]

    def table(self, rows: Iterable[Sequence[Values]]) -> pa.Table:
        """Rows as a table with our own names, numbered from 0."""
        flat = [tuple(chain.from_iterable(row)) for row in rows]
        columns = list(zip(*flat, strict=True)) if flat else [()] * len(self.columns)
        named = dict(zip(self.columns, columns, strict=True))
        return pa.table({KEY: [str(number) for number in range(len(flat))], **named})

    def _axis_of_fact(self, name: str) -> Axis:
        fact = self.rules.describe(name)
        known = [str(fact.value_of(code)) for code in self._codes_of(name)]
        names: Values = (name,)
        cells: list[Values] = [("",), ("saknas",), *((word,) for word in known)]
        if name == COUNT:
            offences = self.rules.offences
            assert isinstance(offences, OffencesAtLeast)
            months = offences.window_months
            windows = ["", str(months - 1), str(months), str(months + 1), "ever"]
            names, cells = (name, WINDOW_COLUMN), [("", ""), ("saknas", ""), *product(known, windows)]
        row = next((row for row in self.rules.guidance.freshness if row.fact == name), None)
        if row is not None:
            limit = int(self.rules.settings[row.days].value or 0)
            days = ["", *(str(self.on - timedelta(days=number)) for number in (0, limit, limit + 1))]
            names, cells = (*names, name + OBSERVED_ON), [(*cell, day) for cell, day in product(cells, days)]
        return names, cells

    def _codes_of(self, name: str) -> list[int]:
        """One code of each cell; of a number both ends of it, so that a limit that has moved is seen."""
        cells = self.rules.all_cells[name]
        if self.rules.describe(name).kind == "choice":
            return list(cells)
        highest = self.rules.describe(name).domain()[1]
        numbers = sorted(cell for cell in cells if cell >= 0)
        ends = {*numbers, *(number - 1 for number in numbers[1:]), highest}
        return sorted({*ends, *(cell for cell in cells if cell < 0)})

    def _axis_of_items(self, test: ItemCount) -> Axis:
        levels = list(self.rules.instrument.levels(self.rules.instrument.item(test.names[0])))
        below, above = levels[: test.least_code], levels[test.least_code :]
        cells = []
        for counted in range(len(test.names) + 1):
            for blank in range(len(test.names) + 1 - counted):
                rest = len(test.names) - counted - blank
                words = [above[place % len(above)] for place in range(counted)]
                words += [("", "saknas")[place % 2] for place in range(blank)]
                words += [below[place % len(below)] for place in range(rest)]
                turned = 5 * (counted + blank) % len(words)  # no item stands for the same in every cell
                cells.append(tuple(words[turned:] + words[:turned]))
        return test.inputs, cells


def truths_of(rules: RuleSet, on: date, table: pa.Table) -> NDArray[np.int8]:
    """The truths that screening a table gives, for every node and row."""
    plan = make_plan(table.column_names, rules.instrument, rules.dictionary, None)
    faults = RowFaults()
    batch = table.combine_chunks().to_batches()[0]
    rows = CellReader(plan, rules.instrument, on).read(batch, lambda place: place + 1, faults)
    faults.raise_if_any()
    return decide_columns(rules, rows.columns(rules), rules.decision)
