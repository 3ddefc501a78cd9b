"""What a reader chooses on the dashboard, as it stands in the address, and what there is to choose from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.trends.panels import CHOSEN_BY, Choice
from api.trends.words import TrendWords, period_in_words
from api.web.problems import Problem
from instruments.faults import Fault
from screening.trends.lattice import LEVELS, Lattice, Level

#: The parts of a choice in an address.
CHOSEN = ("level", "from", "to", "of")
_FROM_RECORDS = ("unit", "guidance")
Ask = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Option:
    """One that can be chosen: how it stands in the address, and what it is called."""

    value: str
    title: str


@dataclass(frozen=True)
class OptionGroup:
    """Those of one dimension."""

    title: str
    options: list[Option]


def read_choice(lattice: Lattice, given: Mapping[str, str], ask: Ask) -> Choice:
    """What was chosen.

    Raises
    ------
    Problem
        Kind ``bad-request``, with every fault; ``where`` is ``?name``.
    """
    faults = []
    level = next((each for each in LEVELS if each == (given.get("level") or "quarter")), None)
    if level is None:
        faults.append(Fault("not-a-choice", "?level", {"name": "level", "allowed": list(LEVELS)}))
    dimension, _, value = given.get("of", "").partition(":")
    if given.get("of"):
        known = [f"{name}:{each}" for name in CHOSEN_BY for each in values_of(lattice, name, ask)]
        if f"{dimension}:{value}" not in known:
            faults.append(Fault("not-a-choice", "?of", {"name": "of", "allowed": known}))
    if faults:
        raise Problem("bad-request", tuple(faults))
    ask({"measure": "intakes", **{name: given[name] for name in ("from", "to") if name in given}})
    return Choice(level or "quarter", given.get("from", ""), given.get("to", ""), dimension, value)


def values_of(lattice: Lattice, dimension: str, ask: Ask) -> list[str]:
    """The values of a dimension that a reader can choose: those listed, or those that numbers were published of."""
    if dimension not in _FROM_RECORDS:
        return list(lattice.dimension(dimension).ids())
    data = ask({"measure": "recommendations", "level": "month", "across": dimension})
    return sorted({str(row[dimension]) for row in data["numbers"]})


def groups_of_options(lattice: Lattice, words: TrendWords, ask: Ask) -> list[OptionGroup]:
    """Everything that cases can be chosen by; one at a time, as no table has two of these dimensions."""
    return [
        OptionGroup(
            words.dimension(name),
            [Option(f"{name}:{value}", words.value(name, value)) for value in values_of(lattice, name, ask)],
        )
        for name in CHOSEN_BY
    ]


def bounds(level: Level, words: TrendWords, ask: Ask) -> tuple[list[Option], list[Option]]:
    """The first and last months of the periods that were published, to begin from and to end with."""
    periods = ask({"measure": "intakes", "level": level, "across": "total"})["periods"]
    begins, ends = [], []
    for period in periods:
        title = period_in_words(period["period"], words.translator)
        year, month = int(period["starts_on"][:4]), int(period["starts_on"][5:7])
        begins.append(Option(f"{year:04}-{month:02}", title))
        ends.append(Option(f"{year:04}-{month + period['months'] - 1:02}", title))
    return begins, ends
