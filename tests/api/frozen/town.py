"""What was recorded before: twenty young people in one unit, one long ago, and cases that stand at every stage."""

from datetime import UTC, date, datetime
from typing import Any

from api.cases.register import NewCase, start_case
from api.store.transactions import open_transaction
from api.trends.publication import publish
from tests.api.accounts.people import House
from tests.api.exporting.town import ANNA, twenty
from tests.api.exporting.town import Town as Cohort
from tests.api.records.world import FACTS, KEYS, LIBRARY, assessment, ratings, unit_of, work_goes_on
from tests.api.routes.records.desk import CASES, NUMBER, Desk, Person

LONG_AGO = datetime(2020, 1, 13, 9, 0, tzinfo=UTC)
#: Written by people, and to be shown wherever it was.
WRITTEN = (
    "Flera allvarliga händelser.",
    "Vill sluta.",
    "Mormor finns nära.",
    "Praktik från måndag.",
    "Fel dag angiven.",
)
PEOPLE = {
    "anna": ("social_secretary",),
    "bo": ("social_secretary",),
    "rita": ("reviewer",),
    "dag": ("decider",),
    "cecilia": ("coordinator",),
    "lo": ("log_reviewer",),
    "fia": ("researcher",),
    "stina": ("statistics",),
}


class Town:
    """A house, its people by name, and the addresses of their cases by what is special about them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.people: dict[str, Person] = {}
        self.cases: dict[str, str] = {}
        self.made: dict[str, str] = {}

    def found(self) -> None:
        """Record everything, at a fixed clock."""
        clock, database = self.house.clock, self.house.database
        cohort = Cohort.founded(database)
        with open_transaction(database) as session:
            new = NewCase("sig", "2020-1", birth_date=date(2003, 5, 4))
            self.cases["long ago"] = f"{CASES}/{start_case(unit_of(session, LONG_AGO, ANNA), new, KEYS).id}"
        work_goes_on(database, LONG_AGO, datetime(2026, 1, 11, tzinfo=UTC))
        cohort = twenty(database)
        self.cases["counted"] = f"{CASES}/{cohort.cases['03']}"
        clock.moment = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
        with database.unit_of_work() as session:
            publish(session, clock(), LIBRARY)
        desk = Desk(self.house)
        for name, roles in PEOPLE.items():
            self.people[name] = desk.person(name, *roles)
        self.people["eva"] = desk.person("eva", "social_secretary", unit="north")
        for each in (self._agreed, self._confirmed, self._rejected, self._blind, self._waiting, self._elsewhere):
            clock.pass_by(days=2)  # other versions of guidances come into force
            each()
        clock.moment = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)

    def _open(self, name: str, by: str = "anna", unit: str = "sig", **more: Any) -> str:
        body = {"unit": unit, "reference": f"2026-2{len(self.cases):02}", "birth_date": "2010-03-14", **more}
        self.cases[name] = f"{CASES}/{self.people[by].made(CASES, body)['id']}"
        return self.cases[name]

    def _make(self, by: str, path: str, body: Any = None, name: str = "", **headers: str) -> dict[str, Any]:
        self.house.clock.pass_by(minutes=1)
        made = self.people[by].made(path, body, **headers)
        if name:
            self.made[name] = made["id"]
        return made

    def _rate(self, case: str, by: str = "anna", at: str = "drafts", to: str = "assessments", **more: Any) -> str:
        draft = self._make(by, f"{case}/{at}", assessment(helping=WRITTEN[2], **more))["id"]
        made: str = self._make(by, f"{case}/{to}", {"draft": draft}, If_Match='"1"')["id"]
        return made

    def _screen(self, case: str, guidance: str, name: str) -> tuple[str, str, str]:
        made = self._make("anna", f"{case}/screenings", {"guidance": guidance}, name)
        return f"{case}/screenings/{made['id']}", f'"{made["explanation"]["sha256"]}"', made["outcome"]

    def _deviate(self, case: str, name: str) -> tuple[str, str]:
        self._make("anna", f"{case}/facts", {"facts": FACTS})
        self._rate(case)
        one, tag, outcome = self._screen(case, "stockholm_2012", f"{name} screening")
        applies = "not_target_group" if outcome != "not_target_group" else "supports_offer"
        said = {"verdict": "deviate", "applies": applies, "deviation": "safety", "reasons": WRITTEN[0]}
        review = self._make("rita", f"{one}/reviews", said, f"{name} review", If_Match=tag)["id"]
        return f"{case}/reviews/{review}", tag

    def _agreed(self) -> None:
        """The whole way, from an intake to an extract, with two screenings and a review that agrees."""
        case = self._open("agreed", personal_number=NUMBER, registered_sex="female", birth_date=None)
        came = {"reporter": "police", "received_on": "2026-11-01", "preliminary_assessment": "open", "note": "Ringde."}
        intake = self._make("anna", f"{case}/intakes", came, "intake")["id"]
        closing = {"closed_on": "2026-11-08", "result": "investigation_opened", "possible_sig_question": True}
        self._make("anna", f"{case}/intakes/{intake}/closing", {**closing, "reasons": "Utredning inleds."})
        self._make("anna", f"{case}/guardians", {"guardians": ["g1", "g2"]})
        self._make("anna", f"{case}/facts", {"facts": FACTS})
        hidden = {"motivation_to_leave": {"value": "stated", "observed_on": "2026-11-18", "source": "samtal"}}
        self._make("anna", f"{case}/facts", {"facts": hidden, "hidden_from_guardians": True})
        self._rate(case)
        self._screen(case, "socialstyrelsen_2012", "first screening")
        later = {"facts": {"recruitment_risk": {"value": "no", "source": "skola", "observed_on": "2026-11-19"}}}
        self._make("anna", f"{case}/facts", later)
        one, tag, _ = self._screen(case, "stockholm_2012", "screening")
        agreed = {"verdict": "agree", "reasons": "Stämmer."}
        self._make("rita", f"{one}/reviews", agreed, "review", If_Match=tag)
        answer = {"status": "given", "answered_on": "2026-11-02", "form": "written", "content": "Närvaro."}
        for person, recipient in (("youth", "school"), ("g1", "school"), ("g2", "school"), ("youth", "police")):
            said = {"person": person, "recipient": recipient, **answer, "valid_to": "2027-05-01"}
            consent = self._make("anna", f"{case}/consents", said, f"consent {person} {recipient}")["id"]
        gone = {"withdrawn_on": "2026-11-03", "withdrawn_by": "youth", "note": "Ångrade sig."}
        self._make("anna", f"{case}/consents/{consent}/withdrawals", gone)
        start = {"started_on": "2026-11-05", "part_of_decision": "yes", "court_ordered": "no"}
        self._make("cecilia", f"{case}/participation/starts", start)
        meeting = {"held_on": "2026-11-10", "present": ["youth", "school"], "plan_followed_up": True}
        self._make("cecilia", f"{case}/participation/network-meetings", meeting)
        followed = {"followed_up_on": "2026-11-12", "text": WRITTEN[3]}
        self._make("cecilia", f"{case}/participation/plan-follow-ups", followed, "plan")
        about = f"{case}/entries/{intake}"
        self._make("anna", f"{about}/corrections", {"text": "Den 2 november.", "ground": WRITTEN[4]}, "correction")
        self._make("anna", f"{about}/counter-statements", {"stated_by": "youth", "text": "Jag var inte där."})
        given = {"recipient": "school", "disclosed_on": "2026-11-15", "ground": "Samtycke.", "what": "Närvaro."}
        self._make("anna", f"{case}/disclosures", given)
        assert self.people["anna"].post(f"{case}/extracts", {"reader": "youth"}).status_code == 200

    def _confirmed(self) -> None:
        """A deviation that is in force, and a hold."""
        case = self._open("confirmed")
        review, tag = self._deviate(case, "confirmed")
        self._make("dag", f"{review}/countersignatures", {"note": "Läst."}, If_Match=tag)
        self._make("anna", f"{case}/holds", {"reason": "Tillsynsärende."}, "hold")

    def _rejected(self) -> None:
        """A deviation that was rejected and one that awaits the second person."""
        case = self._open("rejected", birth_date="2008-09-30")
        review, tag = self._deviate(case, "rejected")
        self._make("dag", f"{review}/rejections", {"reasons": "Pröva igen."}, If_Match=tag)
        self._deviate(self._open("awaiting", birth_date=None), "awaiting")

    def _blind(self) -> None:
        """Rated twice unseen; and rated once, while the second has only begun."""
        case = self._open("rated twice")
        self._make("anna", f"{case}/second-rating-requests", {"rater": self.people["bo"].account})
        self._rate(case)
        self._rate(case, "bo", "second-rating-drafts", "second-ratings", ratings=ratings(high=3, protective=4))
        case = self._open("blind")
        self._make("anna", f"{case}/facts", {"facts": FACTS})
        self._rate(case)
        self._screen(case, "skl_2015", "unseen screening")
        self._make("anna", f"{case}/second-rating-requests", {"rater": self.people["bo"].account}, "request")
        self._make(
            "bo",
            f"{case}/second-rating-drafts",
            {"instrument": "youth_spj", "ratings": ratings(blank=3)},
            "second draft",
        )

    def _waiting(self) -> None:
        """Drafts, one of them saved once more; and nothing but a case."""
        case = self._open("begun")
        self._make("anna", f"{case}/facts", {"facts": {"gang_ties": {"missing": "not_found", "reason": "Inget svar."}}})
        self._make("anna", f"{self._open('rated')}/drafts", assessment(), "ready draft")
        draft = self._make("bo", f"{case}/drafts", {"own_view": WRITTEN[1]}, "draft")["id"]
        saved = self.people["bo"].send("PUT", f"/api/v1/drafts/{draft}", {"own_view": "Ny syn."}, If_Match='"1"')
        assert saved.status_code == 200, saved.text
        self._open("empty")

    def _elsewhere(self) -> None:
        self._open("elsewhere", "eva", "north")
