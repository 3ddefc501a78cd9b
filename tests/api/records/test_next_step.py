"""Every case has one next step with one owner, until it is closed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.access.permission_table import the_permissions
from api.cases.next_step import STEPS, CaseState, next_step, role_of
from api.cases.reviews.applicable_result import ApplicableResult, ReviewState
from api.cases.schemas import ALL_STAGES
from api.cases.shown_steps import PAGES
from api.cases.standing import Standing, standing_from
from api.store.schema import Entry
from instruments.loading import read_yaml

CASES: Any = read_yaml(Path(__file__).with_name("next_steps.yaml")).data


@pytest.mark.parametrize("told", CASES, ids=lambda told: told["case"])
def test_the_next_step_follows_from_what_the_case_holds(told: dict[str, Any]) -> None:
    outcome, state, *stated = told.get("result") or [None, None]
    result = ApplicableResult(outcome, ReviewState(state), *stated) if outcome else None
    step = next_step(CaseState(told["stage"], result, standing_from(told.get("standing"))))
    assert (step, role_of(step)) == (told["step"], told["who"])


def test_each_step_has_a_case_and_a_page_that_somebody_may_use() -> None:
    assert {told["step"] for told in CASES} == set(STEPS)
    assert set(PAGES) == set(STEPS) - {"closed"}
    assert {action for _, action in PAGES.values()} <= set(the_permissions().action_names())


@pytest.mark.parametrize("stage", ALL_STAGES)
def test_at_every_stage_somebody_has_the_next_step(stage: str) -> None:
    assert role_of(next_step(CaseState(stage, None, Standing()))) == "caseworker"


def entry(kind: str, key: str = "", **content: Any) -> Entry:
    return Entry(id=key or kind, kind=kind, content=content)


def report(key: str, day: str, preliminary: str = "open") -> Entry:
    return entry("intake", key, received_on=day, preliminary_assessment=preliminary)


TAKEN = entry("position_taken", position="no_measure", answer=None)
CLOSED = entry("case_closed", closed_on="2026-11-20")
OPENED = entry("preliminary_assessment_closed", result="investigation_opened", closed_on="2026-02-01")


@pytest.mark.parametrize(
    ("entries", "holds"),
    [
        ([TAKEN, report("b", "2026-11-10")], {"position": None, "preliminary": "open"}),
        ([TAKEN, entry("review")], {"position": None}),
        ([TAKEN, entry("review_rejected")], {"position": None}),
        ([report("a", "2026-11-01"), report("b", "2026-11-10")], {"received_on": date(2026, 11, 1)}),
        ([report("a", "2026-11-01", "not_needed"), report("b", "2026-11-10")], {"received_on": date(2026, 11, 10)}),
        ([OPENED, CLOSED], {"investigation_from": None, "closed_on": date(2026, 11, 20)}),
        ([entry("assessment", next_review_on="2027-01-02"), CLOSED], {"reassess_on": None}),
        (
            [entry("participation_ended", ended_on="2026-11-01"), CLOSED, report("b", "2026-11-25")],
            {"ended_on": None, "closed_on": None, "intake": "b"},
        ),
    ],
)
def test_what_begins_anew_leaves_behind_what_was_settled(entries: list[Entry], holds: dict[str, Any]) -> None:
    standing = Standing()
    for each in entries:
        standing = standing.after(each)
    assert {name: getattr(standing, name) for name in holds} == holds
