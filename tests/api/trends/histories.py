"""Invented journals, written straight into the tables: as fast as they can be, with every kind that is counted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from api.store.schema import Case, CaseSummary, CaseUnit, Entry, Monitoring, SecrecyUnit
from instruments.model import Item
from screening.library import Library
from screening.trends.lattice import lattice_on

UNITS = ("norr", "sig", "syd")
LATTICE = lattice_on(date(2026, 11, 21)).content
#: What is published from 2027 on.
LATEST = lattice_on(date(2027, 1, 1)).content
_LIBRARY = Library()
_INSTRUMENT = _LIBRARY.instruments.find("youth_spj", on=date(2026, 11, 21))
INSTRUMENT = _INSTRUMENT.content
DEFINITIONS = {"stockholm_2012": "stockholm_2012@1.0", "stockholm_2019": "stockholm_2019@1.0"}
#: The files that everything was screened by, with their digests.
FILES = {name: _LIBRARY.bind(reference, on=date(2022, 12, 1)).definitions for name, reference in DEFINITIONS.items()}
_FIRST = datetime(2022, 12, 20, tzinfo=UTC)


class Histories:
    """Random journals of cases.

    Parameters
    ----------
    days : int
        Over how many days the cases begin.
    first : datetime
        The first of those days.
    """

    def __init__(self, seed: int, days: int = 500, first: datetime = _FIRST) -> None:
        self._random = np.random.default_rng(seed)
        # of what time alone ends: drawn apart, so that the rest of a journal is what it is without it
        self._of_time = np.random.default_rng([seed, 1])
        self._days, self._first = days, first

    def write(self, session: Session, cases: int, *, at_a_time: int = 2_000) -> None:
        """Write cases with their journals."""
        if session.get(SecrecyUnit, UNITS[0]) is None:
            session.add_all(SecrecyUnit(id=unit, name=unit.title()) for unit in UNITS)
            session.flush()
        for first in range(0, cases, at_a_time):
            tables: dict[Any, list[dict[str, Any]]] = {
                Case: [],
                CaseUnit: [],
                Monitoring: [],
                CaseSummary: [],
                Entry: [],
            }
            for _ in range(min(at_a_time, cases - first)):
                self._one(tables)
            for table, rows in tables.items():
                if rows:
                    session.execute(insert(table), rows)

    def go_on(self, session: Session, cases: Sequence[str]) -> None:
        """Add to the journals of cases that are there; what is added may lie before what they hold."""
        entries: list[dict[str, Any]] = []
        for case in cases:
            number = session.scalar(select(func.max(Entry.number)).where(Entry.case_id == case)) or 0
            self._journal(entries, case, self._first + timedelta(days=int(self._random.integers(self._days))), number)
        if entries:
            session.execute(insert(Entry), entries)

    def _pick(self, values: Sequence[Any]) -> Any:
        return values[int(self._random.integers(len(values)))]

    def _is(self, share: float) -> bool:
        return bool(self._random.random() < share)

    def _key(self) -> str:
        return UUID(bytes=self._random.bytes(16)).hex

    def _one(self, tables: dict[Any, list[dict[str, Any]]]) -> None:
        case = self._key()
        # moments around midnight and the turn of the year are as common as others
        moment = self._first + timedelta(
            days=int(self._random.integers(self._days)), hours=int(self._pick((0, 12, 22, 23)))
        )
        born = date(1998, 1, 1) + timedelta(days=int(self._random.integers(5_000)))
        born = date(2008, 2, 29) if self._is(0.05) else born
        unit = self._pick(UNITS)
        tables[Case].append(
            {
                "id": case,
                "unit_id": unit,
                "reference": case,
                "birth_date": born if self._is(0.95) else None,
                "identity_digest": None,
                "identity_key": None,
                "opened_at": moment,
                "opened_by": "anna",
            }
        )
        tables[CaseUnit].append({"case_id": case, "unit_id": unit, "since": moment, "added_by": "anna"})
        if self._is(0.9):
            sex = "male" if self._is(0.8) else "female"
            tables[Monitoring].append({"case_id": case, "registered_sex": sex})
        entries = tables[Entry]
        before = len(entries)
        self._journal(entries, case, moment)
        tables[CaseSummary].append(
            {
                "case_id": case,
                "entries": len(entries) - before,
                "last_entry_at": entries[-1]["made_at"] if len(entries) > before else moment,
                "stage": "opened",
                "caseworker": "anna",
            }
        )

    def _journal(self, entries: list[dict[str, Any]], case: str, moment: datetime, number: int = 0) -> None:
        def add(
            kind: str,
            content: dict[str, Any],
            subject: str | None = None,
            supersedes: str | None = None,
            *,
            is_apart: bool = False,
        ) -> str:
            nonlocal number, moment
            number += 1
            name = UUID(bytes=self._of_time.bytes(16)).hex if is_apart else self._key()
            entries.append(
                {
                    "id": name,
                    "case_id": case,
                    "number": number,
                    "kind": kind,
                    "content": content,
                    "subject_id": subject,
                    "supersedes_id": supersedes,
                    "made_by": "anna",
                    "made_at": moment,
                    "hidden_from_guardians": False,
                    "salt": name,
                }
            )
            if not is_apart:
                moment += timedelta(hours=int(self._pick((1, 30, 400, 1_500))))
            return name

        reporters = LATTICE.dimension("reporter").ids()[:-1]
        for _ in range(1 + self._is(0.1)):
            received = (moment.date() - timedelta(days=int(self._random.integers(4)))).isoformat()
            add(
                "intake", {"reporter": self._pick(reporters), "received_on": received, "preliminary_assessment": "open"}
            )
        if self._is(0.2):
            return
        add("assessment", {"summary": {"reasons": "–"}})
        for _ in range(1 + self._is(0.3)):
            self._screened(add, moment.date())
            if self._of_time.random() < 0.2:
                add(("fact", "guardians", "case_closed")[int(self._of_time.integers(3))], {}, is_apart=True)
        if self._is(0.6):
            consent = add("consent", {"status": self._pick(("given", "refused"))})
            if self._is(0.2):
                add("consent_withdrawn", {}, consent)
        if self._is(0.5):
            self._worked_with(add, lambda: moment)

    def _submission(self, on: date) -> dict[str, Any]:
        """What was screened, of which time ends one part or two, or nothing."""
        ends, turns_18 = (on + timedelta(days=int(self._of_time.integers(low, 200))) for low in (-3, 1))
        turns_18 = turns_18.replace(day=min(turns_18.day, 28))
        born = turns_18.replace(year=turns_18.year - 18).isoformat()
        observed = on - timedelta(days=int(self._of_time.integers(300)))
        aged = {"value": 17, "observed_on": observed.replace(day=min(observed.day, 28)).isoformat()}
        stated = {"value": "stated", "observed_on": (on - timedelta(days=int(self._of_time.integers(29)))).isoformat()}
        parts: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
            ({}, []),
            ({}, [_consent(on, ends)]),
            ({"motivation_to_leave": stated}, []),
            ({"birth_date": born}, []),
            ({"birth_date": born}, [_consent(on, turns_18 - timedelta(days=1))]),
            ({"birth_date": born, "motivation_to_leave": stated}, [_consent(on, ends)]),
            ({"age": aged}, []),
            ({"age": aged}, [_consent(on, ends)]),
        ]
        facts, consents = parts[int(self._of_time.integers(len(parts)))]
        return {
            "reference_date": on.isoformat(),
            "facts": facts,
            "ratings": None,
            "guardians": [],
            "consents": consents,
        }

    def _screened(self, add: Any, on: date) -> None:
        guidance = self._pick(tuple(DEFINITIONS))
        statuses = {
            name: self._pick(("met", "not_met", "unknown"))
            for name in ("age", "at_risk", "wants_to_leave", "few_protective", "motivation_stated")
        }
        blanks = ({"blank": "not_asked", "value": None}, {"blank": "stale", "value": None})
        known = {"gang_ties": {"value": "suspected"}, "offence_count": {"value": 3, "window_months": 24}}
        facts = {name: self._pick((given, *blanks)) for name, given in known.items()}
        facts["age"] = {"value": int(self._random.integers(12, 30))}
        definitions = {name: digest for name, digest in FILES[guidance].items() if "_spj@" not in name}
        is_rated = self._is(0.8)
        items = {item.id: self._pick(self._levels(item)) for item in INSTRUMENT.items} if is_rated else None
        if is_rated:
            definitions[f"{INSTRUMENT.id}@{INSTRUMENT.version}"] = _INSTRUMENT.sha256
        covered = {
            "guidance": guidance,
            "definitions": definitions,
            "reference_date": on.isoformat(),
            "statuses": statuses,
            "inputs": {"facts": facts, "items": items},
        }
        outcome = self._pick(LATTICE.dimension("outcome").ids())
        content = {"guidance": guidance, "outcome": outcome, "covered": covered, "submission": self._submission(on)}
        screening = add("screening", content)
        if self._is(0.3):
            return
        verdict = self._pick(("agree", "agree", "deviate"))
        needs = verdict == "deviate" and self._is(0.5)
        deviation = self._pick(LATTICE.dimension("deviation").ids()) if verdict == "deviate" else None
        content = {"verdict": verdict, "deviation": deviation, "needs_second_person": needs}
        others = [each for each in LATTICE.dimension("outcome").ids() if each != outcome]
        if self._is(0.8):  # the others are from before deviations stated what applies
            content["applies"] = self._pick(others) if verdict == "deviate" else None
        review = add("review", content, screening)
        if needs and self._is(0.7):
            add(self._pick(("review_countersigned", "review_countersigned", "review_rejected")), {}, review)
        elif self._is(0.1):
            add("review", {**content, "needs_second_person": False}, screening, review)

    @staticmethod
    def _levels(item: Item) -> tuple[str, ...]:
        return (*INSTRUMENT.levels(item), "not_asked")

    def _worked_with(self, add: Any, now: Any) -> None:
        def today() -> str:
            return str(now().date().isoformat())

        add("participation_started", {"started_on": today()})
        for _ in range(int(self._random.integers(4))):
            add("network_meeting", {"held_on": today()})
        if self._is(0.6):
            add("participation_ended", {"reason": self._pick(LATTICE.dimension("ending").ids())})
            if self._is(0.5):
                add("outcome_after_ending", {"new_reports": self._pick(LATTICE.dimension("new_reports").ids())})


def _consent(on: date, ends: date) -> dict[str, Any]:
    begins = on - timedelta(days=31)
    consent = {"person": "youth", "recipient": "school", "status": "given", "withdrawn_on": None}
    return {**consent, "valid_from": begins.isoformat(), "valid_to": ends.isoformat()}
