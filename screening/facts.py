"""Facts about an intake: their dictionary, and one intake's values with source and date.

A fact that is not there stays blank, in one of three kinds (`instruments.ratings.BlankKind`); no fact has a default.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from instruments.faults import Fault, InputError
from instruments.messages import Text
from instruments.ratings import BLANK, BlankKind
from instruments.registry import Versioned

#: Code of a known value that says that the question does not apply, such as "no release is planned".
NOT_APPLICABLE = -2
NOT_APPLICABLE_WORD = "not_applicable"
LONGEST_TEXT = 10_000
EVER = "ever"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(_Part):
    """One value of a choice."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Text


class FactDescription(_Part):
    """One row of the fact dictionary.

    Codes of values are their positions in ``values``; a whole number is its own code. `BLANK` and `NOT_APPLICABLE`
    lie below every code.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: Literal["choice", "whole_number", "offences", "date", "text"]
    title: Text
    question: Text
    help: Text | None = None
    values: tuple[Value, ...] = ()
    range: tuple[int, int] | None = None
    unit: Text | None = None
    not_applicable: Text | None = None
    must_carry: tuple[Literal["source", "observed_on", "reason"], ...] = ()

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """Code of each value of a choice, by the value's id."""
        return {value.id: code for code, value in enumerate(self.values)}

    @property
    def is_decidable(self) -> bool:
        """Whether a criterion can test this fact."""
        return self.kind in ("choice", "whole_number", "offences")

    def domain(self) -> tuple[int, int]:
        """Smallest and largest code of a known value, both included."""
        if self.kind == "choice":
            return 0, len(self.values) - 1
        if self.range is None:
            raise ValueError(f"{self.id} has no range")
        return self.range

    def value_of(self, code: int) -> object:
        """The value as it is written in files and answers; None for a blank."""
        if code == BLANK:
            return None
        if code == NOT_APPLICABLE:
            return NOT_APPLICABLE_WORD
        return self.values[code].id if self.kind == "choice" else code


class RefusedName(_Part):
    """A name that is never a fact, and why."""

    id: str
    reason: Literal["derived", "never_input"]


class FactDictionary(Versioned):
    """Every fact that a criterion may use, and the names that are refused."""

    title: Text
    facts: tuple[FactDescription, ...]
    refused: tuple[RefusedName, ...]

    @cached_property
    def by_id(self) -> Mapping[str, FactDescription]:
        """The rows by id."""
        return {fact.id: fact for fact in self.facts}

    @cached_property
    def refusals(self) -> Mapping[str, str]:
        """Why each refused name is refused."""
        return {refused.id: refused.reason for refused in self.refused}

    def words(self) -> Iterator[tuple[str, Text]]:
        """Labels for the catalogue: ``fact.<id>``, ``question.<id>`` and ``value.<fact>.<value>``."""
        for fact in self.facts:
            yield f"fact.{fact.id}", fact.title
            yield f"question.{fact.id}", fact.question
            for value in fact.values:
                yield f"value.{fact.id}.{value.id}", value.label
            if fact.not_applicable:
                yield f"value.{fact.id}.{NOT_APPLICABLE_WORD}", fact.not_applicable


@dataclass(frozen=True, slots=True)
class FactValue:
    """What is known of one fact.

    Parameters
    ----------
    code : int
        The value's code, `BLANK`, or `NOT_APPLICABLE`.
    source, reason : str or None
        Where it comes from and, where one is asked for, why it was answered so.
    observed_on : date or None
        The day for which it held.
    blank : BlankKind or None
        The kind of blank; None for a known value.
    window_months : int, "ever" or None
        Offences only: the period they were counted over. None means "as the guidance itself counts".
    convicted : int or None
        Offences only: how many of them were tried and convicted. Shown apart, never tested.
    """

    code: int
    source: str | None = None
    observed_on: date | None = None
    reason: str | None = None
    blank: BlankKind | None = None
    window_months: int | Literal["ever"] | None = None
    convicted: int | None = None


NOT_ASKED = FactValue(BLANK, blank=BlankKind.NOT_ASKED)


@dataclass(frozen=True)
class Facts:
    """The facts of one intake. A name that is not there was not asked."""

    values: Mapping[str, FactValue] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FactValue:
        return self.values.get(name, NOT_ASKED)


def completed_years(birth_date: date, on: date) -> int:
    """Age in completed years; a person born on 29 February turns a year older on 1 March of a common year."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def read_facts(raw: Mapping[str, Any], dictionary: FactDictionary, *, on: date) -> Facts:
    """Read facts in their JSON form.

    Parameters
    ----------
    raw : Mapping
        By fact id: a value; null for "not asked"; ``{"missing": "not_found", "reason": …}``; or
        ``{"value": …, "source": …, "observed_on": …, "reason": …}``.
    dictionary : FactDictionary
        The facts that exist.
    on : date
        The reference date, on which the age is counted and after which nothing can have been observed.

    Returns
    -------
    Facts
        ``age`` is filled in from ``birth_date``.

    Raises
    ------
    InputError
        With every fault and its JSON pointer.
    """
    faults: list[Fault] = []
    values: dict[str, FactValue] = {}
    birth_date: date | None = None
    for name, given in raw.items():
        where = f"/{name.replace('~', '~0').replace('/', '~1')}"
        description = dictionary.by_id.get(name)
        if description is None:
            faults.append(_refusal(name, where, dictionary))
            continue
        try:
            if description.kind == "date":
                birth_date = _read_date(given, where)
            else:
                values[name] = _read_fact(given, description, where, on)
        except InputError as error:
            faults.extend(error.faults)
    if birth_date is not None and not faults:
        faults.extend(_settle_age(values, birth_date, dictionary.by_id["age"], on))
    if faults:
        raise InputError(faults)
    return Facts(values)


def _refusal(name: str, where: str, dictionary: FactDictionary) -> Fault:
    reason = dictionary.refusals.get(name)
    if reason is None:
        return Fault("unknown-fact", where, {"name": name[:80], "known": sorted(dictionary.by_id)})
    return Fault("derived-fact" if reason == "derived" else "never-an-input", where, {"name": name})


def _settle_age(values: dict[str, FactValue], born: date, age: FactDescription, on: date) -> Iterable[Fault]:
    years = completed_years(born, on)
    low, high = age.domain()
    if born > on:
        yield Fault("date-in-future", "/birth_date", {"value": born.isoformat(), "on": on.isoformat()})
    elif not low <= years <= high:
        yield Fault("impossible-birth-date", "/birth_date", {"value": born.isoformat(), "years": years})
    elif "age" in values and values["age"].blank is None and values["age"].code != years:
        parameters = {"age": values["age"].code, "years": years, "on": on.isoformat()}
        yield Fault("age-disagrees", "/age", parameters)
    else:
        stated = values.get("age", NOT_ASKED)
        values["age"] = FactValue(years, source=stated.source, observed_on=stated.observed_on)


def _read_fact(given: Any, description: FactDescription, where: str, on: date) -> FactValue:
    if given is None:
        return NOT_ASKED
    if not isinstance(given, Mapping):
        return FactValue(_read_code(given, description, where))
    allowed = {"value", "source", "observed_on", "reason", "missing"}
    if description.kind == "offences":
        allowed |= {"window_months", "convicted"}
    faults = [
        Fault("unknown-key", f"{where}/{key}", {"name": str(key)[:80], "known": sorted(allowed)})
        for key in given
        if key not in allowed
    ]
    source = _gather(faults, _read_text, given.get("source"), f"{where}/source")
    reason = _gather(faults, _read_text, given.get("reason"), f"{where}/reason")
    observed_on = _gather(faults, _read_date, given.get("observed_on"), f"{where}/observed_on")
    if observed_on is not None and observed_on > on:
        parameters = {"value": observed_on.isoformat(), "on": on.isoformat()}
        faults.append(Fault("date-in-future", f"{where}/observed_on", parameters))
    if "missing" in given:
        faults.extend(_faults_of_missing(given, reason, where))
        if not faults:
            return FactValue(BLANK, source, observed_on, reason, BlankKind.NOT_FOUND)
        raise InputError(faults)
    code = _gather(
        faults, lambda raw, place: _read_code(raw, description, place), given.get("value"), f"{where}/value"
    )
    window, convicted = _read_offence_details(given, code, where, faults)
    if faults:
        raise InputError(faults)
    if code is None:
        return FactValue(BLANK, source, observed_on, reason, BlankKind.NOT_ASKED)
    return FactValue(code, source, observed_on, reason, None, window, convicted)


def _gather(faults: list[Fault], read: Any, raw: Any, where: str) -> Any:
    """Read one part; its faults join the others, so that all are told at once."""
    if raw is None:
        return None
    try:
        return read(raw, where)
    except InputError as error:
        faults.extend(error.faults)
        return None


def _faults_of_missing(given: Mapping[str, Any], reason: str | None, where: str) -> Iterator[Fault]:
    if given["missing"] != BlankKind.NOT_FOUND.value:
        yield Fault("unknown-blank", f"{where}/missing", {"value": str(given["missing"])[:80]})
    if given.get("value") is not None:
        yield Fault("value-and-missing", where)
    if not (reason or "").strip():
        yield Fault("reason-missing", f"{where}/reason")


def _read_offence_details(
    given: Mapping[str, Any], code: int | None, where: str, faults: list[Fault]
) -> tuple[int | Literal["ever"] | None, int | None]:
    window = given.get("window_months")
    if window is not None and window != EVER and not (_is_whole(window) and 1 <= window <= 1200):
        faults.append(Fault("bad-window", f"{where}/window_months", {"value": str(window)[:80]}))
    convicted = given.get("convicted")
    if convicted is not None and not (_is_whole(convicted) and 0 <= convicted <= (code or 0)):
        faults.append(Fault("bad-convicted", f"{where}/convicted", {"value": str(convicted)[:80]}))
    return window, convicted


def _read_code(raw: Any, description: FactDescription, where: str) -> int:
    if raw == NOT_APPLICABLE_WORD and description.not_applicable:
        return NOT_APPLICABLE
    if description.kind == "choice":
        code = description.codes.get(raw) if isinstance(raw, str) else None
        if code is None:
            allowed = {"fact": description.id, "value": str(raw)[:80], "allowed": list(description.codes)}
            raise InputError([Fault("off-scale-fact", where, allowed)])
        return code
    if description.kind == "text":
        _read_text(raw, where)
        return 0
    low, high = description.domain()
    if not (_is_whole(raw) and low <= raw <= high):
        parameters: dict[str, object] = {
            "fact": description.id,
            "value": str(raw)[:80],
            "low": low,
            "high": high,
        }
        raise InputError([Fault("off-range-fact", where, parameters)])
    return int(raw)


def _is_whole(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool)


def _read_text(raw: Any, where: str) -> str:
    if not isinstance(raw, str):
        raise InputError([Fault("not-text", where)])
    if len(raw) > LONGEST_TEXT:
        raise InputError([Fault("text-too-long", where, {"length": len(raw), "longest": LONGEST_TEXT})])
    return raw


def _read_date(raw: Any, where: str) -> date | None:
    if raw is None or isinstance(raw, date):
        return raw
    try:
        return (
            date.fromisoformat(raw) if isinstance(raw, str) and len(raw) == 10 else _refuse_date(raw, where)
        )
    except ValueError as error:
        raise InputError([Fault("impossible-date", where, {"value": raw[:80]})]) from error


def _refuse_date(raw: Any, where: str) -> date:
    raise InputError([Fault("impossible-date", where, {"value": str(raw)[:80]})])
