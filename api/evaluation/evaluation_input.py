"""From a request of the right shape to an intake: every fault of every part, told at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from api.context.context import Context
from api.web.shape import Shape
from instruments.faults import Fault, InputError, UnknownDefinitionError, pointer
from instruments.ratings import Ratings, read_ratings
from screening import rendered
from screening.coding import Intake
from screening.explanation import explain
from screening.fact_reading import read_facts
from screening.facts import Facts
from screening.gate import YOUTH, Consent, read_consents
from screening.library import BoundGuidance, Library

#: Faults that compare with the reference date, and say nothing where that date itself could not be read.
AGAINST_THE_DATE = frozenset({"date-in-future", "impossible-birth-date", "age-disagrees"})

Read = TypeVar("Read")


@dataclass(frozen=True)
class Submission:
    """An intake and the guidance to test it against."""

    bound: BoundGuidance
    intake: Intake


def screen(context: Context, submission: Submission, *languages: str) -> rendered.Explanation:
    """Screen an intake; the complete explanation in some languages or in both, ready for JSON."""
    return context.in_words(explain(submission.bound, submission.intake), *languages)


def read_submission(context: Context, shape: Shape) -> Submission:
    """Read what was submitted; where it has no reference date, that is today.

    Parameters
    ----------
    shape : Shape
        The parts of an `api.evaluation.schemas.EvaluationSchema` that have the right shape.

    Raises
    ------
    InputError
        With every fault, each with its JSON pointer into the request.
    """
    reading = _Reading(context.library, shape, context.today())
    submission = reading.submission()
    if submission is None or reading.faults:
        raise InputError(reading.faults)
    return submission


class _Reading:
    """One pass over the parts, gathering faults instead of stopping at the first."""

    def __init__(self, library: Library, shape: Shape, today: date) -> None:
        self._library = library
        self._parts = shape.parts
        self._shape_faults = shape.faults
        self._on: date = shape.parts.get("reference_date") or today
        self.faults: list[Fault] = list(shape.faults)
        self._known = {(fault.code, fault.where) for fault in shape.faults}

    def submission(self) -> Submission | None:
        bound = self._bound()
        facts = self._facts()
        ratings = self._ratings(bound)
        guardians, consents = self._consents()
        if bound is None or facts is None:
            return None
        return Submission(bound, Intake(self._on, facts, ratings, guardians, consents))

    def _bound(self) -> BoundGuidance | None:
        name, instrument = self._parts.get("guidance"), self._named_instrument()
        if instrument is not None and not self._try("/ratings/instrument", self._find_instrument, instrument):
            instrument = None
        if name is None:
            return None
        is_rated = self._parts.get("ratings") is not None
        bind = self._library.bind
        # A guidance that does not fit the instrument is told at the guidance: without the instrument it would fit.
        return self._try("/guidance", lambda: bind(name, on=self._on, instrument=instrument, is_rated=is_rated))

    def _named_instrument(self) -> str | None:
        ratings = self._parts.get("ratings")
        name = ratings.get("instrument") if isinstance(ratings, Mapping) else None
        return name[:200] if isinstance(name, str) else None

    def _find_instrument(self, name: str) -> object:
        return self._library.instruments.find(name, on=self._on)

    def _facts(self) -> Facts | None:
        raw = self._parts.get("facts", {})
        dictionary = self._try("/reference_date", self._library.facts, self._on)
        if dictionary is None:
            return None
        return self._try("/facts", lambda: read_facts(raw, dictionary, on=self._on))

    def _ratings(self, bound: BoundGuidance | None) -> Ratings | None:
        raw = self._parts.get("ratings")
        if raw is None:
            return None
        name = self._named_instrument()
        try:
            if name is not None:
                instrument = self._library.instruments.find(name, on=self._on).content
            elif bound is not None:
                instrument = bound.rules.instrument
            else:
                return None  # which items there are depends on the guidance, and its fault is told
        except UnknownDefinitionError:
            return None  # told at its own place
        return self._try("", lambda: read_ratings(raw, instrument, "/ratings"))

    def _consents(self) -> tuple[tuple[str, ...] | None, tuple[Consent, ...]]:
        listed = self._parts.get("guardians")
        guardians = None if listed is None else tuple(listed)
        self.faults.extend(_faults_of_guardians(guardians or ()))
        given = self._parts.get("consents", [])
        places = [place for place, consent in enumerate(given) if consent is not None]
        rules = self._try("/reference_date", self._library.consent_rules, self._on)
        if rules is None:
            return guardians, ()
        readable = [given[place] for place in places]
        try:
            return guardians, read_consents(readable, guardians, rules)
        except InputError as error:
            self._add([_numbered(fault, places).under("/consents") for fault in error.faults])
            return guardians, ()

    def _try(self, where: str, read: Callable[..., Read], *arguments: Any) -> Read | None:
        try:
            return read(*arguments)
        except UnknownDefinitionError as error:
            self._add([error.fault.under(where)])
        except InputError as error:
            self._add([_placed(fault, where) for fault in error.faults])
        return None

    def _add(self, faults: Sequence[Fault]) -> None:
        is_dated = not any(fault.where == "/reference_date" for fault in self._shape_faults)
        for fault in faults:
            kind = (fault.code, fault.where)
            if kind not in self._known and (is_dated or fault.code not in AGAINST_THE_DATE):
                self._known.add(kind)
                self.faults.append(fault)


def _placed(fault: Fault, where: str) -> Fault:
    """A fault in its place of the request; one that names a line of a definition file gets the part's own place."""
    return fault.under(where) if fault.where[:1] in ("", "/") else Fault(fault.code, where, fault.parameters)


def _numbered(fault: Fault, places: Sequence[int]) -> Fault:
    """A fault of a shortened list, at its number in the whole list."""
    _, number, *rest = fault.where.split("/")
    return Fault(fault.code, "/".join(["", str(places[int(number)]), *rest]), fault.parameters)


def _faults_of_guardians(guardians: Sequence[str]) -> Iterator[Fault]:
    earlier: set[str] = set()
    for place, guardian in enumerate(guardians):
        where = pointer("/guardians", place)
        if not guardian.strip():
            yield Fault("text-missing", where, {"name": "guardians"})
        elif guardian == YOUTH:
            yield Fault("reserved-reference", where, {"name": YOUTH})
        elif guardian in earlier:
            yield Fault("repeated-guardian", where)
        earlier.add(guardian)
