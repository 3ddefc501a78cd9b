from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from api.records.assessments import read_entries, read_entry, request_second_rating, sign_draft
from api.records.cases import list_cases
from api.records.drafts import counts_of, discard_draft, drafts_of, read_draft, save_draft, start_draft
from api.records.refusals import ForbiddenError, RecordError, RuleError, StaleDraftError
from api.records.screenings import screen_case
from api.records.work import working
from api.store.schema import Audit, Draft, Entry
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, CECILIA, ELSEWHERE, LIBRARY, NOW, World, assessment, ratings


def started(world: World, raw: dict[str, Any]) -> Draft:
    with working(world.database) as session:
        return start_draft(session, NOW, ANNA, world.case, raw, LIBRARY)


def codes(error: InputError) -> list[tuple[str, str]]:
    return sorted((fault.where, fault.code) for fault in error.faults)


def test_a_draft_may_be_as_empty_as_one_likes(world: World) -> None:
    draft = started(world, {})
    with working(world.database) as session:
        saved = save_draft(session, NOW, BO, draft.id, 1, {"own_view": "", "ratings": None}, LIBRARY)
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
            with working(world.database) as session:
                return save_draft(session, NOW, person, draft.id, 1, {"own_view": person.id}, LIBRARY)
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
    with pytest.raises(RuleError, match="summary-rating-missing"), working(world.database) as session:
        counts_of(session, NOW, ANNA, draft.id, LIBRARY)
    raw["summary"] = {"reoffending_risk": "high", "reasons": "Flera händelser."}
    with working(world.database) as session:
        save_draft(session, NOW, ANNA, draft.id, 1, raw, LIBRARY)
    with working(world.database) as session:
        assert counts_of(session, NOW, ANNA, draft.id, LIBRARY).own_behaviour.moderate_or_high.rated == 7


def test_a_summary_that_changed_after_the_counts_were_seen_is_told_apart(world: World) -> None:
    draft = started(world, assessment())
    changed = assessment(summary={"reoffending_risk": "moderate", "reasons": "Ändrat."})
    with working(world.database) as session:
        counts_of(session, NOW, ANNA, draft.id, LIBRARY)
    with working(world.database) as session:
        save_draft(session, NOW, ANNA, draft.id, 1, changed, LIBRARY)
        content = sign_draft(session, NOW, ANNA, draft.id, 2, LIBRARY).content
    assert content["summary_before_counts"]["reoffending_risk"] == "high"
    assert content["summary"]["reoffending_risk"] == "moderate"
    assert content["counts_shown_at"] is not None


def test_a_signature_needs_the_rating_the_own_view_and_the_best_interests(world: World) -> None:
    draft = started(world, {})
    with pytest.raises(InputError) as refused, working(world.database) as session:
        sign_draft(session, NOW, ANNA, draft.id, 1, LIBRARY)
    assert {where for where, _ in codes(refused.value)} >= {"/summary", "/own_view", "/best_interests", "/ratings"}


def test_too_few_answers_need_a_reason(world: World) -> None:
    draft = started(world, assessment(ratings=ratings(blank=6)))
    with pytest.raises(InputError) as refused, working(world.database) as session:
        sign_draft(session, NOW, ANNA, draft.id, 1, LIBRARY)
    assert codes(refused.value) == [("/completeness_reason", "missing-key")]
    with working(world.database) as session:
        complete = assessment(ratings=ratings(blank=6), completeness_reason="Skolan svarade inte.")
        save_draft(session, NOW, ANNA, draft.id, 1, complete, LIBRARY)
        sign_draft(session, NOW, ANNA, draft.id, 2, LIBRARY)


def test_only_the_version_that_was_read_can_be_signed(world: World) -> None:
    draft = started(world, assessment())
    with working(world.database) as session:
        save_draft(session, NOW, BO, draft.id, 1, assessment(), LIBRARY)
    with pytest.raises(StaleDraftError), working(world.database) as session:
        sign_draft(session, NOW, ANNA, draft.id, 1, LIBRARY)


def test_a_signed_assessment_names_the_very_instrument_and_leaves_no_draft(world: World) -> None:
    signed = world.with_assessment()
    with working(world.database) as session:
        entry = read_entry(session, NOW, ANNA, signed)
        assert drafts_of(session, NOW, ANNA, world.case) == []
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
    with working(world.database) as session:
        discard_draft(session, NOW, ANNA, draft.id)
    with world.database.looking() as session:
        assert session.get(Draft, draft.id) is None
        assert session.scalars(select(Audit.action).where(Audit.record_id == draft.id)).all()[-1] == "discard"


def test_a_draft_of_another_unit_cannot_be_read(world: World) -> None:
    draft = started(world, {})
    with pytest.raises(ForbiddenError, match="other-unit"), working(world.database) as session:
        read_draft(session, NOW, ELSEWHERE, draft.id)


def request(world: World, rater: str = "bo") -> str:
    with working(world.database) as session:
        return request_second_rating(session, NOW, CECILIA, world.case, rater).id


def visible(world: World, person: Any) -> list[str]:
    with working(world.database) as session:
        return [entry.kind for entry in read_entries(session, NOW, person, world.case)]


def test_a_second_rater_sees_nothing_of_the_first_until_both_have_signed(world: World) -> None:
    first = world.with_facts().with_assessment()
    request(world)
    with working(world.database) as session:
        screen_case(session, NOW, ANNA, world.case, "stockholm_2012", LIBRARY)
    assert "assessment" not in visible(world, BO)
    assert "screening" not in visible(world, BO)
    assert "fact" in visible(world, BO)
    assert "assessment" in visible(world, ANNA)
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), working(world.database) as session:
        read_entry(session, NOW, BO, first)
    with pytest.raises(ForbiddenError, match="blind-until-both-signed"), working(world.database) as session:
        screen_case(session, NOW, BO, world.case, "stockholm_2012", LIBRARY)
    with working(world.database) as session:
        [line] = list_cases(session, NOW, BO).cases
        assert (line.is_blind, line.outcome) == (True, None)
        [line] = list_cases(session, NOW, ANNA).cases
        assert (line.is_blind, line.outcome) == (False, "supports_offer")
    world.with_assessment(BO)
    for person in (ANNA, BO, CECILIA):
        assert {"assessment", "second_rating", "screening"} <= set(visible(world, person))


def test_nobody_sees_the_second_rating_before_the_first_is_signed(world: World) -> None:
    request(world)
    with working(world.database) as session:
        draft = start_draft(session, NOW, BO, world.case, assessment(), LIBRARY)
    assert draft.kind == "second_rating"
    first = started(world, {})
    for person, unseen in ((ANNA, draft.id), (CECILIA, draft.id), (BO, first.id)):
        with pytest.raises(RecordError, match="blind-until-both-signed"), working(world.database) as session:
            read_draft(session, NOW, person, unseen)
        with working(world.database) as session:
            assert unseen not in [each.id for each in drafts_of(session, NOW, person, world.case)]
    with working(world.database) as session:
        sign_draft(session, NOW, BO, draft.id, 1, LIBRARY)
    assert "second_rating" not in visible(world, ANNA)
    assert "second_rating" in visible(world, BO)
    with working(world.database) as session:
        save_draft(session, NOW, ANNA, first.id, 1, assessment(), LIBRARY)
        sign_draft(session, NOW, ANNA, first.id, 2, LIBRARY)
    assert {"assessment", "second_rating"} <= set(visible(world, ANNA)) & set(visible(world, BO))


def test_a_second_rating_neither_supersedes_nor_is_screened(world: World) -> None:
    first = world.with_facts().with_assessment()
    request(world)
    world.with_assessment(BO, summary={"reoffending_risk": "low", "reasons": "Annat."})
    with working(world.database) as session:
        screened = screen_case(session, NOW, ANNA, world.case, "stockholm_2012", LIBRARY)
    assert screened.entry.content["assessment"] == first


def test_whoever_made_or_read_the_assessment_cannot_rate_it_blindly(world: World) -> None:
    first = world.with_assessment()
    with pytest.raises(RuleError, match="own-second-rater"):
        request(world, "anna")
    with working(world.database) as session:
        read_entry(session, NOW, CECILIA, first)
    with pytest.raises(RuleError, match="assessment-seen"):
        request(world, "cecilia")
    request(world, "bo")
    with pytest.raises(RuleError, match="second-rating-open"):
        request(world, "bo")
