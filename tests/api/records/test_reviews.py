"""Reviews: what a deviation states, who may sign, and what the second person answers; on both databases."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from api.cases.register import read_case
from api.cases.reviews.applicable_result import ReviewState
from api.cases.reviews.rules import countersign, reject, sign_review
from api.cases.screenings.rules import Screened, screen_case
from api.cases.summary import rebuild_summaries
from api.cases.worklist import CONFIRM, REVIEW, Wanted, list_work
from api.policies.policies import FOLDER, Policies
from api.store.actors import Actor
from api.store.refusals import RuleError, StaleExplanationError
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, CECILIA, NOW, POLICIES, World, sign_as_before, unit_of

AGREE = {"verdict": "agree"}
DEVIATE = {
    "verdict": "deviate",
    "applies": "not_target_group",
    "deviation": "own_view_weighs",
    "reasons": "Den unge har bett om att få vänta.",
}
REJECT = {"reasons": "Den unges syn är redan vägd."}
#: What waits for a reviewer or a second person, by the state of the review.
QUEUES = {
    "not_reviewed": "unreviewed",
    "rejected": "rejected",
    "outcome_not_stated": "outcome_not_stated",
    "awaits_second_person": "second_person",
}


def screened(world: World, guidance: str = "stockholm_2012") -> Screened:
    with open_transaction(world.database) as session:
        return screen_case(unit_of(session, NOW, ANNA), world.case, guidance)


def test_a_review_is_signed_against_the_explanation_that_was_read(world: World) -> None:
    entry = screened(world.with_facts()).entry
    with open_transaction(world.database) as session:
        review = sign_review(unit_of(session, NOW, BO), world.case, entry.id, entry.content["sha256"], AGREE)
    assert (review.subject_id, review.content["screening_sha256"]) == (entry.id, entry.content["sha256"])
    with world.database.looking() as session:
        assert session.get_one(CaseSummary, world.case).review == "agree"


def test_a_review_of_an_explanation_that_is_no_longer_the_latest_is_refused(world: World) -> None:
    first = screened(world.with_facts()).entry
    second = screened(world.with_facts(gang_ties="none")).entry
    for screening, digest in ((first, first.content["sha256"]), (second, first.content["sha256"])):
        with pytest.raises(StaleExplanationError) as refused, open_transaction(world.database) as session:
            sign_review(unit_of(session, NOW, BO), world.case, screening.id, digest, AGREE)
        assert refused.value.code == "stale-explanation"


def test_a_deviation_needs_its_reason_and_a_second_person(world: World) -> None:
    entry = screened(world.with_facts()).entry
    digest = entry.content["sha256"]
    with pytest.raises(InputError), open_transaction(world.database) as session:
        sign_review(unit_of(session, NOW, BO), world.case, entry.id, digest, {"verdict": "deviate"})
    with open_transaction(world.database) as session:
        review = sign_review(unit_of(session, NOW, BO), world.case, entry.id, digest, DEVIATE)
    with world.database.looking() as session:
        assert session.get_one(CaseSummary, world.case).review == "awaits_second_person"
    with pytest.raises(RuleError, match="same-person"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, BO), world.case, review.id, digest, {})
    with open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {})
        assert session.get_one(CaseSummary, world.case).review == "deviate"
    with pytest.raises(RuleError, match="already-countersigned"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, ANNA), world.case, review.id, digest, {})


def with_own_review_policy(local: Path, second_person: str) -> Path:
    """A folder of local definitions whose review policy took the place of the shipped one yesterday."""
    text = (FOLDER / "review" / "1.0.yaml").read_text(encoding="utf-8")
    text = text.replace('version: "1.0"', 'version: "2.0"').replace("valid_from: 2026-01-01", "valid_from: 2026-11-20")
    own = local / "policies" / "review" / "2.0.yaml"
    own.parent.mkdir(parents=True)
    text = text.replace("second_person_for_deviations: true", f"second_person_for_deviations: {second_person}")
    own.write_text(text, encoding="utf-8")
    return local


def test_a_policy_that_cannot_be_read_or_is_in_a_misspelt_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        Policies(with_own_review_policy(tmp_path, second_person="perhaps"))
    assert [fault.code for fault in refused.value.faults] == ["wrong-type"]
    (tmp_path / "policies" / "reviews").mkdir()
    with pytest.raises(InputError) as refused:
        Policies(tmp_path)
    assert [fault.code for fault in refused.value.faults] == ["unknown-folder"]


def test_a_policy_may_let_a_deviation_stand_by_itself(world: World, tmp_path: Path) -> None:
    policies = Policies(with_own_review_policy(tmp_path, second_person="false"))
    entry = screened(world.with_facts()).entry
    with open_transaction(world.database) as session:
        digest = entry.content["sha256"]
        review = sign_review(unit_of(session, NOW, BO, policies=policies), world.case, entry.id, digest, DEVIATE)
        assert not review.content["needs_second_person"]
    with pytest.raises(RuleError, match="nothing-to-countersign"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, ANNA), world.case, review.id, digest, {})


def test_nobody_sets_what_the_service_decides(world: World) -> None:
    entry = screened(world.with_facts()).entry
    raw = {**DEVIATE, "needs_second_person": False, "screening_sha256": "0" * 64}
    with open_transaction(world.database) as session:
        review = sign_review(unit_of(session, NOW, BO), world.case, entry.id, entry.content["sha256"], raw)
    assert review.content["needs_second_person"]
    assert review.content["screening_sha256"] == entry.content["sha256"]


def state_of(world: World) -> tuple[str, str | None, str | None]:
    """The stage of the case, the state of its review and what applies."""
    with open_transaction(world.database) as session:
        listed = read_case(unit_of(session, NOW, CECILIA), world.case)
    return listed.stage, listed.result and listed.result.state.value, listed.result and listed.result.applies


def signed(world: World, entry: Entry, raw: dict[str, Any], by: Actor = BO, policies: Policies = POLICIES) -> Entry:
    with open_transaction(world.database) as session:
        return sign_review(
            unit_of(session, NOW, by, policies=policies), world.case, entry.id, entry.content["sha256"], raw
        )


def queues_of(world: World, actor: Actor, policies: Policies = POLICIES) -> list[str]:
    with open_transaction(world.database) as session:
        found = list_work(unit_of(session, NOW, actor, policies=policies), Wanted(), (REVIEW, CONFIRM)).rows
    return [QUEUES[row.result.state] for row in found if row.is_turn and row.role != "caseworker" and row.result]


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ({**DEVIATE, "applies": None}, {("missing-key", "/applies")}),
        ({**DEVIATE, "applies": "eligible"}, {("not-a-choice", "/applies")}),
        ({**DEVIATE, "applies": "more_information_needed"}, {("applies-as-computed", "/applies")}),
        ({**AGREE, "applies": "supports_offer"}, {("deviation-without-deviating", "/applies")}),
    ],
)
def test_a_deviation_states_another_outcome_than_the_computed_one_and_an_agreement_none(
    world: World, raw: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    entry = screened(world.with_facts()).entry
    assert entry.content["outcome"] == "more_information_needed"
    with pytest.raises(InputError) as refused:
        signed(world, entry, raw)
    assert {(fault.code, fault.where) for fault in refused.value.faults} == faults


def test_what_a_confirmed_deviation_states_applies_and_the_computed_outcome_stays_beside_it(world: World) -> None:
    entry = screened(world.with_facts()).entry
    review = signed(world, entry, DEVIATE)
    assert state_of(world) == ("screened", "awaits_second_person", "more_information_needed")
    with open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, entry.content["sha256"], {})
    assert state_of(world) == ("reviewed", "deviate", "not_target_group")
    with open_transaction(world.database) as session:
        assert session.get_one(CaseSummary, world.case).outcome == "more_information_needed"
        assert session.get_one(Entry, entry.id).content == entry.content


def test_a_rejected_deviation_goes_back_with_its_reason_and_is_reviewed_anew(world: World) -> None:
    entry = screened(world.with_facts()).entry
    digest = entry.content["sha256"]
    review = signed(world, entry, DEVIATE)
    with pytest.raises(InputError, match="missing-key"), open_transaction(world.database) as session:
        reject(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {})
    with open_transaction(world.database) as session:
        rejection = reject(unit_of(session, NOW, CECILIA), world.case, review.id, digest, REJECT)
    assert (rejection.subject_id, rejection.content["reasons"]) == (review.id, REJECT["reasons"])
    assert state_of(world) == ("screened", "rejected", "more_information_needed")
    assert queues_of(world, BO) == ["rejected"]
    with pytest.raises(RuleError, match="already-countersigned"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {})
    signed(world, entry, AGREE)
    assert state_of(world) == ("reviewed", "agree", "more_information_needed")
    assert queues_of(world, BO) == []


def test_the_rater_neither_reviews_nor_is_second_person_and_the_reviewer_is_not_second_person(world: World) -> None:
    world.with_facts().with_assessment(ANNA)
    entry = screened(world).entry
    digest = entry.content["sha256"]
    with pytest.raises(RuleError, match="own-assessment"):
        signed(world, entry, AGREE, by=ANNA)
    review = signed(world, entry, DEVIATE, by=BO)
    for who, code in ((ANNA, "own-assessment"), (BO, "same-person")):
        for sign, raw in ((countersign, {}), (reject, REJECT)):
            with pytest.raises(RuleError, match=code), open_transaction(world.database) as session:
                sign(unit_of(session, NOW, who), world.case, review.id, digest, raw)  # type: ignore[operator]
    with open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, digest, {})


def test_whoever_tested_the_case_may_review_it(world: World) -> None:
    world.with_facts().with_assessment(BO)
    signed(world, screened(world).entry, AGREE, by=ANNA)
    assert state_of(world)[1] == "agree"


def test_no_queue_offers_a_review_to_somebody_who_may_not_make_it(world: World) -> None:
    world.with_facts().with_assessment(ANNA)
    entry = screened(world).entry
    assert [queues_of(world, who) for who in (ANNA, BO, CECILIA)] == [[], ["unreviewed"], ["unreviewed"]]
    review = signed(world, entry, DEVIATE, by=BO)
    assert [queues_of(world, who) for who in (ANNA, BO, CECILIA)] == [[], [], ["second_person"]]
    with open_transaction(world.database) as session:
        reject(unit_of(session, NOW, CECILIA), world.case, review.id, entry.content["sha256"], REJECT)
    assert [queues_of(world, who) for who in (ANNA, BO, CECILIA)] == [[], ["rejected"], ["rejected"]]


def with_allowances(local: Path, *may: str) -> Policies:
    """The policies of a municipality that lets the rater take more parts, in its own words."""
    text = (FOLDER / "review" / "1.1.yaml").read_text(encoding="utf-8")
    text = text.replace('version: "1.1"', 'version: "3.0"').replace("valid_from: 2026-11-28", "valid_from: 2026-11-20")
    words = "".join(
        f"\n  - may: {each}\n    reading: {{sv: Vi är två., en: We are two.}}\n"
        "    decided_by: Nämnden\n    decided_on: 2026-11-19"
        for each in may
    )
    own = local / "policies" / "review" / "3.0.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text.replace("rater_may: []", f"rater_may:{words}"), encoding="utf-8")
    return Policies(local)


def test_a_municipality_may_let_the_rater_review_and_still_not_be_the_second_person(
    world: World, tmp_path: Path
) -> None:
    policies = with_allowances(tmp_path, "review")
    world.with_facts().with_assessment(ANNA)
    entry = screened(world).entry
    assert queues_of(world, ANNA, policies) == ["unreviewed"]
    review = signed(world, entry, DEVIATE, by=BO, policies=policies)
    with pytest.raises(RuleError, match="own-assessment"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, ANNA, policies=policies), world.case, review.id, entry.content["sha256"], {})
    signed(world, entry, DEVIATE, by=ANNA, policies=policies)
    assert queues_of(world, ANNA, policies) == []


def test_no_policy_lets_the_reviewer_be_the_second_person(world: World, tmp_path: Path) -> None:
    policies = with_allowances(tmp_path, "review", "be_second_person")
    world.with_facts().with_assessment(ANNA)
    entry = screened(world).entry
    review = signed(world, entry, DEVIATE, by=ANNA, policies=policies)
    with pytest.raises(RuleError, match="same-person"), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, ANNA, policies=policies), world.case, review.id, entry.content["sha256"], {})


def test_an_allowance_says_why_and_who_decided_it(tmp_path: Path) -> None:
    text = (FOLDER / "review" / "1.1.yaml").read_text(encoding="utf-8").replace('version: "1.1"', 'version: "3.0"')
    own = tmp_path / "policies" / "review" / "3.0.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(text.replace("rater_may: []", "rater_may: [{may: review}]"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        Policies(tmp_path)
    said = " ".join(str(fault) for fault in refused.value.faults)
    assert all(name in said for name in ("reading", "decided_by", "decided_on")), said


@pytest.mark.parametrize("needs_second_person", [True, False])
def test_an_old_deviation_says_that_its_outcome_is_not_stated_and_waits_for_a_reviewer(
    world: World, *, needs_second_person: bool
) -> None:
    entry = screened(world.with_facts()).entry
    with open_transaction(world.database) as session:
        review = sign_as_before(session, NOW, BO, world.case, entry, needs_second_person=needs_second_person)
    assert state_of(world) == ("screened", "outcome_not_stated", None)
    assert queues_of(world, BO) == queues_of(world, CECILIA) == ["outcome_not_stated"]
    code = "outcome-not-stated" if needs_second_person else "nothing-to-countersign"
    with pytest.raises(RuleError, match=code), open_transaction(world.database) as session:
        countersign(unit_of(session, NOW, CECILIA), world.case, review.id, entry.content["sha256"], {})
    signed(world, entry, DEVIATE)
    assert state_of(world) == ("screened", "awaits_second_person", "more_information_needed")


def test_a_summary_says_the_same_when_it_is_worked_out_again_from_the_entries(world: World) -> None:
    entry = screened(world.with_facts()).entry
    digest = entry.content["sha256"]
    for raw, second in itertools.product((AGREE, DEVIATE), (None, countersign, reject)):
        review = signed(world, entry, raw)
        if second is not None and raw is DEVIATE:
            with open_transaction(world.database) as session:
                answer = REJECT if second is reject else {}
                second(unit_of(session, NOW, CECILIA), world.case, review.id, digest, answer)  # type: ignore[operator]
        before = state_of(world)
        with open_transaction(world.database) as session:
            rebuild_summaries(session)
        assert state_of(world) == before
    assert before[1] == ReviewState.REJECTED
