"""Every worked and generated intake rendered once for all tests, with the words that were asked for on the way."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from instruments.messages import Catalogue, Text
from screening.explanation import Explanation
from screening.rendering import render
from tests.cases.generated import generated_explanations
from tests.cases.reading import answered, library

#: Keys that were asked for, with the language.
Heard = set[tuple[str, str]]


class Listening(Catalogue):
    """A catalogue that remembers which words were asked for."""

    def __init__(self, texts: Mapping[str, Text], heard: Heard) -> None:
        super().__init__(texts)
        self._heard = heard

    def text(self, key: str, language: str) -> str:
        self._heard.add((key, language))
        return super().text(key, language)

    def with_words(self, words: Mapping[str, Text]) -> Catalogue:
        return Listening({**self._texts, **words}, self._heard)


def listening(catalogue: Catalogue, heard: Heard) -> Listening:
    """The same words, listened to."""
    return Listening(catalogue.words(), heard)


@cache
def rendered() -> tuple[list[tuple[Explanation, dict[str, Any]]], Heard]:
    """Every explanation with its answer, and the words that were asked for."""
    heard: Heard = set()
    catalogue = listening(library().catalogue, heard)
    explanations = [*(explanation for _, explanation in answered()), *generated_explanations()]
    return [(each, render(each, catalogue, engine="0.0")) for each in explanations], heard
