"""Measurements of operation: for those who may read them, and about nobody."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from api.access.declarations import allowed
from api.store.database import StoreUnavailableError
from tests.api.accounts.people import House, Visitor

ADA, ANNA = "ada@kommun.example", "anna@kommun.example"


@pytest.fixture
def administrator(house: House) -> Visitor:
    house.add(ADA, "administrator")
    return house.logged_in(ADA)


def value(answer: TestResponse, name: str, **labels: str) -> float:
    for line in answer.text.splitlines():
        sample = re.fullmatch(rf"{name}{{(.*)}} (\S+)", line)
        if sample and all(f'{key}="{text}"' in sample[1] for key, text in labels.items()):
            return float(sample[2])
    return 0


def test_requests_are_measured_by_rule_method_and_status(administrator: Visitor) -> None:
    before = administrator.get("/metrics")
    assert before.content_type.startswith("text/plain; version=")
    for name in ("stockholm_2012", "skl_2015", "robin"):
        administrator.get(f"/api/v1/guidance/{name}")
    after = administrator.get("/metrics")
    rule = {"route": "/api/v1/guidance/<path:name>", "method": "GET"}
    count = "underlag_request_seconds_count"
    assert value(after, count, **rule, status="200") - value(before, count, **rule, status="200") == 2
    assert value(after, count, **rule, status="404") - value(before, count, **rule, status="404") == 1
    assert value(after, "underlag_request_seconds_bucket", **rule, status="200", le="10.0") == 2
    assert "robin" not in after.text


def test_what_somebody_makes_up_makes_no_new_series(administrator: Visitor) -> None:
    for number in range(3):
        administrator.client.open(f"/made/up/{number}", method=f"MADE{number}", base_url="https://underlag.example")
    told = administrator.get("/metrics")
    assert value(told, "underlag_request_seconds_count", route="no route", method="other") == 3


def test_failed_attempts_to_get_in_are_counted_and_nobody_is_named(house: House, administrator: Visitor) -> None:
    for _ in range(2):
        house.visitor().log_in("robin@kommun.example", "wrong")
    house.visitor().json("GET", "/api/v1/account", Authorization="Bearer robin")
    told = administrator.get("/metrics")
    assert value(told, "underlag_log_in_failures_total", way="password") == 2
    assert value(told, "underlag_log_in_failures_total", way="token") == 1
    assert "robin" not in told.text


def test_a_database_that_could_not_serve_is_counted_and_the_caller_told_when_to_come_back(
    house: House,
) -> None:
    def fail() -> str:
        raise StoreUnavailableError("full")

    house.app.add_url_rule("/api/v1/full", "full", allowed("public")(fail))
    house.add(ADA, "administrator")
    administrator = house.logged_in(ADA)
    refused = administrator.get("/api/v1/full")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert value(administrator.get("/metrics"), "underlag_store_unavailable_total", cause="full") == 1


def test_only_who_may_reads_them_even_from_this_machine(house: House, administrator: Visitor) -> None:
    house.add(ANNA, "social_secretary")
    assert house.visitor().get("/metrics").status_code == 401
    assert house.logged_in(ANNA).get("/metrics").status_code == 403
    made = administrator.json(
        "POST",
        "/api/v1/account/tokens",
        {"name": "prometheus", "actions": ["metrics:read"], "days": 30},
        **{"X-CSRF-Token": administrator.api_token()},
    )
    assert made.status_code == 201, made.text
    key = {"Authorization": f"Bearer {made.get_json()['token']}", "Accept": "text/plain;version=0.0.4, */*;q=0.1"}
    assert house.visitor().json("GET", "/metrics", **key).status_code == 200


def test_the_id_of_a_request_is_that_of_its_line_in_the_audit(house: House) -> None:
    visitor = house.visitor()
    token = visitor.csrf_token()
    answer = visitor.client.post(
        "/log-in",
        base_url="https://underlag.example",
        data={"csrf_token": token, "email": "x@kommun.example", "password": "x"},
        headers={"X-Request-Id": "from-the-proxy-1"},
    )
    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    assert [row.request_id for row in house.audit(action="log_in")] == ["from-the-proxy-1"]


def test_workers_measure_in_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes write; either tells what both measured."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    code = (
        "from api.web.metrics import Metrics; m = Metrics(); m.log_in_failures.labels('password').inc();"
        " print(m.written())"
    )
    told = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: S603
        for _ in range(2)
    ]
    assert 'underlag_log_in_failures_total{way="password"} 2.0' in told[1]
