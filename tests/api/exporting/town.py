"""A unit with many young people who are invented: rated twice and blindly, screened, reviewed and followed up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from api.cases.consents.rules import record_consent, withdraw_consent
from api.cases.events import record
from api.cases.facts.rules import record_facts
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.register import NewCase, add_unit, start_case
from api.cases.reviews.rules import sign_review
from api.cases.screenings.rules import screen_case
from api.store.actors import Actor
from api.store.database import Database
from api.store.identity import read_personal_number
from api.store.schema import CaseUnit, SecrecyUnit
from api.store.transactions import open_transaction
from tests.api.records.world import FACTS, KEYS, YOUTH_SPJ, assessment, unit_of

START = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
ANNA = Actor("anna-bergqvist", frozenset({"sig"}))
BO = Actor("bo-ekdahl", frozenset({"sig"}))
CARL = Actor("carl-friberg", frozenset({"sig"}))
RITA = Actor("rita-granskare", frozenset({"sig"}))
#: Three pairs of raters, of whom none stands for more than half of what they rate in turn.
PAIRS = tuple((Actor(f"first-{n}", frozenset({"sig"})), Actor(f"second-{n}", frozenset({"sig"}))) for n in range(3))
#: Stands wherever something is written freely.
WORDS = "Kattuggla Zetterqvist berättar om Ugglegränd"
#: First and second ratings of one item: 16 of 20 alike; four that the first calls low, the second calls moderate.
FIRST = ["low"] * 8 + ["moderate"] * 6 + ["high"] * 6
SECOND = ["low"] * 4 + ["moderate"] * 4 + FIRST[8:]
ITEM = "substance_use"


def rated(level: str, person: int, **items: Any) -> dict[str, Any]:
    """Ratings of every item, written around the level of one."""
    levels = ("low", "moderate", "high")
    items_rated: dict[str, Any] = {}
    for place, item in enumerate(YOUTH_SPJ.items):
        if item.kind == "protective":
            items_rated[item.id] = {"level": ("absent", "present")[(person + place) % 2], "note": WORDS}
        else:
            items_rated[item.id] = {"level": levels[(person * 7 + place * 5) % 3], "note": WORDS}
    items_rated[ITEM] = level
    return {"instrument": "youth_spj", "items": {**items_rated, **items}}


@dataclass
class Town:
    """A database with the unit ``sig`` and one more, and the cases that were opened in them."""

    database: Database
    cases: dict[str, str] = field(default_factory=dict)

    @classmethod
    def founded(cls, database: Database) -> "Town":
        """The units, and nobody in them."""
        with open_transaction(database) as session:
            for unit in ("sig", "north"):
                if session.get(SecrecyUnit, unit) is None:
                    add_unit(unit_of(session, START, Actor("adam")), unit, unit)
        return cls(database)

    def open(
        self,
        name: str,
        *,
        born: date = date(2010, 3, 14),
        sex: str = "male",
        number: str | None = None,
        unit: str = "sig",
        now: datetime = START,
    ) -> str:
        """A case by the name that only the test knows it by."""
        identity = read_personal_number(number, on=now.date()) if number else None
        with open_transaction(self.database) as session:
            new = NewCase(unit, f"DNR-{name}", None if identity else born, identity, sex)  # type: ignore[arg-type]
            case = start_case(unit_of(session, now, Actor("anna-bergqvist", frozenset({unit}))), new, KEYS).id
        self.cases[name] = case
        return case

    def rate(self, case: str, level: str, by: Actor = ANNA, now: datetime = START, **more: Any) -> str:
        written = {"own_view": WORDS, "best_interests": WORDS, "helping": WORDS}
        hidden = bool(more.pop("hidden", False))
        given = {"assessed_on": now.date().isoformat(), "ratings": rated(level, len(self.cases)), **written, **more}
        with open_transaction(self.database) as session:
            draft = start_draft(unit_of(session, now, by), case, assessment(**given))
            signed = sign_draft(unit_of(session, now, by), draft.id, draft.version, hidden_from_guardians=hidden)
            return signed.id

    def ask_again(self, case: str, rater: Actor = BO, now: datetime = START, by: Actor = CARL) -> None:
        with open_transaction(self.database) as session:
            request_second_rating(unit_of(session, now, by), case, rater.id)

    def write(self, case: str, kind: str, raw: dict[str, Any], now: datetime = START) -> None:
        with open_transaction(self.database) as session:
            record(unit_of(session, now, ANNA), case, kind, raw)

    def decide(self, case: str, now: datetime = START, deviation: str | None = None) -> None:
        """Facts, a screening and its review."""
        with open_transaction(self.database) as session:
            record_facts(unit_of(session, now, ANNA), case, {**FACTS, "gang_ties": "suspected"})
            made = screen_case(unit_of(session, now, ANNA), case, "stockholm_2012")
            applies = "not_target_group" if made.explanation.outcome != "not_target_group" else "supports_offer"
            verdict = (
                {"verdict": "deviate", "applies": applies, "deviation": deviation, "reasons": WORDS}
                if deviation
                else {"verdict": "agree"}
            )
            sign_review(unit_of(session, now, RITA), case, made.entry.id, made.explanation.sha256, verdict)

    def follow(self, case: str, reason: str, reports: str, now: datetime = START) -> None:
        """The work begins, ends, and half a year later there is news."""
        started = {
            "started_on": now.date().isoformat(),
            "part_of_decision": "yes",
            "court_ordered": "no",
            "note": WORDS,
        }
        self.write(case, "participation_started", started, now)
        ended = now + timedelta(days=60)
        self.write(case, "participation_ended", {"ended_on": ended.date().isoformat(), "reason": reason}, ended)
        seen = now + timedelta(days=250)
        after = {"observed_on": seen.date().isoformat(), "months_after_ending": 6, "new_reports": reports}
        self.write(case, "outcome_after_ending", {**after, "source": WORDS}, seen)

    def spread(self, unit: str = "north", every: int = 2) -> None:
        """Let every other case be of another unit than the one that opened it."""
        moved = list(self.cases.values())[::every]
        with open_transaction(self.database) as session:
            session.execute(update(CaseUnit).where(CaseUnit.case_id.in_(moved)).values(unit_id=unit))

    def withdraw(self, case: str, now: datetime = START) -> None:
        answer = {
            "person": "youth",
            "recipient": "school",
            "status": "given",
            "answered_on": "2026-01-10",
            "form": "written",
            "content": WORDS,
        }
        with open_transaction(self.database) as session:
            consent = record_consent(unit_of(session, now, ANNA), case, answer)
            gone = {"withdrawn_on": "2026-01-11", "withdrawn_by": "youth"}
            withdraw_consent(unit_of(session, now, ANNA), case, consent.id, gone)


def twenty(database: Database, pairs: Sequence[tuple[Actor, Actor]] = ((ANNA, BO),)) -> Town:
    """Twenty young people with company, each rated by Anna and blindly by Bo, or by other pairs in turn."""
    town = Town.founded(database)
    for place, (first, second) in enumerate(zip(FIRST, SECOND, strict=True)):
        now = START + timedelta(days=place % 10)
        one, other = pairs[place % len(pairs)]
        case = town.open(f"{place:02}", sex="female" if place % 4 == 0 else "male", now=now)
        town.rate(case, first, one, now)
        town.ask_again(case, other, now)
        town.rate(case, second, other, now)
        town.decide(case, now, "safety" if place == 3 else None)
        town.follow(case, "moved" if place == 5 else "completed", "1-3" if place % 2 else "none", now)
    return town
