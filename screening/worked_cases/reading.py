"""Reads worked cases: YAML that a social secretary can read, each case a base intake with what differs.

A base stands under ``bases`` and says everything; a case names it under ``from`` and says only what differs, both in
what is put in and in what is expected. What a case does not mention is as in its base. Some short forms:

- ``days_ago: 12`` beside a fact's value is the day of the observation, counted back from the reference date;
- ``ratings`` tells how many items have each level, in the order of the instrument: ``own_behaviour`` are the risk
  items of the person's own behaviour, ``protective`` the protective ones, ``others`` the remaining risk items; those
  that are not told are not asked. ``items`` names single ones;
- ``consents`` is person, recipient, answer.

What is expected is for a person to say. An outcome or a status that is left empty has not been filled in yet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from instruments.faults import Fault, InputError
from instruments.loading import Document, load
from screening.library import DEFINITIONS
from screening.worked_cases.form import CaseFile, Told

#: The cases that ship with Underlag.
SHIPPED = DEFINITIONS / "cases"
#: Expected of every case that does not say otherwise, when its base says so.
INHERITED = {"outcome", "criteria", "flags", "flags_open", "gate", "deviations"}


@dataclass(frozen=True)
class WorkedCase:
    """One intake and what the guidance should make of it.

    Parameters
    ----------
    file : str
        The name of its file, without the ending.
    where : str
        Its file and line.
    places : Mapping of tuple to str
        File and line of its parts, by where they stand in it; those that it has from a base, where the base says them.
    """

    file: str
    name: str
    why: str
    guidance: str
    on: date
    facts: Mapping[str, Any]
    ratings: Mapping[str, Any] | None
    guardians: Sequence[str] | None
    consents: Mapping[str, Mapping[str, Any]]
    expect: Mapping[str, Any]
    is_base: bool
    where: str
    places: Mapping[tuple[str, ...], str] = field(default_factory=dict, repr=False)

    @property
    def is_filled_in(self) -> bool:
        """Whether somebody has said what ought to come out."""
        said = [value for key, value in self.expect.items() if key != "criteria"]
        if "fault" in self.expect:
            return self.expect["fault"] is not None
        return bool(said or self.expect["criteria"]) and None not in (*said, *self.expect["criteria"].values())


def read_cases(paths: Iterable[Path]) -> list[WorkedCase]:
    """Read the cases of some files; a file can build on the bases of those before it.

    Returns
    -------
    list of WorkedCase
        Every base and case, in order.

    Raises
    ------
    InputError
        With every fault of the first file that has any, with file and line.
    """
    cases: list[WorkedCase] = []
    bases: dict[str, _Merged] = {}
    for path in paths:
        file, document = load(path, CaseFile)
        reading = _Reading(file, document, bases)
        cases += reading.cases()
        if reading.faults:
            raise InputError(reading.faults)
    return cases


@dataclass(frozen=True)
class _Merged:
    """A base or case with all that it has from its base."""

    told: Mapping[str, Any]
    places: Mapping[tuple[str, ...], str]


class _Reading:
    """One file of cases, over the bases that are known before it; its own are added to them."""

    def __init__(self, file: CaseFile, document: Document, bases: dict[str, _Merged]) -> None:
        self._file, self._document, self._bases = file, document, bases
        self.faults: list[Fault] = []

    def cases(self) -> Iterator[WorkedCase]:
        for name, base in self._file.bases.items():
            merged = self._merge(name, base, ("bases", name))
            if merged is not None:
                self._bases[name] = merged
                yield from self._case(merged, ("bases", name), is_base=True)
        for index, case in enumerate(self._file.cases or ()):
            merged = self._merge(case.name, case, ("cases", index))
            if merged is not None:
                yield from self._case(merged, ("cases", index), is_base=False)

    def _merge(self, name: str, given: Told, place: tuple[str | int, ...]) -> _Merged | None:
        told = {"name": name, **given.model_dump(exclude_unset=True)}
        told["expect"] = {"criteria": {}, **told["expect"]}
        if self._file.guidance is not None and place[0] == "bases":
            told = {"guidance": self._file.guidance, **told}
        places = {step: self._document.where((*place, *step)) for step in _steps(told)}
        base = told.pop("base", None)
        if base is None:
            return _Merged({**_EMPTY, **told}, places)
        if base not in self._bases:
            where = self._document.where((*place, "from"))
            self.faults.append(Fault("unknown-base", where, {"name": base, "known": sorted(self._bases)}))
            return None
        before = self._bases[base]
        return _Merged(_over(before.told, told), {**before.places, **places})

    def _case(self, merged: _Merged, place: tuple[str | int, ...], *, is_base: bool) -> Iterator[WorkedCase]:
        told, where = merged.told, self._document.where(place)
        missing = [key for key in ("guidance", "on") if told.get(key) is None]
        self.faults += [Fault("missing-key", where, {"name": key}) for key in missing]
        if not missing:
            parts = {key: told[key] for key in (*_EMPTY, "name", "why", "guidance", "on", "expect")}
            yield WorkedCase(self._document.path.stem, **parts, is_base=is_base, where=where, places=merged.places)


_EMPTY: dict[str, Any] = {"facts": {}, "ratings": None, "guardians": None, "consents": {}}


def _steps(told: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Where the parts of a case stand in it: its keys, and the keys of what is told part by part."""
    for key, value in told.items():
        yield (key,)
        if isinstance(value, Mapping):
            yield from ((key, part) for part in value)
            yield from (
                (key, part, each) for part, below in value.items() if isinstance(below, Mapping) for each in below
            )


def _over(base: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The base with what is told put over it: facts and ratings one by one, consents one by one for each person."""
    merged = {**base, **told}
    merged["facts"] = {**base["facts"], **told.get("facts", {})}
    if told.get("ratings", base["ratings"]) is not None:
        merged["ratings"] = {**(base["ratings"] or {}), **(told.get("ratings") or {})}
    persons = {**base["consents"], **told.get("consents", {})}
    merged["consents"] = {
        person: {**base["consents"].get(person, {}), **told.get("consents", {}).get(person, {})} for person in persons
    }
    before = {key: value for key, value in base["expect"].items() if key in INHERITED}
    now = told["expect"]
    merged["expect"] = {**before, **now, "criteria": {**before["criteria"], **now["criteria"]}}
    return merged
