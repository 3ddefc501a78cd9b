"""Counts are over all items, and their bounds are those of every way of filling the blanks."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.messages import Message
from instruments.model import Instrument
from instruments.profile import Bounds, GroupProfile, Profile, profile, research_total_bounds, summary_check
from instruments.ratings import BLANK, BlankKind, Ratings, read_ratings
from instruments.shipped import instrument_catalogue, instrument_registry
from screening.beside import render_profile
from tests.instruments.small import small_instrument

TODAY = date(2026, 11, 21)
YOUTH = instrument_registry().find("youth_spj", on=TODAY).content
ADULT = instrument_registry().find("young_adult_spj", on=TODAY).content


@pytest.fixture
def small(tmp_path: Path) -> Instrument:
    return small_instrument(tmp_path)


def rated(instrument: Instrument, codes: list[int]) -> Ratings:
    """Ratings with these codes, every blank of them not asked."""
    blanks = {item.id: BlankKind.NOT_ASKED for item, code in zip(instrument.items, codes, strict=True) if code == BLANK}
    return Ratings(tuple(codes), blanks)


def completions(instrument: Instrument, ratings: Ratings) -> Iterator[list[int]]:
    """Every way of filling the blanks."""
    choices = [
        range(len(instrument.levels(item))) if code == BLANK else [code]
        for item, code in zip(instrument.items, ratings.codes, strict=True)
    ]
    return (list(codes) for codes in itertools.product(*choices))


def excerpt(risk: int, protective: int, own_behaviour: list[bool]) -> Instrument:
    """A few items of the youth set, some of them of own behaviour, as an instrument of their own."""
    items = (*YOUTH.risk_items[:risk], *YOUTH.protective_items[:protective])
    marked = [item.model_copy(update={"own_behaviour": own}) for item, own in zip(items, own_behaviour, strict=True)]
    return YOUTH.model_copy(update={"items": tuple(marked)})


@st.composite
def rated_excerpts(draw: st.DrawFn) -> tuple[Instrument, Ratings]:
    risk, protective = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    own = draw(st.lists(st.booleans(), min_size=risk + protective, max_size=risk + protective))
    instrument = excerpt(risk, protective, own)
    codes = [draw(st.integers(BLANK, len(instrument.levels(item)) - 1)) for item in instrument.items]
    return instrument, rated(instrument, codes)


def every_count(counts: Profile) -> Iterator[tuple[str, int, Bounds]]:
    groups: list[tuple[str, GroupProfile]] = [*counts.domains, ("risk", counts.risk), ("protective", counts.protective)]
    for name, group in groups:
        for level, count in group.levels:
            yield f"{name}.{level}", count.rated, count.bounds
    own = counts.own_behaviour.moderate_or_high
    yield "own_behaviour", own.rated, own.bounds


@given(rated_excerpts())
def test_the_bounds_of_each_count_are_those_of_all_completions(case: tuple[Instrument, Ratings]) -> None:
    instrument, ratings = case
    complete = [
        {name: count for name, count, _ in every_count(profile(instrument, rated(instrument, codes)))}
        for codes in completions(instrument, ratings)
    ]
    for name, count, bounds in every_count(profile(instrument, ratings)):
        values = [counts[name] for counts in complete]
        assert (bounds.low, bounds.high) == (min(values), max(values)), name
        assert count == bounds.low, name


@given(rated_excerpts())
def test_the_bounds_of_the_research_total_are_those_of_all_completions(case: tuple[Instrument, Ratings]) -> None:
    instrument, ratings = case
    risk = len(instrument.risk_items)
    totals = [sum(codes[:risk]) for codes in completions(instrument, ratings)]
    assert research_total_bounds(instrument, ratings) == Bounds(min(totals), max(totals))


@given(rated_excerpts(), st.data())
def test_filling_a_blank_only_narrows_the_bounds(case: tuple[Instrument, Ratings], data: st.DataObject) -> None:
    instrument, ratings = case
    open_items = [position for position, code in enumerate(ratings.codes) if code == BLANK]
    if not open_items:
        return
    filled = list(ratings.codes)
    position = data.draw(st.sampled_from(open_items))
    filled[position] = data.draw(st.integers(0, len(instrument.levels(instrument.items[position])) - 1))
    before = every_count(profile(instrument, ratings))
    after = every_count(profile(instrument, rated(instrument, filled)))
    for (name, _, wide), (_, _, narrow) in zip(before, after, strict=True):
        assert wide.low <= narrow.low <= narrow.high <= wide.high, name


def test_a_profile_counted_by_hand(small: Instrument) -> None:
    items = {"fights": "high", "moves": {"missing": "not_found", "reason": "x"}, "adult": "present"}
    counts = profile(small, read_ratings({"items": items}, small))
    past, now, protective = (group for _, group in counts.domains)
    assert [name for name, _ in counts.domains] == ["past", "now", "protective"]
    assert (past.count("high").rated, past.count("high").bounds) == (1, Bounds(1, 2))
    assert (past.rated, past.answered, past.of) == (1, 2, 2)
    assert dict(past.blank) == {BlankKind.NOT_ASKED: 0, BlankKind.NOT_FOUND: 1}
    assert dict(now.blank) == {BlankKind.NOT_ASKED: 1, BlankKind.NOT_FOUND: 0}
    assert (protective.count("present").bounds, protective.count("absent").bounds) == (Bounds(1, 2), Bounds(0, 1))
    assert counts.own_behaviour.moderate_or_high.bounds == Bounds(1, 2)
    assert (counts.own_behaviour.rated, counts.own_behaviour.of) == (1, 2)


def test_a_protective_item_of_own_behaviour_is_in_no_own_behaviour_count(small: Instrument) -> None:
    before = profile(small, read_ratings({"items": {}}, small)).own_behaviour
    assert profile(small, read_ratings({"items": {"effort": "present"}}, small)).own_behaviour == before


def test_extra_factors_and_critical_marks_change_no_count(small: Instrument) -> None:
    plain = read_ratings({"items": {"fights": "high"}}, small)
    marks = {
        "extra_factors": [{"text": "a", "direction": "risk", "reason": "b"}],
        "critical_items": [{"item": "fights", "reason": "c"}],
    }
    marked = read_ratings({"items": {"fights": "high"}, **marks}, small)
    assert profile(small, marked) == profile(small, plain)
    assert research_total_bounds(small, marked) == research_total_bounds(small, plain)


def answers(instrument: Instrument, risk: int, protective: int) -> Ratings:
    """So many risk and protective items answered: the first by levels, the last one not found with its reason."""
    items: dict[str, object] = {}
    for group, number in ((instrument.risk_items, risk), (instrument.protective_items, protective)):
        items |= {item.id: instrument.levels(item)[0] for item in group[:number]}
        items[group[number - 1].id] = {"missing": "not_found", "reason": "Gick inte att få veta."}
    return read_ratings({"items": items}, instrument)


@pytest.mark.parametrize(
    ("instrument", "risk", "protective", "complete"),
    [
        (YOUTH, 20, 5, True),
        (YOUTH, 19, 5, False),
        (YOUTH, 20, 4, False),
        (YOUTH, 24, 6, True),
        (ADULT, 13, 5, True),
        (ADULT, 12, 5, False),
        (ADULT, 13, 4, False),
    ],
)
def test_completeness_to_sign_counts_levels_and_reasons_on_both_sides_of_each_bound(
    instrument: Instrument, risk: int, protective: int, complete: bool
) -> None:
    counts = profile(instrument, answers(instrument, risk, protective))
    assert counts.complete_to_sign is complete
    assert ("profile.incomplete_to_sign" in [note.key for note in counts.notes]) is not complete


@pytest.mark.parametrize(("instrument", "limit"), [(YOUTH, 8), (ADULT, 6)])
def test_thin_material_is_noted_below_the_limit_and_not_at_it(instrument: Instrument, limit: int) -> None:
    for number, noted in ((limit - 1, True), (limit, False)):
        items = {item.id: "low" for item in instrument.own_behaviour_items[:number]}
        counts = profile(instrument, read_ratings({"items": items}, instrument))
        assert ("profile.thin_own_behaviour" in [note.key for note in counts.notes]) is noted
    for number, noted in ((4, True), (5, False)):
        items = {item.id: "absent" for item in instrument.protective_items[:number]}
        counts = profile(instrument, read_ratings({"items": items}, instrument))
        assert ("profile.thin_protective" in [note.key for note in counts.notes]) is noted


@pytest.mark.parametrize(
    ("summary", "high_items", "key"),
    [
        ("high", 0, "summary_check.high"),
        ("high", 1, None),
        ("low", 4, None),
        ("low", 5, "summary_check.low"),
        ("moderate", 0, None),
        ("moderate", 24, None),
    ],
)
def test_a_summary_far_from_the_items_asks_for_a_sentence(summary: str, high_items: int, key: str | None) -> None:
    items = {item.id: "high" for item in YOUTH.risk_items[:high_items]}
    asked = summary_check(YOUTH, read_ratings({"items": items}, YOUTH), summary)
    assert (asked.key if asked else None) == key
    if asked:
        sentences = [instrument_catalogue().render(asked, language) for language in ("sv", "en")]
        assert all(f" {high_items}." in sentence for sentence in sentences)


def test_the_thresholds_of_the_summary_check_are_data(small: Instrument) -> None:
    ratings = rated(small, [2, 2, BLANK, BLANK, BLANK])
    assert summary_check(small, ratings, "low") == Message("summary_check.low", {"high": 2, "limit": 2})
    limits = small.summary_check.model_copy(update={"low_from": 3})
    assert summary_check(small.model_copy(update={"summary_check": limits}), ratings, "low") is None


def test_a_summary_that_is_no_level_is_a_mistake_of_the_caller(small: Instrument) -> None:
    with pytest.raises(ValueError, match="one of low, moderate, high"):
        summary_check(small, rated(small, [BLANK] * 5), "medium")


def test_ratings_of_another_length_are_a_mistake_of_the_caller(small: Instrument) -> None:
    for count in (profile, research_total_bounds):
        with pytest.raises(ValueError, match="4 ratings for the 5 items"):
            count(small, Ratings((0, 0, 0, 0)))


def test_the_notes_can_be_said_in_both_languages(small: Instrument) -> None:
    counts = profile(small, rated(small, [BLANK] * 5))
    assert len(counts.notes) == 3
    for note in counts.notes:
        for language in ("sv", "en"):
            assert "{" not in instrument_catalogue().render(note, language)


def test_the_json_form_has_every_count_and_no_total(small: Instrument) -> None:
    counts = profile(small, rated(small, [2, BLANK, 1, 1, 0]))
    data = render_profile(counts, instrument_catalogue().in_every_language)
    assert json.loads(json.dumps(data)) == data
    assert list(data) == ["domains", "risk", "protective", "own_behaviour", "complete_to_sign", "notes"]
    assert "total" not in json.dumps(data)
    assert data["own_behaviour"] == {
        "moderate_or_high": {"rated": 2, "bounds": [2, 2]},
        "rated": 2,
        "of": 2,
    }


def test_a_blank_whose_kind_was_not_given_counts_as_not_asked(small: Instrument) -> None:
    bare = Ratings((BLANK,) * 5)
    assert profile(small, bare) == profile(small, rated(small, [BLANK] * 5))
    assert profile(small, replace(bare, notes={"fights": "x"})) == profile(small, bare)
