"""A reviewer sends a recommendation back with a question, and what becomes of it; on both databases."""

from collections.abc import Callable
from typing import Any

import pytest

from api.cases.derived import derive
from api.cases.register import read_case
from api.cases.reviews.rules import answer_question, countersign, reject, return_with_question, sign_review
from api.cases.screenings.rules import screen_case
from api.cases.summary import rebuild_summaries
from api.cases.worklist import CONFIRM, REVIEW, Wanted, cases_waiting, list_work
from api.store.actors import Actor
from api.store.refusals import RuleError, StaleExplanationError
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, CECILIA, NOW, POLICIES, TODAY, World, unit_of

MAY = (REVIEW, CONFIRM)
QUESTION, REPLY = {"question": "Vad säger skolan?"}, {"reply": "Att han är där varje dag."}
DEVIATE = {
    "verdict": "deviate",
    "applies": "not_target_group",
    "deviation": "other",
    "reasons": "Den unge har bett om att få vänta.",
}


def screened(world: World) -> Entry:
    with open_transaction(world.database) as session:
        return screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012").entry


@pytest.fixture
def screening(world: World) -> Entry:
    """The screening of a case that Anna has rated."""
    world.with_facts().with_assessment(ANNA)
    return screened(world)


def asked(world: World, screening: Entry, raw: dict[str, Any] = QUESTION, by: Actor = BO) -> Entry:
    with open_transaction(world.database) as session:
        unit = unit_of(session, NOW, by)
        return return_with_question(unit, world.case, screening.id, screening.content["sha256"], raw)


def answered(world: World, question: Entry, raw: dict[str, Any] = REPLY, by: Actor = ANNA) -> Entry:
    with open_transaction(world.database) as session:
        return answer_question(unit_of(session, NOW, by), world.case, question.id, raw)


def signed(world: World, screening: Entry, raw: dict[str, Any]) -> Entry:
    with open_transaction(world.database) as session:
        return sign_review(unit_of(session, NOW, BO), world.case, screening.id, screening.content["sha256"], raw)


def stands(world: World) -> tuple[str, str]:
    """The stage of the case, and where its review stands."""
    with open_transaction(world.database) as session:
        listed = read_case(unit_of(session, NOW, CECILIA), world.case)
    assert listed.result is not None
    return listed.stage, listed.result.state.value


def turns(world: World) -> dict[str, str]:
    """For whom the case waits, and with what; whoever it waits for is told so by mail as well."""
    turns = {}
    for who in (ANNA, BO, CECILIA):
        may = () if who is ANNA else MAY
        with open_transaction(world.database) as session:
            rows = list_work(unit_of(session, NOW, who), Wanted(view="all"), may).rows
            waiting = cases_waiting(unit_of(session, NOW, who), may)
        turns.update((who.id, row.step or "") for row in rows if row.is_turn)
        assert ({world.case} == waiting) == any(row.is_turn for row in rows)
    return turns


def test_a_question_puts_the_case_into_the_caseworkers_hands_and_the_answer_gives_it_back(
    world: World, screening: Entry
) -> None:
    assert turns(world) == {"bo": "review", "cecilia": "review"}
    question = asked(world, screening)
    assert (question.subject_id, question.content["screening_sha256"]) == (screening.id, screening.content["sha256"])
    assert (stands(world), turns(world)) == (("screened", "returned"), {"anna": "answer"})
    reply = answered(world, question)
    assert (reply.subject_id, reply.content["reply"]) == (question.id, REPLY["reply"])
    assert (stands(world), turns(world)) == (("screened", "answered"), {"bo": "review", "cecilia": "review"})
    again = asked(world, screening, by=CECILIA)
    assert turns(world) == {"anna": "answer"}
    answered(world, again)
    signed(world, screening, {"verdict": "agree"})
    assert stands(world) == ("reviewed", "agree")


def test_a_summary_that_is_worked_out_again_says_the_same(world: World, screening: Entry) -> None:
    answered(world, asked(world, screening))
    asked(world, screening)
    with open_transaction(world.database) as session:
        rebuild_summaries(session)
        derive(session, POLICIES, TODAY)
        summary = session.get_one(CaseSummary, world.case)
        assert (summary.review, summary.step, summary.stage) == ("returned", "answer", "screened")


def test_a_new_screening_settles_a_question_and_goes_to_the_reviewer(world: World, screening: Entry) -> None:
    question = asked(world, screening)
    newest = screened(world)
    assert (stands(world), turns(world)["bo"]) == (("screened", "not_reviewed"), "review")
    with pytest.raises(RuleError, match="nothing-to-answer"):
        answered(world, question)
    with pytest.raises(StaleExplanationError):
        asked(world, screening)
    assert asked(world, newest).subject_id == newest.id


def test_a_review_without_the_answer_settles_the_question(world: World, screening: Entry) -> None:
    question = asked(world, screening)
    signed(world, screening, {"verdict": "agree"})
    assert stands(world) == ("reviewed", "agree")
    with pytest.raises(RuleError, match="nothing-to-answer"):
        answered(world, question)


Act = Callable[[World, Entry], Any]
REFUSED: dict[str, tuple[Act, Act, str]] = {
    "sending back twice": (asked, asked, "already-returned"),
    "answering twice": (
        lambda world, screening: answered(world, asked(world, screening)),
        lambda world, screening: answered(world, _question(world)),
        "nothing-to-answer",
    ),
    "sending back what is reviewed": (
        lambda world, screening: signed(world, screening, {"verdict": "agree"}),
        asked,
        "already-reviewed",
    ),
    "sending back while a second person is awaited": (
        lambda world, screening: signed(world, screening, DEVIATE),
        asked,
        "already-reviewed",
    ),
    "sending back one's own assessment": (
        lambda world, screening: None,
        lambda world, screening: asked(world, screening, by=ANNA),
        "own-assessment",
    ),
}


def _question(world: World) -> Entry:
    with world.database.looking() as session:
        return session.query(Entry).filter_by(case_id=world.case, kind="review_returned").one()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_now_is_refused_and_changes_nothing(world: World, screening: Entry, name: str) -> None:
    before, act, code = REFUSED[name]
    before(world, screening)
    stood = stands(world)
    with pytest.raises(RuleError, match=code):
        act(world, screening)
    assert stands(world) == stood


@pytest.mark.parametrize("written", [{}, {"question": "  "}, {"question": "Varför?", "verdict": "agree"}])
def test_a_question_is_a_question_and_nothing_else(world: World, screening: Entry, written: dict[str, str]) -> None:
    with pytest.raises(InputError):
        asked(world, screening, written)
    assert stands(world)[1] == "not_reviewed"
    with pytest.raises(InputError):
        answered(world, asked(world, screening), {"reply": ""})
    assert stands(world)[1] == "returned"


def test_a_question_after_a_rejected_deviation_leaves_nothing_for_a_second_person(
    world: World, screening: Entry
) -> None:
    review, digest = signed(world, screening, DEVIATE), screening.content["sha256"]
    with open_transaction(world.database) as session:
        reject(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {"reasons": "Inte så."})
    asked(world, screening)
    assert turns(world) == {"anna": "answer"}
    with pytest.raises(RuleError, match="already-countersigned"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {})
