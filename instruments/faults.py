"""What can be wrong with an input: where it is, what it is, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_SHOWN = 80
#: What a sentence may repeat of one value, and how long a place may be: twenty levels of names that are cut.
_LONGEST_PARAMETER, _LONGEST_PLACE = 400, 2_000
#: Faults that are told one by one.
MOST_LISTED = 100
MORE_FAULTS = "more-faults"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    Parameters
    ----------
    code : str
        Stable name of the kind of fault, in kebab case. Clients and tests depend on it, never on a sentence.
        The sentences stand in the ``locale`` folders under ``fault.<code>``.
    where : str
        The place: a JSON pointer, ``row 3, column age``, or ``file.yaml, line 12``. It is cut where it is very long.
    parameters : Mapping
        What the sentence needs: names, allowed values and limits. Never an answer about a person beyond the
        value that was refused, and of a very long value only the beginning.
    """

    code: str
    where: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.where) > _LONGEST_PLACE:
            object.__setattr__(self, "where", _cut(self.where, _LONGEST_PLACE))
        if any(isinstance(value, str) and len(value) > _LONGEST_PARAMETER for value in self.parameters.values()):
            parameters = {name: _cut(value, _LONGEST_PARAMETER) for name, value in self.parameters.items()}
            object.__setattr__(self, "parameters", parameters)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.where}: {self.code}" + (f" ({details})" if details else "")

    def under(self, prefix: str) -> "Fault":
        """Return the same fault, seen from the document that holds this one at ``prefix``."""
        return Fault(self.code, prefix + self.where, self.parameters)


class InputError(ValueError):
    """An input that cannot be used, with every fault that was found in it.

    Parameters
    ----------
    faults : iterable of Fault
        At least one.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__()

    def __str__(self) -> str:
        listed, more = first_faults(self.faults)
        return "; ".join([*map(str, listed), *([f"and {more} more"] if more else [])])


def first_faults(faults: Iterable[Fault]) -> tuple[list[Fault], int]:
    """The faults that are told one by one, and how many more there are.

    Whoever tells faults to a person or a program goes by this, so that no answer grows with what was sent.
    """
    plain: list[Fault] = []
    more = 0
    for fault in faults:
        if fault.code == MORE_FAULTS:
            count = fault.parameters.get("count", 0)
            more += count if isinstance(count, int) else 0
        elif len(plain) < MOST_LISTED:
            plain.append(fault)
        else:
            more += 1
    return plain, more


class UnknownDefinitionError(LookupError):
    """No definition has this id, or none of its versions fits what was asked for."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class AlteredDefinitionError(RuntimeError):
    """A published definition is not the file that was published."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


def pointer(where: str, step: object) -> str:
    """Lengthen a JSON pointer by one step (RFC 6901); a very long name is cut."""
    return f"{where}/{shown(step).replace('~', '~0').replace('/', '~1')}"


def shown(value: object) -> str:
    """Cut a refused value to what can stand in a message."""
    return str(_cut(str(value), _SHOWN))


def _cut(value: object, longest: int) -> Any:
    return value[: longest - 1] + "…" if isinstance(value, str) and len(value) > longest else value
