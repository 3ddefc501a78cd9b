"""A case with a signed assessment and a stored screening, and the people who make documents of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from api.cases.events import record
from api.cases.facts.rules import record_facts
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.register import NewCase, start_case
from api.cases.reviews.rules import sign_review
from api.cases.screenings.rules import screen_case
from api.store.actors import Actor
from api.store.transactions import open_transaction
from tests.api.accounts.people import House, Visitor
from tests.api.records.world import FACTS, KEYS, assessment, ratings, unit_of

SECRETARY, REVIEWER = "anna@kommun.example", "rut@kommun.example"
GUARDIAN = "mamma-som-ar-pahittad"


@dataclass
class Folder:
    """One case, and those who work with it."""

    house: House
    case: str
    secretary: Actor
    reviewer: Actor

    def assess(self, *, hidden: bool = False, **other: Any) -> str:
        with open_transaction(self.house.database) as session:
            now = self.house.clock()
            draft = start_draft(unit_of(session, now, self.secretary), self.case, assessment(**other))
            made = sign_draft(
                unit_of(session, now, self.secretary), draft.id, draft.version, hidden_from_guardians=hidden
            )
            return made.id

    def screen(self) -> str:
        with open_transaction(self.house.database) as session:
            now = self.house.clock()
            return screen_case(unit_of(session, now, self.secretary), self.case, "socialstyrelsen_2012").entry.id

    def review(self, screening: str, **stated: Any) -> str:
        with open_transaction(self.house.database) as session:
            from api.store.schema import Entry

            digest = session.get_one(Entry, screening).content["sha256"]
            now = self.house.clock()
            return sign_review(unit_of(session, now, self.reviewer), self.case, screening, digest, stated).id

    def record(self, kind: str, content: dict[str, Any], subject: str | None = None) -> str:
        with open_transaction(self.house.database) as session:
            return record(
                unit_of(session, self.house.clock(), self.secretary), self.case, kind, content, subject=subject
            ).id

    def know(self, *, hidden: bool = False, **facts: Any) -> None:
        with open_transaction(self.house.database) as session:
            record_facts(
                unit_of(session, self.house.clock(), self.secretary), self.case, facts, hidden_from_guardians=hidden
            )

    def path(self, rest: str = "") -> str:
        return f"/cases/{self.case}/documents{rest}"

    def visitor(self, email: str = SECRETARY) -> Visitor:
        return self.house.logged_in(email)


@pytest.fixture
def folder(house: House) -> Folder:
    return make_folder(house)


def make_folder(house: House) -> Folder:
    """Two accounts, and a case with guardians and nothing else."""
    secretary = house.add(SECRETARY, "social_secretary")
    reviewer = house.add(REVIEWER, "reviewer")
    units = frozenset({"sig"})
    return add_case(Folder(house, "", Actor(secretary, units), Actor(reviewer, units)), "2026-117", date(2010, 3, 14))


def add_case(folder: Folder, reference: str, birth_date: date | None) -> Folder:
    """Another case of the same people."""
    with open_transaction(folder.house.database) as session:
        new = NewCase("sig", reference, birth_date=birth_date)
        case = start_case(unit_of(session, folder.house.clock(), folder.secretary), new, KEYS).id
    added = replace(folder, case=case)
    added.record("guardians", {"guardians": [GUARDIAN, "g2"]})
    return added


def filled(folder: Folder) -> tuple[str, str]:
    """The folder with facts, an assessment and a screening."""
    folder.know(**FACTS)
    given = ratings()
    given["items"]["impulsivity_risk_taking"] = {"level": "high", "note": "Tre händelser i höst (påhittat)."}
    assessed = folder.assess(ratings=given, helping="Mormor finns där (påhittat).")
    return assessed, folder.screen()


def reviewed(folder: Folder) -> tuple[str, str]:
    """The same, and a reviewer who agrees."""
    assessed, screened = filled(folder)
    folder.review(screened, verdict="agree")
    return assessed, screened
