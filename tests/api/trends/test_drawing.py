"""Charts: what is hidden is never drawn as a number, zero is no gap, and no label is cut."""

import re

from hypothesis import given
from hypothesis import strategies as st

from api.trends.charts import Row, bars, dots
from api.trends.charts_over_time import Point, Say, columns, lines
from api.trends.drawing import WIDTH, Sheet, wrapped

WORDS = {"break": "new", "open": "goes on"}
NUMBERS = st.lists(st.none() | st.integers(0, 5_000), min_size=1, max_size=30)
SAY = Say(str, str)


def counts(sheet: Sheet) -> list[int]:
    return [int(each) for each in re.findall(r'data-count="(\d+)"', sheet.as_svg("x"))]


def points_of(numbers: list[int | None]) -> list[Point]:
    return [
        Point(str(place), each, None if each is None else float(each), "", "hidden" if each is None else "shown")
        for place, each in enumerate(numbers)
    ]


@given(NUMBERS)
def test_over_time_every_number_is_drawn_once_and_what_is_hidden_is_hatched(numbers: list[int | None]) -> None:
    for draw in (columns, lines):
        sheet = Sheet()
        draw(sheet, points_of(numbers), WORDS, SAY)
        assert counts(sheet) == [each for each in numbers if each is not None]
        assert sheet.as_svg("x").count("data-hidden") == numbers.count(None)


@given(NUMBERS)
def test_a_line_does_not_go_over_what_is_hidden(numbers: list[int | None]) -> None:
    sheet = Sheet()
    lines(sheet, points_of(numbers), WORDS, SAY)
    runs = [len(run) for run in "".join("." if each is None else "x" for each in numbers).split(".") if run]
    drawn = [each.count(",") for each in re.findall(r'<polyline points="([^"]*)" class="line"', sheet.as_svg("x"))]
    assert drawn == runs


@given(st.lists(st.none() | st.integers(0, 300), min_size=1, max_size=12))
def test_by_value_what_is_hidden_is_hatched_and_what_nobody_has_is_named(numbers: list[int | None]) -> None:
    rows = [Row(f"value{place}", each, None if each is None else each / 300, "x") for place, each in enumerate(numbers)]
    sheet = Sheet()
    bars(sheet, rows, "Nobody:")
    assert counts(sheet) == [each for each in numbers if each]
    assert sheet.as_svg("x").count("data-hidden") == numbers.count(None)
    assert all(row.label in sheet.as_svg("x") for row in rows)
    sheet = Sheet()
    dots(sheet, rows)
    assert counts(sheet) == [each for each in numbers if each is not None]
    assert sheet.as_svg("x").count("data-hidden") == numbers.count(None)


@given(st.lists(st.text("abcåäö", min_size=1, max_size=30), min_size=1, max_size=12))
def test_a_label_is_written_whole(words: list[str]) -> None:
    assert " ".join(wrapped(" ".join(words), WIDTH)) == " ".join(words)


def test_what_is_written_cannot_become_a_mark() -> None:
    sheet = Sheet()
    bars(sheet, [Row('<script>"x"</script>', 1, None, "1")], "")
    assert "<script>" not in sheet.as_svg('"<b>')


def test_a_bar_whose_whole_is_hidden_is_hatched_and_not_drawn_as_none() -> None:
    sheet = Sheet()
    bars(sheet, [Row("a", 12, None, "12", before=0.4), Row("b", 10, 0.5, "10")], "")
    assert counts(sheet) == [10]
    picture = sheet.as_svg("x")
    assert picture.count("data-hidden") == 1
    assert ">12</text>" in picture
    assert picture.count('class="before"') == 1


def test_bars_of_numbers_have_no_stroke_of_a_share() -> None:
    sheet = Sheet()
    bars(sheet, [Row("a", 12, None, "12", before=0.4), Row("b", 30, None, "30", before=0.5)], "")
    assert counts(sheet) == [12, 30]
    assert 'class="before"' not in sheet.as_svg("x")
