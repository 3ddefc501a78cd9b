"""Intakes drawn at random for every guidance, the same every time, to reach what no one wrote a case about."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from instruments.model import Instrument
from instruments.ratings import Ratings, read_ratings
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.facts import FactDescription
from screening.gate import STATUSES, YOUTH, read_consents
from tests.cases.reading import library

DAY = date(2026, 11, 21)
#: A day of the first versions of the definitions, and one of those that took their place.
DAYS = (DAY, date(2026, 11, 28))
INTAKES_EACH = 12
NOT_FOUND = {"missing": "not_found", "reason": "Har sökts utan svar."}


@cache
def generated_explanations() -> tuple[Explanation, ...]:
    """Some explanations of every guidance and overlay."""
    return tuple(each for name in library().names() for day in DAYS for each in _explanations_of(name, day))


def _explanations_of(name: str, day: date) -> Iterator[Explanation]:
    random = Random(name if day == DAY else f"{name} {day}")  # noqa: S311 - for variety, not for secrets
    for _ in range(INTAKES_EACH):
        instrument = random.choice([None, None, "youth_spj", "young_adult_spj"])
        bound = library().bind(name, on=day, instrument=instrument, is_rated=(is_rated := random.random() < 0.8))
        ratings = _ratings(random, bound.rules.instrument) if is_rated else None
        raw = {each.id: _fact(random, each) for each in library().facts(day).facts if each.is_decidable}
        facts = read_facts(raw, library().facts(day), on=day)
        guardians = random.choice([None, (), ("g1",), ("g1", "g2")])
        rules = library().consent_rules(day)
        consents = read_consents(list(_consents(random, guardians or (), rules.recipient_ids)), guardians, rules)
        yield explain(bound, Intake(day, facts, ratings, guardians, consents))


def _fact(random: Random, fact: FactDescription) -> Any:
    kind = random.random()
    if kind < 0.3:
        return None if kind < 0.2 else NOT_FOUND
    if fact.not_applicable and random.random() < 0.3:
        return "not_applicable"
    if fact.kind == "choice":
        given: dict[str, Any] = {"value": random.choice(list(fact.codes))}
    elif fact.id == "age":
        given = {"value": random.randint(10, 32)}
    elif fact.kind == "offences":
        given = {"value": random.randint(0, 5), "window_months": random.choice([None, 12, 24, 36, "ever"])}
        if "admitted" in fact.told_apart and random.random() < 0.5:
            given["convicted"] = random.randint(0, given["value"])
            given["admitted"] = random.choice([None, given["value"] - given["convicted"]])
    else:
        given = {"value": random.randint(fact.domain()[0], 20)}
    if random.random() < 0.6:
        given["observed_on"] = (DAY - timedelta(days=random.randint(0, 60))).isoformat()
    if random.random() < 0.6:
        given |= {"source": "polisen", "reason": "Framgår av utredningen."}
    return given


def _ratings(random: Random, instrument: Instrument) -> Ratings:
    part_known = random.choice([0.0, 0.6, 0.9, 1.0])
    items: dict[str, Any] = {}
    for item in instrument.items:
        levels = list(instrument.levels(item))
        known = random.choice([*levels, levels[-1]] if item.kind == "risk" else [*levels, levels[0]])
        items[item.id] = known if random.random() < part_known else random.choice([None, None, NOT_FOUND])
    return read_ratings({"items": items}, instrument)


def _consents(random: Random, guardians: tuple[str, ...], recipients: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for person in (YOUTH, *guardians):
        for recipient in ("police", "school", random.choice(recipients[2:])):
            if random.random() < 0.8:
                first = DAY + timedelta(days=random.choice([-100, -1, 0, 1]))
                last = random.choice([None, first + timedelta(days=random.choice([0, 50, 200]))])
                status = random.choice([*STATUSES, "given", "given"])
                yield {
                    "person": person,
                    "recipient": recipient,
                    "status": status,
                    "valid_from": first,
                    "valid_to": last,
                    "withdrawn_on": DAY if status == "withdrawn" else None,
                }
