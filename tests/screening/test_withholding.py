"""Until the summary rating is there a rater is told what derives from facts alone, and nothing that ratings move."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.ratings import read_ratings
from screening.brief import decide_briefly
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.rendering import render
from tests.cases.reading import library
from tests.thoroughness import examples

LIBRARY = library()
DAYS = (date(2026, 11, 21), date(2026, 11, 28))
INSTRUMENT = LIBRARY.instruments.find("youth_spj", on=DAYS[0]).content
NOT_FOUND = {"missing": "not_found", "reason": "Går inte att bedöma."}
FACTS: dict[str, Any] = {
    "age": 16,
    "recruitment_risk": "yes",
    "coordinated_need": {"value": "yes", "reason": "Skola och vård behövs."},
    "gang_ties": {"value": "confirmed", "source": "polisen", "observed_on": "2026-11-01"},
}


def explained(guidance: str, on: date, facts: Mapping[str, Any], levels: Mapping[str, Any] | None) -> Explanation:
    bound = LIBRARY.bind(guidance, on=on, instrument="youth_spj", is_rated=levels is not None)
    ratings = None if levels is None else read_ratings({"items": dict(levels)}, INSTRUMENT)
    return explain(bound, Intake(on, read_facts(facts, LIBRARY.facts(on), on=on), ratings))


def told(explanation: Explanation) -> dict[str, Any]:
    return render(explanation, LIBRARY.catalogue, engine="0.0")


def all_criteria(shown: list[Any]) -> Iterator[dict[str, Any]]:
    for each in shown:
        yield each
        yield from all_criteria(each["children"])


#: What was put in stands in the answer as it was put in.
ECHOES = ("facts_used",)


def without_echoes(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: without_echoes(value) for name, value in part.items() if name not in ECHOES}
    return [without_echoes(each) for each in part] if isinstance(part, list) else part


LEVELS = st.fixed_dictionaries({item.id: st.sampled_from(list(INSTRUMENT.levels(item))) for item in INSTRUMENT.items})


@settings(max_examples=examples(60), deadline=None)
@given(
    guidance=st.sampled_from(["socialstyrelsen_2012", "stockholm_2012", "stockholm_2012/farsta", "skl_2015"]),
    on=st.sampled_from(DAYS),
    age=st.sampled_from([None, 11, 16, 40]),
    one=LEVELS,
    other=LEVELS,
)
def test_two_ratings_of_the_same_items_are_told_the_same_before_the_summary_rating(
    guidance: str, on: date, age: int | None, one: dict[str, str], other: dict[str, str]
) -> None:
    facts = {**FACTS, "age": age}
    explanations = [explained(guidance, on, facts, levels) for levels in (one, other)]
    answers = [[without_echoes(told(each)), decide_briefly(each.bound, each.intake)] for each in explanations]
    assert json.dumps(answers[0], sort_keys=True) == json.dumps(answers[1], sort_keys=True)


@pytest.mark.parametrize("on", DAYS)
def test_what_waits_is_null_and_is_told_to_wait(on: date) -> None:
    levels = {item.id: "high" if item.kind == "risk" else "absent" for item in INSTRUMENT.items}
    answer = told(explained("socialstyrelsen_2012", on, FACTS, levels))
    statuses = {each["id"]: each["status"] for each in all_criteria(answer["criteria"])}
    assert {name for name, status in statuses.items() if status is None} == {"own_behaviour", "few_protective"}
    assert (answer["outcome"], answer["headline"], answer["sha256"], answer["profile"]) == (None, None, None, None)
    assert answer["withheld"]["outcome"] is True
    assert answer["withheld"]["criteria"] == ["own_behaviour", "few_protective"]
    assert statuses["track"] == statuses["coordinated_need"] == "met"

    for rating in ({"value": "low", "reason": "Inget har hänt."}, NOT_FOUND):
        rated = told(explained("socialstyrelsen_2012", on, {**FACTS, "reoffending_risk": rating}, levels))
        assert rated["outcome"] == "supports_offer"
        assert rated["withheld"] is None
        assert rated["sha256"]
        assert None not in {each["status"] for each in all_criteria(rated["criteria"])}


@pytest.mark.parametrize("on", DAYS)
def test_before_the_summary_rating_only_the_most_answers_that_can_be_left_are_told(on: date) -> None:
    """What is rated and not counted in may have settled it already, so that nothing need be left."""
    levels = {item.id: "high" if item.kind == "risk" else "absent" for item in INSTRUMENT.items}
    some = {name: level for name, level in levels.items() if name != INSTRUMENT.items[0].id}
    for rated in (levels, some):
        answer = told(explained("socialstyrelsen_2012", on, FACTS, rated))
        left, questions = answer["answers_left"], len(answer["open_questions"])
        assert (left["at_least"], left["at_most"], left["is_exact"]) == (0, min(questions, left["at_most"]), False)
        assert "yttre gränser" not in left["text"]["sv"]
        assert ("högst" in left["text"]["sv"]) is (left["at_most"] > 0)
        assert "Skattningarna räknas in när den samlade bedömningen är gjord." in left["text"]["sv"]


@pytest.mark.parametrize("on", DAYS)
def test_an_outcome_that_the_facts_settle_is_told(on: date) -> None:
    levels = {item.id: "high" for item in INSTRUMENT.risk_items}
    answer = told(explained("socialstyrelsen_2012", on, {**FACTS, "age": 40}, levels))
    assert answer["outcome"] == "not_target_group"
    assert answer["withheld"]["outcome"] is False
    assert answer["sha256"] is None, "the digest covers the statuses that wait"
    assert [part["of"] for part in answer["decisive"]] == [["age"]]
    no_items = told(explained("skl_2015", on, FACTS, levels))
    assert no_items["outcome"] == "supports_offer"
    assert no_items["withheld"]["criteria"] == []


def test_without_ratings_nothing_waits() -> None:
    answer = told(explained("socialstyrelsen_2012", DAYS[1], FACTS, None))
    assert answer["withheld"] is None
    assert answer["outcome"] == "more_information_needed"
    assert answer["sha256"]


def test_files_of_a_cohort_are_no_raters_view_and_keep_their_outcome() -> None:
    levels = {item.id: "high" if item.kind == "risk" else "absent" for item in INSTRUMENT.items}
    explanation = explained("socialstyrelsen_2012", DAYS[1], FACTS, levels)
    answer = render(explanation, LIBRARY.catalogue, engine="0.0", for_rater=False)
    assert (answer["outcome"], answer["withheld"], answer["sha256"]) == ("supports_offer", None, explanation.sha256)
    assert answer["counts_withheld"]


def test_the_stored_result_and_its_digest_are_the_computed_ones() -> None:
    levels = {item.id: "high" if item.kind == "risk" else "absent" for item in INSTRUMENT.items}
    explanation = explained("socialstyrelsen_2012", DAYS[1], FACTS, levels)
    assert explanation.outcome == explanation.covered["outcome"] == "supports_offer"
    assert replace(explanation, facts_alone=None).sha256 == explanation.sha256
