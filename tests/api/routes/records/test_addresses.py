"""A parameter of an address that stands there without a value is a mistake, and told as one."""

import pytest

from tests.api.routes.records.desk import Desk
from tests.api.shapes import assert_problem


@pytest.mark.parametrize("name", ["format", "level", "measure", "across", "only", "from", "to"])
def test_an_empty_parameter_is_refused(desk: Desk, name: str) -> None:
    reader = desk.person("dana", "decider")
    assert reader.get("/api/v1/trends").status_code == 200
    assert assert_problem(reader.get(f"/api/v1/trends?{name}="), 400, "bad-request") == [(f"?{name}", "text-missing")]
