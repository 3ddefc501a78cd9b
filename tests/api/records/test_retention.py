from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from api.cases.content import read_content
from api.cases.event_kinds import Guardians
from api.cases.events import record
from api.cases.facts.rules import record_facts
from api.cases.journal import append, entries, open_case
from api.cases.register import list_cases
from api.cases.screenings.rules import screen_case
from api.disclosure.extracts import extract
from api.disclosure.readers import YOUNG_PERSON, Reader, reader_referred_to
from api.retention.rules import propose_purges, purge
from api.store.audit_chain import verify_audit
from api.store.refusals import ForbiddenError, NotFoundError, RuleError
from api.store.schema import Audit, Case, Entry, PurgedCase
from api.store.transactions import open_transaction
from tests.api.records.world import ANNA, BO, ELSEWHERE, LIBRARY, NOW, POLICIES, World, unit_of, work_goes_on

FIVE_YEARS_LATER = datetime(2031, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def five_years_of_work(world: World) -> None:
    """Somebody does something every month, so that no clock has jumped."""
    work_goes_on(world.database, NOW, FIVE_YEARS_LATER)


def full(world: World) -> World:
    world.with_facts().with_assessment()
    with open_transaction(world.database) as session:
        screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012")
    return world


def test_a_case_is_due_five_years_after_its_last_entry_and_gone_by_the_end_of_the_next_year(world: World) -> None:
    full(world)
    with open_transaction(world.database) as session:
        assert propose_purges(unit_of(session, FIVE_YEARS_LATER - timedelta(days=1), BO)) == []
        [proposal] = propose_purges(unit_of(session, FIVE_YEARS_LATER, BO))
        assert propose_purges(unit_of(session, FIVE_YEARS_LATER, ELSEWHERE)) == []
    assert (proposal.due_from, proposal.finished_by) == (date(2031, 11, 21), date(2032, 12, 31))
    assert (proposal.rule, proposal.held_by) == ("social_services@1.0", None)


def test_a_leap_day_is_followed_by_the_first_of_march() -> None:
    rule = POLICIES.retention_on(NOW.date()).content
    assert rule.due_from(date(2024, 2, 29)) == date(2029, 3, 1)


def test_a_dry_run_tells_what_would_go_and_removes_nothing(world: World) -> None:
    full(world)
    with open_transaction(world.database) as session:
        report = purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case], dry_run=True)
    assert report.is_dry_run
    assert report.cases == ((world.case, 6),)
    with world.database.looking() as session:
        assert len(session.scalars(select(Entry)).all()) == 6


def test_a_purge_leaves_a_stub_without_content_and_the_chain_still_verifies(world: World) -> None:
    full(world)
    with world.database.looking() as session:
        digest = session.scalars(select(Entry).where(Entry.kind == "screening")).one().content["sha256"]
    with open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case])
    with world.database.looking() as session:
        assert verify_audit(session).is_whole
        stub = session.get_one(PurgedCase, world.case)
        assert (stub.entries, stub.rule, stub.purged_by) == (6, "social_services@1.0", "bo")
        kept_of_it = (
            "entry",
            "case_file",
            "case_summary",
            "case_unit",
            "monitoring",
            "draft",
            "counts_shown",
            "trend_fold",
        )
        for table in kept_of_it:
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0  # noqa: S608
        left = repr(session.execute(select(*Audit.__table__.columns)).all())
        left += repr(session.execute(select(*PurgedCase.__table__.columns)).all())
    assert not any(word in left for word in (digest, "2026-117", "2010-", "(2010, ", "Flera", "polis"))
    with pytest.raises(NotFoundError), open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, ANNA), world.case)
    with open_transaction(world.database) as session:
        assert list_cases(unit_of(session, NOW, ANNA)).cases == ()


def test_a_case_that_is_not_due_or_is_held_is_not_purged(world: World) -> None:
    full(world)
    with pytest.raises(RuleError, match="not-due"), open_transaction(world.database) as session:
        purge(unit_of(session, NOW, BO), [world.case])
    with open_transaction(world.database) as session:
        entry = record(unit_of(session, NOW, ANNA), world.case, "hold", {"reason": "Placering."})
    with open_transaction(world.database) as session:
        assert propose_purges(unit_of(session, FIVE_YEARS_LATER, BO))[0].held_by == entry.id
    with pytest.raises(RuleError, match="held"), open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case])
    with open_transaction(world.database) as session:
        record(unit_of(session, NOW, ANNA), world.case, "hold_lifted", {"reason": "Prövat."}, subject=entry.id)
        purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case])


def test_nobody_purges_the_cases_of_another_unit(world: World) -> None:
    with pytest.raises(ForbiddenError), open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, ELSEWHERE), [world.case])
    with open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, replace(ELSEWHERE, ground="Uppdrag.")), [world.case])


def guardian(world: World, *names: str) -> None:
    with open_transaction(world.database) as session:
        case = open_case(unit_of(session, NOW, ANNA), world.case)
        append(unit_of(session, NOW, ANNA), case, read_content(Guardians, {"guardians": list(names)}))


def reader(session: Session, world: World, reference: str) -> Reader:
    case = open_case(unit_of(session, NOW, ANNA), world.case)
    return reader_referred_to(case, entries(session, world.case), reference, NOW.date(), LIBRARY)


def test_the_young_person_sees_everything_and_a_guardian_what_is_not_hidden(world: World) -> None:
    guardian(world, "g1")
    with open_transaction(world.database) as session:
        hidden = {"current_threat": {"value": "yes", "reason": "Hot från en anhörig."}}
        record_facts(unit_of(session, NOW, ANNA), world.case, hidden, hidden_from_guardians=True)
    full(world)
    with open_transaction(world.database) as session:
        record_facts(unit_of(session, NOW, ANNA), world.case, {"current_threat": "no"})
    with open_transaction(world.database) as session:
        own = extract(unit_of(session, NOW, BO), world.case, YOUNG_PERSON)
        theirs = extract(unit_of(session, NOW, BO), world.case, reader(session, world, "g1"))
    assert own.left_out == 0
    assert {"fact", "assessment", "screening", "guardians"} == {each["kind"] for each in own.data["entries"]}
    assert "anhörig" in repr(own.data)
    assert "anhörig" not in repr(theirs.data)
    assert "current_threat" not in repr(theirs.data)
    assert "left_out" not in theirs.data
    assert theirs.left_out == 3  # the fact, what took its place, and the screening that rested on it
    assert own.data["case"]["birth_date"] == "2010-03-14"


def test_an_extract_is_told_to_the_audit_and_goes_to_no_one_else(world: World) -> None:
    with pytest.raises(RuleError, match="not-a-party"), open_transaction(world.database) as session:
        reader(session, world, "g1")
    with open_transaction(world.database) as session:
        extract(unit_of(session, NOW, BO), world.case, YOUNG_PERSON)
    with world.database.looking() as session:
        last = session.scalars(select(Audit).order_by(Audit.number.desc()).limit(1)).one()
    assert (last.actor, last.action, last.kind, last.case_id) == ("bo", "export", "extract", world.case)


def forget_the_audit_between(world: World) -> None:
    """As if nobody had worked for five years, or the clock had been set forward by them."""
    with world.database.unit_of_work() as session:
        if world.database.is_sqlite:
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(delete(Audit).where(Audit.at > NOW + timedelta(days=1)))


def test_a_clock_that_was_set_forward_purges_nothing_until_somebody_confirms_the_date(world: World) -> None:
    full(world)
    forget_the_audit_between(world)
    with open_transaction(world.database) as session:
        assert propose_purges(unit_of(session, FIVE_YEARS_LATER, BO))  # which leaves a line of today in the log
    with open_transaction(world.database) as session:
        told = purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case], dry_run=True)
    assert told.silent_days > 1_800
    with pytest.raises(RuleError, match="clock-jumped"), open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case])
    with world.database.looking() as session:
        assert session.get(Case, world.case) is not None
    with open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case], clock_is_right=True)
    with world.database.looking() as session:
        assert session.get(Case, world.case) is None
        confirmed = session.scalars(select(Audit).where(Audit.kind == "clock")).one()
    assert (confirmed.actor, confirmed.action) == ("bo", "verify")


def test_lines_of_a_future_that_a_clock_once_told_say_nothing_of_the_days_that_passed(world: World) -> None:
    full(world)
    forget_the_audit_between(world)
    work_goes_on(world.database, FIVE_YEARS_LATER, FIVE_YEARS_LATER + timedelta(days=400))
    with pytest.raises(RuleError, match="clock-jumped"), open_transaction(world.database) as session:
        purge(unit_of(session, FIVE_YEARS_LATER, BO), [world.case])
