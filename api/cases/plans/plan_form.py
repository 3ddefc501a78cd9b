"""The form of an action plan: as many goals and measures as are needed, without scripts, and reading what was written.

A field is called as its place is in what is recorded: ``goals.0.measures.1.what``. Goals and measures that are left
blank are not there; those that were recorded have their key with them, and are taken out by a tick.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.cases.forms import Form, Values
from api.cases.participation.suggesting import Suggested
from api.cases.plans.kinds import FUNCTIONS, MOST_GOALS, MOST_MEASURES
from api.cases.plans.lists import PlanLists
from api.cases.plans.rules import PlanInForce
from api.cases.plans.showing import PlanWords
from api.evaluation.fields import Choice, Field
from api.policies.measure_codes import MeasureCode
from instruments.faults import Fault
from instruments.model import Item

OTHER = "other"
_GOAL = re.compile(r"goals\.([0-9]{1,2})\.", re.ASCII)
_MEASURE = re.compile(r"goals\.([0-9]{1,2})\.measures\.([0-9]{1,2})\.", re.ASCII)
_WRITTEN, _CHOSEN = ("what", "who_other", "by"), ("who", "code", "suggestion")
_PLACE = re.compile(r"/goals/([0-9]+)(?:/measures/([0-9]+))?(?:/(\w+))?", re.ASCII)


@dataclass(frozen=True)
class Choices:
    """What a plan is chosen from in one case.

    Parameters
    ----------
    items : sequence of Item
        What a goal may be tied to by the latest assessment; what the plan before is tied to is there too.
    """

    items: Sequence[Item]
    lists: PlanLists
    recipients: Sequence[str]
    codes: Sequence[MeasureCode]
    suggested: Sequence[Suggested]
    before: PlanInForce | None


@dataclass(frozen=True)
class MeasureFields:
    """The fields of a measure, and its key where it was recorded before."""

    key: str
    number: int
    prefix: str
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class GoalFields:
    """The fields of a goal, with its measures."""

    key: str
    number: int
    prefix: str
    fields: Mapping[str, Field]
    items: Sequence[Field]
    shared_with: Sequence[Field]
    measures: Sequence[MeasureFields]

    @property
    def shows_shared(self) -> bool:
        """Whether any recipient is chosen, so that the choice stands open."""
        return any(field.value for field in self.shared_with)


def first_values(before: PlanInForce | None, today: str) -> dict[str, str]:
    """What stands in the form at first: the plan that holds, else one blank goal with one blank measure."""
    values = {"planned_on": today}
    if before is None:
        return values
    content = before.entry.content
    values |= dict.fromkeys((f"beside.{each}" for each in content["beside"]), "yes")
    values["beside_note"] = content["beside_note"] or ""
    values["hidden"] = "yes" if before.entry.hidden_from_guardians else ""
    for place, goal in enumerate(content["goals"]):
        at = f"goals.{place}"
        values |= {f"{at}.id": goal["id"], f"{at}.text": goal["text"], f"{at}.area": goal["area"] or ""}
        values |= dict.fromkeys((f"{at}.item.{each}" for each in goal["items"]), "yes")
        values |= dict.fromkeys((f"{at}.shared.{each}" for each in goal["shared_with"]), "yes")
        for number, measure in enumerate(goal["measures"]):
            values |= {f"{at}.measures.{number}.{name}": value or "" for name, value in measure.items()}
    return values


def with_more(values: Values, wanted: str) -> dict[str, str]:
    """The form with one more goal, or one more measure of the goal whose number is given."""
    more = dict(values)
    if wanted == "goal":
        more.setdefault(f"goals.{min(_goals_in(values), MOST_GOALS - 1)}.text", "")
    elif wanted.isascii() and wanted.isdigit() and int(wanted) < _goals_in(values):
        number = min(_measures_in(values, int(wanted)), MOST_MEASURES - 1)
        more.setdefault(f"goals.{int(wanted)}.measures.{number}.what", "")
    return more


def _goals_in(values: Values) -> int:
    places = [int(match[1]) for name in values if (match := _GOAL.match(name))]
    return min(max(places, default=0) + 1, MOST_GOALS)


def _measures_in(values: Values, goal: int) -> int:
    places = [int(match[2]) for name in values if (match := _MEASURE.match(name)) and int(match[1]) == goal]
    return min(max(places, default=0) + 1, MOST_MEASURES)


def ask(form: Form, choices: Choices, plan_words: PlanWords) -> list[GoalFields]:
    """Add every field of a plan to a form, and give those of its goals with what belongs together."""
    words = form.words
    form.add("day", "planned_on", words.t("work.field.planned_on"))
    goals = [_ask_goal(form, place, choices, plan_words) for place in range(_goals_in(form.values))]
    for each in choices.lists.beside:
        form.add("tick", f"beside.{each.id}", words.say(each.label))
    form.add("long", "beside_note", words.t("work.field.beside_note"))
    if choices.before is not None:
        form.add("long", "why_changed", words.t("work.field.why_changed"))
    form.add("tick", "hidden", words.t("work.field.hidden"), help=words.t("work.help.hidden"))
    return goals


def _ask_goal(form: Form, place: int, choices: Choices, plan_words: PlanWords) -> GoalFields:
    words, at, of = form.words, f"goals.{place}", form.words.t("work.plan.goal", number=place + 1)
    areas = [
        Choice(area.id, f"{words.say(side.label)}: {words.say(area.label)}")
        for side in choices.lists.areas.sides
        for area in side.areas
    ]
    fields = {
        "text": form.add("long", f"{at}.text", words.t("work.field.goal"), help=words.t("work.help.goal"), of=of),
        "area": form.add(
            "select",
            f"{at}.area",
            words.t("work.field.area"),
            choices=(Choice("", words.t("work.option.area.none")), *areas),
            of=of,
        ),
    }
    key = form.values.get(f"{at}.id", "")
    if key:
        fields["remove"] = form.add("tick", f"{at}.remove", words.t("work.plan.remove_goal"), of=of)
    items = {each.id: words.say(each.title) for each in choices.items}
    kept = {name: plan_words.item(name) for name in _ticked(form.values, f"{at}.item.")} | items
    shared = {name: plan_words.recipient(name) for name in choices.recipients}
    return GoalFields(
        key,
        place + 1,
        at,
        fields,
        [form.add("tick", f"{at}.item.{name}", title, of=of) for name, title in kept.items()],
        [form.add("tick", f"{at}.shared.{name}", title, of=of) for name, title in shared.items()],
        [_ask_measure(form, place, number, choices, plan_words) for number in range(_measures_in(form.values, place))],
    )


def _ask_measure(form: Form, place: int, number: int, choices: Choices, plan_words: PlanWords) -> MeasureFields:
    words, at = form.words, f"goals.{place}.measures.{number}"
    of = words.t("work.plan.measure_of", goal=place + 1, number=number + 1)
    written = form.values.get(f"{at}.who", "")
    known = {name: plan_words.who(name) for name in (*FUNCTIONS, *choices.recipients)}
    if written and written != OTHER:
        known.setdefault(written, plan_words.who(written))
    who = [Choice("", words.t("work.option.who.none")), *(Choice(*each) for each in known.items())]
    who.append(Choice(OTHER, words.t("work.option.who.other")))
    fields = {
        "what": form.add("line", f"{at}.what", words.t("work.field.measure"), of=of),
        "who": form.add("select", f"{at}.who", words.t("work.field.who"), choices=who, of=of),
        "who_other": form.add(
            "line", f"{at}.who_other", words.t("work.field.who_other"), help=words.t("work.help.who_other"), of=of
        ),
        "by": form.add("day", f"{at}.by", words.t("work.field.by"), of=of),
    }
    reasons = [
        Choice(reason.id, f"{plan_words.recipient(each.recipient)}: {words.say(reason.reason)}")
        for each in choices.suggested
        for reason in each.reasons
    ]
    codes = [Choice(each.code, f"{each.code} {words.say(each.title)}") for each in choices.codes]
    for name, offered in (("suggestion", reasons), ("code", codes)):
        chosen = form.values.get(f"{at}.{name}", "")
        if chosen and chosen not in {each.value for each in offered}:
            title = plan_words.suggestion(chosen) if name == "suggestion" else plan_words.code(chosen)
            offered.append(Choice(chosen, title or chosen))
        if offered:
            none = Choice("", words.t(f"work.option.{name}.none"))
            fields[name] = form.add(
                "select", f"{at}.{name}", words.t(f"work.field.{name}"), choices=(none, *offered), of=of
            )
    key = form.values.get(f"{at}.id", "")
    if key:
        fields["remove"] = form.add("tick", f"{at}.remove", words.t("work.plan.remove_measure"), of=of)
    return MeasureFields(key, number + 1, at, fields)


def _ticked(values: Values, prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name, value in values.items() if name.startswith(prefix) and value == "yes"]


class WrittenPlan:
    """A plan as it was written in a form.

    Parameters
    ----------
    known : sequence of str
        Keys of goals and measures that any version has had, so that a new one has a key of its own.
    """

    def __init__(self, values: Values, known: Sequence[str]) -> None:
        self._values = values
        self._used = {*known, *(value for name, value in values.items() if name.endswith(".id"))}
        self._places: list[tuple[int, list[int]]] = []
        self.faults: list[Fault] = []
        self.content: dict[str, Any] = {"planned_on": self._said("planned_on"), "goals": list(self._goals())}
        for name in ("beside_note", "why_changed"):
            if self._said(name):
                self.content[name] = self._said(name)
        self.content["beside"] = _ticked(values, "beside.")
        if not self.content["planned_on"]:
            self.content.pop("planned_on")
        if not self.content["goals"]:
            self.faults.append(Fault("missing-key", "/goals/0/text", {"name": "text"}))

    def _said(self, name: str) -> str:
        return self._values.get(name, "").strip()

    def _goals(self) -> Iterator[dict[str, Any]]:
        for place in range(_goals_in(self._values)):
            at = f"goals.{place}"
            if self._said(f"{at}.remove"):
                continue
            self._places.append((place, []))
            measures = list(self._measures(place))
            goal = {
                "text": self._said(f"{at}.text"),
                "area": self._said(f"{at}.area"),
                "items": _ticked(self._values, f"{at}.item."),
                "shared_with": _ticked(self._values, f"{at}.shared."),
                "measures": measures,
            }
            if not any(goal.values()):
                self._places.pop()
                continue
            if not measures:
                self.faults.append(Fault("missing-key", f"/{at}/measures/0/what".replace(".", "/"), {"name": "what"}))
            yield {"id": self._key(at, "g"), **_without_blanks(goal)}

    def _measures(self, place: int) -> Iterator[dict[str, Any]]:
        for number in range(_measures_in(self._values, place)):
            at = f"goals.{place}.measures.{number}"
            measure = {name: self._said(f"{at}.{name}") for name in (*_WRITTEN, *_CHOSEN)}
            if self._said(f"{at}.remove") or not any(measure.values()):
                continue
            self._places[-1][1].append(number)
            other, where = measure.pop("who_other"), f"/goals/{place}/measures/{number}/who_other"
            if measure["who"] in ("", OTHER):
                measure["who"] = other
                if not other and self._said(f"{at}.who") == OTHER:
                    self.faults.append(Fault("missing-key", where, {"name": "who_other"}))
            elif other:
                self.faults.append(Fault("two-who-do", where))
            yield {"id": self._key(at, "m"), **_without_blanks(measure)}

    def _key(self, at: str, letter: str) -> str:
        if key := self._said(f"{at}.id"):
            return key
        number = 1
        while f"{letter}{number}" in self._used:
            number += 1
        self._used.add(f"{letter}{number}")
        return f"{letter}{number}"

    def at_its_field(self, fault: Fault) -> Fault:
        """A fault of what was recorded, at the field of the form where it can be put right."""
        match = _PLACE.fullmatch(fault.where)
        if match is None or int(match[1]) >= len(self._places):
            return replace(fault, where="/goals/0/text") if fault.where == "/goals" else fault
        place, numbers = self._places[int(match[1])]
        if match[2] is None or int(match[2]) >= len(numbers):
            name = match[3] if match[3] in ("text", "area") else "text"
            return replace(fault, where=f"/goals/{place}/{name}")
        name = match[3] if match[3] in ("what", "who", "by", "code", "suggestion") else "what"
        return replace(fault, where=f"/goals/{place}/measures/{numbers[int(match[2])]}/{name}")


def _without_blanks(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts in which something is written; what must be written is then missing."""
    return {name: value for name, value in parts.items() if value}
