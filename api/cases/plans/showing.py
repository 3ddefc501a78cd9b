"""An action plan in words: its goals and measures as pages show them, and what a change of it changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.cases.frame import WorkTranslator
from api.cases.participation.suggesting import the_suggestions
from api.cases.plans.kinds import FUNCTIONS
from api.cases.plans.lists import plan_lists
from api.cases.plans.rules import Followed, PlanInForce
from api.policies.policies import Policies
from api.store.schema import Entry
from screening.library import Library

Data = Mapping[str, Any]


@dataclass(frozen=True)
class ShownMeasure:
    """A measure in words.

    Parameters
    ----------
    followed : Followed or None
        How it went at its latest follow-up; None where it was never followed up.
    """

    id: str
    what: str
    who: str
    by: date
    code: str | None
    suggestion: str | None
    followed: Followed | None
    is_late: bool


@dataclass(frozen=True)
class ShownGoal:
    """A goal in words, with its measures."""

    text: str
    area: str | None
    items: tuple[str, ...]
    shared_with: tuple[str, ...]
    measures: tuple[ShownMeasure, ...]


@dataclass(frozen=True)
class ShownPlan:
    """A plan in words.

    Parameters
    ----------
    beside : tuple of str
        What the decision holds beside the group.
    changes : tuple of str
        What differs from the version before; empty for the first one.
    """

    plan: PlanInForce
    goals: tuple[ShownGoal, ...]
    beside: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def late(self) -> int:
        """How many measures are late."""
        return sum(measure.is_late for goal in self.goals for measure in goal.measures)


class PlanWords:
    """What a plan names, in the words of a page.

    Parameters
    ----------
    on : date
        The day by whose lists names are given.
    """

    def __init__(self, words: WorkTranslator, library: Library, policies: Policies, on: date) -> None:
        self.words = words
        self._lists = plan_lists(on)
        self._recipients = {each.id: words.say(each.label) for each in library.consent_rules(on).recipients}
        self._codes = {each.code: words.say(each.title) for each in policies.measure_codes_on(on).content.codes}
        self._items = {item.id: words.say(item.title) for each in library.instruments for item in each.content.items}
        self._suggestions = {each.id: words.say(each.reason) for each in the_suggestions().suggestions}

    def who(self, name: str) -> str:
        """Who does a measure: by function, as a recipient of consents is called, or as it was written."""
        return self.words.t(f"work.option.who.{name}") if name in FUNCTIONS else self.recipient(name)

    def recipient(self, name: str) -> str:
        """A recipient of consents."""
        return self._recipients.get(name, name)

    def area(self, name: str | None) -> str | None:
        """An area of the BBIC triangle."""
        label = self._lists.area(name) if name else None
        return self.words.say(label) if label is not None else name

    def beside(self, name: str) -> str:
        """What a decision may hold beside the group."""
        label = self._lists.beside_option(name)
        return self.words.say(label) if label is not None else name

    def item(self, name: str) -> str:
        """An item of an instrument."""
        return self._items.get(name, name)

    def code(self, name: str | None) -> str | None:
        """A code of the municipality's list with what it is called."""
        return f"{name} {self._codes[name]}" if name in self._codes else name

    def suggestion(self, name: str | None) -> str | None:
        """The reason of a suggestion of an actor."""
        return self._suggestions.get(name, name) if name else None

    def measure(self, measure: Data) -> str:
        """A measure in one line."""
        return self.words.t(
            "work.plan.measure_line", what=measure["what"], who=self.who(measure["who"]), day=measure["by"]
        )

    def shown(self, plan: PlanInForce, today: date) -> ShownPlan:
        """A plan with all that is shown of it."""
        content = plan.entry.content
        before = plan.before[-1] if plan.before else None
        return ShownPlan(
            plan,
            tuple(self._goal(goal, plan, today) for goal in plan.goals),
            tuple(self.beside(each) for each in content["beside"]),
            tuple(self.changes(before, plan.entry)) if before else (),
        )

    def _goal(self, goal: Data, plan: PlanInForce, today: date) -> ShownGoal:
        measures = tuple(
            ShownMeasure(
                each["id"],
                each["what"],
                self.who(each["who"]),
                date.fromisoformat(each["by"]),
                self.code(each["code"]),
                self.suggestion(each["suggestion"]),
                plan.followed.get(each["id"]),
                plan.is_late(each, today),
            )
            for each in goal["measures"]
        )
        return ShownGoal(
            goal["text"],
            self.area(goal["area"]),
            tuple(self.item(each) for each in goal["items"]),
            tuple(self.recipient(each) for each in goal["shared_with"]),
            measures,
        )

    def changes(self, before: Entry, after: Entry) -> Iterator[str]:
        """Yield what a version changed, in words; nothing where it says the same as the one before."""
        was, now = _by_key(before.content["goals"]), _by_key(after.content["goals"])
        for key, goal in now.items():
            if key not in was:
                yield self.words.t("work.plan.change.goal_new", text=goal["text"])
                continue
            yield from self._changes_of_goal(was[key], goal)
        for key in was.keys() - now.keys():
            yield self.words.t("work.plan.change.goal_gone", text=was[key]["text"])
        old, new = (_by_key(_measures(entry)) for entry in (before, after))
        for key, measure in new.items():
            if key not in old:
                yield self.words.t("work.plan.change.measure_new", line=self.measure(measure))
                continue
            yield from self._changes_of_measure(old[key], measure)
        for key, measure in old.items():
            if key not in new:
                yield self.words.t("work.plan.change.measure_gone", line=self.measure(measure))
        for part in ("beside", "beside_note"):
            if before.content[part] != after.content[part]:
                yield self.words.t(f"work.plan.change.{part}")

    def _changes_of_goal(self, was: Data, goal: Data) -> Iterator[str]:
        if was["text"] != goal["text"]:
            yield self.words.t("work.plan.change.goal_text", before=was["text"], text=goal["text"])
        for part in ("area", "items", "shared_with"):
            if was[part] != goal[part]:
                yield self.words.t(f"work.plan.change.{part}", text=goal["text"])

    def _changes_of_measure(self, was: Data, measure: Data) -> Iterator[str]:
        for part in ("what", "who", "by"):
            old, new = ((self.who(each[part]) if part == "who" else each[part]) for each in (was, measure))
            if old != new:
                yield self.words.t(f"work.plan.change.measure_{part}", what=was["what"], before=old, after=new)
        if (was["code"], was["suggestion"]) != (measure["code"], measure["suggestion"]):
            yield self.words.t("work.plan.change.measure_tied", what=measure["what"])


def _by_key(parts: Sequence[Data]) -> dict[str, Data]:
    return {each["id"]: each for each in parts}


def _measures(entry: Entry) -> list[Data]:
    return [measure for goal in entry.content["goals"] for measure in goal["measures"]]
