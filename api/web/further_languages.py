"""Words in a further language: which languages there are, which way they run, and what of them is Swedish."""

import unicodedata
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from api.web.translator import Translator
from instruments.messages import LANGUAGES, Catalogue, Message, Text

#: What a language calls itself. A language in which papers for families are offered has it in its catalogue.
OWN_NAME = "document.language.own"
#: Stands in for what is put into a sentence while the sentence is made safe to show; of Unicode's private use.
_PLACE = "\ue000{}\ue001"


def family_languages(catalogue: Catalogue) -> tuple[str, ...]:
    """The languages that papers for families can be had in, those in which everything is sentence first."""
    return catalogue.words()[OWN_NAME].languages()


def direction_of(catalogue: Catalogue, language: str) -> str:
    """Which way a language is written, by the letters of its own name: ``ltr`` or ``rtl``."""
    return direction_of_text(catalogue.text(OWN_NAME, language))


def direction_of_text(text: str) -> str:
    """Which way a text runs, by its first letter: ``ltr`` or ``rtl``. ``dir="auto"`` is not known on paper."""
    letters = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((each for each in letters if each in ("L", "R", "AL")), "L") != "L" else "ltr"


def to_choose_among(catalogue: Catalogue, languages: Iterable[str], page: str) -> list[tuple[str, str, str]]:
    """Languages as a page offers them: the code, what each calls itself, and what the page calls it if it has a word.

    Parameters
    ----------
    page : str
        The language of the page.
    """
    names = [(code, f"document.language.{code}") for code in languages]
    return [
        (code, catalogue.text(OWN_NAME, code), catalogue.text(name, page) if name in catalogue else code)
        for code, name in names
    ]


class Markup(str):
    """Text that is safe to show as it is, as templates ask for it."""

    def __html__(self) -> str:
        return str(self)


def _safe(value: object) -> str:
    return value if isinstance(value, Markup) else escape(str(value))


class MarkingTranslator(Translator):
    """Says everything in a further language, as markup.

    What it lacks is Swedish, in an element that says so. What is put into a sentence as it is, such as a day, a
    reference or a name, is kept apart from the direction of the words around it.
    """

    def t(self, key: str, **parameters: object) -> str:
        template = self._catalogue.text(key, self.language)
        held = {name: _PLACE.format(place) for place, name in enumerate(parameters) if f"{{{name}}}" in template}
        message = Message(key, {**parameters, **held})
        sentence = escape(self._catalogue.render(message, self.language))
        for name, place in held.items():
            sentence = sentence.replace(place, f"<bdi>{_safe(parameters[name])}</bdi>")
        return self._marked(Markup(sentence), self.language_shown(message))

    def say(self, words: Text | Message | Mapping[str, str]) -> str:
        return self._marked(Markup(escape(super().say(words))), self.language_shown(words))

    def _marked(self, sentence: Markup, shown: str) -> str:
        # The direction is stated too: the Swedish sentence keeps its full stop at its end.
        return sentence if shown == self.language else Markup(f'<span lang="{shown}" dir="ltr">{sentence}</span>')


def translator_of(catalogue: Catalogue, language: str) -> Translator:
    """Says everything in a language, marked where it is one that may have gaps."""
    kind: Any = Translator if language in LANGUAGES else MarkingTranslator
    translator: Translator = kind(catalogue, language)
    return translator
