"""What an entry says, as lines of a label and a text, for somebody who did not write it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.cases.experience.rules import told_in_words
from api.cases.kinds import ExperienceTold
from api.cases.plans.kinds import FUNCTIONS, PLANS
from api.cases.plans.lists import plan_lists
from api.frame.oversight import name_of, say
from api.web.translator import Translator
from instruments.model import Instrument
from screening.gate import YOUTH
from screening.library import Library

#: Parts that repeat what other lines say, or that mean something to a machine only.
LEFT_OUT = (
    "submission",
    "covered",
    "facts",
    "assessment",
    "screening_sha256",
    "role",
    "guidance_title",
    "criteria",
    "questions",
    *("definition", "answers", "own_words"),
)
_RATED = ("assessment", "second_rating")
#: A guardian by number: the code of a reader, or the reference that the pages give.
_NUMBERED = re.compile(r"(?:guardian-|g)([0-9]+)", re.ASCII)


@dataclass(frozen=True)
class Rated:
    """An item with its level in words; ``level`` is None where it is not known."""

    id: str
    title: str
    kind: str
    level: str | None
    words: str
    note: str


class EntryWords:
    """Words for the entries of a case.

    Parameters
    ----------
    on : date
        The day by whose definitions names are given.
    guardians : sequence of str
        How the journal refers to the guardians; they are numbered in this order and never named.
    numbers_guardians : bool
        Whether guardians are told apart. For somebody outside they are not.
    people : Mapping of str to str
        What the accounts are called.
    kept_back : frozenset of str
        Items that are not told of at all, whether they were rated or not.
    """

    def __init__(
        self,
        library: Library,
        translator: Translator,
        on: date,
        *,
        guardians: Sequence[str] = (),
        numbers_guardians: bool = True,
        people: Mapping[str, str] | None = None,
        kept_back: frozenset[str] = frozenset(),
    ) -> None:
        self._library = library
        self._translator = translator
        self._on = on
        self._guardians = tuple(guardians)
        self._numbers_guardians = numbers_guardians
        self._people = people or {}
        self._kept_back = kept_back
        recipients = library.consent_rules(on).recipients
        self._recipients = {each.id: each.label for each in recipients}

    def lines(
        self, kind: str, content: Mapping[str, Any], plan: Mapping[str, Any] | None = None
    ) -> list[tuple[str, str]]:
        """What an entry of a kind says.

        Parameters
        ----------
        plan : Mapping of str to Any or None
            The action plan that it is about, by which its measures are called.
        """
        if kind in PLANS:
            return list(self._of_plan(content, plan))
        if kind == "fact":
            return [(self.fact_title(content["fact"]), self.fact(content["fact"], content["given"]))]
        if kind in _RATED:
            return [*self._parts(content), *((each.title, each.words) for each in self.ratings(content))]
        if kind == ExperienceTold.KIND:
            told = told_in_words(content, self._library, self._translator)
            return [*self._parts(content), *told]
        return list(self._parts(content))

    def _of_plan(self, content: Mapping[str, Any], plan: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        """What a plan says, or how its measures go."""
        apart = ("goals", "measures", "beside")
        yield from self._parts({name: value for name, value in content.items() if name not in apart})
        for goal in content.get("goals", ()):
            tied = ", ".join(self._item_title(name) for name in goal.get("items", ()) if name not in self._kept_back)
            yield say("field.goal"), f"{goal['text']} ({tied})" if tied else goal["text"]
            for measure in goal["measures"]:
                yield say("field.measure"), f"{measure['what']} ({self.function(measure['who'])}, {measure['by']})"
        called = {
            measure["id"]: measure["what"] for goal in (plan or {}).get("goals", ()) for measure in goal["measures"]
        }
        for each in content.get("measures", ()):
            status = self._choice(f"work.option.status.{each['status']}")
            why = f" ({each['why']})" if each["why"] else ""
            yield called.get(each["measure"], say("field.measure")), f"{status}{why}"
        lists = plan_lists(self._on)
        labels = [(lists.beside_option(each), each) for each in content.get("beside", ())]
        if labels:
            yield (
                say("field.beside"),
                ", ".join(self._translator.say(label) if label else name for label, name in labels),
            )

    def function(self, name: str) -> str:
        """Who does a measure of a plan, by function."""
        return self._choice(f"work.option.who.{name}") if name in FUNCTIONS else self.person(name)

    def _item_title(self, name: str) -> str:
        items = {item.id: item.title for each in self._library.instruments for item in each.content.items}
        return self._translator.say(items[name]) if name in items else name

    def lines_of_event(self, event: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What an event of a view says."""
        return self.lines(event["kind"], {name: value for name, value in event.items() if name != "kind"})

    def _parts(self, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in content.items():
            if name in (*LEFT_OUT, "ratings") or value is None or value in ("", [], ()):
                continue
            if isinstance(value, Mapping):
                if name in ("summary", "hand_over"):
                    yield from self._parts(value)
            else:
                yield name_of("field", name) or name, self._value(name, value)

    def _value(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return say("yes") if value else say("no")
        if isinstance(value, list | tuple):
            listed = ", ".join(self._value(name, each) for each in value)
            return listed[:1].upper() + listed[1:]
        text = str(value)
        if name in ("rater", "caseworker", "co_worker"):
            return self._people.get(text, say("document.an_official"))
        if name in ("person", "withdrawn_by", "stated_by", "guardians", "present", "recipient"):
            return self.person(text)
        if name in ("outcome", "applies"):
            return self._translator.t(f"headline.{text}")
        if name == "guidance":
            return self._guidance(text)
        if name == "instrument":
            return self._translator.say(self._instrument(text).title)
        if name in ("reoffending_risk", "violence_risk", "confidence"):
            return self._translator.t(f"level.{text}")
        return self._choice(f"work.option.{name}.{text}") or text

    def _choice(self, key: str) -> str:
        """A choice as it was worded where it was made; empty for what was not chosen."""
        words = self._translator.t(key) if self._translator.knows(key) else ""
        return words[:1].lower() + words[1:]

    def _guidance(self, name: str) -> str:
        return self._translator.say(self._library.bind(name.partition("@")[0], on=self._on).title)

    def person(self, reference: str) -> str:
        """Who a reference stands for: the young person, a guardian, a recipient, or as the municipality calls them."""
        if reference == YOUTH:
            return say("youth")
        numbered = _NUMBERED.fullmatch(reference)
        if reference in self._guardians or numbered:
            if not self._numbers_guardians:
                return say("document.some_guardian")
            number = numbered[1] if numbered else self._guardians.index(reference) + 1
            return say("document.guardian", number=number)
        if reference in self._recipients:
            return self._translator.say(self._recipients[reference])
        return reference

    def fact_title(self, name: str) -> str:
        """What a fact is called."""
        return self._translator.t(f"fact.{name}")

    def fact(self, name: str, given: Any) -> str:
        """A fact as it was given, with its source and date."""
        parts = given if isinstance(given, Mapping) else {"value": given}
        value = parts.get("value")
        words = self._translator.t("blank.not_found") if "missing" in parts else self._fact_value(name, value)
        window = parts.get("window_months")
        if window is not None:
            words += ", " + (self._translator.t("page.window.ever") if window == "ever" else self._months(window))
        for standing in ("convicted", "admitted"):
            if parts.get(standing) is not None:
                words += ", " + self._translator.t(f"page.result.{standing}", number=parts[standing])
        about = [f"{say('field.' + part)}: {parts[part]}" for part in ("source", "observed_on") if parts.get(part)]
        reason = f" {parts['reason']}" if parts.get("reason") else ""
        return f"{words}{' (' + ', '.join(about) + ')' if about else ''}.{reason}"

    def _months(self, months: int) -> str:
        return self._translator.t("page.window", months=months)

    def _fact_value(self, name: str, value: Any) -> str:
        if value is None:
            return self._translator.t("blank.not_asked")
        return self._translator.value({"fact": name, "value": value, "blank": None})

    def _instrument(self, name: str) -> Instrument:
        return self._library.instruments.find(name, on=self._on).content

    def ratings(self, content: Mapping[str, Any]) -> list[Rated]:
        """Every item of an assessment with its level, in the order of the instrument."""
        given = content["ratings"].get("items", {})
        return [
            self._rated(item.id, self._translator.say(item.title), item.kind, given.get(item.id))
            for item in self._instrument(content["instrument"]).items
            if item.id not in self._kept_back
        ]

    def _rated(self, name: str, title: str, kind: str, given: Any) -> Rated:
        parts = given if isinstance(given, Mapping) else {"level": given}
        level = parts.get("level")
        blank = "blank.not_found" if "missing" in parts else "blank.not_asked"
        words = self._translator.t(f"level.{level}") if level else self._translator.t(blank)
        note = str(parts.get("note") or parts.get("reason") or "")
        return Rated(name, title, kind, level, f"{words}. {note}" if note else words, note)
