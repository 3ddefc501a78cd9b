"""Every case has one next step with one owner, until it is closed."""

from pathlib import Path
from typing import Any

import pytest

from api.access.permission_table import the_permissions
from api.cases.next_step import STEPS, CaseState, next_step, role_of
from api.cases.reviews.applicable_result import ApplicableResult, ReviewState
from api.cases.schemas import ALL_STAGES
from api.cases.shown_steps import PAGES
from api.cases.standing import Standing, standing_from
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
