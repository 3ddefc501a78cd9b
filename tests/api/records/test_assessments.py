from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from api.cases.ratings.assessments import read_entry, sign_draft
from api.cases.ratings.drafts import counts_of, discard_draft, drafts_of, read_draft, save_draft, start_draft
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.screenings.rules import screen_case, try_draft
from api.store.refusals import ForbiddenError, RuleError, StaleDraftError
from api.store.schema import Audit, Draft, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, CECILIA, ELSEWHERE, LIBRARY, NOW, World, assessment, ratings, unit_of


def started(world: World, raw: dict[str, Any]) -> Draft:
    with open_transaction(world.database) as session:
        return start_draft(unit_of(session, NOW, ANNA), world.case, raw)


def codes(error: InputError) -> list[tuple[str, str]]:
    return sorted((fault.where, fault.code) for fault in error.faults)


def test_a_draft_may_be_as_empty_as_one_likes(world: World) -> None:
    draft = started(world, {})
    with open_transaction(world.database) as session:
        saved = save_draft(unit_of(session, NOW, BO), draft.id, 1, {"own_view": "", "ratings": None})
    assert (saved.version, saved.saved_by, saved.started_by) == (2, "bo", "anna")


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ({"score": 12}, ("/score", "unknown-key")),
        ({"confidence": "total"}, ("/confidence", "not-a-choice")),
        ({"own_view": "a\0b"}, ("/own_view", "text-unreadable")),
        ({"own_view": "x" * 10_001}, ("/own_view", "entry-too-long")),
        ({"ratings": {"items": {}}}, ("/instrument", "missing-key")),
        ({"instrument": "savry", "ratings": {}}, ("/instrument", "unknown-definition")),
        ({"instrument": "youth_spj", "ratings": {"items": {"sex": "low"}}}, ("/ratings/items/sex", "unknown-item")),
        ({"summary": {"reoffending_risk": "high", "total": 3}}, ("/summary/total", "unknown-key")),
    ],
)
def test_a_draft_with_a_fault_is_refused_with_its_place(
    world: World, raw: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(InputError) as refused:
        started(world, raw)
    assert codes(refused.value) == [fault]


def test_a_case_has_one_assessment_in_the_making(world: World) -> None:
    started(world, {})
    with pytest.raises(RuleError, match="draft-exists"):
        started(world, {})


def test_two_people_saving_at_once_never_overwrite_each_other(world: World) -> None:
    draft = started(world, {})
    together = Barrier(2)

    def save(person: Any) -> Draft | StaleDraftError:
        together.wait()
        try:
            with open_transaction(world.database) as session:
                return save_draft(unit_of(session, NOW, person), draft.id, 1, {"own_view": person.id})
        except StaleDraftError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(save, [ANNA, BO]))
    kept = [result for result in results if isinstance(result, Draft)]
    refused = [result for result in results if isinstance(result, StaleDraftError)]
    assert (len(kept), len(refused)) == (1, 1)
    assert refused[0].saved["content"]["own_view"] == kept[0].saved_by
    assert refused[0].saved["version"] == 2
    assert {refused[0].refused["own_view"], kept[0].saved_by} == {"anna", "bo"}


def test_nothing_is_counted_before_the_professional_has_rated(world: World) -> None:
    raw = {"instrument": "youth_spj", "ratings": ratings(), "summary": {"reoffending_risk": "high", "reasons": " "}}
    draft = started(world, raw)
    with pytest.raises(RuleError, match="summary-rating-missing"), open_transaction(world.database) as session:
        counts_of(unit_of(session, NOW, ANNA), draft.id)
    raw["summary"] = {"reoffending_risk": "high", "reasons": "Flera händelser."}
    with open_transaction(world.database) as session:
        save_draft(unit_of(session, NOW, ANNA), draft.id, 1, raw)
    with open_transaction(world.database) as session:
        assert counts_of(unit_of(session, NOW, ANNA), draft.id).own_behaviour.moderate_or_high.rated == 7


def test_a_summary_that_changed_after_the_counts_were_seen_is_told_apart(world: World) -> None:
    draft = started(world, assessment())
    changed = assessment(summary={"reoffending_risk": "moderate", "reasons": "Ändrat."})
    with open_transaction(world.database) as session:
        counts_of(unit_of(session, NOW, ANNA), draft.id)
    with open_transaction(world.database) as session:
        save_draft(unit_of(session, NOW, ANNA), draft.id, 1, changed)
        content = sign_draft(unit_of(session, NOW, ANNA), draft.id, 2).content
    assert content["summary_before_counts"]["reoffending_risk"] == "high"
    assert content["summary"]["reoffending_risk"] == "moderate"
    assert content["counts_shown_at"] is not None


def counted(world: World, person: Any, raw: dict[str, Any], now: datetime = NOW) -> str:
    """A draft whose counts somebody has seen."""
    with open_transaction(world.database) as session:
        draft = start_draft(unit_of(session, now, person), world.case, raw)
    with open_transaction(world.database) as session:
        counts_of(unit_of(session, now, person), draft.id)
    return draft.id


def discard(world: World, draft: str, person: Any = ANNA) -> None:
    with open_transaction(world.database) as session:
        discard_draft(unit_of(session, NOW, person), draft)


CHANGED = {"reoffending_risk": "moderate", "violence_risk": None, "reasons": "Efter siffrorna."}
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize("is_previewed", [False, True], ids=["counted", "previewed"])
def test_who_saw_the_counts_in_a_discarded_draft_has_seen_them_in_the_next(world: World, is_previewed: bool) -> None:
    draft = started(world, assessment())
    with open_transaction(world.database) as session:
        if is_previewed:
            try_draft(unit_of(session, NOW, ANNA), draft.id, "stockholm_2012")
        else:
            counts_of(unit_of(session, NOW, ANNA), draft.id)
    discard(world, draft.id)
    signed = world.with_assessment(ANNA, LATER, summary=CHANGED)
    with world.database.looking() as session:
        content = session.get_one(Entry, signed).content
    assert content["summary_before_counts"]["reoffending_risk"] == "high"
    assert content["summary"]["reoffending_risk"] == "moderate"
    assert datetime.fromisoformat(content["counts_shown_at"]) == NOW
    again = world.with_assessment(ANNA, LATER, ratings=ratings(high=3), summary=CHANGED)
    with world.database.looking() as session:
        assert session.get_one(Entry, again).content["counts_shown_at"] is None  # other material: that was signed


def test_counts_are_seen_by_who_opened_them_and_go_with_who_writes(world: World) -> None:
    draft = counted(world, ANNA, assessment())
    with open_transaction(world.database) as session:
        counts_of(unit_of(session, NOW, BO), draft)
    discard(world, draft)
    raw = assessment(summary={"reoffending_risk": "low", "reasons": "Ovetande."})
    with open_transaction(world.database) as session:
        begun = start_draft(unit_of(session, LATER, CECILIA), world.case, raw)
        assert begun.counts_shown_at is None
    with open_transaction(world.database) as session:
        saved = save_draft(unit_of(session, LATER, BO), begun.id, 1, assessment(summary=CHANGED))
    assert saved.counts_shown_at == NOW
    assert saved.summary_before_counts is not None
    assert saved.summary_before_counts["reoffending_risk"] == "low"


def test_a_second_rater_who_begins_anew_has_seen_their_own_counts(world: World) -> None:
    world.with_assessment()
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, CECILIA), world.case, "bo")
    discard(world, counted(world, BO, assessment()), BO)
    signed = world.with_assessment(BO, LATER, summary=CHANGED)
    with world.database.looking() as session:
        content = session.get_one(Entry, signed).content
    assert (content["counts_shown_at"] is None, content["summary_before_counts"]["reoffending_risk"]) == (False, "high")


def test_the_same_ratings_signed_anew_after_a_screening_were_counted_before(world: World) -> None:
    world.with_facts().with_assessment()
    with open_transaction(world.database) as session:
        screen_case(unit_of(session, NOW, ANNA), world.case, "stockholm_2012")
    again = world.with_assessment(ANNA, LATER, summary=CHANGED)
    by_another = world.with_assessment(BO, LATER, summary=CHANGED)
    with world.database.looking() as session:
        mine, other = (session.get_one(Entry, each).content for each in (again, by_another))
    assert datetime.fromisoformat(mine["counts_shown_at"]) == NOW
    assert mine["summary_before_counts"]["reoffending_risk"] == "high"
    assert other["counts_shown_at"] is None


def test_a_signature_needs_the_rating_the_own_view_and_the_best_interests(world: World) -> None:
    draft = started(world, {})
    with pytest.raises(InputError) as refused, open_transaction(world.database) as session:
        sign_draft(unit_of(session, NOW, ANNA), draft.id, 1)
    assert {where for where, _ in codes(refused.value)} >= {"/summary", "/own_view", "/best_interests", "/ratings"}


def test_too_few_answers_need_a_reason(world: World) -> None:
    draft = started(world, assessment(ratings=ratings(blank=6)))
    with pytest.raises(InputError) as refused, open_transaction(world.database) as session:
        sign_draft(unit_of(session, NOW, ANNA), draft.id, 1)
    assert codes(refused.value) == [("/completeness_reason", "missing-key")]
    with open_transaction(world.database) as session:
        complete = assessment(ratings=ratings(blank=6), completeness_reason="Skolan svarade inte.")
        save_draft(unit_of(session, NOW, ANNA), draft.id, 1, complete)
        sign_draft(unit_of(session, NOW, ANNA), draft.id, 2)


def test_only_the_version_that_was_read_can_be_signed(world: World) -> None:
    draft = started(world, assessment())
    with open_transaction(world.database) as session:
        save_draft(unit_of(session, NOW, BO), draft.id, 1, assessment())
    with pytest.raises(StaleDraftError), open_transaction(world.database) as session:
        sign_draft(unit_of(session, NOW, ANNA), draft.id, 1)


def test_a_signed_assessment_names_the_very_instrument_and_leaves_no_draft(world: World) -> None:
    signed = world.with_assessment()
    with open_transaction(world.database) as session:
        entry = read_entry(unit_of(session, NOW, ANNA), signed)
        assert drafts_of(unit_of(session, NOW, ANNA), world.case) == []
    assert (
        entry.content["instrument"]
        == f"youth_spj@{LIBRARY.instruments.find('youth_spj', on=NOW.date()).content.version}"
    )
    assert (entry.made_by, entry.made_at) == ("anna", NOW)


def test_a_later_assessment_takes_the_place_of_the_one_before(world: World) -> None:
    first, second = world.with_assessment(), world.with_assessment()
    with world.database.looking() as session:
        assert session.get_one(Entry, second).supersedes_id == first
        assert session.get(Entry, first) is not None


def test_a_discarded_draft_is_gone_and_the_audit_knows(world: World) -> None:
    draft = started(world, {})
    with open_transaction(world.database) as session:
        discard_draft(unit_of(session, NOW, ANNA), draft.id)
    with world.database.looking() as session:
        assert session.get(Draft, draft.id) is None
        assert session.scalars(select(Audit.action).where(Audit.record_id == draft.id)).all()[-1] == "discard"


def test_a_draft_of_another_unit_cannot_be_read(world: World) -> None:
    draft = started(world, {})
    with pytest.raises(ForbiddenError, match="other-unit"), open_transaction(world.database) as session:
        read_draft(unit_of(session, NOW, ELSEWHERE), draft.id)
