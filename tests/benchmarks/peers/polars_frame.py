"""polars: an expression a criterion. A null is a blank, and & and | on booleans are Kleene's."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, and_, or_

import numpy as np
import polars as pl

from instruments.ratings import BLANK
from screening.criteria import FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.intake import Codes
from screening.ruleset import Node, RuleSet


class Polars:
    """All statuses in one ``select``: of the writings tried the fastest on one thread.

    Slower were ``sum_horizontal`` and other ways of counting, computing parents in a step of their own, and the
    streaming engine.
    """

    name = "polars"

    def __init__(self, rules: RuleSet, inputs: Mapping[str, Codes]) -> None:
        frame = pl.DataFrame(dict(inputs))
        self.frame = frame.with_columns(pl.when(pl.all() == BLANK).then(None).otherwise(pl.all()).name.keep())
        self._expressions = expressions(rules)

    def decide(self) -> pl.DataFrame:
        return self.frame.lazy().select(self._expressions).collect()

    def statuses(self, answer: pl.DataFrame) -> Codes:
        columns = [answer[name] for name in answer.columns]
        met = np.stack([column.fill_null(False).to_numpy() for column in columns])
        return met * np.int8(2) + np.stack([column.is_null().to_numpy() for column in columns])


def expressions(rules: RuleSet) -> list[pl.Expr]:
    """The status of every criterion and the outcome as a nullable boolean, by the criterion's id."""
    truths: list[pl.Expr] = []
    for node in rules.decision:
        truths.append(_expression(node, truths))
    return [each.alias(node.name) for each, node in zip(truths, rules.decision, strict=True)]


def _expression(node: Node, before: Sequence[pl.Expr]) -> pl.Expr:
    test = node.test
    if isinstance(test, NumberWithin):
        return pl.col(test.name).is_between(test.lowest, test.highest)
    if isinstance(test, FactIsOneOf):
        codes = sorted(test.codes)
        return pl.col(test.name) == codes[0] if len(codes) == 1 else pl.col(test.name).is_in(codes)
    if isinstance(test, OffencesAtLeast):
        return pl.col("offence_count") >= test.least
    if isinstance(test, ItemCount):
        fewest, most = _count(test, -1), _count(test, test.largest_code)
        surely, possibly = (
            (fewest >= test.limit, most >= test.limit) if test.at_least else (most <= test.limit, fewest <= test.limit)
        )
        return pl.when(surely).then(True).when(possibly).then(pl.lit(None, pl.Boolean)).otherwise(False)
    return reduce(and_ if node.kind == "all_of" else or_, [before[child] for child in node.children])


def _count(test: ItemCount, for_a_blank: int) -> pl.Expr:
    """How many items count, if every blank were rated so; in int8, which is faster than the default."""
    counted = [(pl.col(name).fill_null(for_a_blank) >= test.least_code).cast(pl.Int8) for name in test.names]
    return reduce(add, counted)
