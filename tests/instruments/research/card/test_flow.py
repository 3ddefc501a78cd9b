"""The way of the participants is counted from the table to each analysis, drawn, and tells of no few."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.card_parts import Analysis, Flow, LeftOut
from instruments.research.card.evidence import Evidence
from instruments.research.card.flow import count_flow
from instruments.research.card.flow_chart import Box, boxes_of, flow_chart
from instruments.research.card.page import pictures_of, render_page
from instruments.research.limits import limits
from tests.instruments.research.card.made import card_of, evidence_of, ungathered
from tests.instruments.research.invented import invent

LEAST = limits().whole("small_count")
WORDS = {"title": "The way", "locale": "en-US"}


def read(svg: str) -> str:
    """What stands to be read in a picture."""
    return re.sub("<[^>]*>", " ", svg)


def evidence_with(unknown: int, incomplete: int, *, n: int = 200, **more: Any) -> Evidence:
    """Evidence in which so many lack the outcome, and so many others part of the score."""
    data = invent(n)
    data.outcomes.iloc[:unknown, 0] = np.nan
    data.ratings.loc[unknown : unknown + incomplete - 1, data.risk_items[0]] = np.nan
    return ungathered(data, **more)


def test_those_who_lack_an_outcome_or_a_score_are_counted_by_reason() -> None:
    flow = count_flow(evidence_with(12, 30))
    assert (flow.assessments, flow.persons, flow.analysed) == (200, 200, 158)
    assert flow.left_out == (
        LeftOut(reasons=("outcome_unknown",), assessments=12),
        LeftOut(reasons=("score_incomplete",), assessments=30),
    )


@given(st.integers(0, 12), st.integers(0, 12))
def test_no_number_of_few_is_ever_told_and_what_is_told_adds_up(unknown: int, incomplete: int) -> None:
    flow = count_flow(evidence_with(unknown, incomplete, n=60))
    numbers = [each.assessments for each in flow.left_out]
    assert all(number is None or number >= LEAST for number in numbers)
    assert {reason for each in flow.left_out for reason in each.reasons} == {
        *(["outcome_unknown"] if unknown else []),
        *(["score_incomplete"] if incomplete else []),
    }
    if None not in numbers:
        assert flow.analysed + sum(number or 0 for number in numbers) == 60
    else:
        assert unknown + incomplete < LEAST


@pytest.mark.parametrize(("blanks", "told", "table"), [((12, 12), 12, 212), ((3, 3), None, 200), ((6, 3), None, 200)])
def test_few_who_lacked_something_left_the_card_and_their_number_does_not_follow_where_it_is_small(
    blanks: tuple[int, int], told: int | None, table: int
) -> None:
    flow = count_flow(evidence_with(12, 0, few_blanks=blanks))
    assert flow.left_out[0] == LeftOut(reasons=("blank_of_few",), assessments=told)
    assert (flow.assessments, flow.analysed) == (table, 188)
    assert flow.assessments == flow.analysed + sum(each.assessments or 0 for each in flow.left_out)


def test_later_ratings_of_the_same_person_are_a_step_of_their_own() -> None:
    data = invent(100)
    again = {
        name: getattr(data, name).iloc[[*range(100), *range(40)]].reset_index(drop=True)
        for name in ("keys", "ratings", "facts", "outcomes", "times", "groups", "scores", "persons")
    }
    raters = data.keys.iloc[[*range(100), *range(40)]].reset_index(drop=True).where(np.arange(140) < 100, "B")
    both = replace(data, **again, raters=raters)
    flow = count_flow(ungathered(both))
    assert (flow.assessments, flow.persons, flow.analysed) == (140, 100, 100)
    assert flow.left_out == (LeftOut(reasons=("later_rating",), assessments=40),)
    assert [box.lines[0] for box in boxes_of(flow, "en")] == [
        "140 assessments of 100 people in the table",
        "Left out: 40",
        "100 assessments, the first of each person",
        "100 assessments with both a score and an outcome",
    ]


def test_each_analysis_tells_how_many_it_rests_on() -> None:
    flow = count_flow(evidence_of(200))
    assert Analysis(analysis="areas", fewest=200, most=200) in flow.analyses


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_way_is_drawn_and_said_in_words(language: str) -> None:
    evidence = evidence_of(200)
    page = render_page(card_of(evidence), evidence, language)
    lines = [" ".join(box.lines) for box in boxes_of(count_flow(evidence), language)]
    assert lines
    assert all(f"<li>{line}</li>" in page for line in lines)


def test_few_who_are_left_out_are_drawn_without_their_number() -> None:
    few = Flow(assessments=60, persons=60, left_out=(LeftOut(reasons=("outcome_unknown",)),), analysed=57, analyses=())
    beside = [box for box in boxes_of(few, "en") if box.is_beside]
    assert [box.lines[0] for box in beside] == [f"Left out: fewer than {LEAST}"]


def test_a_long_line_is_broken_and_none_of_it_is_lost() -> None:
    svg = flow_chart([Box(("word " * 40,)), Box(("<b>", "beside"), is_beside=True), Box(("end",))], WORDS)
    assert read(svg).count("word") == 40
    assert "<b>" not in svg


def test_the_legend_of_curves_tells_the_area_and_a_picture_of_groups_its_lines() -> None:
    evidence = evidence_of(200)
    drawn = {each.title: read(each.svg) for each in pictures_of(evidence, "en")}
    roc, levels = (next(svg for title, svg in drawn.items() if word in title) for word in ("ROC", "level"))
    assert roc.count("AUC 0.") == 2  # one entry for each curve, with colour and dashes in it
    assert levels.count("everybody (0.") == 1
    assert levels.count("n\u00a0=\u00a0") == 3
