"""Strict YAML: definitions are read by the YAML 1.2 core rules, and every fault of a file is told at once.

YAML as most readers take it turns ``no`` into false and ``2026.10`` into a number, and lets a repeated key
win in silence. Here a word stays a word, a repeated key is a fault, and so is an alias, since it makes one
line speak for two places.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from instruments.faults import Fault, InputError

Place = tuple[str | int, ...]
#: A fault between the parts of a file: its place, its code and what the sentence needs.
CrossFault = tuple[Place, str, dict[str, object]]
Model = TypeVar("Model", bound=BaseModel)

#: Most levels of lists and mappings within each other.
MOST_LEVELS = 64
_BRACKET = re.compile(r"[\[\]{}]")
_BEGINNING = re.compile(r"^[ \-?:]+", re.MULTILINE)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}
_EXPECTED = {
    "string_type": "text",
    "int_type": "whole_number",
    "float_type": "number",
    "bool_type": "true_or_false",
    "date_type": "date",
    "date_from_datetime_parsing": "date",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "dict_type": "mapping",
    "mapping_type": "mapping",
    "list_type": "list",
    "tuple_type": "list",
}


@dataclass(frozen=True)
class Document:
    """A YAML file as read: its data, the line of every part, and the digest of its bytes, which stands for both."""

    path: Path
    data: Any = field(compare=False)
    lines: Mapping[Place, int] = field(compare=False)
    sha256: str

    def where(self, place: Place) -> str:
        """Tell the file name and line of a part, or of the nearest part around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{name_of(self.path)}, line {self.lines.get(place, 1)}"


def name_of(path: Path) -> str:
    """Name a file for a reader; one that is called by its version alone, with the folder that tells what it is."""
    return f"{path.parent.name}/{path.name}" if path.stem[:1].isdigit() else path.name


def read_yaml(path: Path) -> Document:
    """Read a YAML file.

    Parameters
    ----------
    path : Path
        A UTF-8 file with one document.

    Returns
    -------
    Document

    Raises
    ------
    InputError
        If the file is not UTF-8, is not YAML, or repeats a key; with line numbers.

    Notes
    -----
    A file whose bytes were read before is not read again: everybody is given a copy of what it holds.
    """
    document = _read_faultless(path, path.read_bytes())
    return replace(document, data=deepcopy(document.data))


@lru_cache(maxsize=512)
def _read_faultless(path: Path, content: bytes) -> Document:
    document, faults = _read(path, content)
    if faults:
        raise InputError(faults)
    return document


def _read(path: Path, content: bytes) -> tuple[Document, list[Fault]]:
    try:
        text = content.decode("utf-8-sig")
        _refuse_depth(path, text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError([Fault("not-utf8", f"{name_of(path)}, line {line}")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(
            [Fault("not-yaml", f"{name_of(path)}, line {line}", {"problem": error.problem or ""})]
        ) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise InputError([Fault("not-yaml", f"{name_of(path)}, line {line}", {"problem": error.reason})]) from error
    if root is None:
        raise InputError([Fault("empty-file", name_of(path))])
    reading = _Reading(path)
    data = reading.value(root, ())
    return Document(path, data, reading.lines, hashlib.sha256(content).hexdigest()), reading.faults


def _refuse_depth(path: Path, text: str) -> None:
    """Refuse a file that is nested so deep that composing it, which calls itself for each level, would not come back.

    Brackets that are open at once and what a line begins with are never fewer than the levels, and quickly counted;
    only where they are many are the levels themselves.
    """
    steps = (1 if bracket in "[{" else -1 for bracket in _BRACKET.findall(text))
    open_at_once = max(accumulate(steps), default=0)
    beginning = max((len(found) for found in _BEGINNING.findall(text)), default=0)
    if open_at_once + beginning <= MOST_LEVELS:
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_LEVELS:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise InputError([Fault("nested-too-deep", f"{name_of(path)}, line {line}", {"most": MOST_LEVELS})])


def load(path: Path, model: type[Model]) -> tuple[Model, Document]:
    """Read a definition file into its model.

    Parameters
    ----------
    path : Path
        The YAML file.
    model : type
        A pydantic model that forbids unknown keys.

    Returns
    -------
    (model, Document)

    Raises
    ------
    InputError
        With every fault of the file and its line.

    Notes
    -----
    What a model cannot check part by part, such as an id that points nowhere, it checks in a class method
    ``faults_in(data)`` that yields ``(place, code, parameters)``. It is given the raw data, valid or not, so
    that all faults of a file are told at once.

    A file whose bytes were read before is not read again: what comes out of them cannot change.
    """
    content, document = _load(path, path.read_bytes(), model)
    return cast(Model, content), document


@lru_cache(maxsize=512)
def _load(path: Path, written: bytes, model: type[BaseModel]) -> tuple[BaseModel, Document]:
    document, faults = _read(path, written)
    taken = {fault.where for fault in faults}  # what could not be read would only be told a second time
    content = None
    try:
        content = model.model_validate(document.data)
    except ValidationError as error:
        faults += [fault for fault in _faults_of(error, document) if fault.where not in taken]
    check = getattr(model, "faults_in", None)
    if check is not None:
        deeper = [Fault(code, document.where(place), parameters) for place, code, parameters in check(document.data)]
        faults += [fault for fault in deeper if fault.where not in taken]
    if faults or content is None:
        raise InputError(faults)
    return content, document


def readable_parts(data: Any, key: str, model: type[Model]) -> Iterator[tuple[Place, Model]]:
    """Yield the parts of a list that can be read by themselves, each with its place.

    Checks across parts use it, so that one broken part does not hide what is wrong between the others.

    Parameters
    ----------
    data : object
        A document's data, of any shape.
    key : str
        The name under which the list should stand.
    model : type
        The model of one part.
    """
    listed = data.get(key) if isinstance(data, Mapping) else None
    for index, part in enumerate(listed if isinstance(listed, list) else []):
        try:
            yield (key, index), model.model_validate(part)
        except ValidationError:
            continue


def _faults_of(error: ValidationError, document: Document) -> Iterable[Fault]:
    for detail in error.errors(include_url=False):
        place = tuple(detail["loc"])
        name = ".".join(str(step) for step in place) or "the file"
        code, parameters = _what(detail["type"], detail.get("ctx", {}), detail["msg"])
        yield Fault(code, document.where(place), {"name": name, **parameters})


def _what(kind: str, context: Mapping[str, Any], message: str) -> tuple[str, dict[str, object]]:
    """Our code for a pydantic error, and what its sentence needs."""
    if kind == "missing":
        return "missing-key", {}
    if kind == "extra_forbidden":
        return "unknown-key", {}
    if kind in _EXPECTED:
        return "wrong-type", {"expected": _EXPECTED[kind]}
    if "-" in kind:  # a code of our own, raised by a validator; those of pydantic have underscores
        return kind, dict(context)
    return "bad-value", {"problem": message.removeprefix("Value error, ")}


class _Reading:
    """One pass over the nodes of a document, gathering values, lines and faults."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines[place] = node.start_mark.line + 1
        if id(node) in self._seen:
            name = ".".join(str(step) for step in place)
            self.faults.append(Fault("alias-used", f"{name_of(self._path)}, line {self.lines[place]}", {"name": name}))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in values:
                where = f"{name_of(self._path)}, line {key_node.start_mark.line + 1}"
                self.faults.append(Fault("repeated-key", where, {"name": key}))
            values[key] = self.value(value_node, (*place, key))
            self.lines[(*place, key)] = key_node.start_mark.line + 1  # of the key: a block text starts a line below
        return values

    def _scalar(self, node: yaml.Node) -> Any:
        text = str(node.value)
        if getattr(node, "style", None):  # quoted or block text is text, whatever it looks like
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return self._whole(text, node)
        if _NUMBER.fullmatch(text):
            return float(text)
        if _DATE.fullmatch(text):
            return self._date(text, node)
        return text

    def _whole(self, text: str, node: yaml.Node) -> int | None:
        try:
            return int(text)
        except ValueError:  # Python reads so many digits and no more
            where = f"{name_of(self._path)}, line {node.start_mark.line + 1}"
            self.faults.append(Fault("number-too-long", where, {"digits": len(text)}))
            return None

    def _date(self, text: str, node: yaml.Node) -> date | None:
        try:
            return date.fromisoformat(text)
        except ValueError:
            where = f"{name_of(self._path)}, line {node.start_mark.line + 1}"
            self.faults.append(Fault("impossible-date", where, {"value": text}))
            return None
