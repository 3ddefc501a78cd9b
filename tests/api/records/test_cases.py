from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from api.cases.journal import open_case
from api.cases.register import NewCase, list_cases, same_person, start_case
from api.cases.summary import rebuild_summaries
from api.store.audit_chain import verify_audit
from api.store.identity import IdentityKeys, read_personal_number
from api.store.refusals import ForbiddenError, NotFoundError, RuleError
from api.store.schema import Audit, Case, CaseSummary, Monitoring
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, ELSEWHERE, KEYS, NOW, TODAY, World, unit_of

NUMBER = "19850709-9805"  # the tax agency's example; nobody has it


def test_a_personal_number_is_kept_as_a_digest_only(world: World) -> None:
    number = read_personal_number(NUMBER, on=TODAY)
    with open_transaction(world.database) as session:
        case = start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2", number=number), KEYS)
        assert case.birth_date == date(1985, 7, 9)
        row = session.execute(select(*Case.__table__.columns).where(Case.id == case.id)).one()
    assert "9805" not in repr(row)
    assert "9805" not in repr(number)


def test_the_same_person_is_found_again_after_the_identity_key_was_changed(world: World) -> None:
    number = read_personal_number(" 850709-9805 ", on=TODAY)
    newer = IdentityKeys({"1": b"a" * 32, "2": b"b" * 32}, "2")
    with open_transaction(world.database) as session:
        old = start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2", number=number), KEYS)
        new = start_case(unit_of(session, NOW, ANNA), NewCase("sig", "3", number=number), newer)
        assert old.identity_digest != new.identity_digest
        assert {case.id for case in same_person(unit_of(session, NOW, BO), number, newer)} == {old.id, new.id}
        assert [case.id for case in same_person(unit_of(session, NOW, BO), number, KEYS)] == [old.id]
        assert same_person(unit_of(session, NOW, ELSEWHERE), number, newer) == []


def test_a_samordningsnummer_is_accepted() -> None:
    assert read_personal_number("701063-2391", on=TODAY).birth_date == date(1970, 10, 3)


@pytest.mark.parametrize("raw", ["", "850709-9806", "850799-9805", "x", "19850709-980", "20991231-1234"])
def test_what_is_no_personal_number_is_refused_without_repeating_it(raw: str) -> None:
    with pytest.raises(InputError) as refused:
        read_personal_number(raw, on=TODAY, where="/number")
    assert [fault.code for fault in refused.value.faults] == ["impossible-personal-number"]
    assert not raw or raw not in str(refused.value)


def test_an_identity_key_that_is_short_or_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        IdentityKeys({"1": b"short"}, "1")
    with pytest.raises(ValueError, match="version 2"):
        IdentityKeys({"1": b"a" * 32}, "2")


def test_a_reference_is_used_once_in_a_unit(world: World) -> None:
    with pytest.raises(RuleError, match="reference-taken"), open_transaction(world.database) as session:
        start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2026-117"), KEYS)
    with open_transaction(world.database) as session:
        start_case(unit_of(session, NOW, ELSEWHERE), NewCase("north", "2026-117"), KEYS)


def test_a_birth_date_that_disagrees_with_the_number_is_refused(world: World) -> None:
    number = read_personal_number(NUMBER, on=TODAY)
    with pytest.raises(InputError, match="birth-date-of-another"), open_transaction(world.database) as session:
        start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2", date(1985, 7, 10), number), KEYS)
    with pytest.raises(InputError, match="birth-date-ahead"), open_transaction(world.database) as session:
        start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2", TODAY + timedelta(days=1)), KEYS)


def test_registered_sex_stands_apart(world: World) -> None:
    with open_transaction(world.database) as session:
        case = start_case(unit_of(session, NOW, ANNA), NewCase("sig", "2", registered_sex="female"), KEYS)
        assert session.get_one(Monitoring, case.id).registered_sex == "female"
        assert "female" not in repr(session.execute(select(*Case.__table__.columns)).all())


def test_a_case_of_another_unit_needs_a_ground_and_the_attempt_is_told(world: World) -> None:
    with pytest.raises(ForbiddenError, match="other-unit"), open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, ELSEWHERE), world.case)
    crossing = replace(ELSEWHERE, ground="Samverkan enligt beslut.")
    with open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, crossing), world.case)
    with world.database.looking() as session:
        rows = session.scalars(select(Audit).where(Audit.actor == "eva").order_by(Audit.number)).all()
        assert verify_audit(session).is_whole
    assert [(row.outcome, row.ground, row.case_id) for row in rows] == [
        ("refused", "", world.case),
        ("done", "Samverkan enligt beslut.", world.case),
    ]


def test_reading_is_told_with_who_and_when_and_the_request(world: World) -> None:
    with open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, BO), world.case)
    with world.database.looking() as session:
        row = session.scalars(select(Audit).order_by(Audit.number.desc()).limit(1)).one()
    assert (row.actor, row.action, row.kind, row.at, row.request_id) == ("bo", "read", "case", NOW, "request-2")


def test_a_case_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError), open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, ANNA), "nothing")


def test_a_list_holds_the_cases_of_ones_own_units_page_by_page(world: World) -> None:
    with open_transaction(world.database) as session:
        for minute in range(1, 8):
            moment = NOW + timedelta(minutes=minute % 3)  # some at the same moment
            start_case(unit_of(session, moment, ANNA), NewCase("sig", f"x{minute}"), KEYS)
        start_case(unit_of(session, NOW, ELSEWHERE), NewCase("north", "y"), KEYS)
    seen: list[str] = []
    after = None
    with open_transaction(world.database) as session:
        while True:
            page = list_cases(unit_of(session, NOW, ANNA), after=after, limit=3)
            seen += [line.case.reference for line in page.cases]
            after = page.after
            if after is None:
                break
    assert len(seen) == len(set(seen)) == 8
    assert "y" not in seen


def test_summaries_can_be_worked_out_again_from_the_entries(world: World) -> None:
    world.with_facts().with_assessment()
    columns = list(CaseSummary.__table__.columns)
    with world.database.unit_of_work() as session:
        before = session.execute(select(*columns)).all()
        assert rebuild_summaries(session) == 1
        assert session.execute(select(*columns)).all() == before
        assert before[0].stage == "assessed"
