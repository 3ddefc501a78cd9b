"""Where somebody begins after logging in."""

import pytest

from api.access.permission_table import the_permissions
from tests.api.accounts.people import House

ROLES = [role.id for role in the_permissions().roles]


@pytest.mark.parametrize("role", [*ROLES, None])
def test_whoever_logs_in_begins_at_a_page_that_they_may_see(house: House, role: str | None) -> None:
    house.add("anna@kommun.example", *([role] if role else []))
    visitor = house.logged_in("anna@kommun.example")
    led = visitor.get("/")
    assert led.status_code == 302
    assert visitor.get(led.location).status_code == 200


def test_a_log_reviewer_begins_at_the_log(house: House) -> None:
    house.add("anna@kommun.example", "log_reviewer")
    assert house.logged_in("anna@kommun.example").get("/").location == "/log-review"
