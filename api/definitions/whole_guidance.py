"""Everything of one guidance in one language: for its page and its paper, and to compare two of them by."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypedDict

from api.context.context import Context
from api.definitions.data import guidance_data
from api.definitions.rule_words import say_rule
from api.web.translator import Translator
from screening.intake import CodedIntake
from screening.library import Library
from screening.proof.rendering import RenderedProof, render_proof
from screening.rules import Criterion
from screening.truth import WORDS
from screening.wording import Wording
from screening.worked_cases.coverage import Coverage, cover, judge_shipped, judge_shipped_for_base
from screening.worked_cases.goals import Goal, TruthGoal

#: Guidances whose cases are kept as they came out: everything that ships, on two days.
MOST_COVERED = 64


class Covered(TypedDict):
    """How many worked cases there are of each status of a criterion or the outcome, and how many limits they touch."""

    title: str
    is_outcome: bool
    counts: dict[str, int]
    limits: int
    touched: int


@lru_cache(maxsize=MOST_COVERED)
def _coverage(library: Library, reference: str, on: date) -> Coverage:
    """What the cases that ship touch. It takes half a second, is the same for everybody, and anybody may ask for it."""
    bound = library.bind(reference, on=on, must_be_proved=False)
    return cover(bound, [*judge_shipped(library, bound), *judge_shipped_for_base(library, bound)])


class WholeGuidance:
    """A guidance, or a local version of one, with its proof.

    Parameters
    ----------
    name : str
        ``id``, ``id@version`` or ``id/overlay``.
    on : date
        The day whose flags, facts and instrument it is bound to.

    Raises
    ------
    UnknownDefinitionError, InputError
        As `screening.library.Library.bind`.
    """

    def __init__(self, context: Context, name: str, on: date, language: str) -> None:
        self.bound = context.library.bind(name, on=on, must_be_proved=False)
        self.on = on
        self._context = context
        self._catalogue = context.catalogue.with_words(self.bound.words())
        self.translator = Translator(self._catalogue, language)
        # The answer gives the last day of the version where that of the text is not known; the page tells them apart.
        ended_on = self.bound.rules.guidance.ended_on
        self.data: dict[str, Any] = guidance_data(self.bound) | {"ended_on": ended_on and ended_on.isoformat()}

    @property
    def reference(self) -> str:
        """``id@version``."""
        return str(self.data["reference"])

    @property
    def title(self) -> str:
        """What it is called, with its version."""
        return f"{self.translator.say(self.bound.title)} ({self.data['version']})"

    @cached_property
    def versions(self) -> list[str]:
        """The references of its other versions."""
        library = self._context.library
        same = [each for each in (*library.guidances, *library.overlays) if each.content.id == self.data["id"]]
        return [each.reference for each in same if each.reference != self.reference]

    @cached_property
    def proof(self) -> RenderedProof:
        """The proof in words."""
        library = self._context.library
        return render_proof(self.bound, library.prove(self.bound, self.on), self._context.catalogue)

    @cached_property
    def coverage(self) -> list[Covered]:
        """What the worked cases that ship touch of it; nothing where there are none."""
        reached = _coverage(self._context.library, self.reference, self.on).reached
        rules = self.bound.rules
        if not any(reached.values()):
            return []
        rows = []
        for node in (*rules.criteria, rules.nodes[rules.outcome]):
            truths: dict[str, Goal] = {word: TruthGoal(node.name, truth) for truth, word in enumerate(WORDS)}
            limits = [goal for goal in reached if goal.criterion == node.name and goal not in truths.values()]
            is_outcome = node.criterion is None
            rows.append(
                Covered(
                    title=self.translator.t("proof.outcome" if is_outcome else f"criterion.{node.name}"),
                    is_outcome=is_outcome,
                    counts={word: reached.get(goal, 0) for word, goal in truths.items()},
                    limits=len(limits),
                    touched=sum(bool(reached[goal]) for goal in limits),
                )
            )
        return rows

    def criteria(self) -> Iterator[tuple[Criterion, int]]:
        """Every criterion with its depth, parents first."""

        def walk(criterion: Criterion, depth: int) -> Iterator[tuple[Criterion, int]]:
            yield criterion, depth
            for child in criterion.rule.children:
                yield from walk(child, depth + 1)

        for criterion in self.bound.rules.guidance.criteria:
            yield from walk(criterion, 0)

    def rule(self, name: str) -> str:
        """How a criterion or flag is tested, in words."""
        return say_rule(self.bound.rules, self.bound.rules.by_name[name], self._catalogue, self.translator.language)

    def answers(self, fact: str, values: Sequence[str]) -> str:
        """Answers to a fact, by their words."""
        codes = [code for value, code in self.bound.rules.describe(fact).codes.items() if value in values]
        wording = Wording(self.bound.rules, CodedIntake({}, (), self.on), self._catalogue)
        return wording.answers(fact, codes, self.translator.language)

    def limit(self, parameter: dict[str, Any], value: object) -> str:
        """The value of a limit as it is written, with its unit."""
        if value is None:
            return self.translator.t("page.guidance.not_set")
        unit = self.translator.say(parameter["unit"]) if parameter["unit"] else ""
        return f"{self.choice(value)} {unit}".rstrip()

    def choice(self, value: object) -> str:
        """A value of a limit: a level or standing by its word."""
        for prefix in ("standing", "level", "value.reoffending_risk"):
            if isinstance(value, str) and self.translator.knows(f"{prefix}.{value}"):
                return self.translator.t(f"{prefix}.{value}")
        text = str(value)
        return text.replace(".", ",") if isinstance(value, float) and self.translator.language == "sv" else text

    def permitted(self, parameter: dict[str, Any]) -> str:
        """The values that a local version may choose among."""
        values = [self.choice(value) for value in parameter["range"]]
        if parameter["kind"] != "choice":
            return self.translator.t("page.guidance.from_to", low=values[0], high=values[1])
        return self.translator.t("joined.or", texts=values)
