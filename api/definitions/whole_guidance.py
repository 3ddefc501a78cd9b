"""Everything of one guidance in one language: for its page and its paper, and to compare two of them by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypedDict

from sqlalchemy import select

from api.context.context import Context
from api.definitions.data import guidance_data
from api.store.trend_tables import DecisionReliability
from api.web.translator import Translator
from instruments.research.limits import limits
from screening.intake import CodedIntake
from screening.library import Library
from screening.proof.rendering import RenderedProof, render_proof
from screening.reliability.counts import Share, shares_of, turned_by_chance
from screening.rule_words import say_rule
from screening.rules import Criterion
from screening.trends.lattice import lattice_on
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


@dataclass(frozen=True)
class PublishedReliability:
    """What two ratings of the same case came to in some years, as `screening.reliability.counts` shows it."""

    first_year: int
    last_year: int
    content: dict[str, Any]

    @property
    def years(self) -> str:
        """Of when it is: ``2026``, or ``2025–2026``."""
        return str(self.last_year) if self.first_year == self.last_year else f"{self.first_year}–{self.last_year}"

    @property
    def by_chance(self) -> float | None:
        """The share that would turn between ratings of two different cases."""
        return turned_by_chance(self.content)

    def shares(self, criterion: str | None = None) -> dict[str, Share]:
        """How often the outcome, or the status of a criterion, turned and opened and was the same."""
        shown = self.content if criterion is None else self.content["criteria"][criterion]
        return shares_of(shown, self.content["cases"])

    def turning_criteria(self, among: Iterable[str]) -> list[str]:
        """The criteria, in the order of the guidance, that did not come out the same for all."""
        cases, criteria = self.content["cases"], self.content["criteria"]
        return [name for name in among if name in criteria and criteria[name]["same"] != cases]

    def turning_items(self) -> list[tuple[str, Share]]:
        """By item and the summary rating, how many of the turns vanish without it, most first and hidden ones last.

        Those of none are left out.
        """
        turned = self.content["turned"] or 0
        ranked = sorted(self.content["items"].items(), key=lambda each: (each[1] is None, -(each[1] or 0), each[0]))
        return [(name, Share(number, turned)) for name, number in ranked if number != 0] if turned else []


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

    @cached_property
    def reliability(self) -> list[PublishedReliability]:
        """What is published of how often double ratings turn its outcome, the latest first; nothing without records."""
        if self._context.records is None:
            return []
        chosen = select(DecisionReliability).where(DecisionReliability.guidance == self.reference)
        with self._context.database.looking() as session:
            rows = session.scalars(chosen.order_by(DecisionReliability.last_year.desc())).all()
        return [PublishedReliability(row.first_year, row.last_year, row.content) for row in rows]

    @cached_property
    def criteria_by_place(self) -> list[str]:
        """Every criterion as it stands in the guidance, parents first."""
        return [criterion.id for criterion, _ in self.criteria()]

    @property
    def waits_for(self) -> dict[str, int]:
        """What years of double ratings need before they are published, and how close the two signatures must lie."""
        needs = limits()
        return {
            "cases": needs.whole("published_double_ratings"),
            "raters": needs.whole("published_raters"),
            "pair": round(100 * needs.published_pair_share.value),
            "unit": round(100 * needs.published_unit_share.value),
            "days": needs.whole("double_rating_days"),
        }

    @property
    def smallest_group(self) -> int:
        """The fewest cases behind a number that is shown."""
        return lattice_on(self.on).content.limit("smallest_group")

    def criteria(self) -> Iterator[tuple[Criterion, int]]:
        """Every criterion with its depth, parents first."""

        def walk(criterion: Criterion, depth: int) -> Iterator[tuple[Criterion, int]]:
            yield criterion, depth
            for child in criterion.rule.children:
                yield from walk(child, depth + 1)

        for criterion in self.bound.rules.guidance.criteria:
            yield from walk(criterion, 0)

    def rule(self, name: str) -> str:
        """How a criterion or flag is tested, as a sentence."""
        said = say_rule(self.bound.rules, self.bound.rules.by_name[name], self._catalogue, self.translator.language)
        return f"{said}."

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
