"""pandas: nullable columns, whose boolean operators are Kleene's."""

from collections.abc import Mapping
from functools import reduce
from operator import and_, or_

import numpy as np
import pandas as pd

from instruments.ratings import BLANK
from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.intake import Codes
from screening.ruleset import Node, RuleSet

Status = pd.Series
Answer = list[Status]


class Pandas:
    name = "pandas"

    def __init__(self, rules: RuleSet, inputs: Mapping[str, Codes]) -> None:
        self._rules = rules
        self._columns = {
            name: pd.Series(pd.arrays.IntegerArray(codes.copy(), codes == BLANK)) for name, codes in inputs.items()
        }

    def decide(self) -> Answer:
        answer: Answer = []
        for node in self._rules.decision:
            answer.append(self._decide(node, answer))
        return answer

    def statuses(self, answer: Answer) -> Codes:
        return np.stack([status.fillna(False).to_numpy(bool) * np.int8(2) + status.isna() for status in answer])

    def _decide(self, node: Node, before: Answer) -> Status:
        test, columns = node.test, self._columns
        if isinstance(test, NumberWithin):
            return (columns[test.name] >= test.lowest) & (columns[test.name] <= test.highest)
        if isinstance(test, FactIsOneOf):
            return reduce(or_, [columns[test.name] == code for code in sorted(test.codes)])
        if isinstance(test, OffencesAtLeast):
            return columns["offence_count"] >= test.least
        if isinstance(test, ItemCount):
            return self._count(test)
        return reduce(and_ if node.kind == "all_of" else or_, [before[child] for child in node.children])

    def _count(self, test: ItemCount) -> Status:
        is_counted = [self._columns[name] >= test.least_code for name in test.names]
        fewest = sum(each.fillna(False).astype("int8") for each in is_counted)
        most = sum(each.fillna(True).astype("int8") for each in is_counted)
        surely, possibly = (
            (fewest >= test.limit, most >= test.limit) if test.at_least else (most <= test.limit, fewest <= test.limit)
        )
        is_open = (possibly & ~surely).to_numpy(bool)
        return pd.Series(pd.arrays.BooleanArray(surely.to_numpy(bool), is_open))
