"""Further languages: catalogues beside what is said in Swedish and English, each bound to what it translates.

A catalogue of sentences, ``<language>.yaml``, stands beside ``sv.yaml`` and ``en.yaml`` and has their keys. A catalogue
of a definition, ``languages/<language>/<id>@<version>.yaml``, stands in the folder of its kind, so that the definition,
which is locked, stays as it is; its keys are JSON pointers into it, in which a part of a list is named by its id.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

from pydantic import BaseModel

from instruments.faults import Fault, InputError, pointer
from instruments.loading import Document, name_of
from instruments.text import LANGUAGES, Text

FOLDER = "languages"
#: With a registered variant at its end, such as `simple` for what is easy to read.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?(-[a-z0-9]{5,8})?")
Node = TypeVar("Node")


@dataclass(frozen=True)
class DefinitionCatalogue:
    """A catalogue of one definition.

    Parameters
    ----------
    reference : str
        The definition, as ``id@version``.
    """

    path: Path
    language: str
    reference: str


def require_language(language: str, path: Path) -> None:
    """Refuse what is no language tag (BCP 47), and the languages that stand in the definitions themselves.

    Raises
    ------
    InputError
    """
    if language in LANGUAGES or not _LANGUAGE.fullmatch(language):
        raise InputError([Fault("no-further-language", name_of(path), {"name": language, "known": list(LANGUAGES)})])


def definition_catalogues(root: Path) -> Iterator[DefinitionCatalogue]:
    """Yield the catalogues in a folder of definitions.

    Raises
    ------
    InputError
        If one is in no folder of a further language.
    """
    for path in sorted((root / FOLDER).rglob("*.yaml")):
        language, *rest = path.relative_to(root / FOLDER).with_suffix("").parts
        require_language(language, path)
        yield DefinitionCatalogue(path, language, "/".join(rest))


def translated(texts: Mapping[str, Text], catalogue: Document, language: str) -> dict[str, Text]:
    """The texts of a catalogue, each with its words in a further language.

    Parameters
    ----------
    texts : Mapping of str to Text
        Everything that it may translate, by key.
    catalogue : Document

    Raises
    ------
    InputError
        With every key that is not there, every text without words, and every text that puts in something else than
        the Swedish, each with its line.
    """
    if not isinstance(catalogue.data, Mapping):
        raise InputError([Fault("wrong-type", name_of(catalogue.path), {"name": "the file", "expected": "mapping"})])
    faults, translations = [], {}
    for key, words in catalogue.data.items():
        where = catalogue.where((key,))
        if key not in texts:
            faults.append(Fault("translates-nothing", where, {"name": key}))
        elif not isinstance(words, str) or not words.strip():
            faults.append(Fault("wrong-type", where, {"name": key, "expected": "text"}))
        elif (wanted := _put_in(texts[key].sv)) != _put_in(words):
            parameters = {"name": key, "expected": " ".join(wanted or ()) or "–"}
            faults.append(Fault("other-placeholders", where, parameters))
        else:
            translations[key] = texts[key].with_words(language, words)
    if faults:
        raise InputError(faults)
    return translations


def texts_in(content: object, place: str = "") -> Iterator[tuple[str, Text]]:
    """Yield every text of a definition with its place as a JSON pointer."""
    if isinstance(content, Text):
        yield place, content
    else:
        for step, each in _parts_of(content):
            yield from texts_in(each, pointer(place, step))


def with_texts(content: Node, texts: Mapping[str, Text], place: str = "") -> Node:
    """A definition with some of its texts exchanged, each by its place; the very same where there is none."""
    changed: Any
    if isinstance(content, Text):
        return texts.get(place, content)  # type: ignore[return-value]
    parts = [(step, each, with_texts(each, texts, pointer(place, step))) for step, each in _parts_of(content)]
    if all(new is old for _, old, new in parts):
        return content
    if isinstance(content, BaseModel):
        changed = content.model_copy(update={str(step): new for step, _, new in parts})
        for derived in set(changed.__dict__) - set(type(content).model_fields):
            del changed.__dict__[derived]  # worked out from the texts as they were
        return changed  # type: ignore[no-any-return]
    if isinstance(content, Mapping):
        return {step: new for step, _, new in parts}  # type: ignore[return-value]
    return tuple(new for _, _, new in parts)  # type: ignore[return-value]


def _parts_of(content: object) -> list[tuple[object, object]]:
    if isinstance(content, BaseModel):
        return [(name, getattr(content, name)) for name in type(content).model_fields]
    if isinstance(content, Mapping):
        return list(content.items())
    if isinstance(content, tuple):
        return [(getattr(each, "id", index), each) for index, each in enumerate(content)]
    return []


def _put_in(template: str) -> list[str] | None:
    """What a text puts in, in alphabetical order; None where its braces do not match."""
    try:
        parsed = [(name, wording or "") for _, name, wording, _ in Formatter().parse(template) if name is not None]
    except ValueError:
        return None
    return sorted(f"{{{name}:{wording}}}" if wording else f"{{{name}}}" for name, wording in parsed)
