"""What the cases of a guidance ought to touch: outcomes, statuses, both sides of limits, kinds of blanks, and days."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from instruments.messages import Catalogue, Message
from instruments.ratings import BLANK, BlankKind
from screening.coding import days_fresh
from screening.criteria import AfterDate, FactIsOneOf, ItemCount, NumberWithin, OffencesAtLeast
from screening.explanation import Explanation
from screening.facts import EVER, NOT_APPLICABLE
from screening.guidance import Freshness
from screening.library import BoundGuidance
from screening.recommendation import name_outcome
from screening.ruleset import OUTCOME, Node, RuleSet
from screening.trace import word_of
from screening.truth import MET, NOT_MET, UNKNOWN, WORDS
from screening.witnesses import counts_at, intakes_with, nearest, truth_of, with_counts
from screening.worked_cases.edits import Edit, edit_to
from screening.worked_cases.reading import WorkedCase

LONGER, SHORTER, BY_RULE = "longer", "shorter", "by_rule"


class Goal(ABC):
    """Something that a case ought to touch.

    Parameters
    ----------
    criterion : str
        The criterion that it is about, or ``outcome``; empty where it is about the guidance as a whole.
    """

    criterion: str

    @abstractmethod
    def message(self, rules: RuleSet) -> Message:
        """What is to be touched of the criterion, in a few words."""

    @abstractmethod
    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        """Whether a case touches it, whatever is expected; without an explanation the case was refused."""

    @abstractmethod
    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        """Ways of making a case that touches it from one that does not; each is to be tried."""

    def is_said(self, case: WorkedCase) -> bool:
        """Whether the case says what ought to come out of it."""
        return case.is_filled_in


@dataclass(frozen=True)
class TruthGoal(Goal):
    """The outcome, or the status of a criterion."""

    criterion: str
    truth: int

    def message(self, rules: RuleSet) -> Message:
        if self.criterion == OUTCOME:
            return Message("cases.goal.outcome", {"outcome": name_outcome(self.truth)})
        return Message("cases.goal.status", {"status": WORDS[self.truth]})

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        if explanation is None:
            return False
        return explanation.truths[explanation.bound.rules.by_name[self.criterion].position] == self.truth

    def is_said(self, case: WorkedCase) -> bool:
        if self.criterion == OUTCOME:
            return case.expect.get("outcome") == name_outcome(self.truth)
        return bool(case.expect["criteria"].get(self.criterion) == WORDS[self.truth])

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        rules, start = explanation.bound.rules, explanation.coding.intake
        node = rules.by_name[self.criterion]
        for found in intakes_with(rules, node, self.truth, start):
            near = nearest(rules, start, found, lambda intake: truth_of(rules, node, intake) == self.truth)
            yield edit_to(case, explanation, near)


@dataclass(frozen=True)
class AnswerGoal(Goal):
    """An answer to a fact: a value of a choice, or a number on one side of a limit."""

    criterion: str
    fact: str
    code: int

    def message(self, rules: RuleSet) -> Message:
        return Message("cases.goal.answer", {"fact": self.fact, "value": word_of(rules, self.fact, self.code)})

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        return explanation is not None and explanation.coding.intake.fact(self.fact) == self.code

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        yield edit_to(case, explanation, explanation.coding.intake.with_fact(self.fact, self.code))


@dataclass(frozen=True)
class CountGoal(Goal):
    """A number of items that count, with so many blank."""

    criterion: str
    test: ItemCount
    counted: int
    blank: int

    def message(self, rules: RuleSet) -> Message:
        parameters = {"counted": self.counted, "of": len(self.test.names)}
        return Message("cases.goal.count_with_blank" if self.blank else "cases.goal.count", parameters)

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        return explanation is not None and self.test.count(explanation.coding.intake) == (self.counted, self.blank)

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        wanted = with_counts(self.test, self.counted, self.blank, explanation.coding.intake)
        yield edit_to(case, explanation, wanted)


@dataclass(frozen=True)
class OffencesGoal(Goal):
    """A number of offences at the limit, counted by the rule itself or over another time."""

    criterion: str
    test: OffencesAtLeast
    counts: tuple[int, ...]
    window: str

    def message(self, rules: RuleSet) -> Message:
        return Message(f"cases.goal.offences_{self.window}", {"count": self.counts[0]})

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        if explanation is None or explanation.coding.intake.fact("offence_count") not in self.counts:
            return False
        window = explanation.coding.intake.offence_window
        if self.window == BY_RULE:
            return window in (None, self.test.window_months)
        if window is None or window == EVER:
            return False
        return (
            int(window) < self.test.window_months if self.window == SHORTER else int(window) > self.test.window_months
        )

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        months = self.test.window_months
        windows = {BY_RULE: months, SHORTER: months // 2, LONGER: months * 2}
        yield Edit({"offence_count": {"value": self.counts[0], "window_months": windows[self.window]}})


@dataclass(frozen=True)
class BlankGoal(Goal):
    """A fact that was not asked, or was not found."""

    criterion: str
    fact: str
    kind: BlankKind

    def message(self, rules: RuleSet) -> Message:
        return Message(f"cases.goal.{self.kind.value}", {"fact": self.fact})

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        return explanation is not None and explanation.coding.blanks.get(self.fact) == self.kind

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        not_found = {"missing": BlankKind.NOT_FOUND.value, "reason": "Har sökts utan svar."}
        yield Edit({self.fact: None if self.kind == BlankKind.NOT_ASKED else not_found})


@dataclass(frozen=True)
class FreshnessGoal(Goal):
    """An answer so many days old, or without a day where one is wanted."""

    criterion: str
    row: Freshness
    limit: int
    days: int | None
    value: str

    def message(self, rules: RuleSet) -> Message:
        parameters = {"fact": self.row.fact, "value": f"{self.row.fact}.{self.value}", "days": self.days}
        return Message("cases.goal.undated" if self.days is None else "cases.goal.days_old", parameters)

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        if explanation is None or days_fresh(explanation.bound.rules, self.row) != self.limit:
            return False
        told = explanation.intake.facts[self.row.fact]
        if explanation.bound.rules.describe(self.row.fact).value_of(told.code) != self.value:
            return False
        return (None if told.observed_on is None else (case.on - told.observed_on).days) == self.days

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        dated = {"value": self.value, "days_ago": self.days}
        yield Edit({self.row.fact: self.value if self.days is None else dated})


@dataclass(frozen=True)
class DayGoal(Goal):
    """A reference date on one side of a day on which the guidance changes."""

    criterion: str
    day: date
    which: str

    def message(self, rules: RuleSet) -> Message:
        return Message(f"cases.goal.{self.which}", {"day": self.day.isoformat()})

    def is_touched(self, case: WorkedCase, explanation: Explanation | None) -> bool:
        return case.on == self.day

    def edits(self, case: WorkedCase, explanation: Explanation) -> Iterator[Edit]:
        yield Edit(on=self.day)


def title_of(goal: Goal, catalogue: Catalogue, language: str) -> str:
    """The criterion that a goal is about in words; empty where it is about the guidance as a whole."""
    if goal.criterion == OUTCOME:
        return catalogue.text("cases.outcome", language)
    return catalogue.text(f"criterion.{goal.criterion}", language) if goal.criterion else ""


def say_goal(goal: Goal, rules: RuleSet, catalogue: Catalogue, language: str, *, tells_truth: bool = True) -> str:
    """A goal in words, with the criterion that it is about.

    Parameters
    ----------
    tells_truth : bool
        Whether a status or an outcome may be named. Where somebody is to say what ought to come out, it may not.
    """
    title = title_of(goal, catalogue, language)
    if isinstance(goal, TruthGoal) and not tells_truth:
        return title  # that no other case gives its status would tell it, where the other cases give the other two
    told = catalogue.render(goal.message(rules), language)
    return catalogue.render(Message("cases.goal.of", {"criterion": title, "goal": told}), language) if title else told


def goals_of(bound: BoundGuidance) -> list[Goal]:
    """Everything that the cases of a guidance ought to touch: limits before what follows from them."""
    rules = bound.rules
    goals: dict[Goal, None] = {}
    for node in rules.criteria:
        goals.update(dict.fromkeys(_of_test(rules, node)))
    goals.update(dict.fromkeys(_of_freshness(rules)))
    for node in (*rules.criteria, rules.nodes[rules.outcome]):
        goals.update((TruthGoal(node.name, truth), None) for truth in (MET, NOT_MET, UNKNOWN))
    goals.update(dict.fromkeys(_of_days(bound)))
    return list(goals)


def _of_test(rules: RuleSet, node: Node) -> Iterator[Goal]:
    test = node.test
    if isinstance(test, NumberWithin):
        first, last = test.domain  # a number at the end of what a fact can be is no limit: nothing lies beyond it
        sides = [test.lowest - 1, test.lowest] if test.lowest > first else []
        sides += [test.highest, test.highest + 1] if test.highest < last else []
        codes = [code for code in dict.fromkeys(sides) if first <= code <= last]
        codes += [NOT_APPLICABLE] if test.can_be_not_applicable else []
        yield from (AnswerGoal(node.name, test.name, code) for code in codes)
    elif isinstance(test, FactIsOneOf):
        yield from (AnswerGoal(node.name, test.name, code) for code in test.domain if code != BLANK)
    elif isinstance(test, ItemCount):
        yield from (CountGoal(node.name, test, counted, blank) for counted, blank in counts_at(test))
    elif isinstance(test, OffencesAtLeast):
        below, at = test.least - 1, test.least
        yield from (OffencesGoal(node.name, test, (count,), BY_RULE) for count in (below, at) if count >= 0)
        yield OffencesGoal(node.name, test, (at, below), SHORTER)
        yield OffencesGoal(node.name, test, (at, below), LONGER)
        first, last = rules.describe("age").domain()
        ages = (test.ever_below_age - 1, test.ever_below_age)
        yield from (AnswerGoal(node.name, "age", age) for age in ages if all(first <= each <= last for each in ages))
    for fact in test.inputs if test is not None and not isinstance(test, ItemCount | AfterDate) else ():
        yield from (BlankGoal(node.name, fact, kind) for kind in (BlankKind.NOT_ASKED, BlankKind.NOT_FOUND))


def _of_freshness(rules: RuleSet) -> Iterator[Goal]:
    for row in rules.guidance.freshness:
        node = next((node for node in rules.criteria if node.test and row.fact in node.test.inputs), None)
        if node is None:
            continue  # only a flag uses it
        limit = days_fresh(rules, row)
        value = row.must_be_dated[0] if row.must_be_dated else rules.describe(row.fact).values[0].id
        days: list[int | None] = [limit, limit + 1, *([None] if row.must_be_dated else [])]
        yield from (FreshnessGoal(node.name, row, limit, each, value) for each in days)


def _of_days(bound: BoundGuidance) -> Iterator[Goal]:
    first = bound.version.valid_from
    yield DayGoal("", first - timedelta(days=1), "day_before_first")
    last = bound.rules.guidance.last_day
    if last is not None and last >= first:
        yield DayGoal("", last, "last_day")
        yield DayGoal("", last + timedelta(days=1), "day_after_last")
