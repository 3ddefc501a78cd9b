"""A house with a log reviewer, two social secretaries and a case that they have worked on."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from api.cases.consents.rules import record_consent
from api.cases.events import record
from api.cases.facts.rules import record_facts
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.register import NewCase, start_case
from api.cases.screenings.rules import screen_case
from api.store.actors import Actor
from api.store.transactions import open_transaction
from tests.api.accounts.people import IDENTITY_KEYS, House, Visitor
from tests.api.records.world import FACTS, assessment, unit_of

ANNA = "anna@kommun.example"
DANA = "dana@kommun.example"
LO = "lo@kommun.example"
REFERENCE = "2026-117"
HIDDEN = "Berättar om oro för stämningen hemma."


@dataclass
class Town:
    """A municipality with one young person who is invented, and who may do what with the case."""

    house: House
    anna: Actor
    case: str

    def visitor(self, email: str = ANNA) -> Visitor:
        return self.house.logged_in(email)

    def write(self, kind: str, raw: dict[str, Any], **more: Any) -> str:
        with open_transaction(self.house.database) as session:
            return record(unit_of(session, self.house.clock(), self.anna), self.case, kind, raw, **more).id

    def consent(self, recipient: str = "school", person: str = "youth", **more: Any) -> str:
        answer = {
            "person": person,
            "recipient": recipient,
            "status": "given",
            "answered_on": "2026-11-01",
            "form": "written",
            "content": "Närvaro och mötestider.",
            "valid_to": "2027-05-01",
            **more,
        }
        with open_transaction(self.house.database) as session:
            return record_consent(unit_of(session, self.house.clock(), self.anna), self.case, answer).id


def make_town(house: House) -> Town:
    """A case with facts, one of them hidden from guardians, an assessment, a screening and a meeting."""
    anna = Actor(house.add(ANNA, "social_secretary"), frozenset({"sig"}))
    house.add(DANA, "decider")
    house.add(LO, "log_reviewer")
    now = house.clock()
    with open_transaction(house.database) as session:
        new = NewCase("sig", REFERENCE, birth_date=date(2010, 3, 14))
        case = start_case(unit_of(session, now, anna), new, IDENTITY_KEYS).id
    town = Town(house, anna, case)
    with open_transaction(house.database) as session:
        record_facts(unit_of(session, now, anna), case, FACTS)
        draft = start_draft(unit_of(session, now, anna), case, assessment())
        sign_draft(unit_of(session, now, anna), draft.id, draft.version)
        screen_case(unit_of(session, now, anna), case, "stockholm_2012")
    town.write("guardians", {"guardians": ["g1"]})
    start = {"started_on": "2026-11-01", "part_of_decision": "yes", "court_ordered": "no"}
    town.write("participation_started", start)
    meeting = {"held_on": "2026-11-10", "present": ["school"], "plan_followed_up": True, "note": "Nästa steg: praktik."}
    town.write("network_meeting", meeting)
    town.write("plan_follow_up", {"followed_up_on": "2026-11-12", "text": HIDDEN}, hidden_from_guardians=True)
    return town
