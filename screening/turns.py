"""Days on which a result turns into another: why, and what it is before and then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from screening.recommendation import Outcome
from screening.truth import Status

#: One consent on a day: whose, towards whom, how it stands, and whether the gate asks for it.
ConsentState = tuple[str, str, str, bool]
_DAY = date.resolution


@dataclass(frozen=True)
class State:
    """What time can change of a result.

    Parameters
    ----------
    statuses : Mapping of str to Status
        Of every criterion and each of its steps, by name. A flag is told of where it is raised or open alone: a
        version that adds one which is neither changes nothing for the reader.
    consents : tuple of ConsentState
    readiness : str
        The overall word of the gate.
    """

    statuses: Mapping[str, Status]
    outcome: Outcome
    flags: tuple[str, ...]
    flags_open: tuple[str, ...]
    consents: tuple[ConsentState, ...]
    readiness: str
    are_guardians_open: bool


@dataclass(frozen=True)
class Cause:
    """Why a result changes on a day.

    Parameters
    ----------
    kind : {"birthday", "stale", "consent", "definition", "age"}
        The young person is a year older; an answer is too old from this day on; a consent stands otherwise; another
        version of a definition is in force, or the guidance has ended; it depends on the birth date, which is not
        recorded, what changes that day.
    name : str
        The age, the fact, ``person:recipient`` or the definition's ``id@version``; of the last kind ``outdated`` where
        everybody of the recorded age is older by now, else ``birth_date``.
    """

    kind: Literal["birthday", "stale", "consent", "definition", "age"]
    name: str


@dataclass(frozen=True)
class Turn:
    """The first day on which a result is another, why, and what it is before and then.

    Parameters
    ----------
    after : State or None
        None where no version of the guidance is in force any more.
    is_agreed : bool
        Whether ``after`` holds for every birth date that turns on this day and agrees with the recorded age.
    """

    on: date
    causes: tuple[Cause, ...]
    before: State
    after: State | None
    is_agreed: bool = True

    @property
    def last_day(self) -> date:
        """The last day on which the result still is what it was."""
        return self.on - _DAY


def shared_turn(turns: Sequence[Turn], open_age: Cause) -> Turn:
    """What turns on the same day, of different birth dates, have in common."""
    first = turns[0]
    causes = tuple(cause for cause in first.causes if all(cause in turn.causes for turn in turns))
    is_agreed = all(turn.after == first.after for turn in turns)
    if is_agreed and all(turn.causes == causes for turn in turns):
        return first
    return replace(first, causes=(*causes, open_age), is_agreed=is_agreed)
