import json
from datetime import date, timedelta

import pytest

from api.cases.consents.rules import may_share, record_consent, withdraw_consent
from api.cases.content import read_content
from api.cases.event_kinds import Guardians
from api.cases.facts.rules import current_facts, record_facts
from api.cases.journal import append, open_case
from api.cases.screenings.rules import Screened, explanation_of, replay, screen_case
from api.store.refusals import RecordError, RuleError, StaleExplanationError
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, BO, LIBRARY, NOW, TODAY, World, unit_of


def screened(world: World, guidance: str = "stockholm_2012") -> Screened:
    with open_transaction(world.database) as session:
        return screen_case(unit_of(session, NOW, ANNA), world.case, guidance)


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
    with open_transaction(world.database) as session:
        return record_consent(unit_of(session, NOW, ANNA), world.case, raw)


def with_guardians(world: World, *guardians: str) -> None:
    with open_transaction(world.database) as session:
        case = open_case(unit_of(session, NOW, ANNA), world.case)
        append(unit_of(session, NOW, ANNA), case, read_content(Guardians, {"guardians": list(guardians)}))


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
    with open_transaction(world.database) as session:
        [entry] = record_facts(unit_of(session, NOW, BO), world.case, {"gang_ties": "none"})
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
    with pytest.raises(InputError) as refused, open_transaction(world.database) as session:
        record_facts(unit_of(session, NOW, ANNA), world.case, facts)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_screening_that_rests_on_a_hidden_fact_is_hidden_too(world: World) -> None:
    with open_transaction(world.database) as session:
        record_facts(unit_of(session, NOW, ANNA), world.case, {"current_threat": "yes"}, hidden_from_guardians=True)
    assert screened(world).entry.hidden_from_guardians


def test_an_unknown_guidance_is_a_fault_at_its_place(world: World) -> None:
    with pytest.raises(InputError) as refused:
        screened(world, "nothing")
    assert refused.value.faults[0].where == "/guidance"


def shares(world: World, on: date = TODAY, recipient: str = "police") -> bool:
    with open_transaction(world.database) as session:
        return may_share(session, open_case(unit_of(session, NOW, ANNA), world.case), recipient, on, LIBRARY).is_allowed


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
    with open_transaction(world.database) as session:
        raw = {"withdrawn_on": TODAY.isoformat(), "withdrawn_by": "youth"}
        withdraw_consent(unit_of(session, NOW, ANNA), world.case, consent.id, raw)
    assert not shares(world)
    assert shares(world, TODAY - timedelta(days=1))
    with pytest.raises(RuleError, match="already-withdrawn"), open_transaction(world.database) as session:
        withdraw_consent(unit_of(session, NOW, ANNA), world.case, consent.id, raw)
    consented(world, answered_on=TODAY.isoformat())
    assert shares(world)


def test_a_withdrawal_cannot_be_put_off(world: World) -> None:
    consent = consented(world)
    raw = {"withdrawn_on": (TODAY + timedelta(days=1)).isoformat(), "withdrawn_by": "youth"}
    with pytest.raises(InputError, match="date-ahead"), open_transaction(world.database) as session:
        withdraw_consent(unit_of(session, NOW, ANNA), world.case, consent.id, raw)


def test_guardians_count_until_the_day_before_the_eighteenth_birthday(world: World) -> None:
    consented(world, valid_from="2028-01-01", valid_to="2028-06-01")
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
