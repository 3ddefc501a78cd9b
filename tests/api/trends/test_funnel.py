"""The funnel: every unit whose number is shown is in it once, and no other is placed anywhere."""

import re

from hypothesis import given
from hypothesis import strategies as st

from api.trends.drawing import Sheet
from api.trends.funnel import Funnel, Unit, draw_funnel

WORDS = dict.fromkeys(("size", "all", "inner", "outer", "hidden"), "word")
SIZES = st.tuples(st.integers(0, 400), st.integers(1, 400)).map(lambda each: (min(each), max(each)))


def drawn(funnel: Funnel) -> str:
    sheet = Sheet()
    draw_funnel(sheet, funnel, WORDS, str, str)
    return sheet.as_svg("x")


@given(st.lists(SIZES, min_size=1, max_size=12), st.integers(0, 4))
def test_units_whose_number_is_hidden_are_named_and_not_placed(known: list[tuple[int, int]], hidden: int) -> None:
    units = [Unit(f"unit{place}", *each) for place, each in enumerate(known)]
    units += [Unit(f"hidden{place}", None, 40) for place in range(hidden)]
    picture = drawn(Funnel.of(units, 0.95, 0.998))
    counts = sorted(int(each) for each in re.findall(r'data-count="(\d+)"', picture))
    assert counts == sorted(part for part, _ in known)
    assert picture.count("data-hidden") == hidden
    assert all(f"hidden{place}" in picture for place in range(hidden))


@given(st.lists(SIZES, min_size=1, max_size=12))
def test_everything_lies_within_the_picture(known: list[tuple[int, int]]) -> None:
    picture = drawn(Funnel.of([Unit(f"u{place}", *each) for place, each in enumerate(known)], 0.95, 0.998))
    width, height = (int(each) for each in re.findall(r'viewBox="0 0 (\d+) (\d+)"', picture)[0])
    for across, down in re.findall(r'<circle cx="([-\d.]+)" cy="([-\d.]+)"', picture):
        assert 0 <= float(across) <= width
        assert 0 <= float(down) <= height


def test_a_unit_outside_the_outer_limit_is_a_diamond_and_the_others_are_dots() -> None:
    alike = [Unit(f"alike{place}", 60 + place, 200) for place in range(5)]
    funnel = Funnel.of([*alike, Unit("far", 130, 200)], 0.95, 0.998)
    assert [unit.label for unit in funnel.beyond(funnel.outer)] == ["far"]
    picture = drawn(funnel)
    assert picture.count("<polygon") == 1
    assert picture.count("<circle") == len(alike)


def test_the_target_is_the_share_of_all_that_are_shown() -> None:
    funnel = Funnel.of([Unit("a", 10, 40), Unit("b", None, 50), Unit("c", 30, 60)], 0.95, 0.998)
    assert funnel.target == 40 / 100


def test_a_unit_with_nobody_is_neither_placed_nor_hidden() -> None:
    assert "nobody" not in drawn(Funnel.of([Unit("a", 10, 40), Unit("nobody", 0, 0)], 0.95, 0.998))
