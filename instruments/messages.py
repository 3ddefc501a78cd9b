"""Sentences behind message keys, in every language the product speaks.

Results carry keys with parameters, never finished sentences, so that a stored result can be read in another
language, and worded better next year, without being changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

from instruments.loading import read_yaml
from instruments.text import FALLBACK, LANGUAGES, Text, in_both_languages, in_languages
from instruments.translations import require_language, translated

__all__ = ["LANGUAGES", "Catalogue", "Message", "Text", "in_both_languages", "in_languages"]

_JOINING = Path(__file__).parent / "locale" / "joining"


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
        """Read ``sv.yaml`` and ``en.yaml`` of each folder, and the catalogues of further languages beside them.

        Raises
        ------
        ValueError
            If a key stands in one language only.
        InputError
            If a catalogue of a further language does not fit the two; with every fault and its line.
        """
        texts: dict[str, Text] = {}
        for folder in folders:
            texts.update(_texts_of(folder))
        return cls(texts)

    def with_words(self, words: Mapping[str, Text]) -> "Catalogue":
        """Return a catalogue that also knows these words, such as the labels of a definition."""
        return Catalogue({**self._texts, **words})

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def keys(self) -> Iterable[str]:
        """Every key that has words."""
        return self._texts.keys()

    def words(self) -> Mapping[str, Text]:
        """Every key with its words."""
        return self._texts

    def text(self, key: str, language: str) -> str:
        """Return the words of a key as they stand, with nothing put in; in Swedish where the language has none.

        Raises
        ------
        KeyError
            If the key has no words.
        """
        return self._texts[key].in_language(language)

    def language_shown(self, message: Message, language: str) -> str:
        """The language that a sentence is rendered in: the one asked for if all its words are there, else Swedish.

        Raises
        ------
        KeyError
            As `render`.
        """
        if language in LANGUAGES:
            return language
        used = self._texts_used(message)
        return language if all(each.language_shown(language) == language for each in used) else FALLBACK

    def render(self, message: Message, language: str) -> str:
        """Return the finished sentence, in the language that `language_shown` tells.

        Raises
        ------
        KeyError
            If the key, a word or a parameter is missing: a fault of ours, which the tests look for.
        """
        shown = self.language_shown(message, language)
        template = self.text(message.key, shown)
        if "{" not in template and "}" not in template:
            return template
        parts = []
        for literal, name, prefix, conjunction in _parts_of(template):
            parts.append(literal)
            if name is not None:
                parts.append(self._put_in(message.parameters[name], prefix, conjunction, shown))
        return "".join(parts)

    def in_every_language(self, message: Message) -> dict[str, str]:
        """Return the finished sentence by language, as it stands in answers.

        Raises
        ------
        KeyError
            As `render`.
        """
        return {language: self.render(message, language) for language in LANGUAGES}

    def _put_in(self, value: object, prefix: str, conjunction: str, language: str) -> str:
        if not isinstance(value, (list, tuple)):
            return self._word(value, prefix, language)
        words = [self._word(each, prefix, language) for each in value]
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {_conjunctions()[conjunction].in_language(language)} {words[-1]}"

    def _word(self, value: object, prefix: str, language: str) -> str:
        if not prefix or not isinstance(value, str):
            return str(value).replace(".", ",") if isinstance(value, float) and language == "sv" else str(value)
        return self.text(f"{prefix}.{value}", language)

    def _texts_used(self, message: Message) -> Iterator[Text]:
        """Yield the template of a sentence and everything that is put into it."""
        template = self._texts[message.key]
        yield template
        for _, name, prefix, conjunction in _parts_of(template.sv):
            value = message.parameters[name] if name is not None else ""
            values = value if isinstance(value, list | tuple) else (value,)
            if len(values) > 1:
                yield _conjunctions()[conjunction]
            if prefix:
                yield from (self._texts[f"{prefix}.{each}"] for each in values if isinstance(each, str))


def _texts_of(folder: Path) -> dict[str, Text]:
    by_language = {language: read_yaml(folder / f"{language}.yaml").data for language in LANGUAGES}
    one_sided = set(by_language["sv"]) ^ set(by_language["en"])
    if one_sided:
        raise ValueError(f"{folder}: in one language only: {', '.join(sorted(one_sided))}")
    texts = {key: Text(**{each: words[key] for each, words in by_language.items()}) for key in by_language["sv"]}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem not in LANGUAGES:
            require_language(path.stem, path)
            texts.update(translated(texts, read_yaml(path), path.stem))
    return texts


@cache
def _conjunctions() -> Mapping[str, Text]:
    """What joins the last of a list to the others."""
    return _texts_of(_JOINING)


@cache
def _parts_of(template: str) -> tuple[tuple[str, str | None, str, str], ...]:
    """The pieces of a template: words as they stand, then the name, prefix and conjunction of what follows them."""
    parts = []
    for literal, name, wording, _ in Formatter().parse(template):
        prefix, _, conjunction = (wording or "").partition("|")
        parts.append((literal, name, prefix, conjunction or "and"))
    return tuple(parts)
