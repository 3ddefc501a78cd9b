"""What is logged of a request: what it cost, and nothing of what it was about."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from api.application import create_app
from api.settings.service import Settings
from api.web.logs import HEADER, write_json_logs
from tests.api.conftest import EVALUATIONS, NOW, ReadingClient

PERSON = "20100314-2383"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, as a machine gets it."""
    root, ours = logging.getLogger(), logging.getLogger("underlag")
    before = (list(root.handlers), root.level, ours.level)
    stream = io.StringIO()
    write_json_logs(stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    ours.setLevel(before[2])


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_route_and_what_it_cost(app: Flask, written: io.StringIO) -> None:
    answer = app.test_client().get("/formular?example=clear")
    (line,) = lines(written)
    assert line.pop("milliseconds") > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("timestamp"))
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "underlag.requests",
        "request_id": answer.headers[HEADER],
        "method": "GET",
        "route": "/formular",
        "status": 200,
        "account": None,
    }


@pytest.mark.parametrize("given", ["b7c1f0de-0001", "a" * 64, "req.2026_11_21-x"])
def test_a_well_formed_id_of_a_request_is_kept(app: Flask, given: str) -> None:
    assert app.test_client().get("/health", headers={HEADER: given}).headers[HEADER] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "two words", 'x"y{z}123', "åäöåäöåäö", PERSON, "x-201003142383"]
)
def test_any_other_id_is_replaced(app: Flask, given: str, written: io.StringIO) -> None:
    headers = {HEADER: given.encode().decode("latin-1")}
    identity = app.test_client().get("/health", headers=headers).headers[HEADER]
    assert re.fullmatch("[0-9a-f]{32}", identity)
    assert lines(written)[0]["request_id"] == identity


@pytest.mark.parametrize(
    "number", ["20100314-2383", "201003142383", "100314-2383", "1003142383", "20100374-2383", "19100314+2383"]
)
def test_what_looks_like_a_personal_number_is_masked_wherever_it_stands(number: str, written: io.StringIO) -> None:
    logging.getLogger("underlag.x").warning(f"om {number}.", extra={"case": {"note": [f"({number})"]}})
    logging.getLogger("a.library").warning("could not send %s", number)
    assert number not in written.getvalue()
    assert [line["event"] for line in lines(written)] == ["om [personnummer].", "could not send [personnummer]"]
    assert lines(written)[0]["case"] == {"note": ["([personnummer])"]}


@pytest.mark.parametrize("harmless", ["2026-11-21T12:00:00Z", "0314238312345678", "deadbeef1003142383", "9999999999"])
def test_other_numbers_are_left_alone(harmless: str, written: io.StringIO) -> None:
    logging.getLogger("underlag.x").warning("x", extra={"value": harmless})
    assert lines(written)[0]["value"] == harmless


def test_an_error_tells_its_kind_and_place_and_not_its_text(written: io.StringIO) -> None:
    try:
        raise ValueError("Hemliga Robin")
    except ValueError:
        logging.getLogger("gunicorn.error").exception("Error handling request %s", "/cases?name=Robin")
    assert "Robin" not in written.getvalue()
    (line,) = lines(written)
    assert (line["event"], line["error"], len(line["places"])) == ("Error handling request %s", "ValueError", 1)


def test_what_was_sent_is_in_no_line(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(), now=lambda: NOW)
    app.test_client_class = ReadingClient
    client = app.test_client()

    def fail(*_: object) -> None:
        raise KeyError(f"Robin {PERSON}")

    facts = {"guidance": "skl_2015", "facts": {"district": "Robin"}}
    client.get(f"/api/v1/guidance/Robin{PERSON}")
    client.get(f"/no/such/place/{PERSON}?name=Robin")
    client.post(f"{EVALUATIONS}?name=Robin", json=facts)
    client.open("/health", method="ROBIN")
    monkeypatch.setattr("api.evaluation.evaluation_input.explain", fail)
    client.post(EVALUATIONS, json=facts, headers={"User-Agent": "Robin", "Referer": "http://x/Robin"})
    assert [line["status"] for line in lines(written) if line["event"] == "request"] == [404, 404, 200, 405, 500]
    assert "robin" not in written.getvalue().lower()
    assert "2383" not in written.getvalue()
