"""Reads the worked cases: YAML that a social secretary can read, each case a base intake with what differs.

A base stands under ``bases`` and says everything; a case names it under ``from`` and says only what differs, both in
what is put in and in what is expected. What a case does not mention is as in its base. Some short forms:

- ``days_ago: 12`` beside a fact's value is the day of the observation, counted back from the reference date;
- ``ratings`` tells how many items have each level, in the order of the instrument: ``own_behaviour`` are the risk
  items of the person's own behaviour, ``protective`` the protective ones, ``others`` the remaining risk items; those
  that are not told are not asked. ``items`` names single ones;
- ``consents`` is person, recipient, answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from instruments.loading import read_yaml
from instruments.model import Instrument, Item
from instruments.ratings import Ratings, read_ratings
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.gate import read_consents
from screening.library import Library

FOLDER = Path(__file__).parent
NOT_FOUND = "not_found"

_PUT_IN = {"guidance", "on", "facts", "ratings", "guardians", "consents"}
_TOLD = {"name", "why", "from", "expect"}
#: Expected of every case that does not say otherwise, when its base says so.
INHERITED = {"outcome", "criteria", "flags", "flags_open", "gate", "deviations"}
#: Expected of the very case that says so.
OWN = {
    "fault",
    "where",
    "parties",
    "decisive",
    "rests_on",
    "first_question",
    "settles",
    "questions",
    "not_found",
    "cannot_change",
    "smallest_changes",
    "withheld",
    "asks",
    "notes",
    "disagreements",
    "told",
}


@dataclass(frozen=True)
class WorkedCase:
    """One intake and what the guidance should make of it."""

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
    is_base: bool = field(default=False)

    @property
    def id(self) -> str:
        """The name under which pytest lists the case."""
        return f"{self.file}: {self.name}".translate(str.maketrans("åäöÅÄÖé", "aaoAAOe"))


@cache
def library() -> Library:
    """The definitions that ship, read once."""
    return Library()


@cache
def all_cases() -> tuple[WorkedCase, ...]:
    """Every base and case of every file, in order."""
    return tuple(case for path in sorted(FOLDER.glob("*.yaml")) for case in _cases_of(path))


def _cases_of(path: Path) -> Iterator[WorkedCase]:
    data = read_yaml(path).data
    _only(data, {"guidance", "bases", "cases"}, path.name)
    bases: dict[str, dict[str, Any]] = {}
    for name, base in data["bases"].items():
        told = {"name": name, **({"guidance": data["guidance"]} if "guidance" in data else {}), **base}
        _only(told, _PUT_IN | _TOLD, f"{path.name}, {name}")
        bases[name] = _over(bases[base["from"]], told) if "from" in base else told
        yield _case(path.stem, bases[name], is_base=True)
    for case in data["cases"]:
        _only(case, _PUT_IN | _TOLD, f"{path.name}, {case.get('name')}")
        yield _case(path.stem, _over(bases[case["from"]], case))


def _only(given: Mapping[str, Any], known: set[str], where: str) -> None:
    assert set(given) <= known, f"{where}: {', '.join(sorted(set(given) - known))} is no key of a case"


def _over(base: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The base with what is told put over it: facts and ratings one by one, consents one by one for each person."""
    merged = {**base, **told}
    merged["facts"] = {**base.get("facts", {}), **told.get("facts", {})}
    if told.get("ratings", base.get("ratings")) is not None:
        merged["ratings"] = {**(base.get("ratings") or {}), **(told.get("ratings") or {})}
    persons = {**base.get("consents", {}), **told.get("consents", {})}
    merged["consents"] = {
        person: {**base.get("consents", {}).get(person, {}), **told.get("consents", {}).get(person, {})}
        for person in persons
    }
    before = {key: value for key, value in base.get("expect", {}).items() if key in INHERITED}
    now = told.get("expect", {})
    merged["expect"] = {**before, **now, "criteria": {**before.get("criteria", {}), **now.get("criteria", {})}}
    return merged


def _case(file: str, told: Mapping[str, Any], *, is_base: bool = False) -> WorkedCase:
    _only(told["expect"], INHERITED | OWN, f"{file}, {told['name']}")
    expect = {"criteria": {}, **told["expect"]}
    return WorkedCase(
        file,
        told["name"],
        told["why"],
        told["guidance"],
        told["on"],
        told.get("facts", {}),
        told.get("ratings"),
        told.get("guardians"),
        told.get("consents", {}),
        expect,
        is_base,
    )


def screen(case: WorkedCase) -> Explanation:
    """Screen a case as the service would: read what was put in, bind the guidance, explain."""
    rating = case.ratings
    bound = library().bind(
        case.guidance,
        on=case.on,
        instrument=rating.get("instrument") if rating else None,
        is_rated=rating is not None,
    )
    facts = read_facts(facts_as_sent(case), library().facts(case.on), on=case.on)
    rules = library().consent_rules(case.on)
    consents = read_consents(consents_as_sent(case), case.guardians, rules)
    guardians = None if case.guardians is None else tuple(case.guardians)
    ratings = read_case_ratings(rating, bound.rules.instrument) if rating is not None else None
    return explain(bound, Intake(case.on, facts, ratings, guardians, consents))


def facts_as_sent(case: WorkedCase) -> dict[str, Any]:
    """The facts in their JSON form."""
    return {name: _fact_as_sent(value, case.on) for name, value in case.facts.items()}


def _fact_as_sent(value: Any, on: date) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, Mapping):
        return value
    sent = {key: _fact_as_sent(part, on) for key, part in value.items() if key != "days_ago"}
    if "days_ago" in value:
        sent["observed_on"] = (on - timedelta(days=value["days_ago"])).isoformat()
    return sent


def consents_as_sent(case: WorkedCase) -> list[dict[str, Any]]:
    """The consents, one entry for each person and recipient; those without an answer are left out."""
    return [
        {"person": person, "recipient": recipient, **(answer if isinstance(answer, Mapping) else {"status": answer})}
        for person, answers in case.consents.items()
        for recipient, answer in answers.items()
        if answer is not None
    ]


def read_case_ratings(told: Mapping[str, Any], instrument: Instrument) -> Ratings:
    """The ratings of a case, from how many items have each level."""
    groups = {
        "own_behaviour": instrument.own_behaviour_items,
        "protective": instrument.protective_items,
        "others": tuple(item for item in instrument.risk_items if not item.own_behaviour),
    }
    _only(told, {*groups, "instrument", "items", "critical_items", "extra_factors"}, "ratings")
    items: dict[str, Any] = {}
    for name, group in groups.items():
        items.update(_levels_in_order(group, told.get(name, {})))
    form = {key: told[key] for key in ("critical_items", "extra_factors") if key in told}
    return read_ratings({**form, "items": {**items, **told.get("items", {})}}, instrument)


def _levels_in_order(group: Sequence[Item], numbers: Mapping[str, int]) -> dict[str, Any]:
    levels = [level for level, number in numbers.items() for _ in range(number)]
    assert len(levels) <= len(group), f"{numbers} are more than {len(group)} items"
    not_found = {"missing": NOT_FOUND, "reason": "Har sökts hos skola och socialtjänst utan svar."}
    return {item.id: not_found if level == NOT_FOUND else level for item, level in zip(group, levels, strict=False)}


def find_case(file: str, name: str) -> WorkedCase:
    """One base or case by its file and name."""
    (worked,) = (case for case in all_cases() if (case.file, case.name) == (file, name))
    return worked


@cache
def answered() -> tuple[tuple[WorkedCase, Explanation], ...]:
    """Every case that is answered, with its explanation."""
    return tuple((case, screen(case)) for case in all_cases() if "fault" not in case.expect)
