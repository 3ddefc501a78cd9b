"""Sentences behind message keys, in every language the product speaks.

Results carry keys with parameters, never finished sentences, so that a stored result can be read in another
language, and worded better next year, without being changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from instruments.loading import read_yaml

LANGUAGES = ("sv", "en")
_CONJUNCTIONS = {"and": {"sv": "och", "en": "and"}, "or": {"sv": "eller", "en": "or"}}


class Text(BaseModel):
    """The same words in every language; a missing language is a fault of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sv: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        """Return the words in one of `LANGUAGES`."""
        return self.sv if language == "sv" else self.en


def in_both_languages(text: Text) -> dict[str, str]:
    """The words by language, as they stand in answers."""
    return {language: text.in_language(language) for language in LANGUAGES}


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be: its key in the catalogue and what to put into it."""

    key: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def as_data(self) -> dict[str, object]:
        """Return the form that is stored and hashed."""
        return {"key": self.key, "parameters": dict(self.parameters)}


class Catalogue:
    """Renders messages.

    A template is a format string. ``{name}`` puts in a parameter as it is; ``{name:level}`` puts in the words
    filed under ``level.<value>``, and a list of values becomes "a, b and c". ``{name:level|or}`` joins with
    "or".

    Parameters
    ----------
    texts : Mapping of str to Text
        Templates and words by key.
    """

    def __init__(self, texts: Mapping[str, Text]) -> None:
        self._texts = dict(texts)

    @classmethod
    def from_folders(cls, *folders: Path) -> "Catalogue":
        """Read ``sv.yaml`` and ``en.yaml`` of each folder.

        Raises
        ------
        ValueError
            If a key stands in one language only.
        """
        texts: dict[str, Text] = {}
        for folder in folders:
            by_language = {language: read_yaml(folder / f"{language}.yaml").data for language in LANGUAGES}
            one_sided = set(by_language["sv"]) ^ set(by_language["en"])
            if one_sided:
                raise ValueError(f"{folder}: in one language only: {', '.join(sorted(one_sided))}")
            for key in by_language["sv"]:
                texts[key] = Text(**{language: texts_of[key] for language, texts_of in by_language.items()})
        return cls(texts)

    def with_words(self, words: Mapping[str, Text]) -> "Catalogue":
        """Return a catalogue that also knows these words, such as the labels of a definition."""
        return Catalogue({**self._texts, **words})

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def keys(self) -> Iterable[str]:
        """Every key that has words."""
        return self._texts.keys()

    def text(self, key: str, language: str) -> str:
        """Return the words of a key as they stand, with nothing put in.

        Raises
        ------
        KeyError
            If the key has no words.
        """
        return self._texts[key].in_language(language)

    def render(self, message: Message, language: str) -> str:
        """Return the finished sentence.

        Raises
        ------
        KeyError
            If the key, a word or a parameter is missing: a fault of ours, which the tests look for.
        """
        parts = []
        for literal, name, wording in _parts_of(self.text(message.key, language)):
            parts.append(literal)
            if name is not None:
                parts.append(self._put_in(message.parameters[name], wording, language))
        return "".join(parts)

    def _put_in(self, value: object, wording: str, language: str) -> str:
        prefix, _, conjunction = wording.partition("|")
        if not isinstance(value, list | tuple):
            return self._word(value, prefix, language)
        words = [self._word(each, prefix, language) for each in value]
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {_CONJUNCTIONS[conjunction or 'and'][language]} {words[-1]}"

    def _word(self, value: object, prefix: str, language: str) -> str:
        if not prefix or not isinstance(value, str):
            return str(value)
        return self.text(f"{prefix}.{value}", language)


@cache
def _parts_of(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """The pieces of a template: words as they stand, then the name and the wording of what follows them."""
    return tuple((literal, name, wording or "") for literal, name, wording, _ in Formatter().parse(template))
