"""An action plan is kept in versions, is tied to what was assessed, and knows how its measures went."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from api.cases.derived import deadlines_in
from api.cases.events import record
from api.cases.journal import entries
from api.cases.plans.lists import plan_lists
from api.cases.plans.rules import PlanInForce, plan_among, tieable_items
from api.cases.ratings.second_ratings import request_second_rating
from api.cases.summary import rebuild_summaries
from api.policies.policies import Policies
from api.store.actors import Actor
from api.store.refusals import ForbiddenError, NotFoundError, RuleError
from api.store.schema import CaseSummary, Entry
from api.store.transactions import open_transaction
from instruments.faults import InputError
from tests.api.plans.plans import START, followed, measure, plan
from tests.api.records.conftest import world
from tests.api.records.world import ANNA, BO, LIBRARY, NOW, POLICIES, YOUTH_SPJ, World, ratings, unit_of

__all__ = ["world"]

TODAY = NOW.date()


def made(world: World, kind: str, raw: dict[str, Any], *, actor: Actor = ANNA, **more: Any) -> Entry:
    with open_transaction(world.database) as session:
        return record(unit_of(session, NOW, actor), world.case, kind, raw, **more)


def in_force(world: World, version: str | None = None) -> PlanInForce | None:
    with world.database.looking() as session:
        return plan_among(entries(session, world.case), version=version)


def faults_of(world: World, raw: dict[str, Any], kind: str = "action_plan", **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as refused:
        made(world, kind, raw, **more)
    return [(fault.where, fault.code) for fault in refused.value.faults]


def changed(**goal: Any) -> dict[str, Any]:
    """The plan with something else in its first goal."""
    first, *others = plan()["goals"]
    return plan(goals=[{**first, **goal}, *others])


def test_a_changed_plan_takes_the_place_of_the_one_before_and_both_are_kept(world: World) -> None:
    first = made(world, "action_plan", plan())
    made(world, "participation_started", START)
    second = made(world, "action_plan", changed(text="Jag vill klara nian med godkänt."))
    assert second.supersedes_id == first.id
    now = in_force(world)
    assert now is not None
    assert (now.entry.id, now.version, [each.id for each in now.before]) == (second.id, 2, [first.id])
    before = in_force(world, first.id)
    assert before is not None
    assert before.goals[0]["text"] == "Jag vill klara nian."


def test_the_next_work_has_a_plan_of_its_own(world: World) -> None:
    made(world, "participation_started", START)
    made(world, "action_plan", plan())
    made(world, "participation_ended", {"ended_on": "2026-11-20", "reason": "completed"})
    assert in_force(world) is None
    with pytest.raises(RuleError, match="not-participating"):
        made(world, "action_plan", plan())
    made(world, "participation_started", {**START, "started_on": "2026-11-20"})
    assert made(world, "action_plan", plan()).supersedes_id is None


def test_a_plan_of_work_that_has_ended_is_followed_up_no_more(world: World) -> None:
    made(world, "participation_started", START)
    old = made(world, "action_plan", plan())
    made(world, "participation_ended", {"ended_on": "2026-11-20", "reason": "completed"})
    made(world, "participation_started", {**START, "started_on": "2026-11-20"})
    made(world, "action_plan", plan())
    with pytest.raises(RuleError, match="plan-not-in-force"):
        made(world, "measures_followed_up", followed(("m1", "done"), on="2026-11-21"), subject=old.id)


def test_a_closed_case_has_no_plan_also_once_it_goes_on(world: World) -> None:
    made(world, "action_plan", plan())
    made(world, "case_closed", {"closed_on": "2026-11-20", "reasons": "Flyttat."})
    assert in_force(world) is None


def test_how_a_measure_goes_is_what_was_said_of_it_last_and_outlives_a_change_of_the_plan(world: World) -> None:
    made(world, "participation_started", START)
    first = made(world, "action_plan", plan())
    made(world, "measures_followed_up", followed(("m1", "going_on"), ("m2", "done")), subject=first.id)
    made(world, "action_plan", changed(text="Jag vill gå i skolan."))
    now = in_force(world)
    assert now is not None
    assert {key: each.status for key, each in now.followed.items()} == {"m1": "going_on", "m2": "done"}
    stopped = followed(("m1", "stopped"), on="2026-11-15", m1="Skolan byter mentor.")
    made(world, "measures_followed_up", stopped, subject=now.entry.id)
    made(world, "measures_followed_up", followed(("m1", "going_on"), on="2026-11-13"), subject=now.entry.id)
    now = in_force(world)
    assert now is not None
    assert (now.followed["m1"].status, now.followed["m1"].why) == ("stopped", "Skolan byter mentor.")
    assert "m3" not in now.followed, "what nobody followed up is left blank"


def test_a_measure_is_late_once_its_day_has_passed_and_nobody_has_said_that_it_is_done_or_stopped(world: World) -> None:
    made(world, "participation_started", START)
    entry = made(world, "action_plan", plan())
    late = lambda: [each["id"] for each in in_force(world).measures if in_force(world).is_late(each, TODAY)]  # type: ignore[union-attr]  # noqa: E731
    assert late() == ["m2"]
    made(world, "measures_followed_up", followed(("m2", "going_on")), subject=entry.id)
    assert late() == ["m2"]
    made(world, "measures_followed_up", followed(("m2", "done"), on="2026-11-13"), subject=entry.id)
    assert late() == []


def test_the_day_of_the_next_measure_is_a_deadline_until_it_is_done_or_the_work_ends(world: World) -> None:
    def days() -> list[date]:
        with open_transaction(world.database) as session:
            summary = session.get_one(CaseSummary, world.case)
            before = summary.standing
            rebuild_summaries(session)
            summary = session.get_one(CaseSummary, world.case)
            assert summary.standing == before
            deadlines = deadlines_in(summary, None, POLICIES, TODAY)
            return [each.by for each in deadlines if each.kind == "plan_measure"]

    made(world, "participation_started", START)
    assert days() == []
    entry = made(world, "action_plan", plan())
    assert days() == [date(2026, 11, 10)]
    made(world, "measures_followed_up", followed(("m2", "done")), subject=entry.id)
    assert days() == [date(2026, 12, 10)]
    made(world, "participation_ended", {"ended_on": "2026-11-20", "reason": "completed"})
    assert days() == []


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (plan(goals=[]), [("/goals", "bad-entry")]),
        (changed(measures=[]), [("/goals/0/measures", "bad-entry")]),
        (changed(area="football"), [("/goals/0/area", "not-a-choice")]),
        (changed(items=["delinquent_peers"]), [("/goals/0/items", "not-a-choice")]),
        (changed(shared_with=["neighbour"]), [("/goals/0/shared_with", "not-a-choice")]),
        (changed(measures=[measure("m9", "x", "youth", code="1234")]), [("/goals/0/measures/0/code", "not-a-choice")]),
        (
            changed(measures=[measure("m9", "x", "youth", suggestion="x")]),
            [("/goals/0/measures/0/suggestion", "not-a-choice")],
        ),
        (changed(measures=[measure("m3", "x", "youth")]), [("/goals/1/measures/0/id", "repeated-key")]),
        (plan(beside=["holiday"]), [("/beside", "not-a-choice")]),
        (plan(planned_on="2026-12-24"), [("/planned_on", "date-ahead")]),
    ],
)
def test_a_plan_names_only_what_is_in_a_list(world: World, raw: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert faults_of(world, raw) == faults


def test_what_stops_a_measure_is_said_and_only_measures_of_the_plan_are_followed_up(world: World) -> None:
    made(world, "participation_started", START)
    entry = made(world, "action_plan", plan())
    about = {"kind": "measures_followed_up", "subject": entry.id}
    assert faults_of(world, followed(("m1", "stopped")), **about) == [("/measures/0/why", "missing-key")]
    assert faults_of(world, followed(("m9", "done")), **about) == [("/measures/0/measure", "not-a-choice")]
    assert faults_of(world, followed(("m1", "done"), ("m1", "done")), **about) == [
        ("/measures/1/measure", "repeated-key")
    ]


def test_a_goal_is_tied_to_dynamic_risks_that_are_there_and_to_protection_that_is_missing(world: World) -> None:
    world.with_assessment()
    with world.database.looking() as session:
        signed = entries(session, world.case, "assessment")[-1]
        tieable = {item.id for item in tieable_items(signed, LIBRARY)}
    given = ratings()["items"]
    for item in YOUTH_SPJ.items:
        is_there = item.dynamic and given[item.id] == "high" if item.kind == "risk" else given[item.id] == "absent"
        assert (item.id in tieable) == is_there, item.id
    tied = sorted(tieable)[:2]
    kept = made(world, "action_plan", changed(items=tied))
    assert kept.content["goals"][0]["items"] == tied
    world.with_assessment(ratings=ratings(high=0, protective=6))
    assert made(world, "action_plan", changed(items=tied)), "what the plan before is tied to stays"
    static = next(item.id for item in YOUTH_SPJ.items if item.kind == "risk" and not item.dynamic)
    assert faults_of(world, changed(items=[static])) == [("/goals/0/items", "not-a-choice")]


def test_what_is_not_known_can_be_tied_to_nothing(world: World) -> None:
    world.with_assessment(ratings=ratings(blank=len(YOUTH_SPJ.items)), completeness_reason="Bråttom.")
    with world.database.looking() as session:
        assert tieable_items(entries(session, world.case, "assessment")[-1], LIBRARY) == []


def test_whoever_rates_unseen_sees_no_plan_and_does_not_learn_by_trying_what_it_could_be_tied_to(world: World) -> None:
    made(world, "participation_started", START)
    with open_transaction(world.database) as session:
        request_second_rating(unit_of(session, NOW, ANNA), world.case, BO.id)
    world.with_assessment()
    with world.database.looking() as session:
        tieable = [item.id for item in tieable_items(entries(session, world.case, "assessment")[-1], LIBRARY)]
    assert faults_of(world, changed(items=tieable[:1]), actor=BO) == [("/goals/0/items", "not-a-choice")]
    entry = made(world, "action_plan", changed(items=tieable[:1]))
    with pytest.raises(ForbiddenError):
        made(world, "action_plan", plan(), actor=BO)
    with pytest.raises(NotFoundError):
        made(world, "measures_followed_up", followed(("m1", "done")), actor=BO, subject=entry.id)


CODES = """
id: measure_codes
version: "2.0"
status: draft
valid_from: 2026-01-01
valid_to: null
title: {sv: Våra koder, en: Our codes}
source: {title: Påhittad förteckning, says: Påhittat.}
codes:
  - code: "ÖV-1"
    title: {sv: Samtal, en: Talks}
reading: {sv: Påhittat., en: Invented.}
decided_by: Exempelby
decided_on: 2026-01-01
"""


def test_a_measure_has_codes_of_the_municipalitys_own_list_and_none_ship(world: World, tmp_path: Path) -> None:
    assert POLICIES.measure_codes_on(TODAY).content.codes == ()
    folder = tmp_path / "policies" / "measure_codes"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(CODES.replace("draft", "published"), encoding="utf-8")
    digest = sha256((folder / "own.yaml").read_bytes()).hexdigest()
    (folder / "lock.yaml").write_text(f'measure_codes@2.0: "{digest}"\n', encoding="utf-8")
    coded = changed(measures=[measure("m1", "Samtal", "social_services", code="ÖV-1")])
    with open_transaction(world.database) as session:
        unit = unit_of(session, NOW, ANNA, policies=Policies(tmp_path))
        assert record(unit, world.case, "action_plan", coded).content["goals"][0]["measures"][0]["code"] == "ÖV-1"


def test_every_area_and_what_may_stand_beside_the_group_has_a_name_of_its_own() -> None:
    lists = plan_lists(TODAY)
    areas = [area.id for side in lists.areas.sides for area in side.areas]
    assert (len(areas), len(set(areas)), len(lists.areas.sides)) == (12, 12, 3)
    assert len({each.id for each in lists.beside}) == len(lists.beside)
    assert lists.area("nowhere") is None
