"""pyarrow: compute kernels with the Kleene variants of and and or."""

from collections.abc import Mapping
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from instruments.ratings import BLANK
from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.intake import Codes
from screening.ruleset import Node, RuleSet

Answer = list[pa.Array]


class Arrow:
    name = "pyarrow"

    def __init__(self, rules: RuleSet, inputs: Mapping[str, Codes]) -> None:
        self._rules = rules
        self._columns = {name: pa.array(codes, mask=codes == BLANK) for name, codes in inputs.items()}

    def decide(self) -> Answer:
        answer: Answer = []
        for node in self._rules.decision:
            answer.append(self._decide(node, answer))
        return answer

    def statuses(self, answer: Answer) -> Codes:
        met = [pc.fill_null(status, False).to_numpy(zero_copy_only=False) for status in answer]
        unknown = [status.is_null().to_numpy(zero_copy_only=False) for status in answer]
        return np.stack(met) * np.int8(2) + np.stack(unknown)

    def _decide(self, node: Node, before: Answer) -> pa.Array:
        test, columns = node.test, self._columns
        if isinstance(test, NumberWithin):
            number = columns[test.name]
            above = pc.greater_equal(number, pa.scalar(test.lowest, pa.int8()))
            return pc.and_kleene(above, pc.less_equal(number, pa.scalar(test.highest, pa.int8())))
        if isinstance(test, FactIsOneOf):
            choice = columns[test.name]
            equal = [pc.equal(choice, pa.scalar(code, pa.int8())) for code in sorted(test.codes)]
            return reduce(pc.or_kleene, equal)
        if isinstance(test, OffencesAtLeast):
            return pc.greater_equal(columns["offence_count"], pa.scalar(test.least, pa.int8()))
        if isinstance(test, ItemCount):
            return self._count(test)
        combine = pc.and_kleene if node.kind == "all_of" else pc.or_kleene
        return reduce(combine, [before[child] for child in node.children])

    def _count(self, test: ItemCount) -> pa.Array:
        least, limit = pa.scalar(test.least_code, pa.int8()), pa.scalar(test.limit, pa.int8())
        counted = [pc.greater_equal(self._columns[name], least) for name in test.names]
        fewest = reduce(pc.add, [pc.fill_null(each, False).cast(pa.int8()) for each in counted])
        most = reduce(pc.add, [pc.fill_null(each, True).cast(pa.int8()) for each in counted])
        surely, possibly = (
            (pc.greater_equal(fewest, limit), pc.greater_equal(most, limit))
            if test.at_least
            else (pc.less_equal(most, limit), pc.less_equal(fewest, limit))
        )
        return pc.if_else(pc.equal(surely, possibly), surely, pa.scalar(None, pa.bool_()))
