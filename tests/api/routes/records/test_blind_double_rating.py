"""Nobody can tell anything of a rating before both have signed, whatever anybody does in whatever order.

Three people rate, sign, ask one another for a second rating, take that back, screen, review, correct, read and make
papers, on pages and over the API. All of it happens in two worlds in which one rating differs; see
`tests.api.routes.records.worlds` and `tests.api.routes.records.double_rating`. Whoever is to rate unseen, or must not
see a second rating yet, must get the same answers in both; and nobody who has got different answers is asked to rate
unseen.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from api.settings.accounts import AccountSettings
from api.store.database import Database
from tests.api.accounts.people import KEY, Clock, House, make_app
from tests.api.records.world import ratings
from tests.api.routes.records.double_rating import BEGUN, DoubleRating
from tests.api.routes.records.worlds import Keys, Side, Worlds, rating


@pytest.fixture(scope="module")
def same_keys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("uuid.os", SimpleNamespace(urandom=Keys.urandom))
        yield


def side_on(url: str, letters: Path) -> Side:
    Keys.current = Keys()
    database, clock = Database(url), Clock()
    app = make_app(database, clock, AccountSettings(KEY, mail=f"folder:{letters}"))
    return Side(House(app, database, letters, clock))


@pytest.fixture(params=["sqlite", "postgresql"])
def worlds(request: pytest.FixtureRequest, tmp_path: Path, same_keys: None) -> Iterator[tuple[Worlds, str]]:
    addresses = []
    for name in ("one", "other"):
        if request.param == "sqlite":
            path = copy(request.getfixturevalue("sqlite_with_tables"), tmp_path / f"{name}.sqlite")
            addresses.append(f"sqlite:///{path}")
        else:
            addresses.append(request.getfixturevalue("postgresql_with_tables")())
    first, second = (side_on(url, tmp_path / "letters") for url in addresses)
    yield Worlds((first, second)), request.param
    for side in (first, second):
        side.house.database.close()


def play(worlds: Worlds, examples: int, steps: int) -> None:
    DoubleRating.worlds = worlds
    run_state_machine_as_test(
        DoubleRating,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # to shrink a failure takes many more examples than to find one
        ),
    )


def test_nobody_can_tell_anything_of_a_rating_before_both_have_signed(worlds: tuple[Worlds, str]) -> None:
    found, kind = worlds
    play(found, *((3, 4) if kind == "postgresql" else (10, 6)))


@pytest.mark.soak
def test_nobody_can_tell_anything_of_a_rating_in_many_more_ways(worlds: tuple[Worlds, str]) -> None:
    found, kind = worlds
    play(found, 20 if kind == "postgresql" else 150, 10)


def look(case: DoubleRating) -> None:
    case.look_around()


#: What told of a rating, or let somebody rate unseen what they had seen, before it was mended.
LEAKS: dict[str, tuple[Callable[[DoubleRating], None], ...]] = {
    "a later assessment": (*BEGUN["asked"], lambda case: case.rate("anna", signs=True), look),
    "a correction": (*BEGUN["asked"], lambda case: case.correct("anna", 0, is_correction=True), look),
    "a day for assessing anew": (*BEGUN["asked"], look),
    "an action plan": (*BEGUN["asked"], lambda case: case.plan("anna"), look),
    "a position": (*BEGUN["asked"], lambda case: case.take_position("anna"), look),
    "a reviewer's question": (
        *BEGUN["asked"],
        lambda case: case.screen("anna"),
        lambda case: case.send_back("cecilia", is_answered=False),
        look,
    ),
    "the answer to it": (
        *BEGUN["asked"],
        lambda case: case.screen("anna"),
        lambda case: case.send_back("cecilia", is_answered=True),
        look,
    ),
    "a draft after one signature": (
        *BEGUN["answered first"],
        lambda case: case.rate("anna", signs=False),
        look,
    ),
    "a list that was read": (
        *BEGUN["screened"],
        lambda case: case.ask("bo", "GET", "/api/v1/cases") and None,
        lambda case: case.ask_again("anna", "bo"),
    ),
    "an extract that was made": (
        *BEGUN["signed"],
        lambda case: case.ask("bo", "POST", f"{case.case}/extracts", lambda _: {"reader": "youth"}) and None,
        lambda case: case.ask_again("anna", "bo"),
    ),
    "a draft that somebody else signed": (
        *BEGUN["a draft"],
        lambda case: case.sign("cecilia", 0),
        lambda case: case.ask_again("cecilia", "anna"),
    ),
}


def test_what_once_told_of_a_rating_tells_no_more(worlds: tuple[Worlds, str]) -> None:
    DoubleRating.worlds, _ = worlds
    for steps in LEAKS.values():
        case = DoubleRating()
        case.open_a_case("first", "nothing", is_first=True)
        for step in steps:
            step(case)


def test_the_two_ratings_differ_in_their_outcome(worlds: tuple[Worlds, str]) -> None:
    found, _ = worlds
    case = found.settle()
    draft = found.ask("anna", "POST", f"{case}/drafts", lambda world: rating(world, differs=True)).json()["id"]
    found.ask("anna", "POST", f"{case}/assessments", lambda _: {"draft": draft}, If_Match='"1"')
    screened = found.ask("bo", "POST", f"{case}/screenings", lambda _: {"guidance": "stockholm_2012"})
    first, second = (each.get_json()["content"]["outcome"] for each in screened.both)
    assert first != second
    assert not screened.is_same
    assert ratings() != ratings(high=0)
