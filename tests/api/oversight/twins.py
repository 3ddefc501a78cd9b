"""A case, and twins of it that hold what one kind of reader may see and nothing else.

A case is recorded through the functions of the service. Its twins are each in a database of their own: what is hidden
is left out or says something else. The rule is restated here, plainly and apart from the code.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from api.cases.consents.rules import record_consent
from api.cases.events import record
from api.cases.experience.rules import record_experience
from api.cases.facts.rules import record_facts
from api.cases.journal import entries
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import start_draft
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.register import NewCase, start_case
from api.cases.reviews.rules import answer_question, return_with_question, sign_review
from api.cases.screenings.rules import screen_case
from api.settings.accounts import AccountSettings
from api.store.actors import Actor
from api.store.database import Database
from api.store.refusals import RecordError
from api.store.schema import Case, CaseUnit, Entry
from api.store.transactions import open_transaction
from api.store.upgrade import upgrade
from instruments.faults import InputError
from tests.api.accounts.people import HOST, IDENTITY_KEYS, KEY, Clock, House, Visitor, make_app
from tests.api.plans.plans import followed, measure, plan
from tests.api.records.world import YOUTH_SPJ, assessment, ratings, unit_of

SECRETARY, REVIEWER, SECOND = "anna@kommun.example", "rut@kommun.example", "bo@kommun.example"
#: What no guardian is told of, although nobody marked it.
ABOUT_HOME = ("family_violence_exposure", "childhood_maltreatment", "parental_criminality", "parental_management")
CONFIDED = ("motivation_to_leave", "acute_self_harm", "current_threat")
FACTS = {
    "gang_ties": ("none", "suspected", "confirmed"),
    "recruitment_risk": ("no", "yes"),
    "offence_count": (1, 5),
    "motivation_to_leave": ("none", "stated"),
    "current_threat": ("no", "yes"),
}
#: The police are told of the first goal, and of none of the second.
FOLLOWED = (("m1", "going_on"), ("m3", "stopped"))
RATED = ("assessment", "second_rating")
QUESTIONS = ("review_returned", "review_answered")
FREE = (
    *(*RATED, "screening", "review", "review_countersigned", "review_rejected", *QUESTIONS),
    *("position_taken", "case_closed"),
    *("results_followed_up", "outcome_after_ending", "resources_recorded"),
)
TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


@dataclass
class Side:
    """One of the databases, with somebody who is logged in."""

    house: House
    visitor: Visitor
    token: str


@dataclass
class Town:
    """The case as it was recorded, and the twins by the kind of reader that they are for."""

    recorded: Side
    twins: Mapping[str, Side]
    accounts: Mapping[str, str]
    number: int = 0


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("twins")
    clock, first = Clock(), folder / "recorded.sqlite"
    house = _house(first, clock, folder)
    accounts = {email: house.add(email, "social_secretary", "reviewer") for email in (SECRETARY, SECOND)}
    accounts[REVIEWER] = house.add(REVIEWER, "reviewer")
    house.database.close()
    sides = {}
    for name in ("guardian", "police"):
        with closing(sqlite3.connect(first)) as whole, closing(sqlite3.connect(folder / f"{name}.sqlite")) as copy:
            whole.backup(copy)
    for name in ("recorded", "guardian", "police"):
        side = _house(folder / f"{name}.sqlite", clock, folder)
        side.passwords = house.passwords
        visitor = side.logged_in(SECRETARY)
        sides[name] = Side(side, visitor, visitor.csrf_token("/account"))
    yield Town(sides["recorded"], {name: sides[name] for name in ("guardian", "police")}, accounts)
    for side in sides.values():
        side.house.database.close()


def _house(place: Path, clock: Clock, folder: Path) -> House:
    database = Database(f"sqlite:///{place}")
    upgrade(database)
    return House(make_app(database, clock, AccountSettings(KEY, mail=f"folder:{folder}")), database, folder, clock)


def record_case(town: Town, born: date | None, done: Sequence[tuple[Any, ...]]) -> str:
    """Record a case step by step; a step that the service refuses is passed over."""
    house, town.number = town.recorded.house, town.number + 1
    anna, rut, bo = (Actor(town.accounts[each], frozenset({"sig"})) for each in (SECRETARY, REVIEWER, SECOND))
    with open_transaction(house.database) as session:
        new = NewCase("sig", f"2026-{town.number}", birth_date=born)
        case = start_case(unit_of(session, house.clock(), anna), new, IDENTITY_KEYS).id
        record(unit_of(session, house.clock(), anna), case, "guardians", {"guardians": ["g1", "g2"]})
    for step in done:
        with suppress(RecordError, InputError), open_transaction(house.database) as session:
            _take(session, house, case, step, anna, rut, bo)
    return case


def _take(session: Any, house: House, case: str, step: tuple[Any, ...], anna: Actor, rut: Actor, bo: Actor) -> None:
    now, (name, *more) = house.clock(), step
    listed = entries(session, case)
    last = {entry.kind: entry for entry in listed}
    if name == "know":
        fact = {"value": more[1], "observed_on": "2026-11-20", "source": "samtal"}
        record_facts(unit_of(session, now, anna), case, {more[0]: fact}, hidden_from_guardians=more[2])
    elif name in ("assess", "rate a second time"):
        given = ratings()
        given["items"] |= {
            key: {"level": more[1] if more else "low", "note": "Har berättat det."} for key in ABOUT_HOME
        }
        by = anna if more else bo
        if not more and "second_rating_requested" not in last:
            return
        draft = start_draft(unit_of(session, now, by), case, assessment(ratings=given, helping="Mormor."))
        sign_draft(unit_of(session, now, by), draft.id, draft.version, hidden_from_guardians=bool(more and more[0]))
    elif name == "screen":
        screen_case(unit_of(session, now, anna), case, "socialstyrelsen_2012")
    elif name == "review":
        if "screening" not in last:
            return
        digest = last["screening"].content["sha256"]
        raw = {"verdict": "agree", "reasons": "Den unge säger det själv."}
        sign_review(unit_of(session, now, rut), case, last["screening"].id, digest, raw)
    elif name == "send back":
        if "screening" not in last:
            return
        digest, raw = last["screening"].content["sha256"], {"question": "Vad säger pappa?"}
        asked = return_with_question(unit_of(session, now, rut), case, last["screening"].id, digest, raw)
        if more[0]:
            answer_question(unit_of(session, now, anna), case, asked.id, {"reply": "Han har slagit."})
    elif name in ("correct", "object"):
        about = listed[more[0] % len(listed)].id
        if name == "correct":
            raw = {"text": "Rättat.", "ground": "Fel dag."}
            record(unit_of(session, now, anna), case, "correction", raw, subject=about, hidden_from_guardians=more[1])
        else:
            raw = {"stated_by": more[1], "text": "Stämmer inte."}
            record(unit_of(session, now, anna), case, "counter_statement", raw, subject=about)
    elif name == "ask for a second rating":
        request_second_rating(unit_of(session, now, anna), case, bo.id)
    elif name == "tell":
        acting = unit_of(session, now, anna)
        told = {"told_on": "2026-11-20", "told_by": more[0], "way": "screen", "answers": {"gets_help": "disagree"}}
        asked = acting.library.experience_form(date(2026, 11, 21))
        record_experience(acting, case, asked, {**told, "own_words": "Hemma är det bråk."})
    elif name == "consent":
        answer = {"status": "given", "answered_on": "2026-11-01", "form": "oral", "content": f"Möten ({more[0]})."}
        record_consent(unit_of(session, now, anna), case, {"person": more[0], "recipient": more[1], **answer})
    else:
        day = f"2026-11-{more[0]:02d}" if name == "meet" else ""
        meeting = {"held_on": day, "present": ["youth", "g1"], "plan_followed_up": True}
        start = {"started_on": "2026-10-01", "part_of_decision": "yes", "court_ordered": "no"}
        position = {"taken_on": "2026-11-20", "position": "other_support", "reasons": "Har berättat om pappa."}
        seen = {"observed_on": "2026-11-20", "new_reports": "1-3", "health": "not_well", "family": "not_well"}
        counted = {"recorded_on": "2026-11-20", "placement_avoided": "yes", "how_counted": "Dygn."}
        intake = {"reporter": "school", "received_on": "2026-09-01", "preliminary_assessment": "open"}
        kind, raw = {
            "start": ("participation_started", start),
            "meet": ("network_meeting", meeting),
            "plan": ("plan_follow_up", {"followed_up_on": "2026-11-12", "text": "Praktik."}),
            "set goals": ("action_plan", plan(goals=_tied(plan()["goals"], last.get("assessment")))),
            "follow measures": ("measures_followed_up", followed(*FOLLOWED, m3="Har tagit återfall.")),
            "end": ("participation_ended", {"ended_on": "2026-11-20", "reason": "completed"}),
            "follow up": ("results_followed_up", {**seen, "note": "Bråk hemma."}),
            "look back": ("outcome_after_ending", {**seen, "months_after_ending": 0}),
            "count": ("resources_recorded", counted),
            "intake": ("intake", intake),
            "take a position": ("position_taken", position),
            "hand over": ("caseworker_assigned", {"caseworker": bo.id, "note": "Ring mormor."}),
            "close": ("case_closed", {"closed_on": "2026-11-20", "reasons": "Har berättat om pappa."}),
        }[name]
        subject = last["action_plan"].id if kind == "measures_followed_up" and "action_plan" in last else None
        record(unit_of(session, now, anna), case, kind, raw, subject=subject, hidden_from_guardians=more[-1])


def _tied(goals: list[dict[str, Any]], assessment: Entry | None) -> list[dict[str, Any]]:
    """The goals of a plan: the police are told of the first, the second is about what a guardian is told nothing of."""
    given = assessment.content["ratings"]["items"] if assessment else {}
    tied = [name for name in ABOUT_HOME if _level(given.get(name)) == "high" and YOUTH_SPJ.item(name).dynamic]
    return [{**goals[0], "shared_with": ["police"]}, {**goals[1], "items": tied}]


def _level(given: Any) -> Any:
    return given.get("level") if isinstance(given, dict) else given


def hidden_from_a_guardian(found: Sequence[Entry]) -> set[str]:
    """The rule, entry by entry and from the entry to what it refers to."""
    by_id = {entry.id: entry for entry in found}

    def marked(entry: Entry) -> bool:
        refers = [entry.subject_id, entry.supersedes_id]
        refers += entry.content["facts"] if entry.kind == "screening" else []
        return entry.hidden_from_guardians or any(marked(by_id[each]) for each in refers if each)

    requests = [entry for entry in found if entry.kind == "second_rating_requested"]
    unfinished = set()
    for request in requests:
        firsts = [
            entry
            for entry in found
            if entry.kind == "assessment" and (entry.id == request.subject_id or entry.number > request.number)
        ]
        seconds = [entry for entry in found if entry.kind == "second_rating" and entry.subject_id == request.id]
        if not firsts or not seconds or marked(firsts[0]):
            unfinished |= {request.id, *(entry.id for entry in seconds)}

    def never(entry: Entry) -> bool:
        about = by_id[entry.subject_id] if entry.subject_id else None
        if entry.kind == "fact" and entry.content["fact"] in CONFIDED:
            return True
        if entry.kind == "experience_told":
            return True
        if entry.kind == "counter_statement" and entry.content["stated_by"] != "g1":
            return True
        if entry.kind == "correction" and about is not None and about.kind in FREE:
            return True
        refers = (entry.subject_id, entry.supersedes_id)
        return entry.id in unfinished or any(never(by_id[each]) for each in refers if each)

    return {entry.id for entry in found if marked(entry) or never(entry)}


def hidden_from_the_police(found: Sequence[Entry]) -> set[str]:
    """Everything but the work that is not marked, and what says whether it may be shown to them."""
    shown = (
        *("participation_started", "participation_ended", "network_meeting", "plan_follow_up", "guardians"),
        *("action_plan", "measures_followed_up"),
    )
    return {
        entry.id
        for entry in found
        if (entry.kind not in shown and not (entry.kind == "consent" and entry.content["recipient"] == "police"))
        or entry.hidden_from_guardians
        or any(marked(found, each) for each in (entry.subject_id, entry.supersedes_id) if each)
    }


def marked(found: Sequence[Entry], key: str) -> bool:
    """Whether an entry is marked, or what it is about or takes the place of."""
    entry = next(each for each in found if each.id == key)
    refers = [each for each in (entry.subject_id, entry.supersedes_id) if each]
    return entry.hidden_from_guardians or any(marked(found, each) for each in refers)


def of_plan_for_the_police(entry: Entry) -> dict[str, Any]:
    """A plan with other words in everything that is neither done by the police nor in a goal that they are told of."""
    content = dict(entry.content)
    if entry.kind == "action_plan":
        first, second = content["goals"]
        others = {"text": "Något annat.", "area": "health", "items": [], "measures": [measure("m8", "Annat", "farfar")]}
        content |= {"goals": [first, {**second, **others}], "beside": [], "beside_note": "Annat.", "why_changed": "x"}
        content["goals"][0] = {**first, "area": None}
    if entry.kind == "measures_followed_up":
        content["measures"] = [each for each in content["measures"] if each["measure"] != "m3"]
    return content


def of_plan_for_a_guardian(entry: Entry) -> dict[str, Any]:
    """A plan that is tied to something else, with other notes, and measures that stopped for other reasons."""
    content = dict(entry.content)
    if entry.kind == "action_plan":
        content["goals"] = [{**goal, "items": [], "area": None} for goal in content["goals"]]
        content |= {"beside_note": "Något annat.", "why_changed": "Av andra skäl."}
    if entry.kind == "measures_followed_up":
        content["measures"] = [
            {**each, "why": "Av andra skäl." if each["status"] == "stopped" else each["why"]}
            for each in content["measures"]
        ]
    return content


def with_other_words(entry: Entry) -> dict[str, Any]:
    """The content of an entry that a guardian sees, with something else in what they do not see of it."""
    content = of_plan_for_a_guardian(entry)
    if entry.kind in RATED:
        given = content["ratings"]["items"]
        items = {name: given[name] for name in YOUTH_SPJ.positions if name in given and name not in ABOUT_HOME}
        items |= {key: {"level": "moderate", "note": "Något annat."} for key in ABOUT_HOME}
        items = {
            name: {"level": each, "note": "En lapp."} if isinstance(each, str) else each for name, each in items.items()
        }
        content["ratings"] = {"items": items}
        content["summary"] = {**content["summary"], "reasons": "Andra skäl."}
        content |= {"own_view": "Vill inget.", "agrees": "no", "best_interests": "Annat.", "helping": None}
    if entry.kind in ("review", "position_taken", "case_closed"):
        content["reasons"] = "Andra skäl."
    if entry.kind in QUESTIONS:
        content["question" if "question" in content else "reply"] = "Något annat."
    if entry.kind == "caseworker_assigned":
        content["note"] = None
    if entry.kind in ("results_followed_up", "outcome_after_ending"):
        content |= {"health": "well", "family": "unknown"}
        content |= {"note": None} if "note" in content else {}
    if entry.kind == "resources_recorded":
        content |= {"placement_avoided": "no", "hours_used": 3, "how_counted": "Annat."}
    return content


def make_twin(town: Town, reader: str, case: str) -> set[str]:
    """Put into the twin what the reader may see."""
    with town.recorded.house.database.looking() as session:
        found = list(entries(session, case))
        file, unit = session.get_one(Case, case), session.scalars(select(CaseUnit).filter_by(case_id=case)).one()
        hidden = (hidden_from_a_guardian if reader == "guardian" else hidden_from_the_police)(found)
        rows = [
            {
                **_columns(entry),
                "number": number,
                "content": with_other_words(entry) if reader == "guardian" else of_plan_for_the_police(entry),
            }
            for number, entry in enumerate((each for each in found if each.id not in hidden), 1)
        ]
        about = _columns(file) | ({"birth_date": file.birth_date})
    with town.twins[reader].house.database.unit_of_work() as session:
        session.execute(insert(Case), [about])
        session.execute(insert(CaseUnit), [_columns(unit)])
        session.flush()
        for row in rows:
            session.execute(insert(Entry), [row])
    return hidden


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}


def papers_for(side: Side, case: str, reader: str) -> dict[str, tuple[int, str, str]]:
    """Everything that a reader can be given: status, name of the file, and what it says."""
    path = f"/cases/{case}"
    asked = [
        ("view", {"for": "police", "form": "page"}),
        ("documents/network-plan", {"recipient": "police", "form": "page", "language": "sv"}),
        ("documents/network-plan", {"recipient": "police", "form": "pdf", "language": "en"}),
    ]
    if reader == "guardian":
        asked = [
            ("extract", {"for": "guardian-1", "form": "page"}),
            ("extract", {"for": "guardian-1", "form": "file"}),
            ("view", {"for": "guardian-1", "form": "page"}),
            ("documents/feedback", {"reader": "guardian-1", "form": "page", "language": "sv"}),
            ("documents/feedback", {"reader": "guardian-1", "form": "pdf", "language": "en"}),
            ("documents/plan", {"reader": "guardian-1", "form": "page", "language": "sv"}),
            ("documents/plan", {"reader": "guardian-1", "form": "pdf", "language": "en"}),
        ]
    found = {}
    for place, form in asked:
        sent = {"csrf_token": side.token, **form}
        answer = side.visitor.client.post(f"{path}/{place}", base_url=HOST, data=sent)
        name = answer.headers.get("Content-Disposition", "")
        found[f"{place} {form['form']}"] = (answer.status_code, name, TOKEN.sub("", answer.text))
    return found
