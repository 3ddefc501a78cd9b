"""The tests and criteria of a guidance in expressions: met surely, in every completion, and possibly, in some.

An input that a criterion uses twice is tried with each of its values, as `screening.evaluation.decide_exactly` does:
here the values are put into the expressions, which are then joined, "surely" by all of them and "possibly" by any.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from instruments.ratings import BLANK
from screening.compiling.conditions import AllOf, Code, Condition, Day, Term, Window, Within
from screening.criteria import ITEM_PREFIX, Test
from screening.intake import OWN_RULE_MONTHS
from screening.portable.expressions import (
    TRUE,
    Column,
    Constant,
    Expression,
    Step,
    all_of,
    any_of,
    compare,
    count,
    negate,
)
from screening.portable.reading import OFFENCES, WINDOW
from screening.ruleset import Node, RuleSet

Inputs = Mapping[str, Expression]


class Planes(NamedTuple):
    """When something is met in every way of filling in what is blank, and when in some."""

    surely: Expression
    possibly: Expression


def decision_steps(rules: RuleSet, inputs: Inputs, on: date) -> list[Step]:
    """A step for each level of the criteria, those that others build on first.

    Parameters
    ----------
    inputs : Mapping of str to Expression
        The code of every input of the criteria, and the window of the offences.
    on : date
        The reference date.

    Returns
    -------
    list of Step
        With the columns `surely` and `possibly` of every criterion and of the outcome.
    """
    deciding = _Deciding(rules, inputs, on)
    levels: dict[int, dict[str, Expression]] = {}
    level_of: dict[int, int] = {}
    for node in rules.decision:
        level_of[node.position] = 1 + max((level_of[child] for child in node.children), default=0)
        columns = levels.setdefault(level_of[node.position], {})
        columns[surely(node).name], columns[possibly(node).name] = deciding.exactly(node)
    return [Step(f"criteria_{level}", levels[level]) for level in sorted(levels)]


def surely(node: Node) -> Column:
    """The column that says whether a criterion is met in every completion."""
    return Column(f"{node.name}.surely")


def possibly(node: Node) -> Column:
    """The column that says whether a criterion is met in some completion."""
    return Column(f"{node.name}.possibly")


class _Deciding:
    def __init__(self, rules: RuleSet, inputs: Inputs, on: date) -> None:
        self._rules = rules
        self._inputs = inputs
        self._on = on

    def exactly(self, node: Node) -> Planes:
        """A node over every value of the inputs that it uses twice and that are open."""
        return self._complete(node, node.shared, {})

    def _complete(self, node: Node, names: Sequence[str], tried: Inputs) -> Planes:
        if not names:
            return self._plainly(node, tried)
        name, rest = names[0], names[1:]
        planes = list(self._values(node, name, rest, tried))
        return Planes(
            all_of(*(any_of(negate(condition), each.surely) for condition, each in planes)),
            any_of(*(all_of(condition, each.possibly) for condition, each in planes)),
        )

    def _values(self, node: Node, name: str, rest: Sequence[str], tried: Inputs) -> Iterator[tuple[Expression, Planes]]:
        """The node for each value that an input may have, and when it may have it."""
        cells = self._rules.all_cells[name]
        if name == OFFENCES:
            for cell, after in zip(cells, (*cells[1:], None), strict=True):
                own = {name: Constant(cell), WINDOW: Constant(OWN_RULE_MONTHS)}
                yield (
                    self._may_count(cell, after, {**self._inputs, **tried}),
                    self._complete(node, rest, {**tried, **own}),
                )
            return
        is_blank = compare(self._inputs[name], "=", BLANK)
        yield negate(is_blank), self._complete(node, rest, tried)
        for cell in cells:
            yield is_blank, self._complete(node, rest, {**tried, name: Constant(cell)})

    def _may_count(self, first: int, after: int | None, inputs: Inputs) -> Expression:
        """Whether the offences may be so many by the rule: ``first`` or more, and fewer than ``after``."""
        test = self._rules.offences
        if test is None:
            raise TypeError("no test counts offences")
        may_reach = self._planes(replace(test, least=first), inputs).possibly
        may_be_fewer = TRUE if after is None else negate(self._planes(replace(test, least=after), inputs).surely)
        return all_of(may_reach, may_be_fewer)

    def _plainly(self, node: Node, tried: Inputs) -> Planes:
        if node.test is not None:
            return self._planes(node.test, {**self._inputs, **tried})
        return combine([self._below(self._rules.nodes[child], tried) for child in node.children], node.kind)

    def _below(self, node: Node, tried: Inputs) -> Planes:
        """A node's own columns, unless an input that it uses is tried with a value."""
        if tried.keys().isdisjoint(self._rules.inputs_below[node.position]):
            return Planes(surely(node), possibly(node))
        return self._plainly(node, tried)

    def _planes(self, test: Test, inputs: Inputs) -> Planes:
        return Planes(self._expression(test.surely, inputs), self._expression(test.possibly, inputs))

    def _expression(self, condition: Condition, inputs: Inputs) -> Expression:
        if isinstance(condition, Within):
            return _within(self._value(condition.term, inputs), condition)
        parts = (self._expression(part, inputs) for part in condition.parts)
        return all_of(*parts) if isinstance(condition, AllOf) else any_of(*parts)

    def _value(self, term: Term, inputs: Inputs) -> Expression:
        if isinstance(term, Code):
            return inputs[term.name]
        if isinstance(term, Window):
            return inputs[WINDOW]
        if isinstance(term, Day):
            return Constant(self._on.toordinal())
        codes = [inputs[ITEM_PREFIX + self._rules.instrument.items[place].id] for place in term.positions]
        counts = (compare(code, ">=", term.least_code) for code in codes)
        if not term.with_blanks:
            return count(counts)
        return count(any_of(counted, compare(code, "=", BLANK)) for code, counted in zip(codes, counts, strict=True))


def _within(value: Expression, leaf: Within) -> Expression:
    if leaf.high is None:
        return compare(value, ">=", leaf.low)
    if leaf.low == leaf.high:
        return compare(value, "=", leaf.low)
    is_below = compare(value, "<=", leaf.high)
    return is_below if leaf.low <= leaf.term.lowest else all_of(compare(value, ">=", leaf.low), is_below)


def combine(below: Sequence[Planes], kind: str) -> Planes:
    """Kleene's "all of", "any of" or "none of"."""
    all_surely, all_possibly = [each.surely for each in below], [each.possibly for each in below]
    if kind == "all_of":
        return Planes(all_of(*all_surely), all_of(*all_possibly))
    some = Planes(any_of(*all_surely), any_of(*all_possibly))
    return some if kind == "any_of" else Planes(negate(some.possibly), negate(some.surely))
