"""What can be wrong with an input: where it is, what it is, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    Parameters
    ----------
    code : str
        Stable name of the kind of fault, in kebab case. Clients and tests depend on it, never on a sentence.
        The sentences stand in the ``locale`` folders under ``fault.<code>``.
    where : str
        The place: a JSON pointer, ``row 3, column age``, or ``file.yaml, line 12``.
    parameters : Mapping
        What the sentence needs: names, allowed values and limits. Never an answer about a person beyond the
        value that was refused.
    """

    code: str
    where: str
    parameters: Mapping[str, object] = field(default_factory=dict)

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
        super().__init__("; ".join(str(fault) for fault in self.faults))


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
    """Lengthen a JSON pointer by one step (RFC 6901)."""
    return f"{where}/{str(step).replace('~', '~0').replace('/', '~1')}"


def shown(value: object) -> str:
    """Cut a refused value to what can stand in a message."""
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
