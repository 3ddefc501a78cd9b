"""Deciding every criterion and flag, for one intake and for a cohort.

The answer is exact: a node is unknown only where some way of filling in the blanks meets it and another does not.
Where no input occurs twice, Kleene's minimum and maximum are exact. Where one does, every value of it is tried.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.ratings import BLANK
from screening.compiling.compiled_rules import Settle, compile_decision, compile_plainly
from screening.compiling.planes import ColumnTest, combine_columns
from screening.intake import OWN_RULE_MONTHS, CodedIntake, Codes, Columns
from screening.ruleset import Node, RuleSet
from screening.truth import NOT_MET, UNKNOWN

#: Rows decided at a time: the few columns that a test works on fit in the processor's second-level cache.
BLOCK = 131_072


def decide(rules: RuleSet, intake: CodedIntake, nodes: Sequence[Node] | None = None) -> list[int]:
    """Decide one intake.

    Parameters
    ----------
    nodes : sequence of Node, optional
        The first nodes of the rule set, where the rest is not wanted; all by default.

    Returns
    -------
    list of int
        The truth of every node, by position: 0 not met, 1 unknown, 2 met.
    """
    return decider(rules, nodes)(intake)


def decider(rules: RuleSet, nodes: Sequence[Node] | None = None) -> Callable[[CodedIntake], list[int]]:
    """What `decide` decides by, for those who decide many intakes one at a time."""
    number = len(rules.nodes if nodes is None else nodes)
    return rules.deciders.get(number) or _compile(rules, number)


def _compile(rules: RuleSet, number: int) -> Callable[[CodedIntake], list[int]]:
    rules.deciders[number] = compile_decision(rules, number, settler(rules))
    return rules.deciders[number]


def settler(rules: RuleSet) -> Settle:
    """Settle a node by position: what `decide_exactly` does of it."""
    return lambda position, intake: decide_exactly(rules, rules.nodes[position], intake)


def decide_exactly(rules: RuleSet, node: Node, intake: CodedIntake) -> int:
    """The truth of one node over every value of the blank inputs that it uses more than once."""
    truths: set[int] = set()
    for completed in complete_shared(rules, node, intake):
        truths.add(decide_plainly(rules, node, completed))
        if len(truths) > 1 or UNKNOWN in truths:
            return UNKNOWN
    return truths.pop()


def decide_plainly(rules: RuleSet, node: Node, intake: CodedIntake) -> int:
    """The truth of one node by minimum and maximum alone; exact when no input that it uses twice is blank."""
    if node.position not in rules.plain_deciders:
        rules.plain_deciders[node.position] = compile_plainly(rules, node)
    return rules.plain_deciders[node.position](intake)


def complete_shared(rules: RuleSet, node: Node, intake: CodedIntake) -> Iterator[CodedIntake]:
    """The intake with every combination of values for the blank inputs that a node uses more than once."""

    def complete(names: tuple[str, ...], so_far: CodedIntake) -> Iterator[CodedIntake]:
        if not names:
            yield so_far
        elif not rules.is_open(names[0], so_far):
            yield from complete(names[1:], so_far)
        else:
            for code in rules.cells(names[0], so_far):
                yield from complete(names[1:], rules.assign(names[0], code, so_far))

    return complete(node.shared, intake)


def decide_columns(rules: RuleSet, columns: Columns, nodes: Sequence[Node] | None = None) -> NDArray[np.int8]:
    """Decide a cohort.

    Parameters
    ----------
    nodes : sequence of Node, optional
        The first nodes of the rule set, where the rest is not wanted; all by default.

    Returns
    -------
    int8 array, shape (nodes, n)
        The truth of every node, by position, for every row.
    """
    wanted = rules.nodes if nodes is None else nodes
    tests = {node.position: ColumnTest(node.test, columns) for node in wanted if node.test is not None}
    answer = np.empty((len(wanted), len(columns)), dtype=np.int8)
    for start in range(0, len(columns), BLOCK):
        block = columns.rows(start, start + BLOCK)
        truths = answer[:, start : start + BLOCK]
        for node in wanted:
            truth = truths[node.position]
            if node.position in tests:
                tests[node.position].write_truths(block, truth)
            else:
                combine_columns(node.kind, [truths[child] for child in node.children], truth)
            if node.shared:
                _settle_columns(rules, node, block, truth)
    return answer


def _settle_columns(rules: RuleSet, node: Node, block: Columns, truth: Codes) -> None:
    rows = _rows_to_settle(rules, node, truth, block)
    if len(rows):
        truth[rows] = _settle(rules, node, block, rows)


def _settle(rules: RuleSet, node: Node, block: Columns, rows: NDArray[np.intp]) -> Codes:
    """The truth of a node for some rows; those that are alike in all that it uses are decided once."""
    used: list[NDArray[Any]] = [rules.column(name, block)[rows] for name in rules.inputs_below[node.position]]
    if block.offence_window is not None:
        used.append(block.offence_window[rows])
    _, firsts, kinds = np.unique(np.stack(used), axis=1, return_index=True, return_inverse=True)
    truths = [decide_exactly(rules, node, block.intake(int(row))) for row in rows[firsts]]
    return np.array(truths, dtype=np.int8)[kinds.ravel()]


def _rows_to_settle(rules: RuleSet, node: Node, truth: Codes, block: Columns) -> NDArray[np.intp]:
    """The rows where an input that is used twice may be open and the node is not settled."""
    names = node.shared
    if block.offence_window is None and _is_shared_through_offences(rules, node):
        names = tuple(name for name in names if name != "age")  # counts by the rule itself do not depend on the age
    is_open = np.zeros(len(block), dtype=bool)
    for name in names:
        is_open |= rules.column(name, block) == BLANK
        if name == "offence_count" and block.offence_window is not None:
            is_open |= block.offence_window != OWN_RULE_MONTHS
    return np.flatnonzero(is_open & (truth == UNKNOWN))


def _is_shared_through_offences(rules: RuleSet, node: Node) -> bool:
    """Whether the age occurs twice only because a count of offences looks at it."""
    direct = [
        below for below in rules.subtrees[node.position] if below.test is not None and below.test.inputs[:1] == ("age",)
    ]
    return len(direct) < 2


def refuse_contradiction(rules: RuleSet) -> None:
    """Refuse required criteria that no one could meet together.

    Raises
    ------
    InputError
    """
    nothing_known = CodedIntake({}, (BLANK,) * len(rules.instrument.items), rules.guidance.valid_from)
    if decide(rules, nothing_known)[rules.outcome] == NOT_MET:
        raise InputError([Fault("cannot-all-be-met", rules.guidance.id, {"name": rules.guidance.id})])
