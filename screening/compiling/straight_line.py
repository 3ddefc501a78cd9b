"""Writing conditions as straight-line Python, compiled once: what decides one intake at a time.

The source holds whole numbers and names of facts that have been found to be identifiers, and no other text of a
definition. A traceback shows its lines.
"""

import linecache
import weakref
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from instruments.ratings import BLANK
from screening.compiling.conditions import (
    NEVER,
    AllOf,
    Code,
    Condition,
    Day,
    Tally,
    Term,
    Window,
    Within,
    beyond,
    leaves,
)
from screening.facts import EVER
from screening.intake import EVER_MONTHS, OWN_RULE_MONTHS, CodedIntake
from screening.truth import MET, NOT_MET, UNKNOWN

_INDENT = "    "
_NUMBERS = count(2)


def identifier(name: str) -> str:
    """A name that may stand in source.

    Raises
    ------
    ValueError
        If it is anything else than letters, digits and underscores.
    """
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot stand in source")
    return name


def fact(name: str) -> str:
    """The variable that holds a fact's code."""
    return f"fact_{identifier(name)}"


def item(position: int) -> str:
    """The variable that holds an item's code."""
    return f"item_{position:d}"


class Function:
    """The source of one function of an intake, line by line; what a line needs is read from the intake first."""

    def __init__(self, name: str, number_of_items: int | None = None) -> None:
        self._name = identifier(name)
        self._number_of_items = number_of_items
        self._facts: dict[str, None] = {}
        self._items: set[int] = set()
        self._others: dict[str, list[str]] = {}
        self._tallies: dict[tuple[tuple[int, ...], int], int] = {}
        self._lines: list[str] = []

    def write(self, line: str) -> None:
        """Add a line to the body."""
        self._lines.append(_INDENT + line)

    def read_fact(self, name: str) -> str:
        """The variable of a fact's code, which is read."""
        self._facts[name] = None
        return fact(name)

    def read_item(self, position: int) -> str:
        """The variable of an item's code, which is read."""
        self._items.add(position)
        return item(position)

    def read_window(self) -> str:
        """The variable of the months over which the offences were counted, which are read."""
        self._others["window"] = [
            "window = intake.offence_window",
            f"window = {OWN_RULE_MONTHS} if window is None else {EVER_MONTHS} if window == {EVER!r} else window",
        ]
        return "window"

    def truth(self, surely: Condition, possibly: Condition) -> str:
        """An expression for 0 not met, 1 unknown or 2 met."""
        rest = beyond(possibly, surely)
        otherwise = f"{UNKNOWN} if {self.condition(rest)} else {NOT_MET}" if rest != NEVER else f"{NOT_MET}"
        return f"{MET} if {self.condition(surely)} else {otherwise}" if surely != NEVER else otherwise

    def condition(self, condition: Condition) -> str:
        """An expression for whether a condition holds."""
        if isinstance(condition, Within):
            return self._within(condition)
        parts = [
            part if isinstance(each, Within) else f"({part})"
            for each in condition.parts
            if (part := self.condition(each))
        ]
        joint = " and " if isinstance(condition, AllOf) else " or "
        return joint.join(parts) or str(isinstance(condition, AllOf))

    def _within(self, leaf: Within) -> str:
        value = self._term(leaf.term)
        low, high = int(leaf.low), leaf.high
        if high is None:
            return f"{value} >= {low}"
        if low == high:
            return f"{value} == {low}"
        return f"{value} <= {int(high)}" if low <= leaf.term.lowest else f"{low} <= {value} <= {int(high)}"

    def _term(self, term: Term) -> str:
        if isinstance(term, Code):
            return self.read_fact(term.name)
        if isinstance(term, Tally):
            number = self._tally(term)
            return f"counted_{number} + blank_{number}" if term.with_blanks else f"counted_{number}"
        if isinstance(term, Window):
            return self.read_window()
        if isinstance(term, Day):
            self._others["day"] = ["day = intake.on.toordinal()"]
            return "day"
        raise TypeError(term)

    def _tally(self, tally: Tally) -> int:
        """Count items, once for all that ask for it."""
        key = tally.positions, tally.least_code
        if key not in self._tallies:
            number = self._tallies[key] = len(self._tallies) + 1
            self.write(f"counted_{number} = blank_{number} = 0")
            for variable in map(self.read_item, tally.positions):
                self.write(f"if {variable} >= {int(tally.least_code)}:")
                self.write(f"{_INDENT}counted_{number} += 1")
                self.write(f"elif {variable} < 0:")
                self.write(f"{_INDENT}blank_{number} += 1")
        return self._tallies[key]

    @property
    def source(self) -> str:
        """The whole function."""
        head = [f"def {self._name}(intake):"]
        if self._facts:
            head.append(_INDENT + "code = intake.facts.get")
            head += [f"{_INDENT}{fact(name)} = code({identifier(name)!r}, {BLANK})" for name in self._facts]
        if self._items:
            number = self._number_of_items or max(self._items) + 1
            rest = "" if self._number_of_items else " *_"
            head.append(f"{_INDENT}{', '.join(map(item, range(number)))},{rest} = intake.items")
        head += [_INDENT + line for lines in self._others.values() for line in lines]
        return "\n".join([*head, *self._lines, ""])


def compile_function(function: Function, file: str, names: Mapping[str, object]) -> Callable[[CodedIntake], Any]:
    """The function, ready to be called.

    Parameters
    ----------
    file : str
        What a traceback names as its file, in brackets; a number is put in where another function is named so.
    names : Mapping of str to object
        What the source refers to.
    """
    source = function.source
    if file in linecache.cache:
        file = f"{file.removesuffix('>')}, {next(_NUMBERS)}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    namespace = dict(names)
    exec(compile(source, file, "exec"), namespace)  # noqa: S102 - of whole numbers and identifiers alone
    made: Callable[[CodedIntake], Any] = namespace[function._name]  # type: ignore[assignment]
    weakref.finalize(made, linecache.cache.pop, file, None).atexit = False
    return made


def compile_test(surely: Condition, possibly: Condition) -> Callable[[CodedIntake], int]:
    """The truth of a single test for an intake."""
    function = Function("decide_test")
    truth = function.truth(surely, possibly)
    function.write(f"return {truth}")
    return compile_function(function, f"<test of {', '.join(_read_by(surely, possibly))}>", {})


def _read_by(*conditions: Condition) -> Iterable[str]:
    names = (leaf.term.name if isinstance(leaf.term, Code) else "items" for each in conditions for leaf in leaves(each))
    return dict.fromkeys(names)
