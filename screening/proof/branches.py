"""What the tests of a guidance can answer together, tried out branch by branch.

A branch holds the tests that share inputs; two branches share none, so that any answers of the one can go with any of
the other. Within a branch every combination of cells is tried: values that no test tells apart are tried once, and
items act through counts only, so that counts are tried instead of ratings. That is exact, and small.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import permutations, product
from math import prod
from typing import NamedTuple

from screening.criteria import ITEM_PREFIX, ItemCount, Test
from screening.intake import CodedIntake
from screening.ruleset import Node, RuleSet
from screening.truth import MET

#: Most combinations of cells, or of counts, that are tried in one branch.
MOST_COMBINATIONS = 65_536

#: Whether each test of a branch is met, in the order of its nodes.
Answers = tuple[bool, ...]
#: The code of every input of a branch.
Assignment = Mapping[str, int]
_Counts = tuple[int, ...]


class TooLargeError(Exception):
    """More would have to be tried than is tried.

    Parameters
    ----------
    size : int
        How much.
    most : int
        How much is tried.
    """

    def __init__(self, size: int, most: int) -> None:
        self.size = size
        self.most = most
        super().__init__(size, most)


class Step(NamedTuple):
    """One input that takes another value, with all else as it was, and what the tests of its branch answer."""

    before: Answers
    after: Answers
    assignment: Assignment
    changed: Assignment


class Branch(ABC):
    """Tests that share inputs.

    Parameters
    ----------
    nodes : tuple of Node
        The nodes of the tests.
    """

    def __init__(self, rules: RuleSet, nodes: Sequence[Node], inputs: Iterable[str]) -> None:
        self.rules = rules
        self.nodes = tuple(nodes)
        self.inputs = tuple(inputs)

    @property
    @abstractmethod
    def kinds(self) -> Mapping[Answers, Assignment]:
        """Every combination of answers that there is, with one assignment that gives it."""

    @abstractmethod
    def steps(self, name: str) -> Iterator[Step]:
        """Every step of one input: of a fact, from any value to any other; of an item, one level up."""


class FactBranch(Branch):
    """Tests of facts."""

    @cached_property
    def kinds(self) -> Mapping[Answers, Assignment]:
        kinds: dict[Answers, Assignment] = {}
        for assignment in self._assignments(self.inputs):
            kinds.setdefault(self._answers(assignment), assignment)
        return kinds

    def steps(self, name: str) -> Iterator[Step]:
        others = tuple(each for each in self.inputs if each != name)
        for context in self._assignments(others):
            kinds: dict[Answers, Assignment] = {}
            for code in self.rules.all_cells[name]:
                assignment = {**context, name: code}
                kinds.setdefault(self._answers(assignment), assignment)
            for before, after in permutations(kinds, 2):
                yield Step(before, after, kinds[before], kinds[after])

    def _assignments(self, names: Sequence[str]) -> Iterator[Assignment]:
        cells = [self.rules.all_cells[name] for name in names]
        size = prod(map(len, cells))
        if size > MOST_COMBINATIONS:
            raise TooLargeError(size, MOST_COMBINATIONS)
        return (dict(zip(names, codes, strict=True)) for codes in product(*cells))

    def _answers(self, assignment: Assignment) -> Answers:
        intake = CodedIntake(assignment, (), self.rules.guidance.valid_from)
        return tuple(node.test is not None and node.test.decide(intake) == MET for node in self.nodes)


class ItemBranch(Branch):
    """Counts of items that share items. Items that the same counts take in at the same levels are of one sort."""

    @cached_property
    def _tests(self) -> tuple[ItemCount, ...]:
        return tuple(node.test for node in self.nodes if isinstance(node.test, ItemCount))

    @cached_property
    def _sorts(self) -> Mapping[tuple[_Counts, ...], list[str]]:
        """The items of each sort, by what each level adds to every count."""
        sorts: dict[tuple[_Counts, ...], list[str]] = {}
        for name in self.inputs:
            sorts.setdefault(self._added(name), []).append(name)
        return sorts

    def _added(self, name: str) -> tuple[_Counts, ...]:
        levels = self.rules.all_cells[name]
        return tuple(
            tuple(int(name in test.inputs and level >= test.least_code) for test in self._tests) for level in levels
        )

    @cached_property
    def kinds(self) -> Mapping[Answers, Assignment]:
        kinds: dict[Answers, Assignment] = {}
        for counts, assignment in self._reachable(self.inputs).items():
            kinds.setdefault(self._answers(counts), assignment)
        return kinds

    def steps(self, name: str) -> Iterator[Step]:
        added = self._added(name)
        for counts, others in self._reachable([each for each in self.inputs if each != name]).items():
            for level in range(len(added) - 1):
                before, after = (self._answers(_sum(counts, added[each])) for each in (level, level + 1))
                yield Step(before, after, {**others, name: level}, {**others, name: level + 1})

    def alike(self, name: str) -> tuple[str, ...]:
        """The items of the same sort: what can be said of one can be said of each."""
        return tuple(self._sorts[self._added(name)])

    def _answers(self, counts: _Counts) -> Answers:
        return tuple(test.is_met_by(count) for test, count in zip(self._tests, counts, strict=True))

    def _reachable(self, names: Sequence[str]) -> Mapping[_Counts, Assignment]:
        """All counts that some ratings of these items give, with such ratings."""
        reachable: dict[_Counts, Assignment] = {(0,) * len(self._tests): {}}
        for name in names:
            longer: dict[_Counts, Assignment] = {}
            for counts, assignment in reachable.items():
                for level, added in enumerate(self._added(name)):
                    longer.setdefault(_sum(counts, added), {**assignment, name: level})
            if len(longer) > MOST_COMBINATIONS:
                raise TooLargeError(len(longer), MOST_COMBINATIONS)
            reachable = longer
        return reachable


def _sum(counts: _Counts, added: _Counts) -> _Counts:
    return tuple(map(sum, zip(counts, added, strict=True)))


def branches_of(rules: RuleSet) -> tuple[Branch, ...]:
    """The branches of everything that a guidance and its flags test, in the order of their first test."""
    groups: list[tuple[set[str], list[Node]]] = []
    for node in rules.nodes:
        if node.test is None or not node.test.inputs:
            continue
        joined: tuple[set[str], list[Node]] = (set(node.test.inputs), [node])
        apart = []
        for group in groups:
            if group[0] & joined[0]:
                joined = (group[0] | joined[0], [*group[1], *joined[1]])
            else:
                apart.append(group)
        groups = [*apart, joined]
    return tuple(_branch(rules, nodes) for _, nodes in sorted(groups, key=lambda group: group[1][0].position))


def _branch(rules: RuleSet, nodes: Sequence[Node]) -> Branch:
    ordered = sorted(nodes, key=lambda node: node.position)
    inputs = dict.fromkeys(name for node in ordered for name in _test_of(node).inputs)
    kind = ItemBranch if ordered and isinstance(ordered[0].test, ItemCount) else FactBranch
    return kind(rules, ordered, inputs)


def _test_of(node: Node) -> Test:
    if node.test is None:
        raise ValueError(f"{node.name} tests nothing itself")
    return node.test


def is_item(name: str) -> bool:
    """Whether an input is an item."""
    return name.startswith(ITEM_PREFIX)
