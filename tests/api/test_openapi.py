"""The documentation: valid, whole, and true."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.evaluation.examples import examples
from api.manual.api_reference import METHODS, words_of
from tests.api.conftest import EVALUATIONS
from tests.api.test_evaluations import worked_example
from tests.api.test_help import words


@pytest.fixture(scope="module")
def document(app: Any) -> dict[str, Any]:
    openapi: dict[str, Any] = app.test_client().get("/api/openapi.json").get_json()
    return openapi


def validator_of(document: dict[str, Any], name: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_for_programs_is_documented(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {
        EVALUATIONS,
        f"{EVALUATIONS}/{{language}}",
        f"{EVALUATIONS}/result",
        "/api/v1/instruments",
        "/api/v1/instruments/{name}",
        "/api/v1/instruments/{name}/cards",
        "/api/v1/guidance",
        "/api/v1/guidance/{name}",
        "/api/v1/governance",
        "/api/v1/governance/{name}",
        "/health",
        "/ready",
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            assert operation["summary"], path
            assert operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert operation["responses"]["default"]["$ref"].endswith("DEFAULT_ERROR")


def test_every_failure_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for name, response in document["components"]["responses"].items():
        assert list(response.get("content", {})) in ([], ["application/problem+json"]), name


def test_every_field_of_the_explanation_has_words(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    wanted, seen = ["Explanation", "Evaluation", "Problem", "Instrument", "Guidance"], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        for field, schema in schemas[name].get("properties", {}).items():
            if name not in ("Facts", "Items"):
                assert schema.get("description"), f"{name}.{field}"
            wanted += references(schema)
    assert {"Criterion", "UsedFact", "Threshold", "Question", "Gate", "Profile"} <= seen


def references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
        return own + [ref for each in schema.values() for ref in references(each)]
    return [ref for each in schema for ref in references(each)] if isinstance(schema, list) else []


def test_the_documented_examples_are_the_invented_people(document: dict[str, Any], client: FlaskClient) -> None:
    media = document["paths"][EVALUATIONS]["post"]["requestBody"]["content"]["application/json"]
    assert set(media["examples"]) == set(examples())
    validator = validator_of(document, "Evaluation")
    for example in media["examples"].values():
        assert not list(validator.iter_errors(example["value"]))
        assert client.post(EVALUATIONS, json=example["value"]).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        worked_example(),
        {"guidance": "skl_2015"},
        {"guidance": "stockholm_2012/ostermalm", "facts": {"age": 12, "offence_count": 4}},
        {
            "guidance": "stockholm_2019",
            "facts": {"motivation_to_leave": {"value": "stated", "observed_on": "2020-01-01"}},
        },
        {"guidance": "young_adults_2013", "ratings": {"instrument": "youth_spj", "items": {}}},
        {"guidance": "socialstyrelsen_2012/under_15", "facts": {"age": {"missing": "not_found", "reason": "x"}}},
        *(example.body("sv") for example in examples().values()),
    ],
)
def test_the_explanation_is_what_the_documentation_says(
    body: dict[str, Any], document: dict[str, Any], client: FlaskClient
) -> None:
    answer = client.post(EVALUATIONS, json=body).get_json()
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
        for error in validator_of(document, "Explanation").iter_errors(answer)
    ]
    assert not errors
    required = document["components"]["schemas"]["Explanation"]["required"]
    assert set(required) == set(answer)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/instruments", "InstrumentList"),
        ("/api/v1/instruments/youth_spj", "Instrument"),
        ("/api/v1/instruments/young_adult_spj", "Instrument"),
        ("/api/v1/guidance", "GuidanceList"),
        ("/api/v1/guidance/stockholm_2012", "Guidance"),
        ("/api/v1/guidance/socialstyrelsen_2012/under_15", "Guidance"),
        ("/health", "Health"),
        ("/ready", "Ready"),
    ],
)
def test_definitions_are_what_the_documentation_says(
    path: str, name: str, document: dict[str, Any], client: FlaskClient
) -> None:
    assert not list(validator_of(document, name).iter_errors(client.get(path).get_json()))


def test_a_problem_is_what_the_documentation_says(document: dict[str, Any], client: FlaskClient) -> None:
    answer = client.post(EVALUATIONS, json={"guidance": 1, "facts": {"x": 1}}).get_json()
    assert not list(validator_of(document, "Problem").iter_errors(answer))


def test_every_fact_and_item_is_documented_by_name(document: dict[str, Any], client: FlaskClient) -> None:
    schemas = document["components"]["schemas"]
    instrument = client.get("/api/v1/instruments/youth_spj").get_json()
    assert {item["id"] for item in instrument["items"]} <= set(schemas["Items"]["properties"])
    guidance = client.get("/api/v1/guidance/stockholm_2012").get_json()
    assert set(guidance["facts"]) <= set(schemas["Facts"]["properties"])
    assert "sex" not in schemas["Facts"]["properties"]


def test_the_reference_leads_to_every_operation_and_schema_and_each_says_all_that_the_document_does(
    document: dict[str, Any], client: FlaskClient
) -> None:
    index = client.get("/api/docs").text
    for path, method, operation in [
        (path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item
    ]:
        address = f"/api/docs/{operation['operationId']}"
        assert f'href="{address}"' in index
        shown = words(client.get(address).text)
        said = [f"{method.upper()} {path}", operation["summary"], *operation["responses"]]
        said += [each["name"] for each in operation.get("parameters", [])]
        assert [each for each in said if each not in shown] == []
    for name, schema in document["components"]["schemas"].items():
        assert f'href="/api/docs/schemas/{name}"' in index
        shown = words(client.get(f"/api/docs/schemas/{name}").text)
        assert [each for each in schema.get("properties", {}) if each not in shown] == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "maxLength": 9}, "string (at most 9 characters)"),
        ({"type": ["string", "null"], "format": "date"}, "string or null (date)"),
        ({"enum": ["low", "high"], "type": "string"}, "one of low, high"),
        ({"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]}, "Text or null"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Item"}}, "list of Item"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer by name"),
        ({"type": "integer", "minimum": 0, "default": 3}, "integer (at least 0, 3 where it is left out)"),
        ({"const": "ever"}, "ever"),
        ({}, "any value"),
    ],
)
def test_a_value_is_described_in_words(schema: dict[str, Any], said: str) -> None:
    assert "".join(each.text for each in words_of(schema)) == said


@pytest.mark.parametrize("address", ["/api/docs/nothing", "/api/docs/schemas/Nothing"])
def test_the_reference_has_no_page_of_what_is_not_there(address: str, client: FlaskClient) -> None:
    assert client.get(address).status_code == 404


def test_the_reference_takes_everything_from_its_own_origin(client: FlaskClient) -> None:
    for address in ("/api/docs", "/api/docs/evaluateIntake", "/api/docs/schemas/Problem"):
        assert not re.search(r'(src|href)="(https?:)?//', client.get(address).text)
