"""Intakes in which a criterion has a given status, made from another intake by changing little.

What is found is checked by deciding it. Nothing being found is no proof that there is none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice

from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, ItemCount, OffencesAtLeast, Test
from screening.evaluation import decide_exactly, decide_plainly
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, NOT_MET, UNKNOWN

#: Intakes that are tried for one wish.
MOST_TRIED = 4_000
#: The codes to try of every fact.
Cells = Mapping[str, tuple[int, ...]]


def truth_of(rules: RuleSet, node: Node, intake: CodedIntake) -> int:
    """The exact truth of one node for one intake."""
    truth = decide_plainly(rules, node, intake)
    is_open = truth == UNKNOWN and any(rules.is_open(name, intake) for name in node.shared)
    return decide_exactly(rules, node, intake) if is_open else truth


def intakes_with(
    rules: RuleSet, node: Node, truth: int, start: CodedIntake, cells: Cells | None = None
) -> Iterator[CodedIntake]:
    """Intakes in which a node has a truth: the start itself where it has, else with other answers below the node.

    Parameters
    ----------
    cells : Mapping or None
        The codes to try of every fact; `edges` of the rules where it is None.
    """
    made = _with(rules, edges(rules) if cells is None else cells, node, truth, start)
    yield from (intake for intake in islice(made, MOST_TRIED) if truth_of(rules, node, intake) == truth)


def edges(*several: RuleSet) -> dict[str, tuple[int, ...]]:
    """The codes of every fact that some rules tell apart; of a number those on both sides of every limit.

    The low end of a number comes last: nobody is 0 years old, and a limit says more.
    """
    codes: dict[str, set[int]] = {}
    low_ends: set[tuple[str, int]] = set()
    for rules in several:
        for name, cells in rules.all_cells.items():
            if name.startswith(ITEM_PREFIX):
                continue
            codes.setdefault(name, set()).update(cells)
            if rules.describe(name).kind != "choice":
                low = rules.describe(name).domain()[0]
                low_ends.add((name, low))
                codes[name].update(cell - 1 for cell in cells if cell > low)
    return {name: _low_end_last(name, known, low_ends) for name, known in codes.items()}


def _low_end_last(name: str, codes: set[int], low_ends: set[tuple[str, int]]) -> tuple[int, ...]:
    return tuple(sorted(codes, key=lambda code: ((name, code) in low_ends, code)))


def nearest(
    rules: RuleSet, start: CodedIntake, found: CodedIntake, holds: Callable[[CodedIntake], bool]
) -> CodedIntake:
    """What was found, with every answer as in the start that need not differ for it to hold; the last items first."""
    names = [*found.facts, *(name for name in start.facts if name not in found.facts)]
    for name in [*names, *(ITEM_PREFIX + item.id for item in reversed(rules.instrument.items))]:
        before, now = rules.code(name, start), rules.code(name, found)
        if before != now and holds(without := rules.assign(name, before, found)):
            found = without
    return found


def _with(rules: RuleSet, cells: Cells, node: Node, truth: int, intake: CodedIntake) -> Iterator[CodedIntake]:
    if truth_of(rules, node, intake) == truth:
        yield intake
    if node.test is not None:
        options = _options(rules, cells, node.test, intake)
        yield from (option for option in options if node.test.decide(option) == truth)
        return
    wanted = MET - truth if node.kind == "none_of" else truth
    rest = MET if node.kind == "all_of" else NOT_MET  # what leaves the answer to the others
    below = [rules.nodes[child] for child in node.children]
    find = partial(_with, rules, cells)
    if wanted == rest:
        yield from _all_with(rules, cells, below, wanted, intake)
        return
    for child in below:
        for found in find(child, wanted, intake):
            if wanted == UNKNOWN:
                others = [each for each in below if each is not child]
                yield from _all_with(rules, cells, others, rest, found)
            else:
                yield found


def _all_with(
    rules: RuleSet, cells: Cells, nodes: list[Node], truth: int, intake: CodedIntake
) -> Iterator[CodedIntake]:
    if not nodes:
        yield intake
        return
    first, *others = nodes
    for found in _with(rules, cells, first, truth, intake):
        yield from _all_with(rules, cells, others, truth, found)


def _options(rules: RuleSet, cells: Cells, test: Test, intake: CodedIntake) -> Iterator[CodedIntake]:
    """The intake with every other answer to what a test reads."""
    if isinstance(test, ItemCount):
        for counted, blank in counts_at(test):
            yield with_counts(test, counted, blank, intake)
        return
    names = test.inputs[:1] if isinstance(test, OffencesAtLeast) else test.inputs
    for name in names:
        for code in (*cells.get(name, ()), BLANK):
            yield rules.assign(name, code, intake)
    if isinstance(test, OffencesAtLeast):  # where two guidances count over different times, the time has to be told
        for code in cells.get(names[0], ()):
            yield replace(rules.assign(names[0], code, intake), offence_window=test.window_months)


def counts_at(test: ItemCount) -> list[tuple[int, int]]:
    """How many items count and how many are blank, on both sides of the limit of a test and where one is open."""
    limit = test.limit if test.at_least else test.limit + 1
    sides = [(limit - 1, 0), (limit, 0), (limit - 1, 1)]
    return [(counted, blank) for counted, blank in sides if counted >= 0 and counted + blank <= len(test.names)]


def with_counts(test: ItemCount, counted: int, blank: int, intake: CodedIntake) -> CodedIntake:
    """The intake with so many items of a test that count, and so many blank; the first ones count."""
    codes = list(intake.items)
    for place, position in enumerate(test.positions):
        is_blank = place >= len(test.positions) - blank
        codes[position] = BLANK if is_blank else test.least_code if place < counted else 0
    return CodedIntake(intake.facts, tuple(codes), intake.on, intake.offence_window)


def tested_alike(rules: RuleSet, others: RuleSet) -> Iterator[str]:
    """The names of the criteria, and of the outcome, that two sets of rules test alike."""
    for node in (*rules.criteria, rules.nodes[rules.outcome]):
        other = others.by_name.get(node.name)
        if other is not None and _what_is_tested(rules, node.position) == _what_is_tested(others, other.position):
            yield node.name


def _what_is_tested(rules: RuleSet, position: int) -> list[tuple[object, ...]]:
    return [(node.name, node.kind, node.test) for node in rules.subtrees[position]]
