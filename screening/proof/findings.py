"""What a proof finds: of each criterion, flag, fact and item, whether what must hold of it does."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from instruments.faults import Fault
from instruments.messages import Message
from screening.intake import CodedIntake

Property = Literal["statuses", "independence", "monotony", "flags", "bearing"]
PROPERTIES: tuple[Property, ...] = ("statuses", "independence", "monotony", "flags", "bearing")
#: Whether it holds; "told" where there is nothing that must hold, and "too_large" where it was not tried.
Verdict = Literal["holds", "fails", "told", "too_large"]


@dataclass(frozen=True)
class Finding:
    """What was found of one criterion, flag, fact or item.

    Parameters
    ----------
    subject : str
        Its id; of an item, ``item.<id>``.
    message : Message
        What was found.
    fault : Fault or None
        What is wrong, where it does not hold; `message` is its sentence.
    examples : tuple of CodedIntake
        Completions that show it; what does not matter to it is blank. Of a step, before and after.
    alike : tuple of str
        The items of which the same holds, this one among them.
    """

    about: Property
    subject: str
    verdict: Verdict
    message: Message
    examples: tuple[CodedIntake, ...] = ()
    alike: tuple[str, ...] = ()
    fault: Fault | None = None


@dataclass(frozen=True)
class Proof:
    """What was found of a guidance on a day.

    Parameters
    ----------
    completions : int
        Ways of answering everything that the guidance and the flags ask.
    kinds : int or None
        How many of them differ to any criterion or flag; None where that was too much to try.
    """

    on: date
    findings: tuple[Finding, ...]
    completions: int
    kinds: int | None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What does not hold, or was too large to try."""
        return tuple(each.fault for each in self.findings if each.fault is not None)

    @property
    def is_complete(self) -> bool:
        """Whether everything was tried and holds."""
        return not self.faults
