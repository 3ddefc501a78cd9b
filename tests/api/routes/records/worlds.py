"""Two worlds that go through the same, by the same clock and keys, and differ in what one rating says.

Whoever gets the same answers in both cannot tell which of the two ratings was made. What must not be told to somebody
is held against that: every answer to them is the same, byte by byte.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from werkzeug.test import TestResponse

from tests.api.accounts.people import HOST, House, Visitor
from tests.api.records.world import FACTS, YOUTH_SPJ, assessment, ratings
from tests.api.routes.records.desk import CASES, Desk, Person

ROLES = (
    "social_secretary",
    "coordinator",
    "reviewer",
    "decider",
    "unit_manager",
    "log_reviewer",
    "researcher",
    "statistics",
)
NAMES = ("anna", "bo", "cecilia")
#: What differs from request to request, and marks of forged requests.
_MARK = re.compile(r'(name="csrf_token" value|"csrf_token"|name="csrf-token" content)([=:] ?)"[^"]+"')
Body = Callable[[int], Any]


def rating(world: int, *, differs: bool) -> dict[str, Any]:
    """A complete assessment; in the second world another one, where it is the one that differs."""
    if world and differs:
        return assessment(
            ratings=ratings(high=0, protective=5),
            summary={"reoffending_risk": "low", "violence_risk": "low", "reasons": "Kanariebeta."},
            own_view="Betasyn.",
            best_interests="Betabarn.",
            helping="Betahjälp.",
            agrees="yes",
            confidence="high",
        )
    return assessment(helping="Alfahjälp.", next_review_on="2026-11-25")


def said(world: int, *, differs: bool) -> str:
    """What somebody writes about a rating."""
    return "Om beta." if world and differs else "Om alfa."


def plan_of(world: int, *, differs: bool) -> dict[str, Any]:
    """A plan whose goal is tied to what the rating of the first world found, and whose days differ too."""
    given = ratings()["items"]
    found = next(
        item.id for item in YOUTH_SPJ.items if item.kind == "risk" and item.dynamic and given[item.id] == "high"
    )
    is_other = bool(world) and differs
    measure = {"id": "m1", "what": "Praktik", "who": "youth", "by": "2026-12-24" if is_other else "2026-11-10"}
    goal = {
        "id": "g1",
        "text": "Vill jobba.",
        "items": [] if is_other or not differs else [found],
        "measures": [measure],
    }
    return {"planned_on": "2026-11-20", "goals": [goal]}


@dataclass
class Keys:
    """Random keys that are the same in every world."""

    made: int = 0
    current: ClassVar["Keys"]

    def next(self, size: int) -> bytes:
        self.made += 1
        return hashlib.sha256(str(self.made).encode()).digest()[:size]

    @staticmethod
    def urandom(size: int) -> bytes:
        """Stands in for `os.urandom` where keys of records are made."""
        return Keys.current.next(size)


@dataclass
class Side:
    """One of the worlds: its house, and everyone in it by name, over the API and in a browser."""

    house: House
    keys: Keys = field(default_factory=Keys)
    people: dict[str, tuple[Person, Visitor]] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def at(self) -> Iterator[None]:
        Keys.current = self.keys
        yield

    def settle(self, number: int) -> str:
        """New people in a unit of their own, and a case of theirs with facts; its address."""
        unit = f"unit-{number}"
        self.marks.clear()  # a visitor who is gone may leave the identity of the object to the next one
        with self.at():
            for name in NAMES:
                person = Desk(self.house).person(f"{name}{number}", *ROLES, unit=unit)
                self.people[name] = (person, self.house.logged_in(f"{name}{number}@kommun.example"))
            someone = self.people[NAMES[2]][0]
            opened = {"unit": unit, "reference": f"2026-{number}", "birth_date": "2010-03-14"}
            case = f"{CASES}/{someone.made(CASES, opened)['id']}"
            someone.made(f"{case}/guardians", {"guardians": ["g1"]})
            someone.made(f"{case}/facts", {"facts": FACTS})
        return case

    def send(self, name: str, method: str, path: str, body: Any, headers: dict[str, str]) -> TestResponse:
        with self.at():
            person, visitor = self.people[name]
            if path.startswith("/api/"):
                return person.send(method, path, body, **headers)
            form = {**body, "csrf_token": self._mark_of(name)} if method == "POST" else None
            return visitor.client.open(path, method=method, base_url=HOST, data=form, buffered=True)

    def _mark_of(self, name: str) -> str:
        """What a form of theirs is sent with."""
        visitor = self.people[name][1]
        if id(visitor) not in self.marks:
            self.marks[id(visitor)] = visitor.csrf_token("/account")
        return self.marks[id(visitor)]


@dataclass(frozen=True)
class Answers:
    """What somebody was answered in both worlds."""

    asked: str
    both: tuple[TestResponse, TestResponse]

    @property
    def status(self) -> int:
        return self.both[0].status_code

    @property
    def is_same(self) -> bool:
        """Whether the answers are the same, byte by byte, but for marks against forged requests."""
        first, second = (self._told(each) for each in self.both)
        return first == second

    @staticmethod
    def _told(answer: TestResponse) -> tuple[Any, ...]:
        headers = [answer.headers.get(name) for name in ("ETag", "Location", "Content-Type", "Content-Disposition")]
        return (answer.status_code, *headers, _MARK.sub("", answer.text))

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = self.both[0].get_json()
        return found

    def difference(self) -> str:
        """The first place where they differ, with what stands around it."""
        first, second = (repr(self._told(each)) for each in self.both)
        place = next((at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other), 0)
        return f"{self.asked}: {first[max(0, place - 200) : place + 80]!r} / {second[place : place + 80]!r}"


@dataclass
class Worlds:
    """Both worlds in step."""

    sides: tuple[Side, Side]
    settled: int = 0

    def settle(self) -> str:
        self.settled += 1
        first, second = (side.settle(self.settled) for side in self.sides)
        assert first == second
        return first

    def ask(self, name: str, method: str, path: str, body: Body | None = None, **headers: str) -> Answers:
        """Send the same in both worlds, where what is sent may differ by world."""
        one, other = (
            side.send(name, method, path, body(world) if body else None, headers)
            for world, side in enumerate(self.sides)
        )
        return Answers(f"{name} {method} {path}", (one, other))


@dataclass
class Pair:
    """Somebody who was asked to rate unseen, and what was signed since."""

    rater: str
    request: str
    has_first: bool
    has_second: bool = False
    is_withdrawn: bool = False

    @property
    def is_open(self) -> bool:
        return not self.is_withdrawn and not (self.has_first and self.has_second)


@dataclass
class Made:
    """An entry, and whether it or what it is about is, or tells of, the rating that differs."""

    id: str
    kind: str
    is_secret: bool
    sha256: str = ""
