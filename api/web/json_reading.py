"""Reading JSON bodies more strictly than JSON itself asks for, so that nothing is lost or guessed in silence."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from instruments.faults import Fault, pointer, shown
from instruments.text import is_unreadable

DEEPEST = 20
#: Longer whole numbers are no counts, ages or months, and Python spends time on them as the square of their length.
LONGEST_NUMBER = 18


class UnreadableBodyError(ValueError):
    """A body that is no JSON at all: ``not-json`` or ``wrong-encoding``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _RepeatedKeys(dict[str, Any]):
    """An object in which some key stands more than once."""

    repeated: tuple[str, ...] = ()


#: The steps to a value, the last one first; they are written as a JSON pointer where there is a fault to tell.
_Steps = tuple["_Steps", Any] | None
#: Stands in for a number that JSON can write and no reader should accept.
_TOO_LARGE = object()
#: What `is_unreadable` finds can only be written escaped: JSON has no bare NUL, and UTF-8 no half of a pair.
_ESCAPED = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def read_json(raw: bytes) -> tuple[Any, list[Fault]]:
    """Read a body as UTF-8 JSON.

    Returns
    -------
    body : object
        With null in place of what was refused, so that the rest can still be read.
    faults : list of Fault
        What cannot be accepted wherever it stands, with JSON pointers: repeated keys, of which the last would win in
        silence; numbers that overflow; NUL and lone surrogates; more than `DEEPEST` levels.

    Raises
    ------
    UnreadableBodyError
        If it is not UTF-8, or not JSON. ``NaN`` and ``Infinity`` are not JSON.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableBodyError("wrong-encoding") from None
    try:
        body = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_whole_number,
            parse_float=_number,
        )
    except RecursionError:
        return None, [Fault("nested-too-deep", "", {"most": DEEPEST})]
    except ValueError:
        raise UnreadableBodyError("not-json") from None
    document = [body]
    faults = list(_faults_in(document, may_be_unreadable=_ESCAPED.search(text) is not None))
    return document[0], faults


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) == len(pairs):
        return values
    kept = _RepeatedKeys(values)
    counts = Counter(key for key, _ in pairs)
    kept.repeated = tuple(key for key, count in counts.items() if count > 1)
    return kept


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


def _whole_number(digits: str) -> Any:
    return int(digits) if len(digits) <= LONGEST_NUMBER else _TOO_LARGE


def _number(digits: str) -> Any:
    value = float(digits)
    return value if math.isfinite(value) else _TOO_LARGE


def _faults_in(document: list[Any], *, may_be_unreadable: bool) -> Iterator[Fault]:
    """The faults of a body, which is the one element of a list so that it too can be replaced.

    Most values are texts and numbers with nothing the matter, and never wait: texts only where one may be unreadable.
    """
    suspects: tuple[type, ...] = (dict, list, *((str,) if may_be_unreadable else ()))
    waiting: list[tuple[Any, Any, _Steps, int]] = [(document, 0, None, 1)]
    while waiting:
        owner, place, steps, depth = waiting.pop()
        value = owner[place]
        if isinstance(value, str):
            if is_unreadable(value):
                owner[place] = None
                yield _fault_of_value("text-unreadable", steps)
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                owner[place] = None
                yield Fault("nested-too-deep", _pointer(steps), {"most": DEEPEST})
                continue
            if isinstance(value, dict):
                yield from _faults_of_keys(value, steps, may_be_unreadable=may_be_unreadable)
            parts = list(value.items() if isinstance(value, dict) else enumerate(value))
            waiting += [
                (value, each, (steps, each), depth + 1)
                for each, part in reversed(parts)
                if isinstance(part, suspects) or part is _TOO_LARGE
            ]
        elif value is _TOO_LARGE:
            owner[place] = None
            yield _fault_of_value("number-out-of-range", steps)


def _faults_of_keys(value: dict[str, Any], steps: _Steps, *, may_be_unreadable: bool) -> Iterator[Fault]:
    for key in getattr(value, "repeated", ()):
        yield Fault("repeated-key", _pointer((steps, key)), {"name": _readable(key)})
    for key in list(value) if may_be_unreadable else ():
        if is_unreadable(key):
            del value[key]
            yield Fault("text-unreadable", _pointer((steps, key)), {"name": _readable(key)})


def _fault_of_value(code: str, steps: _Steps) -> Fault:
    where = _pointer(steps)
    return Fault(code, where, {"name": where.rpartition("/")[2]})


def _pointer(steps: _Steps) -> str:
    if steps is None:
        return ""
    before, step = steps
    return pointer(_pointer(before), _readable(str(step)))


def _readable(text: str) -> str:
    """A key as it can be written in an answer: cut, and without what could not be encoded."""
    return shown(text).encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
