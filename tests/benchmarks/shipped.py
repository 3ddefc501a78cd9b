"""What is measured: the guidance as it ships, on invented intakes with blanks."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX
from screening.evaluation import decide_columns
from screening.intake import CodedIntake, Codes, Columns
from screening.invented.cohort import invent_columns
from screening.library import BoundGuidance, Library
from screening.ruleset import RuleSet

ON = date(2026, 11, 21)
GUIDANCE = "stockholm_2012"
SEED = 20_261_121
Row = dict[str, int | None]


def bind_shipped() -> BoundGuidance:
    return Library().bind(GUIDANCE, on=ON)


@dataclass(frozen=True)
class Shipped:
    """The guidance and a cohort. Offences are plain numbers, counted by the guidance's own rule."""

    rules: RuleSet
    columns: Columns

    @classmethod
    def with_cohort(cls, n: int) -> "Shipped":
        rules = bind_shipped().rules
        return cls(rules, invent_columns(n, seed=SEED, rules=rules, on=ON))

    @cached_property
    def inputs(self) -> dict[str, Codes]:
        """The columns that the criteria use, items by their id alone; -1 is a blank."""
        columns = {}
        for node in self.rules.decision:
            for name in node.test.inputs if node.test else ():
                columns[name.removeprefix(ITEM_PREFIX)] = self.rules.column(name, self.columns)
        return columns

    @cached_property
    def truths(self) -> Codes:
        """What Underlag answers for every criterion and, last, the outcome; shape (nodes, n)."""
        return decide_columns(self.rules, self.columns, self.rules.decision)

    def rows(self, count: int) -> list[Row]:
        """The first intakes as plain dictionaries, None for a blank."""
        names = list(self.inputs)
        values = np.stack([codes[:count] for codes in self.inputs.values()], axis=1).tolist()
        return [
            {name: None if code == BLANK else code for name, code in zip(names, row, strict=True)} for row in values
        ]

    def intakes(self, count: int) -> list[CodedIntake]:
        return [self.columns.intake(row) for row in range(count)]
