import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.records.consents import may_share, record_consent, withdraw_consent
from api.records.content import read_content
from api.records.facts import current_facts, record_facts
from api.records.journal import append, open_case
from api.records.kinds import Guardians
from api.records.policies import FOLDER, Policies
from api.records.refusals import RecordError, RuleError, StaleExplanationError
from api.records.reviews import countersign, is_countersigned, sign_review
from api.records.screenings import Screened, explanation_of, replay, screen_case
from api.records.work import working
from api.store.schema import CaseSummary, Entry
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, LIBRARY, NOW, POLICIES, TODAY, World

AGREE = {"verdict": "agree"}
DEVIATE = {"verdict": "deviate", "deviation": "own_view_weighs", "reasons": "Den unge har bett om att få vänta."}


def screened(world: World, guidance: str = "stockholm_2012") -> Screened:
    with working(world.database) as session:
        return screen_case(session, NOW, ANNA, world.case, guidance, LIBRARY)


def consented(world: World, person: str = "youth", recipient: str = "police", **other: object) -> Entry:
    raw = {
        "person": person,
        "recipient": recipient,
        "status": "given",
        "answered_on": "2026-11-01",
        "form": "written",
        "content": "Skolgång och brottsmisstankar.",
        **other,
    }
    with working(world.database) as session:
        return record_consent(session, NOW, ANNA, world.case, raw, LIBRARY)


def with_guardians(world: World, *guardians: str) -> None:
    with working(world.database) as session:
        case = open_case(session, NOW, ANNA, world.case)
        append(session, NOW, ANNA, case, read_content(Guardians, {"guardians": list(guardians)}))


def test_what_the_case_holds_is_screened_and_stored_with_its_digest(world: World) -> None:
    assessment = world.with_facts().with_assessment()
    result = screened(world)
    assert result.explanation.outcome == "supports_offer"
    content = result.entry.content
    assert content["sha256"] == result.explanation.sha256
    assert content["assessment"] == assessment
    assert content["covered"] == json.loads(result.explanation.canonical)
    with world.database.looking() as session:
        summary = session.get_one(CaseSummary, world.case)
    assert (summary.stage, summary.outcome, summary.guidance) == ("screened", "supports_offer", "stockholm_2012")


def test_a_stored_screening_replays_to_the_same_digest_from_what_was_submitted_and_from_codes(world: World) -> None:
    world.with_facts().with_assessment()
    with_guardians(world, "g1", "g2")
    consented(world)
    consented(world, "g1", valid_to="2026-11-10")
    for guidance in LIBRARY.names():
        entry = screened(world, guidance).entry
        with world.database.looking() as session:
            stored = session.get_one(Entry, entry.id)
        assert replay(stored, LIBRARY).agrees, guidance


def test_without_an_assessment_the_facts_speak_alone_and_replay(world: World) -> None:
    entry = screened(world.with_facts(motivation_to_leave={"value": "stated", "observed_on": "2026-01-01"})).entry
    assert entry.content["outcome"] == "more_information_needed"
    assert replay(entry, LIBRARY).agrees


def test_the_stored_explanation_still_shows_sources_and_dates(world: World) -> None:
    entry = screened(world.with_facts()).entry
    assert explanation_of(entry, LIBRARY).intake.facts["gang_ties"].source == "polis"


def test_what_the_digest_covers_holds_no_free_text(world: World) -> None:
    world.with_facts().with_assessment()
    with_guardians(world, "mor")
    covered = json.dumps(screened(world).entry.content["covered"])
    assert not any(word in covered for word in ("Flera", "polis", 'mor"', "2010-03-14", "2026-117"))


def test_a_new_fact_takes_the_place_of_the_old_and_both_are_kept(world: World) -> None:
    world.with_facts()
    with working(world.database) as session:
        [entry] = record_facts(session, NOW, BO, world.case, {"gang_ties": "none"}, LIBRARY)
        assert current_facts(session, world.case)["gang_ties"].id == entry.id
        assert session.get_one(Entry, str(entry.supersedes_id)).content["given"]["value"] == "suspected"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"birth_date": "2010-01-01"}, "fact-stands-elsewhere"),
        ({"reoffending_risk": "high"}, "fact-stands-elsewhere"),
        ({"gang_ties": "some"}, "off-scale-fact"),
        ({"sex": "female"}, "never-an-input"),
        ({"gang_ties": {"value": "suspected", "source": "a\0"}}, "text-unreadable"),
    ],
)
def test_a_fact_with_a_fault_is_refused(world: World, facts: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as refused, working(world.database) as session:
        record_facts(session, NOW, ANNA, world.case, facts, LIBRARY)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_screening_that_rests_on_a_hidden_fact_is_hidden_too(world: World) -> None:
    with working(world.database) as session:
        record_facts(session, NOW, ANNA, world.case, {"current_threat": "yes"}, LIBRARY, hidden_from_guardians=True)
    assert screened(world).entry.hidden_from_guardians


def test_an_unknown_guidance_is_a_fault_at_its_place(world: World) -> None:
    with pytest.raises(InputError) as refused:
        screened(world, "nothing")
    assert refused.value.faults[0].where == "/guidance"


def test_a_review_is_signed_against_the_explanation_that_was_read(world: World) -> None:
    entry = screened(world.with_facts()).entry
    with working(world.database) as session:
        review = sign_review(session, NOW, BO, world.case, entry.id, entry.content["sha256"], AGREE, policies=POLICIES)
    assert (review.subject_id, review.content["screening_sha256"]) == (entry.id, entry.content["sha256"])
    with world.database.looking() as session:
        assert session.get_one(CaseSummary, world.case).review == "agree"


def test_a_review_of_an_explanation_that_is_no_longer_the_latest_is_refused(world: World) -> None:
    first = screened(world.with_facts()).entry
    second = screened(world.with_facts(gang_ties="none")).entry
    for screening, digest in ((first, first.content["sha256"]), (second, first.content["sha256"])):
        with pytest.raises(StaleExplanationError) as refused, working(world.database) as session:
            sign_review(session, NOW, BO, world.case, screening.id, digest, AGREE, policies=POLICIES)
        assert refused.value.code == "stale-explanation"


def test_a_deviation_needs_its_reason_and_a_second_person(world: World) -> None:
    entry = screened(world.with_facts()).entry
    digest = entry.content["sha256"]
    with pytest.raises(InputError), working(world.database) as session:
        sign_review(session, NOW, BO, world.case, entry.id, digest, {"verdict": "deviate"}, policies=POLICIES)
    with working(world.database) as session:
        review = sign_review(session, NOW, BO, world.case, entry.id, digest, DEVIATE, policies=POLICIES)
    with world.database.looking() as session:
        assert session.get_one(CaseSummary, world.case).review == "awaits_second_person"
    with pytest.raises(RuleError, match="same-person"), working(world.database) as session:
        countersign(session, NOW, BO, world.case, review.id, digest, {})
    with working(world.database) as session:
        countersign(session, NOW, ANNA, world.case, review.id, digest, {})
        assert is_countersigned(session, review)
        assert session.get_one(CaseSummary, world.case).review == "deviate"
    with pytest.raises(RuleError, match="already-countersigned"), working(world.database) as session:
        countersign(session, NOW, ANNA, world.case, review.id, digest, {})


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
    with working(world.database) as session:
        digest = entry.content["sha256"]
        review = sign_review(session, NOW, BO, world.case, entry.id, digest, DEVIATE, policies=policies)
        assert not review.content["needs_second_person"]
    with pytest.raises(RuleError, match="nothing-to-countersign"), working(world.database) as session:
        countersign(session, NOW, ANNA, world.case, review.id, digest, {})


def test_nobody_sets_what_the_service_decides(world: World) -> None:
    entry = screened(world.with_facts()).entry
    raw = {**DEVIATE, "needs_second_person": False, "screening_sha256": "0" * 64}
    with working(world.database) as session:
        review = sign_review(session, NOW, BO, world.case, entry.id, entry.content["sha256"], raw, policies=POLICIES)
    assert review.content["needs_second_person"]
    assert review.content["screening_sha256"] == entry.content["sha256"]


def shares(world: World, on: date = TODAY, recipient: str = "police") -> bool:
    with working(world.database) as session:
        return may_share(session, open_case(session, NOW, ANNA, world.case), recipient, on, LIBRARY).is_allowed


def test_everyone_whose_consent_counts_must_have_given_it(world: World) -> None:
    consented(world)
    assert not shares(world)  # it is not known who the guardians are
    with_guardians(world, "g1")
    assert not shares(world)
    consented(world, "g1")
    assert shares(world)
    assert not shares(world, recipient="school")
    with_guardians(world)
    assert shares(world)


def test_a_consent_holds_from_its_first_day_to_its_last(world: World) -> None:
    with_guardians(world)
    consented(world, valid_from="2026-11-10", valid_to="2026-11-21")
    days = [date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 21), date(2026, 11, 22)]
    assert [shares(world, day) for day in days] == [False, True, True, False]


def test_a_withdrawal_stops_sharing_at_once_and_keeps_what_was_recorded(world: World) -> None:
    with_guardians(world)
    consent = consented(world)
    assert shares(world)
    with working(world.database) as session:
        raw = {"withdrawn_on": TODAY.isoformat(), "withdrawn_by": "youth"}
        withdraw_consent(session, NOW, ANNA, world.case, consent.id, raw)
    assert not shares(world)
    assert shares(world, TODAY - timedelta(days=1))
    with pytest.raises(RuleError, match="already-withdrawn"), working(world.database) as session:
        withdraw_consent(session, NOW, ANNA, world.case, consent.id, raw)
    consented(world, answered_on=TODAY.isoformat())
    assert shares(world)


def test_a_withdrawal_cannot_be_put_off(world: World) -> None:
    consent = consented(world)
    raw = {"withdrawn_on": (TODAY + timedelta(days=1)).isoformat(), "withdrawn_by": "youth"}
    with pytest.raises(InputError, match="date-ahead"), working(world.database) as session:
        withdraw_consent(session, NOW, ANNA, world.case, consent.id, raw)


def test_guardians_count_until_the_day_before_the_eighteenth_birthday(world: World) -> None:
    consented(world, valid_to="2030-01-01")
    assert not shares(world, date(2028, 3, 13))
    assert shares(world, date(2028, 3, 14))


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"person": "someone"}, "unknown-person"),
        ({"recipient": "newspaper"}, "unknown-recipient"),
        ({"content": None}, "missing-key"),
        ({"answered_on": "2027-01-01"}, "date-ahead"),
        ({"valid_to": "2026-01-01"}, "validity-reversed"),
    ],
)
def test_a_consent_with_a_fault_is_refused(world: World, other: dict[str, object], code: str) -> None:
    with pytest.raises(InputError, match=code):
        consented(world, **other)


def test_a_guardian_who_is_no_longer_listed_does_not_stop_a_screening(world: World) -> None:
    with_guardians(world, "g1")
    consented(world, "g1")
    with_guardians(world, "g2")
    assert replay(screened(world.with_facts()).entry, LIBRARY).agrees


def test_every_refusal_has_a_code_and_a_status() -> None:
    assert isinstance(StaleExplanationError({}, {}), RecordError)
