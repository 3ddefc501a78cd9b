"""A plan is fixed before an analysis; its digest is that of what it says, and what departs from it is told."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from instruments.cards import Card
from instruments.faults import InputError
from instruments.research.card.making import to_yaml
from instruments.research.card.page import render_page
from instruments.research.fairness.report import fairness
from instruments.research.plans.plan import Plan, departures, read_plan
from tests.instruments.research.card.made import card_of, evidence_of
from tests.instruments.research.data import ON
from tests.instruments.research.invented import invent

SAID: dict[str, Any] = {
    "title": "Exempelby 2026",
    "responsible": "Ada Berg",
    "fixed_on": "2026-11-01",
    "hypotheses": ["The area exceeds 0.6."],
    "outcome": "again",
}


def plan_of(**more: Any) -> Plan:
    return Plan.model_validate({**SAID, **more})


def parts_of(plan: Plan, *abouts: dict[str, Any]) -> dict[str, tuple[str, str]]:
    departed = departures(plan, abouts)
    return {str(each.parameters["part"]): (each.parameters["planned"], each.parameters["used"]) for each in departed}  # type: ignore[misc]


def test_the_digest_is_that_of_what_is_said_and_not_of_how_it_is_written(tmp_path: Path) -> None:
    one, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    one.write_text(yaml.safe_dump(SAID), encoding="utf-8")
    other.write_text("# a remark\n" + yaml.safe_dump(dict(reversed(SAID.items())) | {"cut": None}), encoding="utf-8")
    assert read_plan(one).sha256 == read_plan(other).sha256 == plan_of().sha256
    assert plan_of(seed=1).sha256 != plan_of(seed=2).sha256 != plan_of().sha256


@pytest.mark.parametrize(
    "change",
    [{"outcome": ""}, {"hypotheses": []}, {"folds": 1}, {"seed": -1}, {"cut": ".nan"}, {"invented": 1}],
    ids=str,
)
def test_a_faulty_plan_is_told_with_its_line(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump({**SAID, **change}).replace("'.nan'", ".nan"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(path)
    assert "plan.yaml" in caught.value.faults[0].where


def test_what_was_done_as_planned_is_no_departure() -> None:
    plan = plan_of(scores=["risk_total", "summary_rating"], cut=12, groups=["sex", "place"], seed=1, draws=500, folds=5)
    assert not departures(
        plan, [{"outcome": "again", "scores": ["risk_total", "summary_rating"], "seed": 1, "draws": 500}]
    )
    assert not departures(
        plan, [{"outcome": "again", "score": "summary_rating", "cut": 12.0, "groups": ["place", "sex"]}]
    )


def test_every_part_that_was_done_otherwise_is_told_with_both() -> None:
    plan = plan_of(scores=["risk_total"], cut=12, groups=["sex"], seed=1, draws=500, folds=5)
    done = {"outcome": "violent", "score": "individual", "cut": None, "groups": [], "seed": 2, "draws": 0, "folds": 10}
    assert parts_of(plan, done) == {
        "outcome": ("again", "violent"),
        "scores": ("risk_total", "individual"),
        "cut": ("12", "–"),
        "groups": ("sex", "–"),
        "seed": ("1", "2"),
        "draws": ("500", "0"),
        "folds": ("5", "10"),
    }


def test_several_reports_tell_a_departure_once() -> None:
    assert len(departures(plan_of(seed=1), [{"seed": 2}, {"seed": 2}, {"seed": 1}])) == 1


@given(seed=st.integers(0, 99), used=st.integers(0, 99))
def test_a_seed_departs_exactly_where_it_is_another(seed: int, used: int) -> None:
    assert bool(departures(plan_of(seed=seed), [{"seed": used}])) is (seed != used)


def test_what_a_plan_leaves_open_and_was_chosen_is_told_each_part_once() -> None:
    done = {"outcome": "again", "scores": ["risk_total"], "seed": 7, "cut": 3, "groups": ["sex"], "draws": 100}
    departed = departures(plan_of(groups=[]), [done, {"score": "risk_total", "seed": 7}])
    assert {each.code for each in departed} == {"plan-left-open"}
    assert [(each.parameters["part"], each.parameters["used"]) for each in departed] == [
        ("scores", "risk_total"),
        ("cut", "3"),
        ("groups", "sex"),
        ("seed", "7"),
    ]
    assert not departures(plan_of(), [{"outcome": "again", "cut": None, "groups": []}]), "nothing was chosen"


def test_a_departing_score_is_told_once_however_many_reports_used_it() -> None:
    plan = plan_of(scores=["decile"])
    assert parts_of(plan, {"scores": ["other", "decile"]}, {"score": "other"}) == {
        "scores": ("decile", "other, decile")
    }
    assert len(departures(plan, [{"scores": ["other", "decile"]}, {"score": "other"}])) == 1


def test_a_plan_of_a_later_day_was_not_fixed_before() -> None:
    assert [each.code for each in departures(plan_of(), [], on=date(2026, 10, 31))] == ["plan-after-analysis"]
    assert not departures(plan_of(), [], on=date(2026, 11, 1))


def test_reports_tell_what_a_plan_can_fix() -> None:
    assert {"outcome", "score", "cut", "groups", "seed"} <= set(fairness(invent(), groups=["sex"]).about)


def test_a_card_keeps_the_plan_and_its_digest_and_what_departs() -> None:
    plan = plan_of(seed=3)
    evidence = evidence_of(plan=plan)
    card = card_of(evidence)
    assert (card.plan, card.plan_sha256) == (plan, plan.sha256)
    assert "plan-departed" in [each.code for each in card.warnings]
    assert card.is_as_signed
    for language, told in (
        ("sv", "slumptalens start skulle vara 3 och är 0"),
        ("en", "random numbers was to be 3, and is 0"),
    ):
        page = render_page(card, evidence, language)
        assert told in page
        assert plan.sha256 in page
        assert plan.hypotheses[0] in page
    assert Card.model_validate(yaml.safe_load(to_yaml(card))).is_as_signed


def test_a_card_without_a_plan_says_so() -> None:
    evidence = evidence_of()
    card = card_of(evidence)
    assert card.plan is None
    assert "Ingen plan som lades fast före analysen" in render_page(card, evidence, "sv")
    assert "plan" not in {each.code.partition("-")[0] for each in card.warnings}
    assert card.created_on == ON
