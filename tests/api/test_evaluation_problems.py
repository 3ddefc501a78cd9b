"""What is refused, where it stands, and that all of it is told at once."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.conftest import EVALUATIONS, Ask
from tests.api.shapes import assert_problem

CONTENT = [
    ("no guidance", {"guidance": None}, ("/guidance", "wrong-type")),
    ("a guidance that is a number", {"guidance": 3}, ("/guidance", "wrong-type")),
    ("a guidance that is not there", {"guidance": "malmo_2030"}, ("/guidance", "unknown-definition")),
    ("an overlay that is not there", {"guidance": "stockholm_2012/solna"}, ("/guidance", "unknown-definition")),
    ("a version that is not there", {"guidance": "skl_2015@9.9"}, ("/guidance", "unknown-version")),
    ("an endless name", {"guidance": "x" * 100_000}, ("/guidance", "text-too-long")),
    ("a name that is not used", {"sex": "m"}, ("/sex", "unknown-key")),
    ("a date that is not there", {"reference_date": "2026-02-30"}, ("/reference_date", "impossible-date")),
    ("a date in another form", {"reference_date": "20261121"}, ("/reference_date", "impossible-date")),
    ("a date that is a number", {"reference_date": 2026}, ("/reference_date", "wrong-type")),
    ("facts in a list", {"facts": []}, ("/facts", "wrong-type")),
    ("an unknown fact", {"facts": {"shoe_size": 43}}, ("/facts/shoe_size", "unknown-fact")),
    ("a fact with a slash", {"facts": {"a/b~c": 1}}, ("/facts/a~1b~0c", "unknown-fact")),
    ("sex as a fact", {"facts": {"sex": "x"}}, ("/facts/sex", "never-an-input")),
    ("a count that is worked out", {"facts": {"protective_count": 2}}, ("/facts/protective_count", "derived-fact")),
    ("an age in words", {"facts": {"age": "sixteen"}}, ("/facts/age", "off-range-fact")),
    ("an age with decimals", {"facts": {"age": 16.5}}, ("/facts/age", "off-range-fact")),
    ("an age of true", {"facts": {"age": True}}, ("/facts/age", "off-range-fact")),
    ("an age in an object", {"facts": {"age": {"value": 400}}}, ("/facts/age/value", "off-range-fact")),
    ("a level off the scale", {"facts": {"gang_ties": "maybe"}}, ("/facts/gang_ties", "off-scale-fact")),
    ("a list for a choice", {"facts": {"gang_ties": ["none"]}}, ("/facts/gang_ties", "off-scale-fact")),
    ("an unknown part", {"facts": {"age": {"valu": 3}}}, ("/facts/age/valu", "unknown-key")),
    ("no reason", {"facts": {"age": {"missing": "not_found"}}}, ("/facts/age/reason", "reason-missing")),
    (
        "a birth date against the age",
        {"facts": {"age": 15, "birth_date": "1986-05-05"}},
        ("/facts/age", "age-disagrees"),
    ),
    (
        "an observation that has not happened yet",
        {"facts": {"gang_ties": {"value": "none", "observed_on": "2027-01-01"}}},
        ("/facts/gang_ties/observed_on", "date-in-future"),
    ),
    (
        "a hundred thousand signs",
        {"facts": {"gang_ties": {"value": "none", "source": "å" * 100_000}}},
        ("/facts/gang_ties/source", "text-too-long"),
    ),
    ("ratings in a list", {"ratings": []}, ("/ratings", "wrong-type")),
    ("an unknown part of ratings", {"ratings": {"score": 31}}, ("/ratings/score", "unknown-key")),
    ("an unknown instrument", {"ratings": {"instrument": "savry"}}, ("/ratings/instrument", "unknown-definition")),
    ("an unknown item", {"ratings": {"items": {"x": "high"}}}, ("/ratings/items/x", "unknown-item")),
    (
        "a level that is none",
        {"ratings": {"items": {"substance_use": "sky-high"}}},
        ("/ratings/items/substance_use", "level-off-scale"),
    ),
    (
        "an item that does not apply",
        {"ratings": {"items": {"substance_use": "not_applicable"}}},
        ("/ratings/items/substance_use", "item-not-applicable"),
    ),
    (
        "an item without a reason",
        {"ratings": {"items": {"substance_use": {"missing": "not_found"}}}},
        ("/ratings/items/substance_use", "reason-missing"),
    ),
    (
        "an extra factor without text",
        {"ratings": {"extra_factors": [{"direction": "risk", "reason": "x"}]}},
        ("/ratings/extra_factors/0/text", "text-missing"),
    ),
    ("guardians in words", {"guardians": "two"}, ("/guardians", "wrong-type")),
    ("a guardian without a reference", {"guardians": [" "]}, ("/guardians/0", "text-missing")),
    ("a guardian called youth", {"guardians": ["youth"]}, ("/guardians/0", "reserved-reference")),
    ("a guardian twice", {"guardians": ["g1", "g1"]}, ("/guardians/1", "repeated-guardian")),
    ("a crowd of guardians", {"guardians": [str(n) for n in range(50)]}, ("/guardians", "list-too-long")),
    ("a consent without a person", {"consents": [{"recipient": "police"}]}, ("/consents/0/person", "missing-key")),
    ("a consent that is text", {"consents": ["yes"]}, ("/consents/0", "wrong-type")),
    (
        "a consent to somebody unknown",
        {"consents": [{"person": "youth", "recipient": "newspaper"}]},
        ("/consents/0/recipient", "unknown-recipient"),
    ),
    (
        "a consent that is a maybe",
        {"consents": [{"person": "youth", "recipient": "police", "status": "maybe"}]},
        ("/consents/0/status", "unknown-consent-status"),
    ),
    (
        "a consent of a stranger",
        {"guardians": ["g1"], "consents": [{"person": "g2", "recipient": "police", "status": "given"}]},
        ("/consents/0/person", "unknown-person"),
    ),
    (
        "a consent that ends before it begins",
        {
            "consents": [
                {"person": "youth", "recipient": "police", "valid_from": "2026-05-01", "valid_to": "2026-04-01"}
            ]
        },
        ("/consents/0/valid_to", "validity-reversed"),
    ),
]


@pytest.mark.parametrize(("parts", "error"), [case[1:] for case in CONTENT], ids=[case[0] for case in CONTENT])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_cannot_be_used_is_told_with_its_place(
    parts: dict[str, Any], error: tuple[str, str], language: str, evaluate: Ask
) -> None:
    response = evaluate(language, **parts)
    assert assert_problem(response, 422, "invalid-input") == [error]
    assert response.headers["Content-Language"] == language


def test_a_guidance_that_was_not_yet_in_force_is_a_problem_of_its_own(evaluate: Ask) -> None:
    response = evaluate(guidance="stockholm_2019", reference_date="2018-01-01")
    assert assert_problem(response, 422, "guidance-not-in-force") == [("/guidance", "not-in-force")]


def test_a_date_before_every_definition_is_told_with_the_guidance(evaluate: Ask) -> None:
    errors = assert_problem(evaluate(reference_date="1900-01-01"), 422, "guidance-not-in-force")
    assert ("/guidance", "not-in-force") in errors


def test_every_fault_of_every_part_is_told_at_once(client: FlaskClient) -> None:
    body = {
        "reference_date": "2026-13-01",
        "guidance": "nowhere",
        "facts": {"age": "old", "shoe_size": 43, "birth_date": "2999-01-01"},
        "ratings": {"instrument": "youth_spj", "items": {"x": "high", "substance_use": "9"}},
        "guardians": ["youth"],
        "consents": [{"person": 1}, {"person": "youth", "recipient": "newspaper"}],
        "more": None,
    }
    errors = assert_problem(client.post(EVALUATIONS, json=body), 422, "invalid-input")
    assert set(errors) == {
        ("/reference_date", "impossible-date"),
        ("/guidance", "unknown-definition"),
        ("/facts/age", "off-range-fact"),
        ("/facts/shoe_size", "unknown-fact"),
        ("/ratings/items/x", "unknown-item"),
        ("/ratings/items/substance_use", "level-off-scale"),
        ("/guardians/0", "reserved-reference"),
        ("/consents/0/person", "wrong-type"),
        ("/consents/0/recipient", "missing-key"),
        ("/consents/1/recipient", "unknown-recipient"),
        ("/more", "unknown-key"),
    }
    assert len(errors) == len(set(errors))


def test_nothing_is_compared_with_a_reference_date_that_cannot_be_read(evaluate: Ask) -> None:
    facts = {"birth_date": "2026-12-24", "gang_ties": {"value": "none", "observed_on": "2026-12-24"}}
    errors = assert_problem(evaluate(reference_date="tomorrow", facts=facts), 422, "invalid-input")
    assert errors == [("/reference_date", "impossible-date")]


@pytest.mark.parametrize(
    ("raw", "status", "kind", "errors"),
    [
        (b"", 400, "not-json", []),
        (b"{", 400, "not-json", []),
        (b'{"guidance": "skl_2015", "facts": {"age": NaN}}', 400, "not-json", []),
        (b'{"guidance": "skl_2015", "facts": {"age": -Infinity}}', 400, "not-json", []),
        (b"guidance=skl_2015", 400, "not-json", []),
        ('{"guidance": "å"}'.encode("latin-1"), 400, "wrong-encoding", []),
        ('{"guidance": "å"}'.encode("utf-16"), 400, "wrong-encoding", []),
        (b"[]", 422, "invalid-input", [("", "not-an-object")]),
        (b"null", 422, "invalid-input", [("", "not-an-object")]),
        (b'"skl_2015"', 422, "invalid-input", [("", "not-an-object")]),
        (b'{"guidance": "skl_2015", "guidance": "skl_2015"}', 422, "invalid-input", [("/guidance", "repeated-key")]),
        (
            b'{"guidance": "skl_2015", "facts": {"age": 15, "age": 16}}',
            422,
            "invalid-input",
            [("/facts/age", "repeated-key")],
        ),
        (
            b'{"guidance": "skl_2015", "facts": {"age": 1e999}}',
            422,
            "invalid-input",
            [("/facts/age", "number-out-of-range")],
        ),
        (
            b'{"guidance": "skl_2015", "facts": {"age": ' + b"9" * 10_000 + b"}}",
            422,
            "invalid-input",
            [("/facts/age", "number-out-of-range")],
        ),
        (b"[" * 200_000, 422, "invalid-input", [("", "nested-too-deep")]),
        (
            b'{"guidance": "skl_2015", "facts": ' + b'{"a": ' * 40 + b"1" + b"}" * 41,
            422,
            "invalid-input",
            [("/facts" + "/a" * 19, "nested-too-deep"), ("/facts/a", "unknown-fact")],
        ),
        (b'{"guidance": "\\u0000"}', 422, "invalid-input", [("/guidance", "text-unreadable")]),
        (b'{"guidance": "\\ud800"}', 422, "invalid-input", [("/guidance", "text-unreadable")]),
        (
            b'{"guidance": "skl_2015", "facts": {"\\udfff": 1}}',
            422,
            "invalid-input",
            [("/facts/?", "text-unreadable")],
        ),
        (
            b'{"guidance": "skl_2015", "guardians": ["\\u0000"]}',
            422,
            "invalid-input",
            [("/guardians/0", "text-unreadable")],
        ),
    ],
)
def test_a_body_that_other_readers_would_guess_at_is_refused(
    raw: bytes, status: int, kind: str, errors: list[tuple[str, str]], send: Ask
) -> None:
    assert assert_problem(send(raw), status, kind) == errors


def test_a_byte_order_mark_is_passed_over(send: Ask) -> None:
    assert send(b"\xef\xbb\xbf" + b'{"guidance": "skl_2015"}').status_code == 200


@pytest.mark.parametrize("charset", ["latin-1", "iso-8859-1", "utf-16", "windows-1252"])
def test_a_body_that_is_announced_in_another_encoding_is_refused(charset: str, send: Ask) -> None:
    response = send('{"guidance": "skl_2015"}'.encode(charset), f"application/json; charset={charset}")
    assert response.status_code == 415


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_a_body_that_is_announced_as_utf_8_is_read(charset: str, send: Ask) -> None:
    assert send(b'{"guidance": "skl_2015"}', f"application/json; charset={charset}").status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_not_announced_as_json_is_refused(content_type: str, send: Ask) -> None:
    response = send(b'{"guidance": "skl_2015"}', content_type)
    assert assert_problem(response, 415, "unsupported-media-type") == []
    assert response.headers["Accept-Post"] == "application/json"


def test_a_compressed_body_is_refused(send: Ask) -> None:
    assert_problem(send(b"x", **{"Content-Encoding": "gzip"}), 415, "unsupported-media-type")


def test_more_than_a_megabyte_is_refused(send: Ask) -> None:
    body = json.dumps({"guidance": "skl_2015", "facts": {"district": "x" * 1_000_000}}).encode()
    assert_problem(send(body), 413, "too-large")


def in_pieces(client: FlaskClient, path: str, body: bytes, content_type: str) -> TestResponse:
    """Post a body without telling its length beforehand, as gunicorn hands on a chunked one."""
    return client.open(
        path,
        method="POST",
        input_stream=io.BytesIO(body),
        content_type=content_type,
        environ_overrides={"wsgi.input_terminated": True},
    )


def test_a_body_in_pieces_is_read_whole_or_not_at_all(client: FlaskClient) -> None:
    small = b'{"guidance": "skl_2015"}'
    assert in_pieces(client, EVALUATIONS, small, "application/json").status_code == 200
    large = small[:-1] + b" " * 1_000_000 + b"}"
    assert_problem(in_pieces(client, EVALUATIONS, large, "application/json"), 413, "too-large")
    form = b"guidance=skl_2015&fact.gang_ties.source=" + b"x" * 1_100_000
    answer = in_pieces(client, "/formular", form, "application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert in_pieces(client, "/formular", form[:200], "application/x-www-form-urlencoded").status_code == 200


def test_the_refused_value_is_told_only_in_short(evaluate: Ask) -> None:
    response = evaluate(facts={"gang_ties": "secret " * 1_000})
    assert_problem(response, 422, "invalid-input")
    assert response.text.count("secret") < 20


def test_a_method_that_the_route_does_not_take_is_told_with_those_it_does(client: FlaskClient) -> None:
    response = client.get(EVALUATIONS)
    assert_problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_options_tells_the_methods_and_holds_no_body(client: FlaskClient) -> None:
    response = client.options(EVALUATIONS)
    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert response.data == b""


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v2/evaluations", "/api/v1/evaluations/", "/api/v1/x"]
)
def test_an_address_that_leads_nowhere_is_told(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    if path == "/api":
        assert response.status_code == 404
    else:
        assert_problem(response, 404, "not-found")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("sv", "sv"),
        ("sv-SE,sv;q=0.9", "sv"),
        ("de", "en"),
        ("en;q=0.3, sv;q=0.8", "sv"),
        ("*", "en"),
        ("nonsense;;q=x", "en"),
    ],
)
def test_problems_speak_the_language_that_is_asked_for(
    accepted: str | None, language: str, client: FlaskClient
) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    response = client.post(EVALUATIONS, json={}, headers=headers)
    assert_problem(response, 422, "invalid-input")
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]
    said = {"en": "guidance is missing. Add it.", "sv": "guidance saknas. Lägg till det."}[language]
    assert response.get_json()["errors"][0]["detail"] == said


@pytest.mark.parametrize("accepted", ["text/csv", "application/xml", "image/png"])
def test_a_caller_that_takes_no_json_is_told_so(accepted: str, client: FlaskClient) -> None:
    assert_problem(client.get("/api/v1/instruments", headers={"Accept": accepted}), 406, "not-acceptable")


@pytest.mark.parametrize("accepted", ["*/*", "application/*", "application/json;q=0.1", "text/html,*/*;q=0.8", ""])
def test_a_caller_that_takes_json_in_any_way_is_answered(accepted: str, client: FlaskClient) -> None:
    assert client.get("/api/v1/instruments", headers={"Accept": accepted}).status_code == 200


FLOODS = {
    "facts": lambda n: {"facts": {f"f{number}": 1 for number in range(n)}},
    "names": lambda n: {f"f{number}": 1 for number in range(n)},
    "items": lambda n: {"ratings": {"instrument": "youth_spj", "items": {f"i{number}": "high" for number in range(n)}}},
    "guardians": lambda n: {"guardians": [f"g{number % (n // 2)}" for number in range(n)]},
    "consents": lambda n: {"consents": [{"person": f"g{number}", "recipient": "police"} for number in range(n)]},
    "unreadable": lambda n: {"facts": {f"f{number}": "\0" for number in range(n)}},
    "unreadable and unknown": lambda n: {f"f{number}": "\0" for number in range(n)},
}


def calls_for(run: Callable[[], object]) -> int:
    """How many functions are called, generators and those of C included: a measure that no other work disturbs."""
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.thorough
def test_what_many_faults_cost_grows_with_their_number_and_no_faster(evaluate: Ask, flood: str) -> None:
    calls = {n: calls_for(lambda n=n: evaluate(**FLOODS[flood](n))) for n in (1_000, 4_000, 16_000)}  # type: ignore[misc]
    assert (calls[16_000] - calls[4_000]) < 4.5 * (calls[4_000] - calls[1_000]), calls


@pytest.mark.parametrize("flood", [each for each in FLOODS if each not in ("guardians", "consents")])
def test_a_hundred_faults_are_told_and_the_rest_as_a_number(evaluate: Ask, flood: str) -> None:
    answer = evaluate(**FLOODS[flood](4_000))
    problem = answer.get_json()
    assert (answer.status_code, len(problem["errors"])) == (422, 100)
    assert 1_000 <= problem["more_errors"] <= 12_000
    assert len(answer.get_data()) < 200_000


def test_few_faults_are_all_told(evaluate: Ask) -> None:
    assert "more_errors" not in evaluate(facts={"shoe_size": 43}).get_json()


@pytest.mark.parametrize(
    "parts",
    [
        {"facts": {"x" * 100_000: 1}},
        {"x" * 100_000: 1},
        {"facts": {"age": {"x" * 100_000: 1}}},
        {"facts": {"gang_ties": "x" * 100_000}},
        {"ratings": {"instrument": "x" * 100_000}},
        {"ratings": {"items": {"x" * 100_000: "high"}}},
        {"ratings": {"items": {"substance_use": "x" * 100_000}}},
        {"consents": [{"person": "youth", "recipient": "x" * 100_000}]},
        {"consents": [{"person": "youth", "recipient": "police", "status": "x" * 100_000}]},
        {"reference_date": "x" * 100_000},
        {"guidance": "x" * 100_000},
        {"guidance": "x" * 190},
    ],
)
def test_a_very_long_value_is_not_repeated_whole(evaluate: Ask, parts: dict[str, Any]) -> None:
    answer = evaluate(**parts)
    assert answer.status_code == 422
    assert len(answer.get_data()) < 8_000
    assert "x" * 500 not in answer.text
