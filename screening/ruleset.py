"""A guidance bound to its parameters and an instrument: a flat list of nodes, ready to be decided.

Binding turns every name into a position or a code once, so that deciding an intake only compares numbers. It also
finds the inputs that a criterion uses more than once: there Kleene's minimum and maximum would answer "unknown" too
often, and every value of those inputs is tried instead.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from instruments.model import Instrument
from instruments.ratings import BLANK
from screening.asking.positions import groups_that_share
from screening.asking.strategy import Solver
from screening.criteria import ITEM_PREFIX, OffencesAtLeast, Test
from screening.facts import NOT_APPLICABLE, FactDescription, FactDictionary
from screening.guidance import Flag, FlagSet, Guidance, Parameter, ParameterValue, Setting
from screening.intake import CodedIntake, Codes, Columns
from screening.rules import Criterion
from screening.truth import WORDS

OUTCOME = "outcome"
#: Steps of one node that are kept.
MOST_STEPS = 1_024


class Step(NamedTuple):
    """One criterion or flag as it came out.

    Parameters
    ----------
    name : str
        Its id.
    truth : int
        0 not met, 1 unknown, 2 met.
    key : str
        The sentence's key in the catalogue.
    used : tuple of (input, code)
        What was tested; of a count of items, every item.
    limits : tuple of (parameter, value)
        The parameters in force that it used.
    """

    name: str
    truth: int
    key: str
    used: tuple[tuple[str, int], ...]
    limits: tuple[tuple[str, ParameterValue | None], ...]


@dataclass(frozen=True)
class Node:
    """One criterion or flag, or the outcome itself, in a place of the list.

    Parameters
    ----------
    name : str
        The criterion's or flag's id, or ``outcome`` for the conjunction of the required criteria.
    kind : str
        The kind of its rule; see `screening.rules.RULES`.
    children : tuple of int
        Positions of the nodes that it combines; all before its own.
    test : Test or None
        What is tested, for a node without children.
    limits : tuple of (parameter, value)
        The parameters in force that it uses; the first is the threshold proper.
    shared : tuple of str
        The inputs that occur more than once at or below it.
    """

    position: int
    name: str
    kind: str
    children: tuple[int, ...]
    test: Test | None
    limits: tuple[tuple[str, ParameterValue | None], ...]
    shared: tuple[str, ...]
    criterion: Criterion | None = None
    flag: Flag | None = None

    def limited_to(self, children: tuple[int, ...], inputs: Collection[str]) -> "Node":
        """The node with some of its children only, and the inputs that they use."""
        return replace(self, children=children, shared=tuple(each for each in self.shared if each in inputs))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The key of the sentence for each truth."""
        return tuple(f"criterion.{self.kind}.{word}" for word in WORDS)

    def step(self, truth: int, used: tuple[tuple[str, int], ...]) -> Step:
        """How it came out, given the codes of what was tested."""
        return Step(self.name, truth, self.keys[truth], used, self.limits)

    @cached_property
    def steps(self) -> "tuple[Step | Mapping[int | tuple[int, ...], Step], ...]":
        """Its steps by truth and then, where it tests facts, by the fact's code or by the codes of all of them.

        Apart from counts of items few steps differ, so they are made once and handed out again.
        """
        inputs = self.test.inputs if self.test else ()
        return tuple(_Steps(self, truth, inputs) if inputs else self.step(truth, ()) for truth in range(len(WORDS)))


class _Steps(dict[int | tuple[int, ...], Step]):
    """Steps of one truth by the codes of what was tested, made when they are first asked for."""

    def __init__(self, node: Node, truth: int, inputs: tuple[str, ...]) -> None:
        self._node, self._truth, self._inputs = node, truth, inputs

    def __missing__(self, codes: int | tuple[int, ...]) -> Step:
        each = codes if isinstance(codes, tuple) else (codes,)
        step = self._node.step(self._truth, tuple(zip(self._inputs, each, strict=True)))
        if len(self) < MOST_STEPS:
            self[codes] = step
        return step


@dataclass(frozen=True)
class RuleSet:
    """Everything that decides an intake, bound together.

    Parameters
    ----------
    nodes : tuple of Node
        Children before parents.
    outcome : int
        Position of the outcome node.
    roots : tuple of int
        Positions of the guidance's own criteria, in its order.
    flags : tuple of int
        Positions of the flags, in their order of display.
    settings : Mapping of str to Setting
        Every parameter's value in force, with its owner.
    """

    guidance: Guidance
    flag_set: FlagSet
    dictionary: FactDictionary
    instrument: Instrument
    settings: Mapping[str, Setting]
    nodes: tuple[Node, ...]
    outcome: int
    roots: tuple[int, ...]
    flags: tuple[int, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """The nodes by criterion or flag id."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def deciders(self) -> dict[int, Callable[[CodedIntake], list[int]]]:
        """What decides its first nodes, by their number, as far as it has been compiled: see `screening.evaluation`."""
        return {}

    @cached_property
    def plain_deciders(self) -> dict[int, Callable[[CodedIntake], int]]:
        """What decides one node alone, by its position, as far as it has been compiled."""
        return {}

    @cached_property
    def tracers(self) -> dict[int, Callable[[CodedIntake], list[Step]]]:
        """What traces its first nodes, by their number, as far as it has been compiled: see `screening.trace`."""
        return {}

    @cached_property
    def criteria(self) -> tuple[Node, ...]:
        """The guidance's criteria, parents before children, in its order."""
        return tuple(self.by_name[criterion.id] for criterion in self.guidance.walk())

    @cached_property
    def offences(self) -> OffencesAtLeast | None:
        """The test that counts offences; all of a guidance count them alike. None where none does."""
        tests = (node.test for node in self.nodes)
        return next((test for test in tests if isinstance(test, OffencesAtLeast)), None)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters of the guidance and of the flags by id."""
        return {each.id: each for each in (*self.flag_set.parameters, *self.guidance.parameters)}

    @cached_property
    def decision(self) -> tuple[Node, ...]:
        """The criteria and, last, the outcome: all that stands before the flags."""
        return self.nodes[: self.outcome + 1]

    @cached_property
    def subtrees(self) -> tuple[tuple[Node, ...], ...]:
        """For every position, the nodes at and below it, children first."""
        return tuple(tuple(self.nodes[each] for each in positions_below(self.nodes, node)) for node in self.nodes)

    @cached_property
    def inputs_below(self) -> tuple[tuple[str, ...], ...]:
        """For every position, the inputs that are tested at and below it, in the guidance's order."""
        return tuple(
            tuple(dict.fromkeys(name for node in below if node.test for name in node.test.inputs))
            for below in self.subtrees
        )

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every input of the outcome, in the guidance's order."""
        return self.inputs_below[self.outcome]

    @cached_property
    def criterion_inputs(self) -> tuple[str, ...]:
        """Every input of a criterion, required or advisory: those of the outcome first."""
        names = dict.fromkeys(self.inputs)
        for node in self.decision:
            names.update(dict.fromkeys(node.test.inputs if node.test else ()))
        return tuple(names)

    @cached_property
    def independent_parts(self) -> tuple["RuleSet", ...]:
        """The same rules with some of the required criteria only: parts that share no input, and together all."""
        *others, outcome = self.decision
        groups = groups_that_share(self.inputs_below, outcome.children)
        return tuple(replace(self, nodes=(*others, outcome.limited_to(*group)), flags=()) for group in groups)

    @cached_property
    def solver(self) -> Solver:
        """What is left of a part in any intake, thought through; it depends on these rules alone."""
        return Solver()

    @cached_property
    def fact_names(self) -> tuple[str, ...]:
        """Every fact that a criterion or flag tests."""
        tests = (node.test for node in self.nodes if node.test is not None)
        return tuple(dict.fromkeys(each for test in tests for each in test.inputs if not each.startswith(ITEM_PREFIX)))

    def facts_of(self, name: str) -> tuple[str, ...]:
        """The facts that a criterion or flag tests, in the order of its rule; none where there is no such name."""
        node = self.by_name.get(name)
        below = self.subtrees[node.position] if node is not None else ()
        facts = (fact for each in below if each.test for fact in each.test.inputs if not fact.startswith(ITEM_PREFIX))
        return tuple(dict.fromkeys(facts))

    def describe(self, name: str) -> FactDescription:
        """The dictionary row of a fact."""
        return self.dictionary.by_id[name]

    def code(self, name: str, intake: CodedIntake) -> int:
        """The code of an input, be it a fact or an item."""
        if name.startswith(ITEM_PREFIX):
            return intake.items[self.instrument.positions[name.removeprefix(ITEM_PREFIX)]]
        return intake.facts.get(name, BLANK)

    def column(self, name: str, columns: Columns) -> Codes:
        """The codes of an input for every row of a cohort, shape (n,)."""
        if name.startswith(ITEM_PREFIX):
            row: Codes = columns.items[self.instrument.positions[name.removeprefix(ITEM_PREFIX)]]
            return row
        codes = columns.facts.get(name)
        return np.full(len(columns), BLANK, dtype=np.int8) if codes is None else codes

    def is_open(self, name: str, intake: CodedIntake) -> bool:
        """Whether an input can still take more than one value that a criterion tells apart."""
        if name == "offence_count" and intake.offence_window is not None:
            return len(self.cells(name, intake)) > 1
        return self.code(name, intake) == BLANK

    def assign(self, name: str, code: int, intake: CodedIntake) -> CodedIntake:
        """The intake with an input set to a code."""
        if name.startswith(ITEM_PREFIX):
            return intake.with_item(self.instrument.positions[name.removeprefix(ITEM_PREFIX)], code)
        return intake.with_fact(name, code)

    def cells(self, name: str, intake: CodedIntake) -> tuple[int, ...]:
        """One code from every set of values that no criterion or flag tells apart.

        Of an offence count that was taken over another window, only the counts that agree with what is recorded.
        """
        if name == "offence_count" and intake.offence_window is not None:
            return self._counts_that_agree(intake)
        return self.all_cells[name]

    @cached_property
    def all_cells(self) -> Mapping[str, tuple[int, ...]]:
        """The cells of every input."""
        cuts: dict[str, set[int]] = {}
        for node in self.nodes:
            for name in node.test.inputs if node.test else ():
                cuts.setdefault(name, set()).update(node.test.cuts(name) if node.test else ())
        return {name: self._cells_of(name, points) for name, points in cuts.items()}

    def _cells_of(self, name: str, cuts: set[int]) -> tuple[int, ...]:
        if name.startswith(ITEM_PREFIX):
            item = self.instrument.item(name.removeprefix(ITEM_PREFIX))
            return tuple(range(len(self.instrument.levels(item))))
        fact = self.describe(name)
        low, high = fact.domain()
        known = range(low, high + 1) if fact.kind == "choice" else sorted({low, *(c for c in cuts if low < c <= high)})
        return (*known, NOT_APPLICABLE) if fact.not_applicable else tuple(known)

    def _counts_that_agree(self, intake: CodedIntake) -> tuple[int, ...]:
        counts: set[int] = set()
        for node in self.nodes:
            if isinstance(node.test, OffencesAtLeast):
                for side in node.test.sides(intake):
                    low, high = node.test.interval(intake, side)
                    counts.update({low, *(cut for cut in self.all_cells["offence_count"] if low <= cut <= high)})
        return tuple(sorted(counts))


def positions_below(nodes: Sequence[Node], top: Node) -> list[int]:
    """Positions of a node and all below it, children first; a node that two combine, twice."""
    positions: list[int] = []

    def visit(node: Node) -> None:
        for child in node.children:
            visit(nodes[child])
        positions.append(node.position)

    visit(top)
    return positions
