"""What programs are generated from: operations have names that stay, say who may call them, and answer as they say.

``frozen/operations.txt`` holds the names. A line of it is never changed or taken away: a program calls it so.
"""

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.access.declarations import routes
from api.access.operations import Operations
from api.access.tokens import BY_PEOPLE_ONLY
from api.application import API_PATHS
from api.store.database import Database
from api.web.smorest import OperationError, RestApi, RestBlueprint
from tests.api.accounts.people import Clock
from tests.api.frozen.service import house_on

HERE = Path(__file__).parent / "frozen"
METHODS = ("get", "post", "put", "patch", "delete")
#: Headers that any request may have.
EVERYWHERE = ("Accept", "Accept-Language", "Authorization", "Content-Type")
Found = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture(scope="module")
def service(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole service, with accounts and records."""
    folder = tmp_path_factory.mktemp("contract")
    database = Database(f"sqlite:///{copy(sqlite_with_tables, folder / 'underlag.sqlite')}")
    yield house_on(database, Clock(), folder).app
    database.close()


@pytest.fixture(scope="module")
def document(service: Flask) -> dict[str, Any]:
    found: dict[str, Any] = service.test_client().get("/api/openapi.json").get_json()
    return found


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> Found:
    return [
        (method.upper(), path, {**each, "parameters": [*each.get("parameters", []), *item.get("parameters", [])]})
        for path, item in document["paths"].items()
        for method, each in item.items()
        if method in METHODS
    ]


def test_the_whole_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_operation_is_called_what_it_always_was(operations: Found) -> None:
    named = {f"{method} {path} {each['operationId']}" for method, path, each in operations}
    assert named == set((HERE / "operations.txt").read_text(encoding="utf-8").splitlines())
    names = [each["operationId"] for *_, each in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name) for name in names), names


def test_an_operation_without_a_name_or_with_that_of_another_does_not_start() -> None:
    for names in ((None,), ("listThings", "listThings")):
        app = Flask("odd")
        app.config.update(API_TITLE="odd", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
        api = RestApi(app, lambda error: error.get_response(), Operations(app))  # type: ignore[arg-type,return-value]
        blueprint = RestBlueprint("odd", "odd")
        for place, name in enumerate(names):
            described = RestBlueprint.doc(operationId=name) if name else lambda view: view
            blueprint.get(f"/{place}", endpoint=f"odd{place}")(described(lambda: ""))
        with pytest.raises(OperationError):
            api.register_blueprint(blueprint)


def test_every_address_for_programs_is_documented(service: Flask, operations: Found) -> None:
    documented = {(method, re.sub(r"\{\w+\}", "<>", path)) for method, path, _ in operations}
    there = {
        (method, re.sub(r"<[^>]+>", "<>", address))
        for _, address, method, _ in routes(service)
        if address.startswith(API_PATHS) and not address.startswith(("/api/docs", "/api/openapi.json"))
    }
    assert {each for each in there if each[0] != "HEAD"} == documented


def test_every_operation_says_who_may_call_it_as_the_guard_does(service: Flask, operations: Found) -> None:
    guard = {
        (method, re.sub(r"<[^>]+>", "<>", address)): found.action if found else None
        for _, address, method, found in routes(service)
    }
    for method, path, each in operations:
        action = guard[method, re.sub(r"\{\w+\}", "<>", path)]
        ways = {frozenset(way) for way in each["security"]}
        session = {"session"} if method == "GET" else {"session", "page"}
        if action == "public":
            assert ways == set(), path
        elif action in BY_PEOPLE_ONLY:
            assert ways == {frozenset(session)}, path
        else:
            assert ways == {frozenset({"key"}), frozenset(session)}, path


def test_the_ways_of_showing_who_one_is_are_those_of_the_service(service: Flask, document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["session"]["name"] == service.config["SESSION_COOKIE_NAME"]
    assert schemes["page"]["name"] in service.config["WTF_CSRF_HEADERS"]
    assert set(schemes) == {"key", "session", "page"}


def test_without_accounts_everything_is_open(app: Flask) -> None:
    found = app.test_client().get("/api/openapi.json").get_json()
    assert "securitySchemes" not in found["components"]
    assert all(
        each["security"] == [] for item in found["paths"].values() for each in item.values() if "responses" in each
    )


def exchanges() -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(HERE.glob("tables_*/exchanges.jsonl.xz"))
        for line in lzma.decompress(path.read_bytes()).decode().splitlines()
    ]


def find(operations: Found, method: str, path: str) -> dict[str, Any] | None:
    """The operation that an address is of; the one with fewest arguments where several are."""
    fitting = [
        (address.count("{"), each)
        for verb, address, each in operations
        if verb == method
        and re.fullmatch(re.sub(r"\{name\}", ".+", re.sub(r"\{(?!name)\w+\}", "[^/]+", address)), path)
    ]
    return min(fitting, key=lambda each: each[0])[1] if fitting else None


def test_what_was_ever_answered_is_answered_as_documented(document: dict[str, Any], operations: Found) -> None:
    wrong = []
    for row in exchanges():
        answer, address = row["answer"], urlsplit(row["path"])
        if row.get("page") or answer["status"] in (405, 406):
            continue
        each = find(operations, row["method"], address.path)
        assert each is not None, row["path"]
        wrong += [f"{each['operationId']}: {fault}" for fault in faults_of(document, each, row, address.query)]
    assert not wrong, "\n".join(sorted(set(wrong)))


def faults_of(document: dict[str, Any], operation: dict[str, Any], row: dict[str, Any], query: str) -> Iterator[str]:
    answer, responses = row["answer"], operation["responses"]
    status = str(answer["status"])
    described = responses.get(status) or responses["default"]
    if status not in responses and status not in ("406", "409"):
        yield f"{status} is not documented"
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    media = (answer["type"] or "").partition(";")[0]
    content = described.get("content", {})
    if status not in ("204", "304") and media not in content:
        yield f"{status} comes as {media}"
    headers = described.get("headers", {})
    for name in ("ETag", "Location"):
        if (name.lower() in answer) != (name in headers):
            yield f"{status} {'has' if name.lower() in answer else 'has no'} {name}"
    known = {(each["in"], each["name"]) for each in operation["parameters"]}
    asked = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if answer["status"] < 300:
        yield from (f"?{name} is not documented" for name in asked if ("query", name) not in known)
        needed = {each["name"] for each in operation["parameters"] if each["in"] == "query" and each.get("required")}
        yield from (f"?{name} is not needed" for name in needed - asked)
    for name in row.get("headers", {}):
        if name not in EVERYWHERE and ("header", name) not in known:
            yield f"the header {name} is not documented"
    if "body" in row and answer["status"] < 300:
        sent = json.loads(re.sub("new-[0-9]+", "0" * 32, json.dumps(row["body"])))
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": document["components"]})
        yield from (f"what was sent: {error.json_path} {error.message[:80]}" for error in validator.iter_errors(sent))


def test_an_address_that_cannot_be_read_is_documented_with_400(operations: Found) -> None:
    for _, path, each in operations:
        has_query = any(parameter["in"] == "query" for parameter in each["parameters"])
        assert ("422" in each["responses"]) == ("requestBody" in each), path
        assert "400" in each["responses"] or not has_query, path
    asked = {each["operationId"]: each for *_, each in operations}["askWhatIf"]["parameters"]
    assert {each["name"] for each in asked if each.get("required")} == {"before", "after"}
