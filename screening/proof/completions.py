"""Completions in which some criteria are met and others not: found, or shown not to be there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

from instruments.ratings import BLANK
from screening.compiling.planes import combine_columns
from screening.evaluation import decide
from screening.facts import NOT_APPLICABLE
from screening.intake import CodedIntake, Codes
from screening.proof.branches import Answers, Assignment, Branch, TooLargeError, branches_of, is_item
from screening.ruleset import Node, RuleSet
from screening.truth import MET, NOT_MET

#: Most entries of one truth table.
MOST_ENTRIES = 4_194_304
#: Most ways in which what is wanted is taken apart, where one truth table would have more entries than that.
MOST_WAYS = 1_024
#: The two ends of a step, by the number of its branch.
Moving = Mapping[int, tuple[Answers, Answers]]


class Wanted(NamedTuple):
    """That a node is met, or that it is not; of a step, before it or after it."""

    position: int
    is_met: bool
    is_after: bool = False


class Completions:
    """All completions of a guidance and its flags on a day.

    What is found is an intake in which all that the answer rests on is known and the rest is blank: whatever the rest
    turns out to be, the answer stays.

    Parameters
    ----------
    on : date
        The reference date, for what is constant on a day.
    """

    def __init__(self, rules: RuleSet, on: date) -> None:
        self._rules = rules
        self.blank = CodedIntake({}, (BLANK,) * len(rules.instrument.items), on)
        self.branches = branches_of(rules)
        places = [(number, place) for number, branch in enumerate(self.branches) for place in range(len(branch.nodes))]
        #: The branch of every test, and its place among the branch's tests.
        self._places = {self.branches[number].nodes[place].position: (number, place) for number, place in places}

    @cached_property
    def _answers(self) -> list[list[Answers]]:
        return [list(branch.kinds) for branch in self.branches]

    def count(self) -> int:
        """How many completions there are: the product of how many values every input can have."""
        return prod(self._values(name) for branch in self.branches for name in branch.inputs)

    def count_kinds(self) -> int:
        """How many of them some criterion or flag tells apart."""
        return prod(map(len, self._answers))

    def _values(self, name: str) -> int:
        if is_item(name):
            return len(self._rules.all_cells[name])
        low, high = self._rules.describe(name).domain()
        return high - low + 1 + (NOT_APPLICABLE in self._rules.all_cells[name])

    def is_constant(self, node: Node) -> bool:
        """Whether a node tests nothing of a person, such as whether a day has passed."""
        return not self._branches_of([node.position])

    def branch_of(self, name: str) -> Branch:
        """The branch that an input is in."""
        return next(branch for branch in self.branches if name in branch.inputs)

    def find(self, *wanted: Wanted) -> CodedIntake | None:
        """A completion in which all this holds; None where there is none.

        Raises
        ------
        TooLargeError
        """
        found = self._solve(wanted, {})
        return None if found is None else self._shortest(wanted, [found])[0]

    def find_step(self, name: str, *wanted: Wanted) -> tuple[CodedIntake, CodedIntake] | None:
        """Two completions a step of one input apart, with what is wanted of each; None where there are none.

        Raises
        ------
        TooLargeError
        """
        branch = self.branch_of(name)
        tested = {node.position for each in wanted for node in self._rules.subtrees[each.position]}
        places = [place for place, node in enumerate(branch.nodes) if node.position in tested]
        tried = set()
        for step in branch.steps(name):
            seen = tuple((step.before[place], step.after[place]) for place in places)
            if seen in tried or all(before == after for before, after in seen):
                continue
            tried.add(seen)
            found = self._solve(wanted, {self.branches.index(branch): (step.before, step.after)})
            if found is not None:
                ends = [{**found, **end} for end in (step.assignment, step.changed)]
                before, after = self._shortest(wanted, ends)
                return before, after
        return None

    def _shortest(self, wanted: Sequence[Wanted], ends: Sequence[Assignment]) -> list[CodedIntake]:
        """What was found as intakes, one for each end of a step, without what the answer does not rest on."""
        for name in list(ends[0]):
            shorter = [{each: code for each, code in end.items() if each != name} for end in ends]
            is_moved = len({end[name] for end in ends}) > 1
            if not is_moved and all(self._holds(wanted, end, place) for place, end in enumerate(shorter)):
                ends = shorter
        return [self._intake(end) for end in ends]

    def _holds(self, wanted: Iterable[Wanted], assignment: Assignment, end: int) -> bool:
        """Whether what is wanted of one end holds in an intake of which only this is known."""
        of_end = [each for each in wanted if each.is_after == bool(end)]
        last = max((each.position for each in of_end), default=-1)
        truths = decide(self._rules, self._intake(assignment), self._rules.nodes[: last + 1])
        return all(truths[each.position] == (MET if each.is_met else NOT_MET) for each in of_end)

    def _intake(self, assignment: Assignment) -> CodedIntake:
        intake = self.blank
        for name, code in assignment.items():
            intake = self._rules.assign(name, code, intake)
        return intake

    def _solve(self, wanted: Iterable[Wanted], moving: Moving) -> Assignment | None:
        """An assignment to every branch that matters and does not move, in which all holds; None if there is none."""
        parts = [part for each in wanted for part in self._in_parts(each)]
        for place, part in enumerate(parts):
            if part.position == self._rules.outcome:  # some required criterion is not met: each is tried in turn
                others = [*parts[:place], *parts[place + 1 :]]
                required = self._rules.nodes[part.position].children
                ways = (self._solve([*others, Wanted(each, False, part.is_after)], moving) for each in required)
                return next((found for found in ways if found is not None), None)
        found: dict[str, int] = {}
        for group in self._independent(parts, moving):
            together = self._solve_together(group, moving)
            if together is None:
                return None
            found.update(together)
        return found

    def _in_parts(self, wanted: Wanted) -> Iterator[Wanted]:
        """The same as one demand for each criterion that it combines, where it comes to that."""
        node = self._rules.nodes[wanted.position]
        if node.test is None and wanted.is_met is (node.kind != "any_of"):
            for child in node.children:
                yield from self._in_parts(Wanted(child, node.kind == "all_of", wanted.is_after))
        else:
            yield wanted

    def _branches_of(self, positions: Iterable[int]) -> set[int]:
        below = (node.position for position in positions for node in self._rules.subtrees[position])
        return {self._places[position][0] for position in below if position in self._places}

    def _independent(self, parts: Iterable[Wanted], moving: Moving) -> list[list[Wanted]]:
        """The demands in groups that share no branch but one that moves."""
        groups: list[tuple[set[int], list[Wanted]]] = []
        for part in parts:
            branches, members = self._branches_of([part.position]) - set(moving), [part]
            for group in [group for group in groups if group[0] & branches]:
                groups.remove(group)
                branches, members = branches | group[0], [*group[1], *members]
            groups.append((branches, members))
        return [members for _, members in groups]

    def _solve_together(self, wanted: Sequence[Wanted], moving: Moving) -> Assignment | None:
        """The same for demands that share branches, by a truth table with an axis for each branch."""
        positions = [each.position for each in wanted]
        axes = sorted(self._branches_of(positions) - set(moving))
        answers = [self._told_apart(number, positions) for number in axes]
        size = prod(map(len, answers))
        if size > MOST_ENTRIES:
            return self._solve_in_turn(wanted, moving, size)
        holds = np.ones(size, dtype=np.bool_)
        for end in (False, True):
            of_end = [each for each in wanted if each.is_after is end]
            fixed = {number: ends[end] for number, ends in moving.items()}
            truths = self._truths([each.position for each in of_end], axes, answers, fixed)
            for each in of_end:
                holds &= truths[each.position] == (MET if each.is_met else NOT_MET)
        if not holds.any():
            return None
        first = np.unravel_index(int(holds.argmax()), [len(each) for each in answers])
        assignments = [self.branches[number].kinds[answers[axis][first[axis]]] for axis, number in enumerate(axes)]
        return {name: code for assignment in assignments for name, code in assignment.items()}

    def _solve_in_turn(self, wanted: Sequence[Wanted], moving: Moving, size: int) -> Assignment | None:
        """The same where one table would be too large: a demand that any of several answers by each of them in turn.

        Raises
        ------
        TooLargeError
            If nothing of what is wanted can be taken apart so, or in too many ways.
        """
        nodes = [self._rules.nodes[each.position] for each in wanted]
        ways = prod(len(node.children) for node in nodes if node.test is None)
        place = next((place for place, node in enumerate(nodes) if node.test is None), None)
        if place is None or ways > MOST_WAYS:
            raise TooLargeError(size, MOST_ENTRIES)
        others = [*wanted[:place], *wanted[place + 1 :]]
        is_met, is_after = nodes[place].kind != "all_of", wanted[place].is_after
        each_way = (Wanted(child, is_met, is_after) for child in nodes[place].children)
        tried = (self._solve([*others, each], moving) for each in each_way)
        return next((found for found in tried if found is not None), None)

    def _told_apart(self, number: int, positions: Iterable[int]) -> list[Answers]:
        """Of the answers of a branch, one of each sort that these nodes tell apart."""
        below = {node.position for position in positions for node in self._rules.subtrees[position]}
        places = [place for place, node in enumerate(self.branches[number].nodes) if node.position in below]
        first: dict[Answers, Answers] = {}
        for answers in self._answers[number]:
            first.setdefault(tuple(answers[place] for place in places), answers)
        return list(first.values())

    def _truths(
        self,
        positions: Iterable[int],
        axes: Sequence[int],
        answers: Sequence[Sequence[Answers]],
        fixed: Mapping[int, Answers],
    ) -> Mapping[int, Codes]:
        """The truth of these nodes and all below them in every entry, shape (entries,); the last axis goes fastest."""
        truths: dict[int, Codes] = {}
        lengths = [len(each) for each in answers]
        for node in (node for position in positions for node in self._rules.subtrees[position]):
            if node.position in truths:
                continue
            truth = truths[node.position] = np.empty(prod(lengths), dtype=np.int8)
            if node.position not in self._places:
                if node.test is None:
                    combine_columns(node.kind, [truths[child] for child in node.children], truth)
                else:
                    truth.fill(node.test.decide(self.blank))
                continue
            number, place = self._places[node.position]
            if number in fixed:
                truth.fill(MET if fixed[number][place] else NOT_MET)
            else:
                axis = axes.index(number)
                met = np.array([each[place] for each in answers[axis]], dtype=np.int8) * np.int8(MET)
                truth[:] = np.tile(np.repeat(met, prod(lengths[axis + 1 :])), prod(lengths[:axis]))
        return truths
