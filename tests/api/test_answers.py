"""Every operation that answers in JSON answers what the documentation says: the names, the types and nothing more."""

import lzma
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from json import loads
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from flask import Flask, Response, request, request_finished
from jsonschema import Draft202012Validator

from api.store.backup import restore
from api.store.database import Database
from tests.api.accounts.people import HOST, Clock, House
from tests.api.frozen.exchange import Sender, names_on
from tests.api.frozen.service import BACKUP_KEY, house_on
from tests.api.routes.records.desk import Desk
from tests.api.routes.records.everything import walk_everything
from tests.api.test_contract import METHODS
from tests.api.test_frozen import FROZEN, exchanges

#: What nothing else here asks for.
#: What is asked for without a case: the whole in one language, and the result alone.
TRIED_OUT = ("/api/v1/evaluations/sv", "/api/v1/evaluations/result")
ASKED_BESIDE = ("/api/v1/governance", "/api/v1/instruments/youth_spj/cards", "/ready", "/health")


@dataclass
class Answers:
    """Holds every answer of a service against its own documentation."""

    document: dict[str, Any]
    heard: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)
    _validators: dict[tuple[str, str], Draft202012Validator] = field(default_factory=dict)

    @contextmanager
    def of(self, app: Flask) -> Iterator[None]:
        with request_finished.connected_to(self._hear, app):
            yield

    def _hear(self, _: Flask, response: Response, **__: object) -> None:
        rule = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", str(request.url_rule))
        operation = self.document["paths"].get(rule, {}).get(request.method.lower())
        if operation is None or not response.is_json or response.status_code == 304:
            return
        name, status = operation["operationId"], str(response.status_code)
        schema = self._schema(operation, status, response.mimetype)
        if schema is None:
            self.faults.add(f"{name}: {status} has no schema for {response.mimetype}")
            return
        if status < "300":
            self.heard.add(name)
        validator = self._validators.setdefault(
            (name, status),
            Draft202012Validator(
                {**schema, "components": self.document["components"]},
                format_checker=Draft202012Validator.FORMAT_CHECKER,
            ),
        )
        for error in validator.iter_errors(response.get_json()):
            place = re.sub(r"\[\d+\]", "[]", error.json_path)
            self.faults.add(f"{name}, {status}: {place} {error.message[:200]}")

    def _schema(self, operation: dict[str, Any], status: str, media: str) -> Any:
        described = operation["responses"].get(status) or operation["responses"]["default"]
        if "$ref" in described:
            described = self.document["components"]["responses"][described["$ref"].rpartition("/")[2]]
        return described.get("content", {}).get(media, {}).get("schema")


@pytest.mark.thorough
def test_every_answer_is_what_the_documentation_says(sqlite_with_tables: Path, tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{copy(sqlite_with_tables, tmp_path / 'empty.sqlite')}")
    house = house_on(empty, Clock(), tmp_path)
    document = house.app.test_client().get("/api/openapi.json").get_json()
    answers = Answers(document)
    with answers.of(house.app):
        for path in ASKED_BESIDE:
            assert house.visitor().get(path).status_code == 200, path
        for path in TRIED_OUT:
            given = {"guidance": "skl_2015", "reference_date": "2026-11-21", "facts": {"age": 16}}
            assert house.visitor().client.post(path, json=given, base_url=HOST).status_code == 200, path
        walk_everything(Desk(house), "Sagt av någon som är påhittad.", "2026-117")
    empty.close()
    _ask_again_what_was_ever_asked(answers, tmp_path)
    assert not answers.faults, "\n".join(sorted(answers.faults))
    assert _in_json(document) - answers.heard == set(), "nobody asked for these"


def _ask_again_what_was_ever_asked(answers: Answers, folder: Path) -> None:
    """The frozen requests, refusals too, to the town that they were asked of."""
    for number, frozen in enumerate(FROZEN):
        database, backup = Database(f"sqlite:///{folder / f'town_{number}.sqlite'}"), folder / "backup"
        backup.write_bytes(lzma.decompress((frozen / "sqlite.backup.xz").read_bytes()))
        restore(backup, database, BACKUP_KEY.public_key())
        about = loads((frozen / "people.json").read_text(encoding="utf-8"))
        house: House = house_on(database, Clock(datetime.fromisoformat(about["now"])), folder)
        house.passwords = about["passwords"]
        sender = Sender(house, about["people"], names_on(database))
        with answers.of(house.app):
            for row in exchanges(frozen):
                sender.kept(sender.send(row), row)  # names what was made, for the requests that follow
        database.close()


def _in_json(document: dict[str, Any]) -> set[str]:
    """The operations that succeed with JSON."""
    return {
        each["operationId"]
        for path in document["paths"].values()
        for method, each in path.items()
        if method in METHODS
        for status, answer in each["responses"].items()
        if status.startswith("2") and "application/json" in answer.get("content", {})
    }


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"status": "ok"}, None),
        ({"status": 1}, "showIt, 200: $.status 1 is not of type 'string'"),
        ({}, "showIt, 200: $ 'status' is a required property"),
    ],
)
def test_an_answer_of_another_shape_is_told(answer: dict[str, Any], fault: str | None) -> None:
    app = Flask("odd")
    app.get("/odd")(lambda: answer)
    schema = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}
    described = {"200": {"content": {"application/json": {"schema": schema}}}}
    answers = Answers({"paths": {"/odd": {"get": {"operationId": "showIt", "responses": described}}}, "components": {}})
    with answers.of(app):
        app.test_client().get("/odd")
    assert answers.heard == {"showIt"}
    assert answers.faults == ({fault} if fault else set())
