"""The same words in several languages."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: The languages in which everything is said.
LANGUAGES = ("sv", "en")
#: The language that is shown where a further one has a gap.
FALLBACK = "sv"


_UNREADABLE = re.compile("[\0\ud800-\udfff]")


def is_unreadable(text: str) -> bool:
    """Whether a text has NUL or half of a pair of surrogates in it, which no hash and no database takes."""
    return _UNREADABLE.search(text) is not None


class Text(BaseModel):
    """The same words in every one of `LANGUAGES`; a missing language is a fault of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sv: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        """Return the words in a language, or the Swedish ones where there are none; see `language_shown`."""
        return self.en if language == "en" else self.sv

    def language_shown(self, language: str) -> str:
        """The language of the words that `in_language` returns, for whoever shows them to mark."""
        return language if language in LANGUAGES else FALLBACK

    def languages(self) -> tuple[str, ...]:
        """Every language that it has words in."""
        return LANGUAGES

    def with_words(self, language: str, words: str) -> "Text":
        """The same text with its words in one more language."""
        return TranslatedText(sv=self.sv, en=self.en, further={language: words})


class TranslatedText(Text):
    """Words that a catalogue gives in further languages too. As data it is what its file says."""

    further: Annotated[Mapping[str, str], Field(exclude=True)]

    def in_language(self, language: str) -> str:
        return self.further.get(language) or super().in_language(language)

    def language_shown(self, language: str) -> str:
        return language if language in self.further else super().language_shown(language)

    def languages(self) -> tuple[str, ...]:
        return (*LANGUAGES, *sorted(self.further))

    def with_words(self, language: str, words: str) -> Text:
        return TranslatedText(sv=self.sv, en=self.en, further={**self.further, language: words})


def in_languages(text: Text, language: str) -> dict[str, str]:
    """The words in both languages, and in a further one that is asked for where they are there."""
    asked = language if language in text.languages() else FALLBACK
    return {each: text.in_language(each) for each in dict.fromkeys((*LANGUAGES, asked))}


def in_both_languages(text: Text) -> dict[str, str]:
    """The words by language, as they stand in answers."""
    return {language: text.in_language(language) for language in LANGUAGES}
