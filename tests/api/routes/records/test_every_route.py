"""What holds for every route of the records at once."""

import logging
from collections import defaultdict

import pytest
from flask import Flask, request, request_finished, request_started
from sqlalchemy import func, select

from api.application import RECORD_ROUTES
from api.store.audit_chain import verify_audit
from api.store.schema import Audit
from tests.api.routes.records.desk import NUMBER, Desk
from tests.api.routes.records.everything import walk_everything

MARKER = "Kattuggla Zetterqvist, Ugglegränd 7"
OURS = {group.blueprint.name for group in RECORD_ROUTES}


def routes_of_records(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
        if rule.endpoint.partition(".")[0] in OURS
    }


def test_every_read_and_write_is_in_the_log_and_nothing_of_it_outside_the_case(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app = desk.house.app
    told: dict[tuple[str, str], list[int]] = defaultdict(list)
    addresses: list[str] = []
    before: list[int] = []

    def length() -> int:
        with desk.house.database.looking() as session:
            return session.scalar(select(func.count()).select_from(Audit)) or 0

    def begin(_: Flask, **__: object) -> None:
        before.append(length())
        addresses.append(request.full_path)

    def end(_: Flask, response: object, **__: object) -> None:
        if getattr(response, "status_code", 500) < 300:
            told[str(request.endpoint), request.method].append(length() - before[-1])

    with request_started.connected_to(begin, app), request_finished.connected_to(end, app):
        walk_everything(desk, MARKER, "2026-117")
    assert set(told) >= routes_of_records(app)
    silent = [route for route in routes_of_records(app) if min(told[route]) < 1]
    assert silent == []
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    kept = "\n".join(str({**vars(row), "_sa_instance_state": None}) for row in desk.house.audit())
    for word in ("Kattuggla", "Ugglegr", NUMBER, NUMBER.replace("-", ""), "2010-03-14", "female"):
        assert word not in logged
        assert word not in kept
        assert word not in "\n".join(addresses)
    with desk.house.database.looking() as session:
        assert verify_audit(session).is_whole


@pytest.mark.thorough
@pytest.mark.parametrize(
    "words", ["' OR 1=1; DROP TABLE entry; -- {{ 7*7 }} ${7*7} <script>alert(1)</script> \\u0000 %s"]
)
def test_what_could_run_somewhere_is_given_back_as_it_was_written(desk: Desk, words: str) -> None:
    case, _ = walk_everything(desk, words, "'; DROP TABLE case_file; --")
    reader = desk.person("eskil", "reviewer")
    shown = reader.get(case).get_json()
    assert shown["reference"] == "'; DROP TABLE case_file; --"
    entries = reader.get(f"{case}/entries?limit=200").get_json()["entries"]
    found = [text for each in entries for text in texts_of(each["content"]) if "DROP TABLE" in text]
    assert len(found) >= 20
    assert set(found) == {words}


def texts_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for each in parts for text in texts_of(each)]
