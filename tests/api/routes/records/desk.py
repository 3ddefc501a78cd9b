"""People of one unit who work through the API, each with a key, and one case that is invented."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from werkzeug.test import TestResponse

from tests.api.accounts.people import HOST, House
from tests.api.records.world import FACTS, assessment, work_goes_on

#: Everything that an account may make a key for, and that concerns records.
_APART = ("tokens:own", "account:own", "account:see", "public")
CASES = "/api/v1/cases"
#: A number that Skatteverket gives out for tests.
NUMBER = "20100314-2393"


@dataclass
class Person:
    """Someone with a key for programs."""

    house: House
    account: str
    key: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self.key}", **named}
        more = {} if body is None else {"json": body}
        return self.house.app.test_client().open(
            path, method=method, base_url=HOST, headers=sent, buffered=True, **more
        )

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, {} if body is None else body, **headers)

    def made(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """What was made by a POST that must succeed."""
        answer = self.post(path, body, **headers)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.get_json()
        return found


class Desk:
    """The unit's people, made when they are first asked for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._references = 0

    def years_pass(self) -> None:
        """Six years in which somebody does something every month."""
        since = self.house.clock()
        self.house.clock.pass_by(days=366 * 6)
        work_goes_on(self.house.database, since, self.house.clock())

    def person(self, name: str, *roles: str, unit: str = "sig") -> Person:
        account = self.house.add(f"{name}@kommun.example", *roles, unit=unit)
        visitor = self.house.logged_in(f"{name}@kommun.example")
        possible = visitor.get("/api/v1/account/tokens").get_json()["possible_actions"]
        body = {"name": "test", "actions": [each for each in possible if each not in _APART], "days": 30}
        made = visitor.json("POST", "/api/v1/account/tokens", body, **{"X-CSRF-Token": visitor.api_token()})
        assert made.status_code == 201, made.text
        return Person(self.house, account, made.get_json()["token"])

    @cached_property
    def anna(self) -> Person:
        return self.person("anna", "social_secretary")

    @cached_property
    def bo(self) -> Person:
        return self.person("bo", "social_secretary")

    @cached_property
    def rita(self) -> Person:
        return self.person("rita", "reviewer")

    @cached_property
    def dag(self) -> Person:
        return self.person("dag", "decider")

    @cached_property
    def cecilia(self) -> Person:
        return self.person("cecilia", "coordinator")

    def case(self, **more: Any) -> str:
        """A case that Anna opens; its address."""
        self._references += 1
        body = {"unit": "sig", "reference": f"2026-{self._references}", "birth_date": "2010-03-14", **more}
        return f"{CASES}/{self.anna.made(CASES, body)['id']}"

    def signed(self, case: str, by: Person | None = None, **more: Any) -> dict[str, Any]:
        """A signed assessment of a case."""
        by = by or self.anna
        draft = by.made(f"{case}/drafts", assessment(**more))
        return by.made(f"{case}/assessments", {"draft": draft["id"]}, If_Match='"1"')

    def screened(self, case: str) -> dict[str, Any]:
        """A case with facts and a signed assessment, screened; the screening."""
        self.anna.made(f"{case}/facts", {"facts": FACTS})
        self.signed(case)
        return self.anna.made(f"{case}/screenings", {"guidance": "stockholm_2012"})
