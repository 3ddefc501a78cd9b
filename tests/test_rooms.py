"""The rooms of the code import each other as the table says, and nothing goes in a circle."""

import pytest

from tests.rooms import BEGIN, END, MANUAL, TABLES, Arrows, arrows, circle_in, imports, picture, room_of, the_table

of_each_house = pytest.mark.parametrize("house", TABLES)


@of_each_house
def test_rooms_import_what_the_table_states_and_nothing_else(house: str) -> None:
    stated = {room: set(listed) for room, listed in the_table(house).items()}
    drawn = arrows(house)
    assert stated.keys() == drawn.keys()
    assert {room: drawn[room] - stated[room] for room in drawn if drawn[room] - stated[room]} == {}, "new arrows"
    assert {room: stated[room] - drawn[room] for room in drawn if stated[room] - drawn[room]} == {}, "unused arrows"


@of_each_house
def test_rooms_do_not_go_in_a_circle(house: str) -> None:
    assert circle_in(arrows(house)) == []


def test_modules_do_not_go_in_a_circle() -> None:
    assert circle_in(imports()) == []


def test_a_circle_is_seen() -> None:
    graph: Arrows = {"a": {"b"}, "b": {"c"}, "c": {"b"}}
    assert circle_in(graph) == ["b", "c", "b"]


def test_the_web_knows_no_feature() -> None:
    assert set(the_table("api")["web"]) <= {"store"}


def test_the_application_lists_every_blueprint() -> None:
    """Those of accounts and of measurements come with them, in `api.wiring`."""
    listed = imports()["api.application"] | imports()["api.wiring"] | imports()["api.accounts.wiring"]
    listed |= imports()["api.cases.all_pages"]
    with_routes = {name for name in imports() if name.endswith(("routes", "pages")) and room_of(name) != "frame"}
    assert with_routes - listed - {"api.cases.all_pages"} == set()


@of_each_house
def test_the_pictures_in_the_manual_are_drawn_from_the_tables(house: str) -> None:
    text = MANUAL.read_text(encoding="utf-8")
    shown = text.partition(BEGIN.format(house))[2].partition(END)[0]
    assert shown == picture(house), "`python -m tests.rooms` draws it"
