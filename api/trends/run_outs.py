"""When a stored screening runs out by itself, and by what, whatever is published later.

The best-before date of lists is another as soon as a definition is published, for days that are over, too. What is
counted of a period must not be. It is therefore found by the record and the very definitions that it was screened by,
which nobody edits. Where only the age is known it is the day by which the result surely is another, whatever birth date
agrees with the age: lists warn from the first day on which it may be, but what is published must have happened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.cases.screenings.best_before import best_before_in
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from screening.library import Library
from screening.replay import bind_again, read_recorded_submission
from screening.turns import Turn

#: How numbers name what ends a screening, by the kinds of `screening.turns.Cause`.
_NAMES = {"birthday": "age", "stale": "stale", "consent": "consent", "definition": "guidance"}


@dataclass(frozen=True)
class RunOut:
    """The day from which a screening surely stands no longer, and by what: a value of the lattice's ``ran_out_by``."""

    on: date
    by: str


#: When the screening with some content runs out; None for never, or where its definitions are gone.
RunOutOf = Callable[[Mapping[str, Any]], RunOut | None]


def run_outs_in(library: Library) -> RunOutOf:
    """A way to find when a screening runs out, by its ``covered`` and ``submission``."""

    def run_out_of(content: Mapping[str, Any]) -> RunOut | None:
        submission = content["submission"]
        try:
            bound = bind_again(library, content["covered"])
            best = best_before_in(submission, bound, read_recorded_submission(bound, submission), None)
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            return None
        return RunOut(best.latest.on, _by(best.latest)) if best.latest else None

    return run_out_of


def _by(turn: Turn) -> str:
    """By what it runs out. That the birth date is not recorded is named where nothing else is known: it is the age."""
    names = {_NAMES[cause.kind] for cause in turn.causes if cause.kind in _NAMES} or {"age"}
    return names.pop() if len(names) == 1 else "several"
