"""The words of a page in one language."""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from api.web.field_names import GUARDIANS
from instruments.faults import Fault
from instruments.messages import LANGUAGES, Catalogue, Message, Text
from instruments.text import FALLBACK
from screening.criteria import ITEM_PREFIX
from screening.grounds import Blank

_PERIOD = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?")


def first_upper(text: str) -> str:
    """A text that begins a line or a sentence."""
    return text[:1].upper() + text[1:]


class KnownValue(TypedDict):
    """What is known of a fact or item; every `screening.grounds.UsedFact` is one."""

    fact: str
    value: str | int | None
    blank: Blank | None
    window_months: NotRequired[str | int | None]


class Translator:
    """Says everything in one language.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`, or a further one, whose gaps are said in Swedish.
    """

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self.language = language

    @property
    def language_of_answers(self) -> str:
        """The language in which words are wanted that are not in further ones."""
        return self.language if self.language in LANGUAGES else FALLBACK

    @property
    def other_language(self) -> str:
        """The language that the reader can change to."""
        return next(each for each in LANGUAGES if each != self.language)

    def t(self, key: str, **parameters: object) -> str:
        """The sentence behind a key."""
        return self._catalogue.render(Message(key, parameters), self.language)

    def knows(self, key: str) -> bool:
        """Whether there are words behind a key."""
        return key in self._catalogue

    def in_language(self, language: str, key: str) -> str:
        """The words behind a key in a language of choice, for a page that shows both."""
        return self._catalogue.text(key, language)

    def say(self, words: Text | Message | Mapping[str, str]) -> str:
        """Words that are there in this language or in Swedish, or the sentence of a message."""
        if isinstance(words, Message):
            return self._catalogue.render(words, self.language)
        if isinstance(words, Text):
            return words.in_language(self.language)
        return words[self.language if self.language in words else FALLBACK]

    def language_shown(self, words: Text | Message | Mapping[str, str]) -> str:
        """The language in which words are shown: Swedish, where a further language lacks them."""
        if isinstance(words, Text):
            return words.language_shown(self.language)
        if not isinstance(words, Message):
            return self.language if self.language in words else FALLBACK
        return self._catalogue.language_shown(words, self.language)

    def fault(self, fault: Fault) -> str:
        """What is wrong with a field; worded for the page where the general sentence speaks of keys."""
        key = f"page.fault.{fault.code}"
        chosen = key if key in self._catalogue else f"fault.{fault.code}"
        return self.t(chosen, **fault.parameters)

    def person(self, reference: str) -> str:
        """Who a reference stands for."""
        known = {guardian: f"page.person.{guardian}" for guardian in GUARDIANS} | {"youth": "page.person.youth"}
        return self.t(known[reference]) if reference in known else reference

    def period(self, duration: str) -> str:
        """An ISO 8601 duration in words, such as "6 månader"."""
        match = _PERIOD.fullmatch(duration)
        parts = zip(("year", "month", "week", "day"), match.groups() if match else (), strict=False)
        parts_in_words = [
            self.t(f"page.period.{unit}" + ("" if number == "1" else "s"), number=number)
            for unit, number in parts
            if number
        ]
        return " ".join(parts_in_words) or duration

    def value(self, used: KnownValue) -> str:
        """The value of a fact or item that was tested, in words."""
        value, name = used["value"], used["fact"]
        if value is None:
            return self.t(f"blank.{used['blank']}") if used["blank"] else self.t("blank.not_asked")
        key = f"level.{value}" if name.startswith(ITEM_PREFIX) else f"value.{name}.{value}"
        words = self.t(key) if isinstance(value, str) and key in self._catalogue else str(value)
        if used.get("window_months"):
            window = used["window_months"]
            words += ", " + (self.t("page.window.ever") if window == "ever" else self.t("page.window", months=window))
        return f"{words} ({self.t('blank.stale')})" if used["blank"] == "stale" else words

    def number(self, value: float) -> str:
        """A whole number with its thousands apart, as the language writes it."""
        written = f"{round(value):,}"
        return written.replace(",", "\u00a0") if self.language == "sv" else written

    def decimal(self, value: float, places: int = 2) -> str:
        """A number with decimals, as the language writes it."""
        written = f"{value:.{places}f}"
        return written.replace(".", ",") if self.language == "sv" else written

    def limit(self, value: object) -> str:
        """A limit in words: a number, a share, a level, or bounds."""
        if isinstance(value, Sequence) and not isinstance(value, str):
            is_choice = any(isinstance(each, str) for each in value)
            return (", " if is_choice else "–").join(self.limit(each) for each in value)
        if isinstance(value, str) and f"level.{value}" in self._catalogue:
            return self.t(f"level.{value}")
        if isinstance(value, float):
            return self.t("page.percent", number=round(value * 100))
        return self.t("page.no_value") if value is None else str(value)
