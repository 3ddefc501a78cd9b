"""The exchange form is valid FHIR R4, coded, in both languages, and says why an answer is absent."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from instruments.fhir import canonical, questionnaire, questionnaire_response
from instruments.model import Instrument
from instruments.ratings import Ratings, read_ratings
from instruments.shipped import instrument_registry

INSTRUMENTS = [definition.content for definition in instrument_registry()]
YOUTH = instrument_registry().find("youth_spj", on=date(2026, 11, 21)).content
BOTH = pytest.mark.parametrize("language", ["sv", "en"])
EACH = pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: each.id)


def ratings_of(instrument: Instrument) -> Ratings:
    first, second, third, *_, last = instrument.items
    raw = {
        "items": {
            first.id: "high",
            second.id: {"missing": "not_found", "reason": "Registret är gallrat."},
            third.id: {"level": "low", "note": "Enligt den unge", "source": "samtal"},
            last.id: "present",
        },
        "extra_factors": [
            {"text": "Ny i landet", "direction": "risk", "reason": "Saknar nätverk"},
            {"text": "Ny familj", "direction": "protective", "reason": "Bor tryggt"},
        ],
        "critical_items": [{"item": first.id, "reason": "Skedde i går"}],
    }
    return read_ratings(raw, instrument)


def response(instrument: Instrument, language: str = "sv", **more: Any) -> dict[str, Any]:
    given = {"authored": "2026-11-21", "subject": "Patient/1", **more}
    return questionnaire_response(instrument, ratings_of(instrument), language=language, **given)


def flat(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for item in items for each in (item, *flat(item.get("item", [])))]


def extensions(element: dict[str, Any]) -> dict[str, Any]:
    """The values of an element's extensions by the last part of their address."""
    values = {}
    for extension in element.get("extension", []):
        [value] = [value for name, value in extension.items() if name.startswith("value")]
        values[extension["url"].replace("/", ":").rpartition(":")[2]] = value
    return values


@EACH
@BOTH
def test_the_questionnaire_is_valid_fhir(instrument: Instrument, language: str) -> None:
    resource = questionnaire(instrument, language)
    Questionnaire.model_validate(resource)
    links = [item["linkId"] for item in flat(resource["item"])]
    assert len(links) == len(set(links))


@EACH
@BOTH
@pytest.mark.parametrize("status", ["in-progress", "completed", "amended"])
def test_the_response_is_valid_fhir(instrument: Instrument, language: str, status: str) -> None:
    QuestionnaireResponse.model_validate(response(instrument, language, status=status))


@EACH
def test_the_response_answers_the_questions_of_its_questionnaire(instrument: Instrument) -> None:
    asked = {item["linkId"]: item for item in flat(questionnaire(instrument, "sv")["item"])}
    answered = response(instrument)
    assert answered["questionnaire"] == f"urn:underlag:instrument:{instrument.id}|{instrument.version}"
    for item in flat(answered["item"]):
        options = [option["valueCoding"] for option in asked[item["linkId"]].get("answerOption", [])]
        for answer in item.get("answer", []):
            assert "valueString" in answer or answer["valueCoding"] in options


def test_each_item_of_the_instrument_is_a_coded_choice_with_ordinal_values() -> None:
    asked = {item["linkId"]: item for item in flat(questionnaire(YOUTH, "en")["item"])}
    for item in YOUTH.items:
        options = asked[item.id]["answerOption"]
        assert [option["valueCoding"]["code"] for option in options] == list(YOUTH.levels(item))
        assert [extensions(option)["ordinalValue"] for option in options] == list(range(len(options)))
        assert not asked[item.id]["required"]


def test_an_item_says_what_it_rests_on_how_far_it_looks_back_and_whether_it_changes() -> None:
    asked = {item["linkId"]: item for item in flat(questionnaire(YOUTH, "en")["item"])}
    properties = extensions(asked["substance_use"])
    assert properties["dynamic"] is True
    assert properties["own-behaviour"] is True
    assert properties["look-back"] == "P6M"
    assert properties["designNote"].startswith("Drug use and offending go together")
    assert "look-back" not in extensions(asked["self_harm_history"])


def test_the_anchors_the_description_and_the_question_are_help_texts() -> None:
    asked = {item["linkId"]: item for item in flat(questionnaire(YOUTH, "sv")["item"])}
    helps = {each["linkId"]: each["text"] for each in asked["strong_social_support"]["item"]}
    assert list(helps) == [
        f"strong_social_support.{name}" for name in ("description", "ask", "anchor.absent", "anchor.present")
    ]
    assert helps["strong_social_support.ask"] == "Vem har ställt upp för dig den senaste tiden, och hur?"
    assert helps["strong_social_support.anchor.absent"].startswith("Finns inte: Ingen namngiven vuxen")


def test_items_are_grouped_by_domain_in_order() -> None:
    groups = questionnaire(YOUTH, "en")["item"]
    assert [group["linkId"] for group in groups] == [
        *(f"domain.{domain.id}" for domain in YOUTH.domains),
        "extra_factors",
        "critical_items",
    ]
    assert [item["linkId"] for group in groups[:4] for item in group["item"]] == [item.id for item in YOUTH.items]


def test_the_other_language_is_in_translations() -> None:
    for language, other in (("sv", "en"), ("en", "sv")):
        resource = questionnaire(YOUTH, language)
        assert resource["title"] == YOUTH.title.in_language(language)
        [translation] = resource["_title"]["extension"]
        assert translation["extension"] == [
            {"url": "lang", "valueCode": other},
            {"url": "content", "valueString": YOUTH.title.in_language(other)},
        ]
        for item in flat(resource["item"]):
            assert item["_text"]["extension"][0]["extension"][0]["valueCode"] == other


def test_a_level_a_blank_not_asked_and_a_blank_not_found_are_told_apart() -> None:
    said = {item["linkId"]: item for item in flat(response(YOUTH)["item"])}
    first, second, third, fourth, *_ = (item.id for item in YOUTH.items)
    assert said[first]["answer"][0]["valueCoding"]["code"] == "high"
    assert extensions(said[second]) == {"data-absent-reason": "unknown", "reason": "Registret är gallrat."}
    assert extensions(said[third]) == {"note": "Enligt den unge", "source": "samtal"}
    assert extensions(said[fourth]) == {"data-absent-reason": "not-asked"}
    assert "answer" not in said[second]
    assert "answer" not in said[fourth]


def test_extra_factors_and_critical_items_repeat_their_groups() -> None:
    groups = response(YOUTH, "en")["item"]
    assert [group["linkId"] for group in groups[4:]] == ["extra_factors", "extra_factors", "critical_items"]
    direction = groups[5]["item"][1]["answer"][0]["valueCoding"]
    assert (direction["code"], direction["display"]) == ("protective", "protects")
    critical = groups[6]["item"][0]["answer"][0]["valueCoding"]
    assert (critical["code"], critical["display"]) == (YOUTH.items[0].id, YOUTH.items[0].title.en)


@pytest.mark.parametrize(
    ("authored", "written"),
    [
        ("2026-11-21", "2026-11-21"),
        (date(2026, 11, 21), "2026-11-21"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=UTC), "2026-11-21T09:30:00+00:00"),
    ],
)
def test_the_time_of_authoring_is_the_one_that_was_given(authored: Any, written: str) -> None:
    resource = response(YOUTH, authored=authored)
    assert resource["authored"] == written
    QuestionnaireResponse.model_validate(resource)


def test_a_time_without_its_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        response(YOUTH, authored=datetime(2026, 11, 21, 9, 30))


def test_a_language_without_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="'fi'"):
        questionnaire(YOUTH, "fi")
    with pytest.raises(ValueError, match="'fi'"):
        response(YOUTH, "fi")


def test_ratings_of_another_instrument_are_refused() -> None:
    other = next(instrument for instrument in INSTRUMENTS if instrument is not YOUTH)
    with pytest.raises(ValueError, match="ratings for the"):
        questionnaire_response(YOUTH, ratings_of(other), authored="2026-11-21", subject="Patient/1", language="sv")


def test_a_draft_says_so_and_an_end_date_is_told() -> None:
    draft = YOUTH.model_copy(update={"status": "draft", "valid_to": date(2030, 12, 31), "id": "ours/local"})
    resource = questionnaire(draft, "sv")
    Questionnaire.model_validate(resource)
    assert resource["status"] == "draft"
    assert resource["effectivePeriod"] == {"start": "2011-01-01", "end": "2030-12-31"}
    assert (canonical(draft), resource["name"]) == ("urn:underlag:instrument:ours:local", "OursLocal")


def test_no_code_of_ours_stands_under_a_web_address_that_is_not_ours() -> None:
    def systems(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [value for name, value in part.items() if name in ("system", "url") and isinstance(value, str)]
            return own + [each for value in part.values() for each in systems(value)]
        return [each for value in part for each in systems(value)] if isinstance(part, list) else []

    for address in systems(questionnaire(YOUTH, "sv")) + systems(response(YOUTH)):
        assert address.startswith(("urn:underlag:", "http://hl7.org/fhir/")) or address in ("lang", "content")
