"""Answers in words: "low or moderate", "12–29", "30 or more"."""

from collections.abc import Sequence

from instruments.messages import Catalogue, Message
from screening.criteria import ITEM_PREFIX
from screening.facts import NOT_APPLICABLE, NOT_APPLICABLE_WORD
from screening.intake import CodedIntake
from screening.rendered import Answer
from screening.ruleset import RuleSet


class Wording:
    """Puts the answers to a question about one intake into values and words.

    Parameters
    ----------
    intake : CodedIntake
        The intake whose questions they are; an offence count over another window has answers of its own.
    """

    def __init__(self, rules: RuleSet, intake: CodedIntake, catalogue: Catalogue) -> None:
        self._rules = rules
        self._intake = intake
        self._catalogue = catalogue

    def values(self, name: str, codes: Sequence[int]) -> list[Answer]:
        """Answers as values; of a number, as stretches ``{"from": …, "to": …}``, both ends included.

        Parameters
        ----------
        codes : sequence of int
            The first code of every stretch of answers.
        """
        if name.startswith(ITEM_PREFIX):
            levels = self._rules.instrument.levels(self._rules.instrument.item(name.removeprefix(ITEM_PREFIX)))
            return [levels[code] for code in codes]
        fact = self._rules.describe(name)
        if fact.kind == "choice":
            return [value for code in codes if (value := fact.value_of(code)) is not None]
        stretches: list[Answer] = [{"from": low, "to": high} for low, high in self._stretches(name, codes)]
        return [*stretches, *(NOT_APPLICABLE_WORD for code in codes if code == NOT_APPLICABLE)]

    def answers(self, name: str, codes: Sequence[int], language: str) -> str:
        """Answers in words, joined by "or"."""
        if name.startswith(ITEM_PREFIX):
            texts = [self._quoted(f"level.{value}", language) for value in self.values(name, codes)]
        elif self._rules.describe(name).kind == "choice":
            texts = [self._word(name, code, language) for code in codes]
        else:
            texts = [self._stretch(name, low, high, language) for low, high in self._stretches(name, codes)]
            texts += [self._word(name, code, language) for code in codes if code == NOT_APPLICABLE]
        return self._catalogue.render(Message("joined.or", {"texts": texts}), language)

    def _word(self, name: str, code: int, language: str) -> str:
        return self._quoted(f"value.{name}.{self._rules.describe(name).value_of(code)}", language)

    def _quoted(self, key: str, language: str) -> str:
        text = self._catalogue.text(key, language)
        return self._catalogue.render(Message("quoted", {"text": text}), language)

    def _stretch(self, name: str, low: int, high: int, language: str) -> str:
        largest = self._rules.describe(name).domain()[1]
        key = "stretch.one" if low == high else "stretch.from" if high == largest else "stretch.between"
        return self._catalogue.render(Message(key, {"low": low, "high": high}), language)

    def _stretches(self, name: str, codes: Sequence[int]) -> list[tuple[int, int]]:
        """Stretches of numbers, neighbours joined: each from its first number to the one before the next stretch."""
        cells = self._rules.cells(name, self._intake)
        if not set(codes) <= set(cells):  # a change may lead away from the counts that agree with another window
            cells = self._rules.all_cells[name]
        cells = tuple(code for code in cells if code >= 0)
        largest = self._rules.describe(name).domain()[1]
        ends = dict(zip(cells, [*(code - 1 for code in cells[1:]), largest], strict=True))
        joined: list[tuple[int, int]] = []
        for code in sorted(code for code in codes if code >= 0):
            end = ends.get(code, code)
            if joined and joined[-1][1] == code - 1:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((code, end))
        return joined
