"""What somebody might try who means harm, on every route of the records."""

import json

from werkzeug.test import TestResponse

from tests.api.accounts.people import HOST, House
from tests.api.accounts.walking import Route, all_routes, record_in
from tests.api.records.world import assessment
from tests.api.routes.records.desk import CASES, Desk, Person
from tests.api.routes.records.test_every_route import OURS
from tests.api.shapes import assert_problem

KEYS = (
    "0" * 31,
    "0" * 33,
    "A" * 32,
    "g" * 32,
    "..%2f..%2fetc%2fpasswd",
    "../../../../../../../../etc/passw",
    "%00" * 32,
    "0" * 31 + "%00",
    "%27%20OR%201%3D1%20--%20" + "x" * 22,
    "%C3%A5" * 32,
    "%F0%9F%98%80" * 32,
    "x" * 5_000,
)


def of_records(house: House, *methods: str) -> list[Route]:
    return [
        route
        for route in all_routes(house.app)
        if route.endpoint.partition(".")[0] in OURS and (not methods or route.method in methods)
    ]


def everyone(desk: Desk) -> Person:
    """Someone who may do everything with records."""
    return desk.person("alla", "social_secretary", "coordinator", "reviewer", "decider")


def raw(house: House, person: Person, route: Route, records: dict[str, str], body: bytes, kind: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {person.key}", "If-Match": '"1"'}
    path = route.address(house.app, records)
    return house.app.test_client().open(
        path, method=route.method, base_url=HOST, headers=headers, data=body, content_type=kind, buffered=True
    )


def test_no_body_that_is_not_what_is_asked_for_is_read(desk: Desk) -> None:
    house, person = desk.house, everyone(desk)
    records = record_in(house.database, "sig")
    deep = b'{"a":' * 30 + b"1" + b"}" * 30
    very_deep = b"[" * 100_000 + b"]" * 100_000
    routes = of_records(house, "POST", "PUT")
    assert len(routes) > 30
    for route in routes:
        for body, kind, statuses in (
            (b'{"x": "\xff"}', "application/json", {400}),
            (b"{", "application/json", {400}),
            (b'{"x": NaN}', "application/json", {400}),
            (b'{"x": "\\u0000"}', "application/json", {422}),
            (b'{"x": "\\ud800"}', "application/json", {422}),
            (b'{"x": 1, "x": 2}', "application/json", {422}),
            (b"[]", "application/json", {422}),
            (b"null", "application/json", {422}),
            (deep, "application/json", {422}),
            (very_deep, "application/json", {413, 422}),
            (b'{"x":"' + b"y" * 3_000_000 + b'"}', "application/json", {413}),
            (b"x=1", "application/x-www-form-urlencoded", {415}),
            (b"{}", "text/plain", {415}),
            (b"<x/>", "application/xml", {415}),
        ):
            answer = raw(house, person, route, records, body, kind)
            assert answer.status_code in statuses, f"{route.rule.rule}: {body[:20]!r} {answer.status_code}"


def test_what_the_service_says_itself_cannot_be_sent(desk: Desk) -> None:
    house, person = desk.house, everyone(desk)
    records = record_in(house.database, "sig")
    refused = 0
    for route in of_records(house, "POST", "PUT"):
        for name in ("id", "made_by", "version", "unit_id", "__class__", "is_blind"):
            answer = raw(house, person, route, records, json.dumps({name: "x"}).encode(), "application/json")
            assert 400 <= answer.status_code < 500, route.rule.rule
            errors = answer.get_json()["errors"]
            refused += any((each.get("pointer"), each["code"]) == (f"/{name}", "unknown-key") for each in errors)
    assert refused > 150


def test_a_key_that_is_none_leads_nowhere(desk: Desk) -> None:
    person = everyone(desk)
    case = desk.case()
    for key in KEYS:
        for method, path in (
            ("GET", f"{CASES}/{key}"),
            ("GET", f"{case}/entries/{key}"),
            ("GET", f"{case}/screenings/{key}/receipt"),
            ("PUT", f"/api/v1/drafts/{key}"),
            ("POST", f"{CASES}/{key}/intakes"),
            ("POST", f"{case}/consents/{key}/withdrawals"),
        ):
            answer = person.send(method, path, None if method == "GET" else {}, If_Match='"1"')
            assert answer.status_code in (404, 405), f"{method} {path[:80]}"
            assert "root:" not in answer.text


def test_a_ground_for_one_case_opens_no_other(desk: Desk) -> None:
    case, other = desk.case(), desk.case()
    draft = desk.anna.made(f"{other}/drafts", assessment())["id"]
    desk.signed(case)
    screenings = [desk.anna.made(f"{each}/screenings", {"guidance": "stockholm_2012"})["id"] for each in (case, other)]
    stranger = desk.person("eva", "social_secretary", "decider", unit="north")
    assert stranger.post(f"{case}/ground", {"ground": "consent", "note": "Muntligt."}).status_code == 201
    assert stranger.get(case).status_code == 200
    for method, path, body in (
        ("GET", f"{case}/screenings/{screenings[1]}", None),
        ("GET", f"{case}/entries/{screenings[1]}", None),
        ("GET", f"{case}/screenings/{screenings[0]}/changes-since/{screenings[1]}", None),
        ("POST", f"{case}/assessments", {"draft": draft}),
        ("GET", other, None),
        ("GET", f"/api/v1/drafts/{draft}", None),
        ("POST", "/api/v1/retention/purges", {"cases": [other.rpartition("/")[2]], "dry_run": True}),
    ):
        answer = stranger.send(method, path, body, If_Match='"1"')
        assert answer.status_code in (403, 404), path
        assert "Vill sluta" not in answer.text


def test_a_key_that_was_altered_is_worth_nothing(desk: Desk) -> None:
    person = everyone(desk)
    case, key = desk.case(), person.key
    for altered in (key[:-1] + ("a" if key[-1] != "a" else "b"), key[:-1], key + "a", key.swapcase(), "", "null"):
        person.key = altered
        assert_problem(person.get(case), 401, "unauthenticated")


def test_no_header_comes_out_of_what_was_sent(desk: Desk) -> None:
    person = everyone(desk)
    case = desk.case()
    draft = f"/api/v1/drafts/{desk.anna.made(f'{case}/drafts', {})['id']}"
    evil = '"1"\r\nSet-Cookie: a=b\r\n\r\n<script>'
    client = desk.house.app.test_client()
    intake = {"reporter": "own", "received_on": "2026-11-01", "preliminary_assessment": "open"}
    for method, path, name, body, status in (
        ("PUT", draft, "HTTP_IF_MATCH", {}, 409),
        ("POST", f"{case}/intakes", "HTTP_IDEMPOTENCY_KEY", intake, 400),
        ("GET", case, "HTTP_IF_NONE_MATCH", None, 200),
    ):
        environ = {name: evil, "HTTP_AUTHORIZATION": f"Bearer {person.key}"}
        more = {} if body is None else {"json": body}
        answer = client.open(path, method=method, base_url=HOST, environ_overrides=environ, buffered=True, **more)
        assert answer.status_code == status, path
        assert "a=b" not in str(answer.headers)
        assert "<script>" not in answer.text


def test_a_problem_never_repeats_a_personal_number_or_a_text(desk: Desk) -> None:
    case = desk.case()
    number = "20100314-2397"
    for path, body in (
        (CASES, {"unit": "sig", "reference": "x", "personal_number": number}),
        (f"{CASES}/search", {"personal_number": number}),
        (f"{case}/intakes", {"reporter": number, "received_on": number, "preliminary_assessment": number}),
        (f"{case}/consents", {"person": number, "status": number, "form": number, "answered_on": number}),
        (f"{case}/drafts", {"agrees": number, "assessed_on": number, "confidence": number}),
        (f"{case}/second-rating-requests", {"rater": number}),
    ):
        answer = desk.anna.post(path, body)
        assert answer.status_code == 422, answer.text
        assert number not in answer.text, path
