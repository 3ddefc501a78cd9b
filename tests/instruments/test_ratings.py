"""Ratings keep a level, a blank that nobody asked about, and a blank that could not be filled apart."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.faults import InputError, pointer
from instruments.model import Instrument
from instruments.ratings import (
    BLANK,
    LONGEST_TEXT,
    BlankKind,
    CriticalItem,
    ExtraFactor,
    Ratings,
    read_ratings,
)
from instruments.shipped import instrument_registry
from tests.instruments.broken import RATINGS
from tests.instruments.small import small_instrument

YOUTH = instrument_registry().find("youth_spj", on=date(2026, 11, 21)).content


@pytest.fixture
def small(tmp_path: Path) -> Instrument:
    return small_instrument(tmp_path)


def told(raw: object, instrument: Instrument, where: str = "") -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_ratings(raw, instrument, where)
    return [(fault.code, fault.where) for fault in caught.value.faults]


def test_levels_become_their_position_in_the_scale(small: Instrument) -> None:
    items = {"fights": "high", "moves": "low", "absence": "moderate", "adult": "present", "effort": "absent"}
    assert read_ratings({"items": items}, small) == Ratings(codes=(2, 0, 1, 1, 0))


def test_the_three_ways_of_saying_that_nobody_asked_are_the_same(small: Instrument) -> None:
    one = read_ratings({"items": {"fights": None, "moves": {"missing": "not_asked"}}}, small)
    assert one == read_ratings({"items": {}}, small) == read_ratings({}, small)
    assert one.codes == (BLANK,) * 5
    assert set(one.blanks.values()) == {BlankKind.NOT_ASKED}


def test_what_could_not_be_learned_is_kept_with_its_reason(small: Instrument) -> None:
    raw = {"items": {"fights": {"missing": "not_found", "reason": "Polisen har inget register."}}}
    ratings = read_ratings(raw, small)
    assert ratings.codes[0] == BLANK
    assert ratings.blanks["fights"] is BlankKind.NOT_FOUND
    assert ratings.reasons == {"fights": "Polisen har inget register."}


def test_a_level_can_carry_what_it_rests_on_and_its_source(small: Instrument) -> None:
    raw = {"items": {"absence": {"level": "high", "note": "60 procent", "source": "skolan"}, "adult": {"note": "?"}}}
    ratings = read_ratings(raw, small)
    assert ratings.codes == (BLANK, BLANK, 2, BLANK, BLANK)
    assert (ratings.notes, ratings.sources) == ({"absence": "60 procent", "adult": "?"}, {"absence": "skolan"})


def test_extra_factors_and_critical_items_are_kept_beside_the_codes(small: Instrument) -> None:
    raw = {
        "extra_factors": [{"text": "Ny familj", "direction": "protective", "reason": "Bor tryggt"}],
        "critical_items": [{"item": "fights", "reason": "Skedde i går"}],
    }
    ratings = read_ratings(raw, small)
    assert ratings.extra_factors == (ExtraFactor("Ny familj", "protective", "Bor tryggt"),)
    assert ratings.critical_items == (CriticalItem("fights", "Skedde i går"),)
    assert ratings.codes == (BLANK,) * 5


def test_five_items_may_be_critical(small: Instrument) -> None:
    raw = {"critical_items": [{"item": item.id, "reason": "x"} for item in small.items]}
    assert len(read_ratings(raw, small).critical_items) == 5


@pytest.mark.parametrize("name", ["small_spj", "small_spj@1.0", None])
def test_the_instrument_may_be_named_in_full_or_not_at_all(small: Instrument, name: str | None) -> None:
    read_ratings({"instrument": name}, small)


@pytest.mark.parametrize("code", RATINGS)
def test_each_fault_of_ratings_is_told_with_its_pointer(code: str, small: Instrument) -> None:
    raw, where = RATINGS[code]
    assert told(raw, small, "/ratings") == [(code, f"/ratings{where}")]


def test_all_faults_are_told_at_once(small: Instrument) -> None:
    raw = {
        "instrument": "other",
        "items": {"fights": "hihg", "moves": 1, "nosuch": "low", "adult": {"missing": "not_found"}},
        "extra_factors": "none",
        "critical_items": [{"item": "nosuch", "reason": None, "weight": 3}],
    }
    assert sorted(told(raw, small)) == [
        ("level-off-scale", "/items/fights"),
        ("other-instrument", "/instrument"),
        ("reason-missing", "/items/adult"),
        ("text-missing", "/critical_items/0/reason"),
        ("unknown-item", "/critical_items/0/item"),
        ("unknown-item", "/items/nosuch"),
        ("unknown-key", "/critical_items/0/weight"),
        ("wrong-type", "/extra_factors"),
        ("wrong-type", "/items/moves"),
    ]


@pytest.mark.parametrize("level", ["", " low", "Low", "LOW", "0", "låg", "absent", "present", "unknown", "saknas"])
def test_a_level_is_one_word_of_the_scale_and_nothing_like_it(small: Instrument, level: str) -> None:
    assert told({"items": {"fights": level}}, small) == [("level-off-scale", "/items/fights")]


@pytest.mark.parametrize("value", [0, 1, 2, True, False, 0.5, [], ["low"]])
def test_a_number_is_never_taken_for_a_level(small: Instrument, value: object) -> None:
    assert told({"items": {"fights": value}}, small) == [("wrong-type", "/items/fights")]
    assert told({"items": {"fights": {"level": value}}}, small) == [("wrong-type", "/items/fights/level")]


@pytest.mark.parametrize("raw", [None, [], "high", 3])
def test_what_is_no_form_is_refused_as_a_whole(small: Instrument, raw: object) -> None:
    assert told(raw, small, "/ratings") == [("wrong-type", "/ratings")]


def test_a_pointer_escapes_slash_and_tilde(small: Instrument) -> None:
    assert told({"items": {"a/b~c": "low"}}, small) == [("unknown-item", "/items/a~1b~0c")]
    assert pointer("/x", 0) == "/x/0"


def test_a_reason_may_be_as_long_as_the_limit_and_no_longer(small: Instrument) -> None:
    raw = {"items": {"fights": {"missing": "not_found", "reason": "å" * LONGEST_TEXT}}}
    assert len(read_ratings(raw, small).reasons["fights"]) == LONGEST_TEXT
    raw["items"]["fights"]["reason"] += "å"
    assert told(raw, small) == [("text-too-long", "/items/fights/reason")]


def test_a_refused_value_is_told_in_short(small: Instrument) -> None:
    with pytest.raises(InputError) as caught:
        read_ratings({"items": {"fights": "x" * 100_000}}, small)
    assert len(str(caught.value.faults[0].parameters["value"])) == 80


def test_age_and_instrument_are_apart_so_any_person_can_be_rated_with_either_set() -> None:
    adult = instrument_registry().find("young_adult_spj", on=date(2026, 11, 21)).content
    assert told({"items": {"ya_debts": "low"}}, YOUTH) == [("unknown-item", "/items/ya_debts")]
    assert read_ratings({"items": {"ya_debts": "low"}}, adult).codes[adult.positions["ya_debts"]] == 0


levels = st.sampled_from(["low", "moderate", "high", "absent", "present"])
texts = st.text(max_size=20)
entries = st.one_of(
    st.none(),
    levels,
    texts,
    st.integers(),
    st.fixed_dictionaries(
        {}, optional={name: st.one_of(st.none(), texts, levels) for name in ("level", "missing", "reason", "note")}
    ),
)
forms = st.one_of(
    st.dictionaries(st.one_of(st.sampled_from([item.id for item in YOUTH.items]), texts), entries, max_size=8).map(
        lambda items: {"items": items}
    ),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), texts),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    ),
)


@given(forms)
def test_any_json_is_either_read_or_refused_in_an_orderly_way(form: object) -> None:
    try:
        ratings = read_ratings(form, YOUTH)
    except InputError as error:
        for fault in error.faults:
            assert resolves(form, fault.where), fault
    else:
        blank = {item.id for item, code in zip(YOUTH.items, ratings.codes, strict=True) if code == BLANK}
        assert blank == set(ratings.blanks)
        not_found = {item for item, kind in ratings.blanks.items() if kind is BlankKind.NOT_FOUND}
        assert not_found == set(ratings.reasons)


def resolves(document: Any, where: str) -> bool:
    """Whether a pointer leads somewhere in the document, or to a name that is missing at its very end."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in where.split("/")[1:]]
    for number, step in enumerate(steps, start=1):
        if isinstance(document, Mapping):
            if step not in document:
                return number == len(steps)
            document = document[step]
        else:
            document = document[int(step)]
    return True


def test_what_is_read_can_be_written_down_again(small: Instrument) -> None:
    raw = {"items": {"fights": "high", "moves": {"missing": "not_found", "reason": "x"}}}
    assert json.loads(json.dumps(read_ratings(raw, small).as_data(small))) == {
        "instrument": "small_spj",
        "items": {**raw["items"], "absence": None, "adult": None, "effort": None},
        "extra_factors": [],
        "critical_items": [],
    }


@given(st.data())
def test_reading_what_was_written_down_gives_the_same_ratings(data: st.DataObject) -> None:
    items = {}
    for item in YOUTH.items:
        level = st.sampled_from(YOUTH.levels(item))
        text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)
        items[item.id] = data.draw(
            st.one_of(
                st.none(),
                level,
                st.fixed_dictionaries({"missing": st.just("not_found"), "reason": text}),
                st.fixed_dictionaries({"level": level, "note": text}, optional={"source": text}),
            )
        )
    ratings = read_ratings({"items": items}, YOUTH)
    assert read_ratings(json.loads(json.dumps(ratings.as_data(YOUTH))), YOUTH) == ratings
