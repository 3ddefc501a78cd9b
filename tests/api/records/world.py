"""A small municipality for tests: its people, its keys, and one young person who is invented."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.cases.facts.rules import record_facts
from api.cases.journal import append, current_entries, open_case
from api.cases.kinds import Review
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.register import NewCase, add_unit, start_case
from api.context.unit import Unit
from api.policies.policies import Policies
from api.store.actors import Actor
from api.store.audit_chain import record_event
from api.store.database import Database
from api.store.identity import IdentityKeys
from api.store.schema import Entry
from api.store.transactions import open_transaction
from screening.library import Library
from tests.cases.reading import library

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
KEYS = IdentityKeys({"1": b"a" * 32}, "1")
LIBRARY = library()
POLICIES = Policies()
YOUTH_SPJ = LIBRARY.instruments.find("youth_spj", on=TODAY).content

ANNA = Actor("anna", frozenset({"sig"}), request_id="request-1")
BO = Actor("bo", frozenset({"sig"}), request_id="request-2")
CECILIA = Actor("cecilia", frozenset({"sig"}))
ELSEWHERE = Actor("eva", frozenset({"north"}))
ADMINISTRATOR = Actor("administrator")

FACTS: dict[str, Any] = {
    "recruitment_risk": "yes",
    "coordinated_need": {"value": "yes", "reason": "Två myndigheter behövs."},
    "offence_count": {"value": 5, "window_months": 24},
    "gang_ties": {"value": "suspected", "source": "polis", "observed_on": "2026-10-02"},
}


def unit_of(
    session: Session, now: datetime, actor: Actor, *, library: Library = LIBRARY, policies: Policies = POLICIES
) -> Unit:
    """A unit of work of one of these people at a moment."""
    return Unit(session, now, actor, library, policies)


def ratings(high: int = 7, protective: int = 2, blank: int = 0) -> dict[str, Any]:
    """Ratings of every item: the first own-behaviour items high, the first protective ones present."""
    items: dict[str, Any] = {}
    own = [item.id for item in YOUTH_SPJ.items if item.own_behaviour and item.kind == "risk"]
    strengths = [item.id for item in YOUTH_SPJ.items if item.kind == "protective"]
    for item in YOUTH_SPJ.items:
        if item.kind == "protective":
            items[item.id] = "present" if item.id in strengths[:protective] else "absent"
        else:
            items[item.id] = "high" if item.id in own[:high] else "low"
    for item in YOUTH_SPJ.items[:blank]:
        items[item.id] = None
    return {"instrument": "youth_spj", "items": items}


def assessment(**other: Any) -> dict[str, Any]:
    """A draft with everything in it that a signature needs."""
    return {
        "assessed_on": "2026-11-20",
        "instrument": "youth_spj",
        "ratings": ratings(),
        "summary": {"reoffending_risk": "high", "violence_risk": "moderate", "reasons": "Flera allvarliga händelser."},
        "own_view": "Vill sluta.",
        "agrees": "partly",
        "best_interests": "Stöd i skolan väger tyngst.",
        "confidence": "moderate",
        **other,
    }


@dataclass(frozen=True)
class World:
    """A database with two units and one case in the unit of Anna, Bo and Cecilia."""

    database: Database
    case: str

    def with_facts(self, **other: Any) -> "World":
        with open_transaction(self.database) as session:
            record_facts(unit_of(session, NOW, ANNA), self.case, {**FACTS, **other})
        return self

    def with_assessment(self, actor: Actor = ANNA, now: datetime = NOW, **other: Any) -> str:
        with open_transaction(self.database) as session:
            draft = start_draft(unit_of(session, now, actor), self.case, assessment(**other))
            return sign_draft(unit_of(session, now, actor), draft.id, draft.version).id


def new_world(database: Database) -> World:
    with open_transaction(database) as session:
        for unit in ("sig", "north"):
            add_unit(unit_of(session, NOW, ADMINISTRATOR), unit, unit)
        new = NewCase("sig", "2026-117", birth_date=date(2010, 3, 14))
        return World(database, start_case(unit_of(session, NOW, ANNA), new, KEYS).id)


class _ReviewOfBefore(Review):
    """A review as it was stored before a deviation stated which outcome applies."""

    def as_data(self) -> dict[str, Any]:
        return {name: value for name, value in super().as_data().items() if name != "applies"}


def sign_as_before(
    session: Session, now: datetime, actor: Actor, case_id: str, screening: Entry, *, needs_second_person: bool
) -> Entry:
    """A deviation that does not state which outcome applies instead."""
    content = _ReviewOfBefore(
        screening_sha256=screening.content["sha256"],
        verdict="deviate",
        deviation="other",
        reasons="Påhittat.",
        needs_second_person=needs_second_person,
    )
    before = [each for each in current_entries(session, case_id, Review.KIND) if each.subject_id == screening.id]
    replaced = before[0].id if before else None
    case = open_case(unit_of(session, now, actor), case_id, action="write")
    return append(unit_of(session, now, actor), case, content, subject=screening.id, supersedes=replaced)


def work_goes_on(database: Database, since: datetime, until: datetime) -> None:
    """Let time pass as it does where people work: every month somebody looks at something."""
    with open_transaction(database) as session:
        moment = since
        while (moment := moment + timedelta(days=28)) < until:
            record_event(session, ADMINISTRATOR.event(moment, "list", "case"))
