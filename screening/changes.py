"""The smallest changes to what is known that would give another outcome.

They show how near an outcome lies to another one, and what it hangs on. They are no advice: the sentences say
"if … had been assessed …". Age is never changed, and nothing known is made unknown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX, ItemCount, Test
from screening.evaluation import complete_shared, decide
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET, UNKNOWN

#: Changes told at most.
MOST_CHANGES = 5
NEVER_CHANGED = "age"


@dataclass(frozen=True, order=True)
class Change:
    """Any ``number`` of some known inputs, changed to any of some codes.

    Of a number, ``to`` holds the first code of every stretch that would do.
    """

    number: int
    of: tuple[str, ...]
    to: tuple[int, ...]


@dataclass(frozen=True)
class SmallestChange:
    """One smallest set of changes and the outcome that it would give."""

    changes: tuple[Change, ...]
    outcome: int


@dataclass(frozen=True)
class _Ways:
    """The cheapest ways to a goal: their cost in inputs, and the sets of changes."""

    cost: int
    sets: tuple[frozenset[Change], ...]


_FREE = _Ways(0, (frozenset(),))


def find_smallest_changes(rules: RuleSet, intake: CodedIntake, truth: int) -> list[SmallestChange]:
    """The sets of fewest changes to known inputs that give another outcome; at most `MOST_CHANGES`.

    Parameters
    ----------
    truth : int
        The truth of the outcome node for the intake. While it is unknown there is nothing to change.
    """
    if truth == UNKNOWN:
        return []
    node = rules.nodes[rules.outcome]
    ways = _cheapest(
        _with_cost(_leave(rules, node, truth, completed), changes)
        for changes, changed in _changes_to_shared(rules, node, intake)
        for completed in complete_shared(rules, node, changed)
    )
    if ways is None:
        return []
    order = {name: place for place, name in enumerate(rules.inputs)}
    ordered = sorted(tuple(sorted(each, key=lambda change: order[change.of[0]])) for each in ways.sets)
    ordered.sort(key=lambda changes: [order[change.of[0]] for change in changes])
    return [
        SmallestChange(changes, decide(rules, _apply(rules, changes, intake))[rules.outcome])
        for changes in ordered[:MOST_CHANGES]
    ]


def _apply(rules: RuleSet, changes: Iterable[Change], intake: CodedIntake) -> CodedIntake:
    for change in changes:
        for name in change.of[: change.number]:
            intake = rules.assign(name, change.to[0], intake)
    return intake


def _changes_to_shared(
    rules: RuleSet, node: Node, intake: CodedIntake
) -> Iterator[tuple[frozenset[Change], CodedIntake]]:
    """Every way of keeping or changing the known inputs that are used twice."""
    changeable = [name for name in node.shared if name != NEVER_CHANGED and rules.code(name, intake) != BLANK]
    for size in range(len(changeable) + 1):
        for names in combinations(changeable, size):
            others = [_other_codes(rules, name, intake) for name in names]
            for codes in product(*others):
                changed = intake
                for name, code in zip(names, codes, strict=True):
                    changed = rules.assign(name, code, changed)
                yield frozenset(Change(1, (n,), (c,)) for n, c in zip(names, codes, strict=True)), changed


def _other_codes(rules: RuleSet, name: str, intake: CodedIntake) -> list[int]:
    """The codes that a known input could be changed to; of offences also counts that disagree with what is recorded."""
    code = rules.code(name, intake)
    return [other for other in rules.cells(name, rules.assign(name, code, intake)) if other != code]


def _with_cost(ways: _Ways | None, changes: frozenset[Change]) -> _Ways | None:
    return None if ways is None else _Ways(ways.cost + len(changes), tuple(each | changes for each in ways.sets))


def _cheapest(alternatives: Iterable[_Ways | None]) -> _Ways | None:
    """The cheapest of several ways to one goal, and all that cost the same."""
    possible = [ways for ways in alternatives if ways is not None]
    if not possible:
        return None
    cost = min(ways.cost for ways in possible)
    return _Ways(cost, tuple(dict.fromkeys(each for ways in possible if ways.cost == cost for each in ways.sets)))


def _all_of(goals: Iterable[_Ways | None]) -> _Ways | None:
    """Several goals at once."""
    together = _FREE
    for ways in goals:
        if ways is None:
            return None
        sets = tuple(dict.fromkeys(one | other for one in together.sets for other in ways.sets))
        together = _Ways(together.cost + ways.cost, sets)
    return together


def _leave(rules: RuleSet, node: Node, truth: int, intake: CodedIntake) -> _Ways | None:
    """The cheapest ways to make a node anything but ``truth``, where the inputs used twice are settled."""
    if node.test is not None:
        shared = rules.nodes[rules.outcome].shared
        return _leave_leaf(rules, node.test, truth, intake, shared)
    unwanted = truth if node.kind != "none_of" else MET - truth
    below = [_leave(rules, rules.nodes[child], unwanted, intake) for child in node.children]
    one_is_enough = (unwanted == MET) == (node.kind == "all_of")
    return _cheapest(below) if one_is_enough else _all_of(below)


def _leave_leaf(rules: RuleSet, test: Test, truth: int, intake: CodedIntake, shared: tuple[str, ...]) -> _Ways | None:
    if test.decide(intake) != truth:
        return _FREE
    if isinstance(test, ItemCount):
        return _leave_count(rules, test, truth, intake, shared)
    ways = []
    for name in test.inputs:
        if name == NEVER_CHANGED or name in shared or rules.code(name, intake) == BLANK:
            continue
        codes = [
            code
            for code in _other_codes(rules, name, intake)
            if test.decide(intake.with_fact(name, code)) not in (truth, UNKNOWN)
        ]
        if codes:
            ways.append(_Ways(1, (frozenset({Change(1, (name,), tuple(codes))}),)))
    return _cheapest(ways)


def _leave_count(
    rules: RuleSet, test: ItemCount, truth: int, intake: CodedIntake, shared: tuple[str, ...]
) -> _Ways | None:
    counted, blank = test.count(intake)
    too_many = test.at_least == (truth == MET)
    if too_many:  # items that count must go, until the blanks could tip it
        number = counted - (test.limit - 1 if test.at_least else test.limit)
        to = tuple(range(test.least_code))
    else:
        number = (test.limit if test.at_least else test.limit + 1) - counted - blank
        to = tuple(range(test.least_code, test.largest_code + 1))
    movable = tuple(
        ITEM_PREFIX + name
        for name, position in zip(test.names, test.positions, strict=True)
        if intake.items[position] != BLANK
        and (intake.items[position] >= test.least_code) == too_many
        and ITEM_PREFIX + name not in shared
    )
    if number > len(movable):
        return None
    return _Ways(number, (frozenset({Change(number, movable, to)}),))
