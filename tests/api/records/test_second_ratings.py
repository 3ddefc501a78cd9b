from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import event

from api.cases.case_file import open_file
from api.cases.events import record
from api.cases.ratings.assessments import read_entries, read_entry, sign_draft
from api.cases.ratings.blind_rating import double_ratings
from api.cases.ratings.drafts import discard_draft, drafts_of, read_draft, save_draft, start_draft
from api.cases.ratings.second_ratings import request_second_rating, withdraw_second_rating
from api.cases.register import NewCase, list_cases, read_case, start_case
from api.cases.reviews.rules import sign_review
from api.cases.screenings.receipts import export_receipt, signing_key
from api.cases.screenings.rules import screen_case
from api.cases.worklist import ALL, RATE, Wanted, list_work
from api.context.unit import Unit
from api.disclosure.extracts import extract
from api.disclosure.readers import YOUNG_PERSON
from api.store.actors import Actor
from api.store.refusals import ForbiddenError, RecordError, RuleError
from api.store.schema import Draft, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, CECILIA, KEYS, NOW, World, assessment, unit_of


def request(world: World, rater: str = "bo") -> str:
    with open_transaction(world.database) as session:
        return request_second_rating(unit_of(session, NOW, CECILIA), world.case, rater).id


def visible(world: World, person: Any) -> list[str]:
    with open_transaction(world.database) as session:
        return [entry.kind for entry in read_entries(unit_of(session, NOW, person), world.case)]


def test_a_second_rater_sees_nothing_of_the_first_until_both_have_signed(world: World) -> None:
    first = world.with_facts().with_assessment()
    request(world)
    with open_transaction(world.database) as session:
        screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012")
    assert "assessment" not in visible(world, BO)
    assert "screening" not in visible(world, BO)
    assert "fact" in visible(world, BO)
    assert "assessment" in visible(world, ANNA)
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), open_transaction(world.database) as session:
        read_entry(unit_of(session, NOW, BO), first)
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), open_transaction(world.database) as session:
        screen_case(unit_of(session, NOW, BO), world.case, "stockholm_2012")
    with open_transaction(world.database) as session:
        [line] = list_cases(unit_of(session, NOW, BO)).cases
        assert (line.is_blind, line.result) == (True, None)
        [line] = list_cases(unit_of(session, NOW, ANNA)).cases
        assert (line.is_blind, line.result and line.result.applies) == (False, "supports_offer")
    world.with_assessment(BO)
    for person in (ANNA, BO, CECILIA):
        assert {"assessment", "second_rating", "screening"} <= set(visible(world, person))


def test_nobody_sees_the_second_rating_before_the_first_is_signed(world: World) -> None:
    request(world)
    with open_transaction(world.database) as session:
        draft = start_draft(unit_of(session, NOW, BO), world.case, assessment())
    assert draft.kind == "second_rating"
    with open_transaction(world.database) as session:
        first = start_draft(unit_of(session, NOW, ANNA), world.case, {})
    for person, unseen in ((ANNA, draft.id), (CECILIA, draft.id), (BO, first.id)):
        with pytest.raises(RecordError, match="blind-until-both-signed"), open_transaction(world.database) as session:
            read_draft(unit_of(session, NOW, person), unseen)
        with open_transaction(world.database) as session:
            assert unseen not in [each.id for each in drafts_of(unit_of(session, NOW, person), world.case)]
    with open_transaction(world.database) as session:
        sign_draft(unit_of(session, NOW, BO), draft.id, 1)
    assert "second_rating" not in visible(world, ANNA)
    assert "second_rating" in visible(world, BO)
    with open_transaction(world.database) as session:
        save_draft(unit_of(session, NOW, ANNA), first.id, 1, assessment())
        sign_draft(unit_of(session, NOW, ANNA), first.id, 2)
    assert {"assessment", "second_rating"} <= set(visible(world, ANNA)) & set(visible(world, BO))


def test_a_second_rating_neither_supersedes_nor_is_screened(world: World) -> None:
    first = world.with_facts().with_assessment()
    request(world)
    world.with_assessment(BO, summary={"reoffending_risk": "low", "reasons": "Annat."})
    with open_transaction(world.database) as session:
        screened = screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012")
    assert screened.entry.content["assessment"] == first


def test_whoever_made_or_read_the_assessment_cannot_rate_it_blindly(world: World) -> None:
    first = world.with_assessment()
    with pytest.raises(RuleError, match="own-second-rater"):
        request(world, "anna")
    with open_transaction(world.database) as session:
        read_entry(unit_of(session, NOW, CECILIA), first)
    with pytest.raises(RuleError, match="assessment-seen"):
        request(world, "cecilia")
    request(world, "bo")
    with pytest.raises(RuleError, match="second-rating-open"):
        request(world, "bo")


def tell_about(world: World, person: Any, entry: str, kind: str = "counter_statement") -> str:
    more = {"stated_by": "youth"} if kind == "counter_statement" else {"ground": "Intyg."}
    with open_transaction(world.database) as session:
        return record(unit_of(session, NOW, person), world.case, kind, {"text": "Fel datum.", **more}, subject=entry).id


def test_what_is_signed_or_said_after_the_request_is_unseen_by_the_second_rater(world: World) -> None:
    earlier = world.with_facts().with_assessment()
    first = world.with_assessment()
    with open_transaction(world.database) as session:
        screened = screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012")
    asked = request(world)
    about = tell_about(world, CECILIA, first)
    about_that = tell_about(world, ANNA, about, "correction")
    about_the_request = tell_about(world, ANNA, asked)
    later = world.with_assessment()
    unseen = {first, screened.entry.id, about, about_that, about_the_request, later}
    with open_transaction(world.database) as session:
        shown = {entry.id for entry in read_entries(unit_of(session, NOW, BO), world.case)}
    assert earlier in shown
    assert not unseen & shown
    for each in unseen:
        with (
            pytest.raises(ForbiddenError, match="blind-until-both-signed"),
            open_transaction(world.database) as session,
        ):
            read_entry(unit_of(session, NOW, BO), each)
    sha256 = screened.entry.content["sha256"]
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), open_transaction(world.database) as session:
        sign_review(unit_of(session, NOW, BO), world.case, screened.entry.id, sha256, {"verdict": "agree"})


def test_what_is_said_about_a_second_rating_is_unseen_by_everybody_else(world: World) -> None:
    request(world)
    second = world.with_assessment(BO)
    about = tell_about(world, BO, second)
    with open_transaction(world.database) as session:
        assert not {second, about} & {entry.id for entry in read_entries(unit_of(session, NOW, ANNA), world.case)}
    world.with_assessment()
    with open_transaction(world.database) as session:
        assert {second, about} <= {entry.id for entry in read_entries(unit_of(session, NOW, ANNA), world.case)}


def test_the_second_rater_who_signed_before_the_first_neither_reads_nor_makes_the_first(world: World) -> None:
    request(world)
    with open_transaction(world.database) as session:
        first = start_draft(unit_of(session, NOW, ANNA), world.case, assessment())
    world.with_assessment(BO)
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), open_transaction(world.database) as session:
        read_draft(unit_of(session, NOW, BO), first.id)
    with open_transaction(world.database) as session:
        assert drafts_of(unit_of(session, NOW, BO), world.case) == []
        discard_draft(unit_of(session, NOW, ANNA), first.id)
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), open_transaction(world.database) as session:
        start_draft(unit_of(session, NOW, BO), world.case, assessment())


def test_the_day_for_assessing_anew_is_not_told_to_who_rates_unseen(world: World) -> None:
    world.with_assessment(next_review_on="2026-11-25")
    request(world)
    for person, told in ((CECILIA, ("compare", "reassessment")), (BO, (None, None))):
        with open_transaction(world.database) as session:
            [row] = list_work(unit_of(session, NOW, person), Wanted(ALL), ()).rows
        assert (row.step, row.due) == told


def see_screening(session: Any, world: World, screening: str) -> None:
    read_entry(unit_of(session, NOW, BO), screening)


def see_case(session: Any, world: World, screening: str) -> None:
    read_case(unit_of(session, NOW, BO), world.case)


def see_list(session: Any, world: World, screening: str) -> None:
    list_cases(unit_of(session, NOW, BO))


def see_journal(session: Any, world: World, screening: str) -> None:
    read_entries(unit_of(session, NOW, BO), world.case, "screening")


def see_receipt(session: Any, world: World, screening: str) -> None:
    export_receipt(unit_of(session, NOW, BO), screening, signing_key(b"k" * 32))


def see_extract(session: Any, world: World, screening: str) -> None:
    extract(unit_of(session, NOW, BO), world.case, YOUNG_PERSON)


def write_about(session: Any, world: World, screening: str) -> None:
    raw = {"text": "Fel datum.", "ground": "Intyg."}
    record(unit_of(session, NOW, BO), world.case, "correction", raw, subject=screening)


SIGHTS = (see_screening, see_case, see_list, see_journal, see_receipt, see_extract, write_about)


@pytest.mark.parametrize("see", SIGHTS, ids=lambda see: see.__name__)
def test_whoever_has_seen_anything_that_rests_on_the_assessment_cannot_be_asked(world: World, see: Any) -> None:
    world.with_facts().with_assessment()
    with open_transaction(world.database) as session:
        list_cases(unit_of(session, NOW, BO))  # before there was an outcome in the list
    with open_transaction(world.database) as session:
        screening = screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012").entry.id
    with open_transaction(world.database) as session:
        see(session, world, screening)
    with pytest.raises(RuleError, match="assessment-seen"):
        request(world, "bo")


def test_whoever_wrote_in_a_draft_or_read_one_cannot_be_asked_whoever_signs_it(world: World) -> None:
    with open_transaction(world.database) as session:
        draft = start_draft(unit_of(session, NOW, ANNA), world.case, assessment())
    with open_transaction(world.database) as session:
        read_draft(unit_of(session, NOW, BO), draft.id)
    for rater, refusal in (("anna", "own-second-rater"), ("bo", "assessment-seen")):
        with pytest.raises(RuleError, match=refusal):
            request(world, rater)
    with open_transaction(world.database) as session:
        first = sign_draft(unit_of(session, NOW, CECILIA), draft.id, 1).id
    for rater, refusal in (("anna", "own-second-rater"), ("bo", "assessment-seen"), ("cecilia", "own-second-rater")):
        with pytest.raises(RuleError, match=refusal):
            request(world, rater)
    with world.database.looking() as session:
        assert session.get_one(Entry, request(world, "david")).subject_id == first


def test_whoever_read_the_assessment_of_an_earlier_period_can_be_asked_about_the_next(world: World) -> None:
    earlier = world.with_assessment()
    with open_transaction(world.database) as session:
        read_entry(unit_of(session, NOW, BO), earlier)
    world.with_assessment()
    request(world, "bo")
    assert visible(world, BO) == ["assessment", "second_rating_requested"]


def withdraw(world: World, person: Any, request_id: str) -> Entry:
    with open_transaction(world.database) as session:
        return withdraw_second_rating(
            unit_of(session, NOW, person), world.case, request_id, {"reasons": "Hon är sjuk."}
        )


@pytest.mark.parametrize("person", [CECILIA, BO], ids=["who asked", "who was asked"])
def test_a_request_that_is_withdrawn_leaves_nobody_waiting_and_makes_no_pair(world: World, person: Any) -> None:
    world.with_facts().with_assessment()
    asked = request(world)
    with open_transaction(world.database) as session:
        draft = start_draft(unit_of(session, NOW, BO), world.case, assessment())
    withdraw(world, person, asked)
    assert "assessment" in visible(world, BO)
    with world.database.looking() as session:
        assert session.get(Draft, draft.id) is None
        assert [pair.is_open for pair in double_ratings(session, world.case)] == [False]
    with open_transaction(world.database) as session:
        assert list_work(unit_of(session, NOW, BO), Wanted(), {RATE}).asked == ()
        assert start_draft(unit_of(session, NOW, BO), world.case, assessment()).kind == "assessment"
    with pytest.raises(RuleError, match="request-withdrawn"):
        withdraw(world, person, asked)


def test_only_who_asked_or_was_asked_withdraws_and_only_before_the_answer(world: World) -> None:
    asked = request(world)
    with pytest.raises(ForbiddenError, match="not-who-asked"):
        withdraw(world, ANNA, asked)
    with pytest.raises(InputError), open_transaction(world.database) as session:
        withdraw_second_rating(unit_of(session, NOW, CECILIA), world.case, asked, {})
    world.with_assessment(BO)
    with pytest.raises(RuleError, match="second-rating-signed"):
        withdraw(world, CECILIA, asked)


def test_why_a_request_was_withdrawn_is_unseen_by_another_who_rates(world: World) -> None:
    world.with_assessment()
    asked = request(world, "bo")
    request(world, "david")
    withdraw(world, CECILIA, asked)
    assert "second_rating_withdrawn" in visible(world, ANNA)
    assert "second_rating_withdrawn" not in visible(world, Actor("david", frozenset({"sig"})))


def _seen_in_file(unit: Unit, case: str) -> list[Draft]:
    return [*open_file(unit, case).drafts]


@pytest.mark.parametrize("look", [_seen_in_file, drafts_of])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite lets nobody write meanwhile
def test_whoever_is_asked_while_they_look_is_not_shown_what_is_begun_then(
    world: World, look: Callable[[Unit, str], Sequence[Draft]]
) -> None:
    database = world.database
    for moment in range(20):
        with open_transaction(database) as session:
            case = start_case(unit_of(session, NOW, ANNA), NewCase("sig", f"2026-2{moment:02}"), KEYS).id
        said = 0

        def ask_and_begin(*_: object) -> None:
            nonlocal said
            said += 1
            if said == moment + 1:  # noqa: B023
                request(World(database, case))  # noqa: B023 -- called before the next case
                with open_transaction(database) as other:
                    start_draft(unit_of(other, NOW, ANNA), case, {})  # noqa: B023

        with open_transaction(database) as session:
            event.listen(session.connection(), "after_cursor_execute", ask_and_begin)
            seen = look(unit_of(session, NOW, BO), case)
            assert seen == [], f"after statement {moment + 1} of {said}"
            event.remove(session.connection(), "after_cursor_execute", ask_and_begin)
        if said <= moment:
            break
    assert 0 < said <= moment, "it was tried after each statement of the reader"
