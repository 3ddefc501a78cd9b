"""Asking what another guidance, or another limit in one, would make of the young people who were screened."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.schema import SecrecyUnit
from api.trends.microaggregates import rows_of, years_written
from instruments.faults import Fault, InputError, UnknownDefinitionError
from screening.batch.spreadsheets import disarmed
from screening.guidance import Parameter, ParameterValue
from screening.library import Library
from screening.trends.lattice import Lattice
from screening.trends.what_if import DIVIDED_BY, Arm, what_if

#: What a question is made of, in an address.
ASKED = ("before", "after", "limit", "value", "first_year", "last_year")
NUMBERS = ("people", "supported_before", "supported_after", "enters", "may_still_enter", "leaves")


@dataclass(frozen=True)
class Asked:
    """A question that can be answered."""

    before: Arm
    after: Arm
    years: tuple[int, ...]


def limits_of(library: Library, name: str, today: date) -> tuple[Parameter, ...]:
    """The limits of a guidance that can be tried out.

    Raises
    ------
    UnknownDefinitionError
    """
    return library.bind(name, on=today).rules.guidance.parameters


def read_what_if(given: Mapping[str, str | None], library: Library, years: list[int], today: date) -> Asked:
    """Read a question.

    Parameters
    ----------
    given : Mapping of str to str
        `ASKED`, as they stand in an address.
    years : list of int
        Those that can be asked about.

    Raises
    ------
    InputError
        With every fault; ``where`` is ``?name``.
    """
    faults: list[Fault] = []
    names = library.names()
    arms = {}
    for side in ("before", "after"):
        name = given.get(side) or ""
        if name not in names:
            faults.append(Fault("not-a-choice", f"?{side}", {"name": side, "allowed": names}))
        arms[side] = name
    changed = {} if faults else _changed(given, limits_of(library, arms["after"], today), faults)
    bounds = [_year(given, name, faults) for name in ("first_year", "last_year")]
    first, last = bounds
    if first is not None and last is not None and last < first:
        faults.append(Fault("bounds-reversed", "?last_year", {"name": "last_year", "low": first, "high": last}))
    if faults:
        raise InputError(faults)
    wanted = tuple(year for year in years if (first or year) <= year <= (last or year))
    return Asked(Arm(arms["before"], {}), Arm(arms["after"], changed), wanted)


def _changed(
    given: Mapping[str, str | None], limits: tuple[Parameter, ...], faults: list[Fault]
) -> dict[str, ParameterValue]:
    name, written = given.get("limit") or "", (given.get("value") or "").strip()
    if not name and not written:
        return {}
    limit = next((each for each in limits if each.id == name), None)
    if limit is None:
        faults.append(Fault("not-a-choice", "?limit", {"name": "limit", "allowed": [each.id for each in limits]}))
        return {}
    value = _value(limit, written)
    if value is None or not limit.permits(value):
        faults.append(
            Fault("value-not-permitted", "?value", {"value": written or "–", "permitted": list(limit.permitted)})
        )
        return {}
    return {name: value}


def _value(limit: Parameter, written: str) -> ParameterValue | None:
    if limit.kind == "choice":
        return written
    try:
        return int(written) if limit.kind == "whole_number" else float(written.replace(",", "."))
    except ValueError:
        return None


def _year(given: Mapping[str, str | None], name: str, faults: list[Fault]) -> int | None:
    written = given.get(name)
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) == len("2026")):
        faults.append(Fault("not-a-year", f"?{name}", {"name": name}))
        return None
    return int(written)


def answer_what_if(
    session: Session, library: Library, lattice: Lattice, given: Mapping[str, str | None], today: date
) -> dict[str, Any]:
    """Answer a question as it stands in an address.

    Raises
    ------
    InputError
    """
    kept = years_written(session)
    asked = read_what_if(given, library, kept, today)
    units = list(session.scalars(select(SecrecyUnit.id)))
    rows = rows_of(session, list(asked.years))
    try:
        answer = what_if(rows, library, lattice, today, asked.before, asked.after, units=units)
    except UnknownDefinitionError as error:  # known by name, and not in force
        raise InputError([Fault(error.fault.code, "?after", error.fault.parameters)]) from None
    return {
        **answer.as_data(),
        "changed": dict(asked.after.changed),
        "years": list(asked.years),
        "counted_in": 5,
        "definitions": sorted(_definitions(library, today, asked)),
    }


def _definitions(library: Library, today: date, asked: Asked) -> set[str]:
    return {
        f"{reference} {digest}"
        for arm in (asked.before, asked.after)
        for reference, digest in library.bind(arm.guidance, on=today).definitions.items()
    }


def what_if_csv(data: Mapping[str, Any]) -> str:
    """An answer as a table for spreadsheets: one row for each value of each division, everybody first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["before", "after", "years", "divided_by", "value", *NUMBERS, "differs"])
    years = f"{data['years'][0]}-{data['years'][-1]}" if data["years"] else ""
    head = [disarmed(data["before"]), disarmed(data["after"]), years]
    writer.writerow([*head, "", "", *(data["total"][name] for name in NUMBERS), ""])
    for name in DIVIDED_BY:
        for value, moved in data[name].items():
            writer.writerow([*head, name, disarmed(value), *(moved[number] for number in NUMBERS), ""])
    for criterion, moved in data["criteria"].items():
        numbers = (moved.get(number, "") for number in NUMBERS)
        writer.writerow([*head, "criterion", disarmed(criterion), *numbers, moved["differs"]])
    return text.getvalue()
