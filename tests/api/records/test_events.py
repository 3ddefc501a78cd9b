from datetime import date, timedelta
from typing import Any

import pytest

from api.cases.content import read_content
from api.cases.events import RECORDABLE, record
from api.cases.journal import entries, open_case
from api.cases.kinds import KINDS
from api.cases.participation.rules import participations
from api.cases.summary import rebuild_summaries
from api.cases.worklist import Wanted, list_work
from api.store.actors import Actor
from api.store.refusals import ForbiddenError, NotFoundError, RuleError
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.records.world import ANNA, ELSEWHERE, NOW, World, unit_of

INTAKE = {"reporter": "police", "received_on": "2026-11-01", "preliminary_assessment": "open"}
CLOSED = {
    "closed_on": "2026-11-12",
    "result": "no_investigation",
    "possible_sig_question": True,
    "reasons": "Stödet bör prövas.",
}
START = {"started_on": "2026-09-01", "part_of_decision": "yes", "court_ordered": "no", "offences_known_before": 9}
MEETING = {"present": ["police", "school", "youth"], "plan_followed_up": True}
END = {"ended_on": "2026-11-20", "reason": "completed"}


def made(world: World, kind: str, raw: dict[str, Any], subject: str | None = None, actor: Actor = ANNA) -> Entry:
    with open_transaction(world.database) as session:
        return record(unit_of(session, NOW, actor), world.case, kind, raw, subject=subject)


def test_a_preliminary_assessment_cannot_be_closed_without_saying_whether_sig_is_a_question(world: World) -> None:
    intake = made(world, "intake", INTAKE)
    unanswered = {name: value for name, value in CLOSED.items() if name != "possible_sig_question"}
    with pytest.raises(InputError) as refused:
        made(world, "preliminary_assessment_closed", unanswered, intake.id)
    assert [(fault.where, fault.code) for fault in refused.value.faults] == [("/possible_sig_question", "missing-key")]
    made(world, "preliminary_assessment_closed", CLOSED, intake.id)
    with pytest.raises(RuleError, match="already-closed"):
        made(world, "preliminary_assessment_closed", CLOSED, intake.id)


def test_a_hand_over_lets_the_other_unit_in_and_keeps_its_ground(world: World) -> None:
    intake = made(world, "intake", INTAKE)
    with pytest.raises(ForbiddenError), open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, ELSEWHERE), world.case)
    hand_over = {"unit": "north", "ground": "10 kap. 1 § OSL, samtycke."}
    closed = made(world, "preliminary_assessment_closed", {**CLOSED, "hand_over": hand_over}, intake.id)
    assert closed.content["hand_over"]["ground"].startswith("10 kap.")
    with open_transaction(world.database) as session:
        open_case(unit_of(session, NOW, ELSEWHERE), world.case)
    with pytest.raises(RuleError, match="already-handed-over"):
        made(world, "hand_over", hand_over)
    with pytest.raises(RuleError, match="unknown-unit"):
        made(world, "hand_over", {**hand_over, "unit": "nowhere"})


def test_a_case_is_not_handed_over_where_sig_is_no_question(world: World) -> None:
    intake = made(world, "intake", INTAKE)
    raw = {**CLOSED, "possible_sig_question": False, "hand_over": {"unit": "north", "ground": "x"}}
    with pytest.raises(InputError, match="hand-over-without-question"):
        made(world, "preliminary_assessment_closed", raw, intake.id)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"due": True, "reasons": "Begärd."}, "missing-key"),
        ({"due": True, "suitable": True, "reasons": "Begärd.", "given_on": "2026-11-02"}, "missing-key"),
        (
            {"due": True, "suitable": False, "reasons": "x", "given_on": "2026-11-02", "told": "opened"},
            "feedback-not-suitable",
        ),
        ({"due": True, "suitable": True, "reasons": "x", "told": "everything"}, "not-a-choice"),
        ({"due": True, "suitable": True, "reasons": "x", "given_on": "2026-11-22", "told": "opened"}, "date-ahead"),
    ],
)
def test_feedback_tells_one_of_three_things_and_only_where_suitable(
    world: World, raw: dict[str, Any], code: str
) -> None:
    intake = made(world, "intake", INTAKE)
    with pytest.raises(InputError, match=code):
        made(world, "feedback_to_reporter", raw, intake.id)


def test_feedback_that_is_not_due_says_why(world: World) -> None:
    intake = made(world, "intake", INTAKE)
    entry = made(world, "feedback_to_reporter", {"due": False, "reasons": "Ingen begäran."}, intake.id)
    assert entry.subject_id == intake.id


def test_what_is_about_an_entry_names_it(world: World) -> None:
    with pytest.raises(InputError, match="subject-missing"):
        made(world, "correction", {"text": "Fel datum.", "ground": "Egen uppgift."})
    with pytest.raises(NotFoundError):
        made(world, "correction", {"text": "Fel datum.", "ground": "Egen uppgift."}, "nothing")
    intake = made(world, "intake", INTAKE)
    correction = made(world, "correction", {"text": "Fel datum.", "ground": "Egen uppgift."}, intake.id)
    made(world, "counter_statement", {"stated_by": "youth", "text": "Det var inte så."}, correction.id)
    with world.database.looking() as session:
        assert session.get_one(Entry, intake.id).content["received_on"] == "2026-11-01"


def test_a_kind_with_a_function_of_its_own_is_not_recorded_past_it(world: World) -> None:
    for kind in set(KINDS) - set(RECORDABLE):
        with pytest.raises(NotFoundError):
            made(world, kind, {})


def test_the_network_meets_at_least_every_fourth_week(world: World) -> None:
    made(world, "participation_started", START)
    with world.database.looking() as session:
        [period] = participations(session, world.case)
    assert period.next_meeting_by == date(2026, 9, 29)
    assert not period.is_overdue(date(2026, 9, 29))
    assert period.is_overdue(date(2026, 9, 30))
    made(world, "network_meeting", {**MEETING, "held_on": "2026-09-20"})
    made(world, "network_meeting", {**MEETING, "held_on": "2026-09-10"})  # written down afterwards
    with world.database.looking() as session:
        [period] = participations(session, world.case)
        assert session.get_one(CaseSummary, world.case).next_meeting_by == period.next_meeting_by
    assert period.next_meeting_by == date(2026, 9, 20) + timedelta(days=28)


def test_a_meeting_is_the_next_step_while_the_work_goes_on_by_its_last_day(world: World) -> None:
    made(world, "participation_started", START)  # on the first of September, so at the latest on the 29th
    with open_transaction(world.database) as session:
        [row] = list_work(unit_of(session, NOW, ANNA), Wanted(), ()).rows
    assert (row.step, row.due, row.due_on, row.is_turn) == ("meet", "network_meeting", date(2026, 9, 29), True)


def test_a_network_meeting_follows_up_the_plan_or_says_why_not(world: World) -> None:
    made(world, "participation_started", START)
    raw = {**MEETING, "held_on": "2026-09-20", "plan_followed_up": False}
    with pytest.raises(InputError) as refused:
        made(world, "network_meeting", raw)
    assert refused.value.faults[0].where == "/why_not"
    made(world, "network_meeting", {**raw, "why_not": "Alla kunde inte komma."})


def test_participation_has_its_order(world: World) -> None:
    outcome = {"observed_on": "2026-11-21", "months_after_ending": 0, "new_reports": "no_information"}
    for kind, raw in (("network_meeting", {**MEETING, "held_on": "2026-09-20"}), ("participation_ended", END)):
        with pytest.raises(RuleError, match="not-participating"):
            made(world, kind, raw)
    made(world, "officials_meeting", {"held_on": "2026-08-20", "present": ["police", "school"]})
    made(world, "participation_started", START)
    with pytest.raises(RuleError, match="already-participating"):
        made(world, "participation_started", START)
    with pytest.raises(RuleError, match="not-ended"):
        made(world, "outcome_after_ending", outcome)
    with pytest.raises(InputError, match="before-start"):
        made(world, "participation_ended", {**END, "ended_on": "2026-08-01"})
    made(world, "participation_ended", END)
    made(world, "outcome_after_ending", outcome)
    with world.database.unit_of_work() as session:
        summary = session.get_one(CaseSummary, world.case)
        assert (summary.stage, summary.next_meeting_by) == ("ended", None)
        rebuild_summaries(session)
    made(world, "participation_started", {**START, "started_on": "2026-11-21"})
    with world.database.looking() as session:
        assert len(participations(session, world.case)) == 2


def test_an_outcome_is_a_band_and_nothing_else(world: World) -> None:
    with pytest.raises(InputError, match="not-a-choice"):
        read_content(
            KINDS["outcome_after_ending"],
            {"observed_on": "2026-11-21", "months_after_ending": 12, "new_reports": "5"},
        )


OUTCOME = {"observed_on": "2026-11-21", "months_after_ending": 12, "new_reports": "1-3"}


def test_what_is_not_known_of_how_it_went_is_unknown_and_never_nothing(world: World) -> None:
    told = read_content(KINDS["outcome_after_ending"], OUTCOME).as_data()
    areas = ("severity", "school_or_work", "free_time", "health", "family")
    assert {told[name] for name in areas} == {"unknown"}
    assert told["no_information_since"] is None
    during = read_content(KINDS["results_followed_up"], {"observed_on": "2026-11-21"}).as_data()
    assert during["new_reports"] == "no_information"
    counted = read_content(KINDS["resources_recorded"], {"recorded_on": "2026-11-21", "how_counted": "Timmar."})
    assert (counted.as_data()["placement_avoided"], counted.as_data()["hours_used"]) == ("unknown", None)


@pytest.mark.parametrize("reports", ["none", "no_information"])
def test_there_is_no_severity_of_nothing(reports: str) -> None:
    raw = {**OUTCOME, "new_reports": reports, "severity": "less_serious"}
    with pytest.raises(InputError, match="severity-without-reports"):
        read_content(KINDS["outcome_after_ending"], raw)
    read_content(KINDS["outcome_after_ending"], {**raw, "severity": "unknown"})


def test_days_belong_to_a_placement_that_did_not_come_about() -> None:
    raw = {"recorded_on": "2026-11-21", "placement_days": 90, "how_counted": "Dygn."}
    with pytest.raises(InputError, match="days-without-placement"):
        read_content(KINDS["resources_recorded"], raw)
    read_content(KINDS["resources_recorded"], {**raw, "placement_avoided": "yes"})


def test_results_are_followed_up_while_the_work_goes_on_and_once_it_has_ended(world: World) -> None:
    followed = {"observed_on": "2026-11-01", "school_or_work": "well"}
    with pytest.raises(RuleError, match="not-participating"):
        made(world, "results_followed_up", followed)
    made(world, "participation_started", START)
    made(world, "results_followed_up", followed)
    with pytest.raises(InputError, match="before-start"):
        made(world, "results_followed_up", {**followed, "observed_on": "2026-08-01"})
    made(world, "participation_ended", END)
    made(world, "outcome_after_ending", {**OUTCOME, "family": "partly"})
    made(world, "resources_recorded", {"recorded_on": "2026-11-20", "how_counted": "Timmar ur tidrapporten."})


def test_what_is_about_something_hidden_is_hidden_too(world: World) -> None:
    with open_transaction(world.database) as session:
        intake = record(unit_of(session, NOW, ANNA), world.case, "intake", INTAKE, hidden_from_guardians=True)
    assert made(world, "correction", {"text": "x", "ground": "y"}, intake.id).hidden_from_guardians


@pytest.mark.parametrize("raw", [{"reporter": {"a": [1] * 3}}, {"reporter": "\ud800"}, {"note": 2**60}, {"x": [[[]]]}])
def test_odd_content_is_a_fault_and_never_a_crash(world: World, raw: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        made(world, "intake", {**INTAKE, **raw})
    with world.database.looking() as session:
        assert entries(session, world.case) == []


def test_content_that_is_nested_without_end_is_a_fault(world: World) -> None:
    nested: Any = "x"
    for _ in range(900):
        nested = [nested]
    with pytest.raises(InputError, match="too-deep"):
        made(world, "intake", {**INTAKE, "note": nested})
