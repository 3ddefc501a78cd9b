"""What has a day is shown with the days that are left; what was not recorded leads to no deadline."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.cases.deadlines import deadlines_of
from api.cases.derived import derive
from api.cases.events import record
from api.cases.standing import Standing
from api.cases.summary import rebuild_summaries
from api.policies.policies import Policies
from api.store.schema import CaseSummary
from api.store.transactions import open_transaction
from tests.api.own_policies import put_own_version
from tests.api.records.world import ANNA, NOW, POLICIES, World, unit_of

CHILD, ADULT = date(2010, 3, 14), date(2004, 3, 14)
TODAY = date(2026, 11, 21)
OPEN = Standing(received_on=date(2026, 11, 10), preliminary="open")


def found(standing: Standing, born: date | None = CHILD, policies: Policies = POLICIES) -> list[tuple[str, str]]:
    return [(each.kind, each.by.isoformat()) for each in deadlines_of(standing, None, born, policies, TODAY)]


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (OPEN, [("preliminary_assessment", "2026-11-24")]),
        (OPEN.model_copy(update={"preliminary": "not_needed"}), []),
        (OPEN.model_copy(update={"received_on": None}), []),
        (Standing(investigation_from=date(2026, 10, 31)), [("investigation", "2027-02-28")]),
        (Standing(ended_on=date(2026, 8, 31)), [("after_ending", "2027-02-28")]),
        (Standing(ended_on=date(2026, 8, 31), is_followed_up=True), []),
        (Standing(consent_ends={"a": date(2027, 1, 2), "b": date(2027, 1, 1)}), [("consent_ends", "2027-01-01")]),
        (Standing(consent_ends={"a": date(2026, 11, 20), "b": date(2027, 1, 1)}), [("consent_ends", "2027-01-01")]),
        (Standing(consent_ends={"a": date(2026, 11, 20)}), []),
        (Standing(reassess_on=date(2027, 3, 1)), [("reassessment", "2027-03-01")]),
        (Standing(), []),
    ],
)
def test_a_deadline_follows_from_a_day_that_is_recorded(standing: Standing, expected: list[tuple[str, str]]) -> None:
    assert found(standing) == expected


def test_the_times_of_the_law_concern_children_and_whoever_may_be_one() -> None:
    assert found(OPEN, ADULT) == []
    assert found(OPEN, None) == found(OPEN, CHILD)
    assert found(OPEN, date(2008, 11, 10)) == []
    assert found(OPEN, date(2008, 11, 11)) != []


def test_what_began_before_the_first_version_is_counted_by_it() -> None:
    long_ago = OPEN.model_copy(update={"received_on": date(2020, 1, 1)})
    assert found(long_ago) == [("preliminary_assessment", "2020-01-15")]


def with_own_days(folder: Path, days: int) -> Policies:
    """The policies of a municipality that gives a preliminary assessment other days from 2026."""
    changes = {"valid_from: 2025-07-01": "valid_from: 2026-01-01", "    days: 14": f"    days: {days}"}
    return Policies(put_own_version(folder, "deadlines/1.0", changes))


def test_a_municipality_changes_a_time_and_lists_follow(world: World, tmp_path: Path) -> None:
    own = with_own_days(tmp_path, 7)
    intake = {"reporter": "police", "received_on": "2026-11-10", "preliminary_assessment": "open"}
    with open_transaction(world.database) as session:
        entry = record(unit_of(session, NOW, ANNA), world.case, "intake", intake)
    assert listed(world, POLICIES) == ("preliminary_assessment", date(2026, 11, 24))
    assert listed(world, own) == ("preliminary_assessment", date(2026, 11, 17))
    closed = {"result": "no_investigation", "possible_sig_question": False, "reasons": "Ingen oro."}
    with open_transaction(world.database) as session:
        closing = {**closed, "closed_on": "2026-11-20"}
        record(unit_of(session, NOW, ANNA), world.case, "preliminary_assessment_closed", closing, subject=entry.id)
    assert listed(world, own) == (None, None)


def listed(world: World, policies: Policies) -> tuple[Any, Any]:
    with open_transaction(world.database) as session:
        derive(session, policies, TODAY)
        row = session.execute(select(CaseSummary.due, CaseSummary.due_on)).one()
    return row.due, row.due_on


def test_a_standing_is_the_same_worked_out_again(world: World) -> None:
    intake = {"reporter": "police", "received_on": "2026-11-10", "preliminary_assessment": "open"}
    with open_transaction(world.database) as session:
        record(unit_of(session, NOW, ANNA), world.case, "intake", intake)
    world.with_assessment(next_review_on="2027-03-01")
    kept = []
    for _ in range(2):
        with open_transaction(world.database) as session:
            kept.append(session.scalars(select(CaseSummary.standing)).one())
            rebuild_summaries(session)
    assert kept[0] == kept[1]
    assert kept[0]["reassess_on"] == "2027-03-01"
