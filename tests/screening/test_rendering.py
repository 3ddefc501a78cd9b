"""The explanation as it is answered: the agreed keys, a source behind every line, limits in the open, and no advice."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from screening.criteria import ITEM_PREFIX
from screening.explanation import Explanation
from screening.rendering import render
from screening.worked_cases.reading import WorkedCase
from tests.cases.reading import answered, find_case, library, screen
from tests.cases.spoken import rendered

EVERYTHING_KNOWN = find_case("socialstyrelsen_2012", "grundfall")


def shown(case: WorkedCase, **facts: Any) -> dict[str, Any]:
    explanation = screen(replace(case, facts={**case.facts, **facts}))
    return render(explanation, library().catalogue, engine="0.0")


def all_criteria(part: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in part:
        yield each
        yield from all_criteria(each["children"])


def criterion(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    (named,) = (each for each in all_criteria(part["criteria"]) if each["id"] == name)
    return named


@pytest.fixture(scope="module")
def everything() -> list[tuple[Explanation, dict[str, Any]]]:
    """Every explanation of the worked and the generated intakes with its answer."""
    return rendered()[0]


# --- the agreed form (architecture.md 4) -----------------------------------------------------------------------------

AGREED = {
    "reference_date",
    "guidance",
    "outcome",
    "headline",
    "flags",
    "flags_open",
    "gate",
    "criteria",
    "open_questions",
    "smallest_changes",
    "profile",
    "definitions",
    "engine",
    "sha256",
}
AGREED_OF_A_CRITERION = {
    "id",
    "status",
    "required",
    "decisive",
    "text",
    "quote",
    "source",
    "reading",
    "threshold",
    "facts_used",
    "children",
}
AGREED_OF_A_THRESHOLD = {"value", "default", "range", "set_by", "set_on"}
SUMS = ("total", "score", "probability", "sum")


def test_the_answer_has_the_agreed_keys(everything: list[tuple[Explanation, dict[str, Any]]]) -> None:
    for _, answer in everything:
        assert set(answer) >= AGREED
        assert (answer["headline"] is None) == (answer["outcome"] is None)
        assert answer["headline"] is None or set(answer["headline"]) == {"sv", "en"}
        assert (answer["sha256"] is None) == (answer["withheld"] is not None)
        assert set(answer["gate"]) >= {"overall", "parties"}
        for each in all_criteria(answer["criteria"]):
            assert set(each) >= AGREED_OF_A_CRITERION
            assert set(each["text"]) == {"sv", "en"}
            assert each["threshold"] is None or set(each["threshold"]) >= AGREED_OF_A_THRESHOLD


def test_the_answer_is_json_and_reads_back_the_same(everything: list[tuple[Explanation, dict[str, Any]]]) -> None:
    for _, answer in everything:
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_the_answer_names_no_sum_and_no_probability(everything: list[tuple[Explanation, dict[str, Any]]]) -> None:
    def keys(part: Any) -> Iterator[str]:
        if isinstance(part, Mapping):
            for key, value in part.items():
                yield key
                yield from keys(value)
        elif isinstance(part, list):
            for value in part:
                yield from keys(value)

    some_of_every_guidance = everything[::10]
    sums = {key for _, answer in some_of_every_guidance for key in keys(answer) if any(word in key for word in SUMS)}
    assert sums == set()


def test_the_answer_tells_the_digest_and_the_engine_that_rendered_it() -> None:
    explanation = screen(EVERYTHING_KNOWN)
    answers = [render(explanation, library().catalogue, engine=engine) for engine in ("1.0", "2.0")]
    assert [each["engine"] for each in answers] == ["1.0", "2.0"]
    assert {each["sha256"] for each in answers} == {explanation.sha256}
    assert answers[0]["definitions"] == dict(explanation.bound.definitions)


@pytest.mark.parametrize(
    ("outcome", "headline"),
    [
        ("supports_offer", "Underlaget talar för att pröva ett erbjudande om SIG"),
        ("not_target_group", "Underlaget pekar inte mot målgruppen; pröva mindre omfattande stöd"),
        ("more_information_needed", "Mer underlag behövs"),
    ],
)
def test_the_headlines_are_those_of_the_domain(
    outcome: str, headline: str, everything: list[tuple[Explanation, dict[str, Any]]]
) -> None:
    assert {answer["headline"]["sv"] for _, answer in everything if answer["outcome"] == outcome} == {headline}


def test_every_answer_says_that_it_cannot_predict_and_who_decides(
    everything: list[tuple[Explanation, dict[str, Any]]],
) -> None:
    for _, answer in everything:
        assert answer["reminder"]["sv"].startswith("Bedömningen är ett stöd för samtal och planering.")
        assert "kan inte förutsäga vad en enskild person kommer att göra." in answer["reminder"]["sv"]
        assert "Social services decide" in answer["reminder"]["en"]


# --- a source behind every line --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", library().guidances.ids())
def test_every_criterion_says_what_the_text_says_where_and_how_it_is_read(name: str) -> None:
    case = next(case for case, _ in answered() if case.guidance == name)
    for each in shown(case)["criteria"]:
        assert each["quote"], each["id"]
        assert set(each["source"]) == {"document", "publisher", "published", "section"}
        assert all(each["source"].values())
    for each in all_criteria(shown(case)["criteria"]):
        assert set(each["reading"]["text"]) == {"sv", "en"}
        assert each["reading"]["decided_by"]
        assert each["reading"]["decided_on"]


def test_every_fact_used_says_where_it_comes_from_and_when_it_held() -> None:
    (used,) = criterion(shown(EVERYTHING_KNOWN), "gang_ties")["facts_used"]
    assert used["title"] == {"sv": "Anknytning till kriminella grupperingar", "en": "Ties to criminal groups"}
    told = {key: used[key] for key in ("fact", "value", "blank", "source", "observed_on")}
    assert told == {
        "fact": "gang_ties",
        "value": "none",
        "blank": None,
        "source": "polisen",
        "observed_on": "2026-11-01",
    }


def test_offences_say_over_what_time_they_were_counted_and_how_many_were_convicted() -> None:
    answer = shown(EVERYTHING_KNOWN, offence_count={"value": 5, "window_months": 24, "convicted": 2})
    offences, age = criterion(answer, "several_offences")["facts_used"]
    assert (offences["value"], offences["window_months"], offences["convicted"]) == (5, 24, 2)
    assert (age["fact"], age["value"]) == ("age", 16)


def test_a_count_names_every_item_with_its_level_or_why_there_is_none() -> None:
    case = find_case("socialstyrelsen_2012", "Fem av elva, och en går inte att bedöma")
    used = criterion(shown(case), "own_behaviour")["facts_used"]
    assert len(used) == 11
    assert all(each["fact"].startswith(ITEM_PREFIX) for each in used)
    assert [each["value"] for each in used] == ["high", *["moderate"] * 4, *["low"] * 5, None]
    assert used[-1]["blank"] == "not_found"
    assert used[-1]["reason"]


def test_a_value_that_is_too_old_is_shown_with_its_day() -> None:
    answer = shown(find_case("skl_2015", "Sade för trettioen dagar sedan att den vill lämna"))
    (used,) = criterion(answer, "motivation_stated")["facts_used"]
    assert (used["value"], used["blank"], used["observed_on"]) == ("stated", "stale", "2026-10-21")
    assert "fråga igen" in criterion(answer, "motivation_stated")["text"]["sv"]


def test_what_could_not_be_learned_is_listed_apart_with_words_of_its_own() -> None:
    answer = shown(find_case("socialstyrelsen_2012", "Anknytningen går inte att klarlägga"))
    assert [each["fact"] for each in answer["not_found"]] == ["gang_ties"]
    assert "bedöm och motivera" in criterion(answer, "gang_ties")["text"]["sv"]
    assert answer["open_questions"] == []


def test_it_is_said_how_many_answers_are_left_and_what_could_not_be_found_out_is_not_counted() -> None:
    nothing_known = shown(find_case("socialstyrelsen_2012", "Ingenting är känt"))["answers_left"]
    assert (nothing_known["at_least"], nothing_known["at_most"], nothing_known["ends"]) == (1, 24, "settled")
    assert nothing_known["text"] == {"sv": "1 till 24 frågor kvar.", "en": "1 to 24 questions left."}
    in_vain = shown(find_case("socialstyrelsen_2012", "Anknytningen går inte att klarlägga"))["answers_left"]
    assert (in_vain["at_least"], in_vain["at_most"], in_vain["ends"]) == (0, 0, "unsettled")
    assert "utan det som inte har gått att få fram" in in_vain["text"]["sv"]
    assert shown(find_case("socialstyrelsen_2012", "grundfall"))["answers_left"] is None


@pytest.mark.parametrize("name", ["reoffending_risk", "coordinated_need"])
def test_what_could_not_be_learned_of_an_advisory_criterion_is_listed_too(name: str) -> None:
    guidance = {"reoffending_risk": "socialstyrelsen_2012", "coordinated_need": "stockholm_2012"}[name]
    blank = {"missing": "not_found", "reason": "Den unge är avviken."}
    answer = shown(find_case(guidance, "grundfall"), **{name: blank})
    assert [each["fact"] for each in answer["not_found"]] == [name]


@pytest.mark.parametrize("name", ["substance_only", "serious_offence_count", "part_of_decision", "offending_debut_age"])
def test_a_fact_that_is_shown_and_never_tested_is_shown(name: str) -> None:
    value = {"substance_only": "yes", "part_of_decision": "yes"}.get(name, 2)
    assert f'"{name}"' in json.dumps(shown(EVERYTHING_KNOWN, **{name: value}))


def test_a_court_order_says_that_it_is_not_consent() -> None:
    case = find_case("consent", "Dömd till SIG utan samtycke")
    without = {**shown(case, court_ordered="no"), "sha256": ""}
    assert {**shown(case), "sha256": ""} != without


# --- limits in the open (3.8) ----------------------------------------------------------------------------------------

UNDERLAG = ("Underlag", "2026-11-21")
YOUTH, ADULT = "grundfall", "Ung vuxen skattad med vuxeninstrumentet, fem av åtta"


@pytest.mark.parametrize(
    ("case", "name", "value", "permitted", "owner"),
    [
        (YOUTH, "age", [15, 25], [12, 29], ("Socialstyrelsen", "2012-11-01")),
        (YOUTH, "own_behaviour", 6, [4, 9], UNDERLAG),
        (ADULT, "own_behaviour", 5, [3, 7], UNDERLAG),
        (YOUTH, "few_protective", 2, [0, 4], UNDERLAG),
        (YOUTH, "several_offences", 3, [2, 10], UNDERLAG),
        (YOUTH, "reoffending_risk", "high", ["moderate", "high"], UNDERLAG),
    ],
)
def test_a_limit_shows_its_value_default_range_and_owner(
    case: str, name: str, value: Any, permitted: list[Any], owner: tuple[str, str]
) -> None:
    # A share is shown as the number of items that it comes to: more than 0.3 of 11 is 4, more than 0.8 of 8 is 7.
    threshold = criterion(shown(find_case("socialstyrelsen_2012", case)), name)["threshold"]
    told = {key: threshold[key] for key in AGREED_OF_A_THRESHOLD}
    assert told == {
        "value": value,
        "default": value,
        "range": permitted,
        "set_by": owner[0],
        "set_on": owner[1],
    }


def test_the_period_of_offences_and_the_age_below_which_all_count_are_shown_beside_their_number() -> None:
    parameters = criterion(shown(EVERYTHING_KNOWN), "several_offences")["threshold"]["parameters"]
    assert [(each["value"], each["range"]) for each in parameters] == [(3, [2, 10]), (24, [6, 60]), (15, [12, 18])]


def test_every_limit_in_force_is_shown() -> None:
    explanation, answer = screen(EVERYTHING_KNOWN), json.dumps(shown(EVERYTHING_KNOWN))
    in_force = [name for name, setting in explanation.bound.rules.settings.items() if setting.value is not None]
    assert [name for name in in_force if f'"id": "{name}"' not in answer] == []


def test_a_deviation_is_shown_with_its_owner_day_and_reason() -> None:
    answer = shown(find_case("overlays", "från_tolv"))
    (deviation,) = answer["deviations"]
    assert (deviation["id"], deviation["value"], deviation["default"]) == ("age_min", 12, 15)
    assert (deviation["set_by"], deviation["set_on"]) == UNDERLAG
    assert "pilotområden" in deviation["reason"]["sv"]
    assert deviation["quote"] == "Samtliga pilotområden ville ta med deltagare under 15 år"
    threshold = criterion(answer, "age")["threshold"]
    assert (threshold["value"], threshold["default"]) == ([12, 25], [15, 25])


@pytest.mark.parametrize("name", [name for name in library().overlays.ids() if name != "socialstyrelsen_2012/under_15"])
def test_an_overlay_that_narrows_or_only_observes_is_no_deviation(name: str) -> None:
    case = next(case for case, _ in answered() if case.guidance == name)
    assert shown(case)["deviations"] == []


# --- flags and gate --------------------------------------------------------------------------------------------------


def test_safety_comes_before_everything_among_the_flags() -> None:
    answer = shown(find_case("flags", "Alla upplysningar på en gång"))
    assert answer["flags"][0] == "safety_first"
    assert answer["flag_texts"][0]["id"] == "safety_first"


def test_the_strategic_offence_is_never_shown_without_its_weak_base_rate() -> None:
    answer = shown(find_case("flags", "Rån vid femton"))
    (flag,) = (each for each in answer["flag_texts"] if each["id"] == "strategic_offence_information")
    assert flag["status"] == "met"
    assert "82 procent" in flag["caution"]["sv"]
    assert "82 per cent" in flag["caution"]["en"]
    assert "2021" in flag["statement"]["sv"]


def test_a_flag_says_its_status_and_what_it_rests_on() -> None:
    answer = shown(find_case("flags", "Hotet är inte efterfrågat, men självskada är det"))
    flag = answer["flag_texts"][0]
    assert flag["status"] == "met"
    assert [(each["fact"], each["value"], each["blank"]) for each in flag["facts_used"]] == [
        ("current_threat", None, "not_asked"),
        ("acute_self_harm", "yes", None),
    ]


def test_the_gate_tells_each_person_and_recipient_and_cites_its_rule() -> None:
    gate = shown(find_case("consent", "En förälder nekar polisen"))["gate"]
    assert gate["overall"] == "not_ready"
    refused = [each for each in gate["parties"] if each["status"] == "refused"]
    assert [(each["person"], each["recipient"], each["mandatory"]) for each in refused] == [("pappa", "police", True)]
    assert refused[0]["text"] == {"sv": "Samtycke nekat: Polisen.", "en": "Consent refused: The police."}
    assert "fråga för den som beslutar" in gate["text"]["sv"]
    assert gate["quote"] == "Samtycke måste inhämtas från föräldrar och den unge."
    assert gate["source"]["publisher"]


def test_a_recipient_that_does_not_count_is_shown_and_not_counted() -> None:
    gate = shown(find_case("consent", "Nekar arbetsförmedlingen"))["gate"]
    (other,) = (each for each in gate["parties"] if each["recipient"] == "employment_service")
    assert (gate["overall"], other["readiness"], other["mandatory"]) == ("ready", "not_ready", False)


def test_guardians_who_are_not_known_are_said_to_be_so() -> None:
    gate = shown(find_case("consent", "Vårdnadshavarna är okända"))["gate"]
    assert gate["guardians_open"] is True
    assert len(gate["notes"]) == 1


# --- questions and changes -------------------------------------------------------------------------------------------


def test_every_answer_to_a_question_is_told_once(everything: list[tuple[Explanation, dict[str, Any]]]) -> None:
    for explanation, answer in everything:
        rules = explanation.bound.rules
        for question in answer["open_questions"]:
            told = [value for each in question["answers"] for value in each["values"]]
            if all(isinstance(value, str) for value in told):
                name = question["id"].removeprefix(ITEM_PREFIX)
                is_item = question["id"].startswith(ITEM_PREFIX)
                known = rules.instrument.levels(rules.instrument.item(name)) if is_item else rules.describe(name).codes
                assert sorted(told) == sorted(known)
            else:
                stretches = sorted((each["from"], each["to"]) for each in told if isinstance(each, Mapping))
                assert all(low <= high for low, high in stretches)
                assert all(one[1] + 1 == other[0] for one, other in pairwise(stretches)), question["id"]


def test_a_question_that_settles_alone_has_an_answer_that_settles(
    everything: list[tuple[Explanation, dict[str, Any]]],
) -> None:
    for explanation, answer in everything:
        if explanation.are_counts_withheld:
            continue
        for question in answer["open_questions"]:
            outcomes = {each["outcome"] for each in question["answers"]}
            assert (outcomes != {"more_information_needed"}) is (question["settles"] == "alone"), question["id"]


def test_a_smallest_change_is_a_supposition_and_never_advice(
    everything: list[tuple[Explanation, dict[str, Any]]],
) -> None:
    texts = [each["text"] for _, answer in everything for each in answer["smallest_changes"]]
    assert len(texts) > 100
    for text in texts:
        assert text["sv"].startswith("Om ")
        assert "hade resultatet varit" in text["sv"]
        assert text["en"].startswith("If ")
        assert "would have been" in text["en"]


def test_a_change_tells_what_it_was_what_it_would_be_and_what_that_gives() -> None:
    answer = shown(find_case("socialstyrelsen_2012", "Fem av elva faktorer"))
    (change,) = answer["smallest_changes"]
    (part,) = change["changes"]
    assert (part["any"], part["from"], part["to"]) == (1, ["low"] * 6, ["moderate", "high"])
    assert change["outcome"] == "supports_offer"


# --- the worked example, read aloud ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "swedish", "english"),
    [
        ("age", "Ålder: 16. Gränserna är 15–25.", "Age: 16. The limits are 15–25."),
        (
            "own_behaviour",
            "7 av 11 faktorer är skattade som måttliga eller höga. Minst 6 krävs.",
            "7 of 11 factors are rated moderate or high. At least 6 are required.",
        ),
        (
            "gang_ties",
            "Underlag saknas: Anknytning till kriminella grupperingar. Frågan är inte ställd.",
            "Information is missing: Ties to criminal groups. The question has not been asked.",
        ),
        (
            "offences_or_ties",
            "Uppfyllt genom: Har begått flera brott.",
            "Met through: Has committed several offences.",
        ),
    ],
)
def test_the_worked_example_of_the_domain_reads_in_both_languages(name: str, swedish: str, english: str) -> None:
    answer = shown(find_case("socialstyrelsen_2012", "Exemplet med en samlad bedömning"))
    assert criterion(answer, name)["text"] == {"sv": swedish, "en": english}


# --- the languages that are asked for ---------------------------------------------------------------------------------


def narrowed(part: Any, language: str) -> Any:
    """An answer in both languages, without the other one."""
    if isinstance(part, Mapping):
        if set(part) == {"sv", "en"}:
            return {language: part[language]}
        return {name: narrowed(each, language) for name, each in part.items()}
    return [narrowed(each, language) for each in part] if isinstance(part, list) else part


@pytest.mark.parametrize("language", ["sv", "en"])
def test_one_language_is_both_without_the_other(
    language: str, everything: list[tuple[Explanation, dict[str, Any]]]
) -> None:
    for explanation, answer in everything[::7]:
        alone = render(explanation, library().catalogue, engine="0.0", languages=(language,))
        assert json.dumps(alone) == json.dumps(narrowed(answer, language))


def test_what_one_answer_says_stands_in_no_other(everything: list[tuple[Explanation, dict[str, Any]]]) -> None:
    again = [json.dumps(render(each, library().catalogue, engine="0.0")) for each, _ in reversed(everything[::7])]
    assert again == [json.dumps(answer) for _, answer in reversed(everything[::7])]
