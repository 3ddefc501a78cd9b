"""Everything of one guidance in one language: for its page and its paper, and to compare two of them by."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from api.context.context import Context
from api.definitions.data import guidance_data
from api.definitions.rule_words import say_rule
from api.web.translator import Translator
from screening.proof.rendering import RenderedProof, render_proof
from screening.rules import Criterion


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
        self.data: dict[str, Any] = guidance_data(self.bound)

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
