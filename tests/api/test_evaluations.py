"""What an evaluation answers."""

import hashlib
from itertools import groupby
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.evaluation.examples import Example, examples
from api.evaluation.results import groups_of_questions
from tests.api.conftest import EVALUATIONS, TODAY, Ask
from tests.api.shapes import assert_says_nothing_banned
from tests.cases.spoken import rendered

OWN_BEHAVIOUR = [
    "violent_behaviour_history",
    "nonviolent_offending_history",
    "early_violence_onset",
    "intervention_failure_history",
    "negative_attitudes",
    "impulsivity_risk_taking",
    "substance_use",
]
OTHER_OWN_BEHAVIOUR = ["anger_management", "low_empathy_remorse", "poor_compliance", "low_school_commitment"]
PROTECTIVE = [
    "prosocial_involvement",
    "strong_social_support",
    "secure_attachment",
    "positive_attitude_to_support",
    "strong_school_commitment",
    "resilient_traits",
]


def worked_example() -> dict[str, Any]:
    """The example of domain.md 1.5: all met, gang ties unknown, guardian 2 not recorded."""
    return {
        "reference_date": "2026-11-21",
        "guidance": "socialstyrelsen_2012",
        "facts": {
            "age": 16,
            "recruitment_risk": "yes",
            "coordinated_need": {"value": "yes", "reason": "Two services are needed at once."},
            "offence_count": {"value": 5, "window_months": 24},
            "reoffending_risk": {"value": "high", "reason": "The last half-year."},
        },
        "ratings": {
            "instrument": "youth_spj",
            "items": {
                **dict.fromkeys(OWN_BEHAVIOUR, "moderate"),
                **dict.fromkeys(OTHER_OWN_BEHAVIOUR, "low"),
                **dict.fromkeys(PROTECTIVE[:2], "present"),
                **dict.fromkeys(PROTECTIVE[2:], "absent"),
            },
        },
        "guardians": ["g1", "g2"],
        "consents": [
            {"person": person, "recipient": recipient, "status": "given"}
            for person in ("youth", "g1")
            for recipient in ("police", "school")
        ],
    }


@pytest.mark.thorough
def test_open_questions_stand_once_under_what_they_can_settle() -> None:
    """Also where a question that settles more comes after one that settles less."""
    are_mixed = False
    for _, told in rendered()[0]:
        groups = groups_of_questions(told)
        reaches = [settles for settles, _ in groups]
        shown = [question for _, reach in groups for group in reach for question in group.questions]
        assert len(reaches) == len(set(reaches))
        assert len(shown) == len(told["open_questions"])
        assert all(
            question["settles"] == settles for settles, reach in groups for g in reach for question in g.questions
        )
        runs = [settles for settles, _ in groupby(told["open_questions"], key=lambda each: each["settles"])]
        are_mixed = are_mixed or runs != reaches
    assert are_mixed, "no order of questions that could show a heading twice"


@pytest.mark.parametrize(("language", "other"), [("sv", "en"), ("en", "sv")])
def test_one_language_is_answered_without_the_other(client: FlaskClient, language: str, other: str) -> None:
    both = client.post(EVALUATIONS, json=worked_example())
    one = client.post(f"{EVALUATIONS}/{language}", json=worked_example())
    assert one.get_json()["headline"] == {language: both.get_json()["headline"][language]}
    assert one.headers["Content-Language"] == language
    assert f'"{other}":' not in one.text
    assert one.get_json()["sha256"] == both.get_json()["sha256"]
    assert client.post(f"{EVALUATIONS}/so", json=worked_example()).status_code == 404


def test_the_result_alone_is_that_of_the_complete_answer(client: FlaskClient) -> None:
    complete = client.post(EVALUATIONS, json=worked_example()).get_json()
    brief = client.post(f"{EVALUATIONS}/result", json=worked_example()).get_json()
    assert (brief["outcome"], brief["gate"]) == (complete["outcome"], complete["gate"]["overall"])
    assert all(brief["statuses"][each["id"]] == each["status"] for each in complete["criteria"])
    refused = client.post(f"{EVALUATIONS}/result", json={**worked_example(), "facts": {"age": -1}})
    assert refused.status_code == 422


def test_the_worked_example_supports_an_offer_while_a_guardian_has_not_answered(client: FlaskClient) -> None:
    answer = client.post(EVALUATIONS, json=worked_example()).get_json()
    assert answer["outcome"] == "supports_offer"
    assert answer["headline"]["sv"] == "Underlaget talar för att pröva ett erbjudande om SIG"
    assert {each["status"] for each in answer["criteria"] if each["required"]} == {"met"}
    (ties,) = (
        child
        for each in answer["criteria"]
        if each["id"] == "offences_or_ties"
        for child in each["children"]
        if child["status"] == "unknown"
    )
    assert not ties["decisive"]
    assert answer["gate"]["overall"] == "unknown"
    silent = [each for each in answer["gate"]["parties"] if each["status"] == "not_recorded"]
    assert [(each["person"], each["recipient"]) for each in silent] == [("g2", "police"), ("g2", "school")]


def test_the_same_input_gives_the_same_digest_and_another_input_another(client: FlaskClient) -> None:
    first = client.post(EVALUATIONS, json=worked_example()).get_json()
    again = client.post(EVALUATIONS, json=worked_example()).get_json()
    other = worked_example()
    other["facts"]["age"] = 17
    changed = client.post(EVALUATIONS, json=other).get_json()
    assert first == again
    assert first["sha256"] == again["sha256"] != changed["sha256"]
    assert len(bytes.fromhex(first["sha256"])) == hashlib.sha256().digest_size


def test_free_text_and_names_do_not_change_the_digest(client: FlaskClient) -> None:
    first = client.post(EVALUATIONS, json=worked_example()).get_json()
    other = worked_example()
    other["facts"]["coordinated_need"]["reason"] = "Said otherwise."
    other["guardians"] = ["a", "b"]
    other["consents"] = [
        {**each, "person": {"g1": "a"}.get(each["person"], each["person"])} for each in other["consents"]
    ]
    assert client.post(EVALUATIONS, json=other).get_json()["sha256"] == first["sha256"]


def test_without_a_reference_date_the_clock_of_the_service_decides(evaluate: Ask) -> None:
    assert evaluate().get_json()["reference_date"] == TODAY.isoformat()


def test_nothing_but_a_guidance_is_needed_and_nothing_is_assumed(evaluate: Ask) -> None:
    answer = evaluate().get_json()
    assert answer["outcome"] == "more_information_needed"
    assert all(each["status"] == "unknown" for each in answer["criteria"])
    assert answer["profile"] is None


def test_nothing_is_counted_before_the_professional_has_rated(client: FlaskClient) -> None:
    body = worked_example()
    del body["facts"]["reoffending_risk"]
    answer = client.post(EVALUATIONS, json=body).get_json()
    assert answer["counts_withheld"]
    assert answer["profile"] is None
    texts = {each["id"]: each["text"]["en"] for each in answer["criteria"]}
    assert "7 of 11" not in texts["own_behaviour"]
    assert (answer["outcome"], answer["headline"], answer["sha256"]) == (None, None, None)
    statuses = {each["id"]: each["status"] for each in answer["criteria"]}
    assert (statuses["own_behaviour"], statuses["few_protective"]) == (None, None)
    assert statuses["age"] == statuses["track"] == "met"
    assert answer["withheld"]["until"] == "reoffending_risk"
    assert answer["withheld"]["criteria"] == ["own_behaviour", "few_protective"]
    rated = client.post(EVALUATIONS, json=worked_example()).get_json()
    assert not rated["counts_withheld"]
    assert (rated["outcome"], rated["withheld"]) == ("supports_offer", None)
    assert rated["sha256"]
    assert rated["profile"]["own_behaviour"]["moderate_or_high"]["rated"] == 7


def test_a_rating_that_cannot_be_made_opens_the_counts_too(client: FlaskClient) -> None:
    body = worked_example()
    body["facts"]["reoffending_risk"] = {"missing": "not_found", "reason": "Nobody could be asked."}
    assert client.post(EVALUATIONS, json=body).get_json()["profile"] is not None


def test_consent_changes_the_gate_and_never_the_outcome(client: FlaskClient) -> None:
    refused = worked_example()
    refused["consents"] = [{**each, "status": "refused"} for each in refused["consents"]]
    answer = client.post(EVALUATIONS, json=refused).get_json()
    assert answer["gate"]["overall"] == "not_ready"
    assert answer["outcome"] == "supports_offer"


def test_a_local_version_is_asked_for_by_its_path(evaluate: Ask) -> None:
    answer = evaluate(guidance="stockholm_2012/norrmalm", facts={"age": 21}).get_json()
    assert answer["outcome"] == "not_target_group"
    (age,) = (each for each in answer["criteria"] if each["id"] == "age")
    assert age["threshold"]["value"] == [15, 20]
    assert "stockholm_2012/norrmalm@1.0" in answer["definitions"]


def test_answers_keep_swedish_letters(evaluate: Ask) -> None:
    raw = evaluate(facts={"gang_ties": {"value": "none", "source": "fältassistent på Östermalm"}}).data
    assert "fältassistent på Östermalm".encode() in raw


@pytest.mark.parametrize("example", examples().values(), ids=lambda example: example.id)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_invented_examples_are_taken_and_decide_nothing(
    example: Example, language: str, client: FlaskClient
) -> None:
    response = client.post(EVALUATIONS, json=example.body(language))
    assert response.status_code == 200, response.text
    assert_says_nothing_banned(response.text)


def test_the_invented_examples_show_every_outcome(client: FlaskClient) -> None:
    outcomes = {}
    for example in examples().values():
        body = example.body("en")
        answer = client.post(EVALUATIONS, json=body).get_json()
        if answer["withheld"] is not None:  # rated, and the summary rating is still to be made
            assert answer["outcome"] is None
            body["facts"]["reoffending_risk"] = {"missing": "not_found", "reason": "Too little is known."}
            answer = client.post(EVALUATIONS, json=body).get_json()
        outcomes[example.id] = answer["outcome"]
    assert outcomes == {
        "clear": "supports_offer",
        "borderline": "not_target_group",
        "missing_information": "more_information_needed",
        "wants_to_leave": "supports_offer",
        "no_match": "not_target_group",
    }


def test_the_borderline_example_is_one_offence_from_another_outcome(client: FlaskClient) -> None:
    answer = client.post(EVALUATIONS, json=examples()["borderline"].body("en")).get_json()
    alone = [each["changes"] for each in answer["smallest_changes"]]
    assert [{"any": 1, "of": ["offence_count"], "from": [2], "to": [{"from": 3, "to": 999}]}] in alone
