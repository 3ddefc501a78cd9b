"""Several people in one case at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from api.cases.consents.rules import record_consent, withdraw_consent
from api.cases.events import record
from api.cases.facts.rules import current_facts, record_facts
from api.cases.ratings.drafts import start_draft
from api.cases.reviews.rules import sign_review
from api.cases.screenings.rules import screen_case
from api.cases.summary import rebuild_summaries
from api.store.actors import Actor
from api.store.audit_chain import verify_audit
from api.store.refusals import RecordError
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from tests.api.records.world import ANNA, NOW, World, unit_of
from tests.api.records.writing import INTAKE

PEOPLE = [Actor(f"person {number}", frozenset({"sig"})) for number in range(4)]


def at_once(act: Callable[[Actor], object]) -> list[str]:
    """Let all people do the same at the same moment; the codes of those that were refused."""
    together = Barrier(len(PEOPLE))

    def one(person: Actor) -> str | None:
        together.wait()
        try:
            act(person)
        except RecordError as error:
            return error.code
        return None

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        return [code for code in pool.map(one, PEOPLE) if code is not None]


def test_entries_of_one_case_are_numbered_without_gaps(world: World) -> None:
    def write(person: Actor) -> None:
        for _ in range(5):
            with open_transaction(world.database) as session:
                record(unit_of(session, NOW, person), world.case, "intake", INTAKE)

    assert at_once(write) == []
    with world.database.unit_of_work() as session:
        assert session.scalars(select(Entry.number).order_by(Entry.number)).all() == list(range(1, 21))
        counted = session.get_one(CaseSummary, world.case).entries
        rebuild_summaries(session)
        assert counted == session.get_one(CaseSummary, world.case).entries == 20
        assert verify_audit(session).is_whole


def test_the_same_fact_from_several_people_has_one_that_stands(world: World) -> None:
    def write(person: Actor) -> None:
        with open_transaction(world.database) as session:
            record_facts(unit_of(session, NOW, person), world.case, {"gang_ties": "none"})

    assert at_once(write) == []
    with world.database.looking() as session:
        assert len(current_facts(session, world.case)) == 1
        assert len(session.scalars(select(Entry)).all()) == 4


def test_only_one_of_several_begins_the_assessment(world: World) -> None:
    def begin(person: Actor) -> None:
        with open_transaction(world.database) as session:
            start_draft(unit_of(session, NOW, person), world.case, {})

    assert at_once(begin) == ["draft-exists"] * 3


def test_a_consent_is_withdrawn_once(world: World) -> None:
    answer = {
        "person": "youth",
        "recipient": "police",
        "status": "given",
        "answered_on": "2026-11-01",
        "form": "oral",
        "content": "Möten.",
    }
    with open_transaction(world.database) as session:
        consent = record_consent(unit_of(session, NOW, ANNA), world.case, answer).id

    def withdraw(person: Actor) -> None:
        raw = {"withdrawn_on": "2026-11-21", "withdrawn_by": "youth"}
        with open_transaction(world.database) as session:
            withdraw_consent(unit_of(session, NOW, person), world.case, consent, raw)

    assert at_once(withdraw) == ["already-withdrawn"] * 3


def test_whoever_screens_anew_makes_every_review_of_the_old_one_stale(world: World) -> None:
    world.with_facts()
    with open_transaction(world.database) as session:
        screening = screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012").entry

    def act(person: Actor) -> None:
        with open_transaction(world.database) as session:
            if person is PEOPLE[0]:
                screen_case(unit_of(session, NOW, person), world.case, "skl_2015")
            else:
                agree, digest = {"verdict": "agree"}, screening.content["sha256"]
                sign_review(unit_of(session, NOW, person), world.case, screening.id, digest, agree)

    refused = at_once(act)
    assert set(refused) <= {"stale-explanation"}
    with world.database.looking() as session:
        numbers = dict(session.execute(select(Entry.number, Entry.kind)).all())  # type: ignore[arg-type]
    newest = max(number for number, kind in numbers.items() if kind == "screening")
    reviews = [number for number, kind in numbers.items() if kind == "review"]
    assert all(number < newest for number in reviews)
    assert len(reviews) + len(refused) == 3
