"""How much of a guidance its cases touch, and cases for what they do not, for a person to fill in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from instruments.faults import InputError, UnknownDefinitionError
from screening.criteria import ITEM_PREFIX
from screening.explanation import Explanation
from screening.fact_reading import AGE
from screening.library import BoundGuidance, Library
from screening.witnesses import tested_alike
from screening.worked_cases.edits import Edit
from screening.worked_cases.goals import Goal, goals_of
from screening.worked_cases.intakes import screen
from screening.worked_cases.judging import Verdict, judge
from screening.worked_cases.reading import SHIPPED, WorkedCase, read_cases

#: The id of the base that knows nothing, where there is none to start from.
NOTHING_RECORDED = "inget_antecknat"


@dataclass(frozen=True)
class UnderTest:
    """A version of a guidance that cases are about.

    A case is screened under the version in force on its day, as a young person would be. A draft is taken as in force
    from its first day on.

    Parameters
    ----------
    bound : BoundGuidance
        The version.
    """

    library: Library
    bound: BoundGuidance

    def _name_for(self, case: WorkedCase) -> str:
        version = self.bound.version
        if version.status == "published":
            return version.id
        contents = (each.content for each in (*self.library.guidances, *self.library.overlays))
        is_first = not any(each.id == version.id and each.status == "published" for each in contents)
        return self.bound.reference if is_first or case.on >= version.valid_from else version.id

    def judge(self, case: WorkedCase) -> Verdict:
        """Hold a case against what comes out."""
        return judge(case, self.library, self._name_for(case))

    def explain(self, case: WorkedCase) -> Explanation | None:
        """What comes out of a case; None where it is refused."""
        try:
            return screen(case, self.library, self._name_for(case))
        except (InputError, UnknownDefinitionError):
            return None


@dataclass(frozen=True)
class Coverage:
    """What the cases of a guidance touch.

    Parameters
    ----------
    reached : Mapping of Goal to int
        How many cases touch it and say what ought to come out, by everything that they ought to touch.
    """

    bound: BoundGuidance
    reached: Mapping[Goal, int]

    @property
    def missing(self) -> list[Goal]:
        """What no case touches."""
        return [goal for goal, number in self.reached.items() if not number]


@dataclass(frozen=True)
class UnfilledCase:
    """A case that is missing, made from another one; what ought to come out of it is for a person to say.

    Parameters
    ----------
    base : WorkedCase
        What it is made from.
    goals : tuple of Goal
        What it touches that no other case does, the first of them the one that it was made for.
    expect : Mapping
        What is to be filled in, everything empty.
    """

    base: WorkedCase
    edit: Edit
    goals: tuple[Goal, ...]
    expect: Mapping[str, Any]


def cover(bound: BoundGuidance, verdicts: Sequence[Verdict]) -> Coverage:
    """Count what cases touch: of a criterion, where it is tested as it is in this version of the guidance."""
    alike: dict[int, frozenset[str]] = {}
    reached: dict[Goal, int] = dict.fromkeys(goals_of(bound), 0)
    for verdict in verdicts:
        explanation = verdict.explanation
        names = frozenset({""})
        if explanation is not None:
            rules = explanation.bound.rules
            names = alike.setdefault(id(rules), frozenset({"", *tested_alike(bound.rules, rules)}))
        for goal in reached:
            if goal.criterion in names and goal.is_said(verdict.case):
                reached[goal] += goal.is_touched(verdict.case, explanation)
    return Coverage(bound, reached)


def judge_shipped(library: Library, bound: BoundGuidance) -> list[Verdict]:
    """Hold the cases that ship for a guidance against what comes out."""
    tested, name = UnderTest(library, bound), bound.version.id
    cases = [case for path in sorted(SHIPPED.glob("*.yaml")) for case in read_cases([path])]
    return [tested.judge(case) for case in cases if case.guidance == name]


def judge_shipped_for_base(library: Library, bound: BoundGuidance) -> list[Verdict]:
    """The same for what a local version builds on; nothing for what builds on nothing."""
    if bound.overlay is None:
        return []
    base = f"{bound.overlay.base.guidance}@{bound.overlay.base.version}"
    return judge_shipped(library, library.bind(base, on=bound.version.valid_from))


def nothing_recorded(guidance: str, on: date, why: str) -> WorkedCase:
    """A base in which nothing is known."""
    expect: dict[str, Any] = {"outcome": None, "criteria": {}}
    return WorkedCase("", NOTHING_RECORDED, why, guidance, on, {}, None, None, {}, expect, True, "")


def fill_gaps(
    coverage: Coverage, bases: Iterable[WorkedCase], tested: UnderTest
) -> tuple[list[UnfilledCase], list[Goal]]:
    """Make a case for everything that is missing, from what differs least of it.

    Parameters
    ----------
    bases : iterable of WorkedCase
        What to start from.

    Returns
    -------
    (list of UnfilledCase, list of Goal)
        The cases, and what no case was found for.
    """
    starts = [start for base in bases if (start := _start(base, tested)) is not None]
    made: list[UnfilledCase] = []
    not_found: list[Goal] = []
    left = dict.fromkeys(coverage.missing)
    while left:
        goal = next(iter(left))
        found = min(_cases_for(goal, starts, tested), key=lambda each: each[1].size, default=None)
        if found is None:
            del left[goal]
            not_found.append(goal)
            continue
        base, edit, case, explanation = found
        others = [other for other in left if other != goal and other.is_touched(case, explanation)]
        made.append(UnfilledCase(base, edit, (goal, *others), _to_fill_in(base, edit, (goal, *others), explanation)))
        for each in (goal, *others):
            del left[each]
    return made, not_found


def _start(base: WorkedCase, tested: UnderTest) -> tuple[WorkedCase, Edit, Explanation] | None:
    """A base as it is screened under the version that is tested: on another day, where its own is of another one."""
    for edit in (Edit(), Edit(on=tested.bound.version.valid_from)):
        explanation = tested.explain(edit.applied_to(base))
        if explanation is not None and tested.bound.reference in explanation.bound.definitions:
            return base, edit, explanation
    return None


def _cases_for(
    goal: Goal, starts: Sequence[tuple[WorkedCase, Edit, Explanation]], tested: UnderTest
) -> Iterator[tuple[WorkedCase, Edit, WorkedCase, Explanation | None]]:
    """The first case that touches a goal, from every start."""
    for base, moved, before in starts:
        for more in goal.edits(moved.applied_to(base), before):
            edit = replace(more, on=more.on or moved.on)
            case = edit.applied_to(base)
            explanation = tested.explain(case)
            if goal.is_touched(case, explanation):
                yield base, edit, case, explanation
                break


def _to_fill_in(base: WorkedCase, edit: Edit, goals: Sequence[Goal], explanation: Explanation | None) -> dict[str, Any]:
    """What a case has to say anew: the outcome, and what its base says of anything that reads what differs."""
    if explanation is None:
        return {"outcome": None}
    rules = explanation.bound.rules
    differs = {*edit.facts, *(name for name in rules.criterion_inputs if edit.ratings and name.startswith(ITEM_PREFIX))}
    criteria = [
        node.name
        for node in rules.criteria
        if edit.on is not None
        or any(goal.criterion == node.name for goal in goals)
        or differs & set(rules.inputs_below[node.position])
    ]
    keys = [key for key in ("flags", "flags_open") if key in base.expect]
    keys += ["gate"] if "gate" in base.expect and (AGE in edit.facts or edit.on) else []
    return {"outcome": None, "criteria": dict.fromkeys(criteria), **dict.fromkeys(keys)}
