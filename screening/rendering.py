"""The explanation as data, in the languages that are asked for: what the API answers, files hold, and pages show."""

from collections.abc import Iterable, Sequence

from instruments.messages import LANGUAGES, Catalogue, Message
from screening import grounds, rendered
from screening.asking.questions import Effect, OpenQuestion
from screening.beside import render_answers_left, render_gate, render_profile
from screening.changes import Change, SmallestChange
from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX, ItemCount
from screening.decisive import AnyOf
from screening.explanation import Explanation
from screening.fixed_words import FixedWords, fixed_words
from screening.grounds import as_day
from screening.notes import notes_on
from screening.recommendation import name_outcome
from screening.ruleset import Node
from screening.truth import UNKNOWN, WORDS
from screening.wording import Wording


def render(
    explanation: Explanation,
    catalogue: Catalogue,
    *,
    engine: str,
    for_rater: bool = True,
    languages: tuple[str, ...] = LANGUAGES,
) -> rendered.Explanation:
    """The whole explanation, ready for JSON.

    Parameters
    ----------
    engine : str
        The version of the software, for the reader; the digest does not cover it.
    for_rater : bool
        Whether somebody who is to rate may read it. Until the summary rating is there they are told what derives from
        facts alone; all else is null, and so is the digest, since whoever has it could try which result it fits.
        Counts are withheld either way.
    languages : tuple of str
        In which languages everything is said.
    """
    rules = explanation.bound.rules
    fixed = fixed_words(explanation.bound, catalogue, languages)
    renderer = _Renderer(explanation, fixed, for_rater=for_rater)
    shown = renderer.shown
    outcome = None if renderer.is_withheld(rules.nodes[rules.outcome]) else shown.outcome
    return {
        "reference_date": as_day(explanation.intake.on),
        "guidance": explanation.bound.name,
        "guidance_title": fixed.guidance_title,
        "outcome": outcome,
        "headline": renderer.say(Message(f"headline.{outcome}")) if outcome else None,
        "withheld": renderer.withheld(),
        "reminder": renderer.say(Message("reminder")),
        "flags": shown.flags,
        "flags_open": shown.flags_open,
        "disagreements": renderer.disagreements(),
        "flag_texts": [renderer.flag(rules.nodes[place]) for place in rules.flags],
        "gate": render_gate(explanation, renderer.say, fixed.cite),
        "criteria": [renderer.criterion(rules.nodes[place]) for place in rules.roots],
        "decisive": [renderer.part(part) for part in renderer.shown_parts()],
        "open_questions": [renderer.question(question) for question in explanation.questions],
        "answers_left": render_answers_left(explanation, renderer.say),
        "cannot_change_result": [renderer.named(name) for name in explanation.cannot_change],
        "other_facts": [renderer.used(name) for name in explanation.other_facts],
        "not_found": [renderer.named(name) for name in explanation.not_found],
        "smallest_changes": [renderer.change(change) for change in explanation.changes],
        "profile": render_profile(explanation.profile, renderer.say) if explanation.profile else None,
        "asks": [renderer.say(message) for message in explanation.asks],
        "counts_withheld": explanation.are_counts_withheld,
        "successor": fixed.successor,
        "deviations": fixed.deviations,
        "notes": fixed.notes,
        "definitions": dict(explanation.bound.definitions),
        "engine": engine,
        "sha256": None if renderer.withholds else explanation.sha256,
    }


def _extent(part: AnyOf | Change) -> str:
    """How many of how many: ``one`` of one, ``all``, any ``one_of`` several, or ``any`` number of them."""
    if len(part.of) == 1:
        return "one"
    return "all" if part.number == len(part.of) else "one_of" if part.number == 1 else "any"


class _Renderer:
    def __init__(self, explanation: Explanation, fixed: FixedWords, *, for_rater: bool) -> None:
        self._explanation = explanation
        self.withholds = for_rater and explanation.facts_alone is not None
        #: What the result says to this reader: of a rater who has not rated, the outcome by the facts alone.
        self.shown = explanation.facts_alone if self.withholds and explanation.facts_alone else explanation
        self._rules = explanation.bound.rules
        self._fixed = fixed
        self._catalogue = fixed.catalogue
        self._languages = fixed.languages
        self._wording = Wording(explanation.bound.rules, explanation.coding.intake, fixed.catalogue)
        self._used: dict[str, grounds.UsedFact] = {}
        self.say = fixed.say

    def is_withheld(self, node: Node) -> bool:
        return self.withholds and self._explanation.is_withheld(node)

    def withheld(self) -> rendered.Withheld | None:
        """What waits for the summary rating, and why; null where nothing does."""
        if not self.withholds:
            return None
        rules = self._rules
        outcome = rules.nodes[rules.outcome]
        return {
            "until": SUMMARY_RATING,
            "outcome": self.is_withheld(outcome),
            "criteria": [node.name for node in rules.criteria if self.is_withheld(node)],
            "text": self.say(Message("withheld.until_summary")),
        }

    def disagreements(self) -> list[grounds.Disagreement]:
        """The stated answers that stand against each other, for a person to settle."""
        return [
            {
                "flag": flag.name,
                "id": step.name,
                "text": self.say(Message(f"criterion.{step.name}")),
                "facts_used": [self.used(name) for name in self._inputs_below(step)],
            }
            for flag, step in self.shown.disagreements
        ]

    def _inputs_below(self, node: Node) -> Sequence[str]:
        return self._fixed.inputs_below[node.position]

    def criterion(self, node: Node) -> grounds.Criterion:
        shown = self.shown
        waits = self.is_withheld(node)
        is_count = self._explanation.are_counts_withheld and isinstance(node.test, ItemCount)
        key = "criterion.counts_withheld" if is_count else "criterion.withheld"
        message = Message(key) if is_count or waits else shown.message(node)
        data = self._fixed.criterion(node)
        data["status"] = None if waits else shown.status(node)
        data["decisive"] = data["id"] in shown.decisive_criteria
        data["text"] = self.say(message)
        data["notes"] = [self.say(note) for note in notes_on(shown, node)]
        data["facts_used"] = [self.used(name) for name in (node.test.inputs if node.test else ())]
        data["children"] = [self.criterion(self._rules.nodes[child]) for child in node.children]
        return data

    def flag(self, node: Node) -> grounds.Flag:
        data = self._fixed.flag(node)
        data["status"] = self.shown.status(node)
        data["facts_used"] = [self.used(name) for name in self._inputs_below(node)]
        return data

    def used(self, name: str) -> grounds.UsedFact:
        """A fact or item that was tested, with what is known of it; the same in every place."""
        if name not in self._used:
            self._used[name] = self._used_fact(name)
        return self._used[name]

    def _used_fact(self, name: str) -> grounds.UsedFact:
        explanation = self._explanation
        blank = explanation.coding.blanks.get(name)
        ratings = explanation.intake.ratings
        data: grounds.UsedFact = {
            "fact": name,
            "title": self.say(Message(f"fact.{name}")),
            "value": self._value(name),
            "blank": blank.value if blank else None,
            "source": None,
            "observed_on": None,
            "reason": None,
        }
        if name.startswith(ITEM_PREFIX):
            item = name.removeprefix(ITEM_PREFIX)
            data["source"] = ratings.sources.get(item) if ratings else None
            data["reason"] = ratings.reasons.get(item) if ratings else None
            return data
        value = explanation.intake.facts[name]
        data["source"], data["reason"] = value.source, value.reason
        data["observed_on"] = as_day(value.observed_on) if value.observed_on else None
        if name == "offence_count":
            data["window_months"] = value.window_months
            data["convicted"], data["admitted"] = value.convicted, value.admitted
        return data

    def _value(self, name: str) -> str | int | None:
        """The value as it was given; a stale one too, since the reader must see what is too old."""
        if name.startswith(ITEM_PREFIX):
            code = self._rules.code(name, self._explanation.coding.intake)
            levels = self._rules.instrument.levels(self._rules.instrument.item(name.removeprefix(ITEM_PREFIX)))
            return levels[code] if code >= 0 else None
        value = self._explanation.intake.facts[name]
        return value.text if value.text is not None else self._rules.describe(name).value_of(value.code)

    def named(self, name: str) -> grounds.Named:
        """An input with its label."""
        return {"fact": name, "title": self.say(Message(f"fact.{name}"))}

    def shown_parts(self) -> Iterable[AnyOf]:
        """The decisive parts; those that tell a count of items wait for the summary rating."""
        return [
            part
            for part in self.shown.decisive
            if not (self._explanation.are_counts_withheld and part.of[0].startswith(ITEM_PREFIX))
        ]

    def part(self, part: AnyOf) -> rendered.DecisivePart:
        parameters = {"number": part.number, "of": len(part.of), "inputs": list(part.of)}
        text = self.say(Message(f"decisive.{_extent(part)}", parameters))
        return {"any": part.number, "of": list(part.of), "text": text}

    def question(self, question: OpenQuestion) -> rendered.Question:
        rules = self._rules
        unit = None if question.name.startswith(ITEM_PREFIX) else rules.describe(question.name).unit
        return {
            "id": question.name,
            "title": self.say(Message(f"fact.{question.name}")),
            "text": self.say(Message(f"question.{question.name}")),
            "unit": self._fixed.words_or_none(unit),
            "settles": question.settles,
            "bears_on": list(question.bears_on),
            "answers": [self._effect(question.name, effect) for effect in question.effects],
        }

    def _effect(self, name: str, effect: Effect) -> rendered.Effect:
        outcome = name_outcome(effect.outcome)
        names = self._rules.by_name
        settled = [each for each, _ in effect.criteria if names[each].position in self._rules.roots]
        is_settled = effect.outcome != UNKNOWN
        is_any_answer = len(effect.codes) == len(self._rules.cells(name, self._explanation.coding.intake))
        key = "any_answer" if is_any_answer else "settles" if is_settled else "clears" if settled else "continues"
        text = {}
        for language in self._languages:
            answers = self._wording.answers(name, effect.codes, language)
            message = Message(f"effect.{key}", {"answers": answers, "outcome": outcome, "criteria": settled})
            text[language] = self._catalogue.render(message, language)
        return {
            "values": self._wording.values(name, effect.codes),
            "outcome": outcome,
            "criteria": {criterion: WORDS[truth] for criterion, truth in effect.criteria},
            "text": text,
        }

    def change(self, smallest: SmallestChange) -> rendered.SmallestChange:
        outcome = name_outcome(smallest.outcome)
        parts = {language: [self._change(each, language) for each in smallest.changes] for language in self._languages}
        return {
            "changes": [
                {
                    "any": change.number,
                    "of": list(change.of),
                    "from": [self._value(name) for name in change.of],
                    "to": self._wording.values(change.of[0], change.to),
                }
                for change in smallest.changes
            ],
            "outcome": outcome,
            "text": {
                language: self._catalogue.render(
                    Message("change.sentence", {"changes": parts[language], "outcome": outcome}), language
                )
                for language in self._languages
            },
        }

    def _change(self, change: Change, language: str) -> str:
        answers = self._wording.answers(change.of[0], change.to, language)
        parameters = {"number": change.number, "of": len(change.of), "inputs": list(change.of), "answers": answers}
        return self._catalogue.render(Message(f"change.{_extent(change)}", parameters), language)
