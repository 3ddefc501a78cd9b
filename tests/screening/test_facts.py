"""Facts as they are sent: every fault with its place, ages from birth dates, and answers that have grown old."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from instruments.faults import InputError
from instruments.ratings import BLANK, BlankKind
from screening.coding import Coding, Intake, code_intake, days_fresh, is_stale
from screening.fact_reading import LONGEST_TEXT, completed_years, read_facts
from screening.facts import NOT_APPLICABLE, Facts, FactValue
from tests.cases.reading import library

ON = date(2026, 11, 21)
LIBRARY = library()
DICTIONARY = LIBRARY.facts(ON)


def read(on: date = ON, **raw: Any) -> Facts:
    return read_facts(raw, DICTIONARY, on=on)


def faults_of(raw: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_facts(raw, DICTIONARY, on=ON)
    return [(fault.code, fault.where) for fault in caught.value.faults]


# What is read.


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"gang_ties": "suspected"}, FactValue(1)),
        ({"gang_ties": {"value": "suspected"}}, FactValue(1)),
        (
            {"gang_ties": {"value": "none", "source": "polis", "observed_on": "2026-10-02", "reason": "samtal"}},
            FactValue(0, "polis", date(2026, 10, 2), "samtal"),
        ),
        ({"gang_ties": {"value": "none", "observed_on": date(2026, 11, 21)}}, FactValue(0, observed_on=ON)),
        ({"strategic_first_offence": "not_applicable"}, FactValue(NOT_APPLICABLE)),
        ({"age": 0}, FactValue(0)),
        ({"age": 120}, FactValue(120)),
        ({"offence_count": 5}, FactValue(5)),
        (
            {"offence_count": {"value": 5, "window_months": 12, "convicted": 5}},
            FactValue(5, window_months=12, convicted=5),
        ),
        ({"offence_count": {"value": 0, "window_months": "ever"}}, FactValue(0, window_months="ever")),
        ({"gang_ties": None}, FactValue(BLANK, blank=BlankKind.NOT_ASKED)),
        ({"gang_ties": {"value": None}}, FactValue(BLANK, blank=BlankKind.NOT_ASKED)),
        ({"gang_ties": {}}, FactValue(BLANK, blank=BlankKind.NOT_ASKED)),
        ({"offence_count": {"value": None, "source": "polis"}}, FactValue(BLANK, "polis", blank=BlankKind.NOT_ASKED)),
        (
            {"gang_ties": {"missing": "not_found", "reason": "Polisen svarar inte."}},
            FactValue(BLANK, reason="Polisen svarar inte.", blank=BlankKind.NOT_FOUND),
        ),
    ],
)
def test_a_fact_is_read_with_what_stands_beside_it(raw: dict[str, Any], expected: FactValue) -> None:
    [name] = raw
    assert read(**raw)[name] == expected


def test_a_fact_that_is_left_out_was_not_asked_and_has_no_default() -> None:
    facts = read()
    assert {facts[name] for name in DICTIONARY.by_id} == {FactValue(BLANK, blank=BlankKind.NOT_ASKED)}


# Age and birth date (3.11).


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2011, 11, 21), ON, 15),
        (date(2011, 11, 22), ON, 14),
        (date(2026, 11, 21), ON, 0),
        (date(2012, 2, 29), date(2027, 2, 28), 14),
        (date(2012, 2, 29), date(2027, 3, 1), 15),
        (date(2012, 2, 29), date(2028, 2, 28), 15),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
    ],
)
def test_a_year_is_completed_on_the_birthday_and_after_29_february_on_1_march(born: date, on: date, years: int) -> None:
    assert completed_years(born, on) == years
    assert read(on, birth_date=born.isoformat())["age"].code == years


def test_a_stated_age_that_agrees_keeps_its_source() -> None:
    facts = read(age={"value": 15, "source": "folkbokföring"}, birth_date="2011-11-21")
    assert facts["age"] == FactValue(15, source="folkbokföring")


@pytest.mark.parametrize("age", [None, {"missing": "not_found", "reason": "Oklart."}])
def test_a_birth_date_gives_the_age_that_was_blank(age: Any) -> None:
    assert read(age=age, birth_date="2011-11-21")["age"] == FactValue(15)


def test_the_age_is_counted_on_the_reference_date_and_on_no_other() -> None:
    ages = [read(ON + timedelta(days), birth_date="2011-11-22")["age"].code for days in range(3)]
    assert ages == [14, 15, 15]


# What is refused.

LONG = "x" * 100_000


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # names
        ({"shoe_size": 43}, ("unknown-fact", "/shoe_size")),
        ({"": 1}, ("unknown-fact", "/")),
        ({"a/b~c": 1}, ("unknown-fact", "/a~1b~0c")),
        ({"risk_count": 7}, ("derived-fact", "/risk_count")),
        ({"protective_present": 2}, ("derived-fact", "/protective_present")),
        ({"own_behaviour_risk_count": 6}, ("derived-fact", "/own_behaviour_risk_count")),
        ({"consents": []}, ("derived-fact", "/consents")),
        ({"guardian_consent": "yes"}, ("derived-fact", "/guardian_consent")),
        ({"sex": "male"}, ("never-an-input", "/sex")),
        ({"kön": "man"}, ("never-an-input", "/kön")),
        ({"citizenship": None}, ("never-an-input", "/citizenship")),
        ({"religion": "none"}, ("never-an-input", "/religion")),
        ({"postcode": "123 45"}, ("never-an-input", "/postcode")),
        ({"area_statistics": 1}, ("never-an-input", "/area_statistics")),
        # values
        ({"gang_ties": "much"}, ("off-scale-fact", "/gang_ties")),
        ({"gang_ties": {"value": "much"}}, ("off-scale-fact", "/gang_ties/value")),
        ({"gang_ties": "not_applicable"}, ("off-scale-fact", "/gang_ties")),
        ({"gang_ties": 1}, ("off-scale-fact", "/gang_ties")),
        ({"gang_ties": True}, ("off-scale-fact", "/gang_ties")),
        ({"gang_ties": ["none"]}, ("off-scale-fact", "/gang_ties")),
        ({"gang_ties": LONG}, ("off-scale-fact", "/gang_ties")),
        ({"age": -1}, ("off-range-fact", "/age")),
        ({"age": 121}, ("off-range-fact", "/age")),
        ({"age": 15.0}, ("off-range-fact", "/age")),
        ({"age": "15"}, ("off-range-fact", "/age")),
        ({"age": True}, ("off-range-fact", "/age")),
        ({"age": "not_applicable"}, ("off-range-fact", "/age")),
        ({"age": {"value": 10**30}}, ("off-range-fact", "/age/value")),
        ({"offence_count": 1000}, ("off-range-fact", "/offence_count")),
        # what stands beside a value
        ({"gang_ties": {"value": "none", "certainty": 1}}, ("unknown-key", "/gang_ties/certainty")),
        ({"gang_ties": {"value": "none", "a/b": 1}}, ("unknown-key", "/gang_ties/a~1b")),
        ({"gang_ties": {"value": "none", "window_months": 12}}, ("unknown-key", "/gang_ties/window_months")),
        ({"gang_ties": {"value": "none", "source": 7}}, ("not-text", "/gang_ties/source")),
        ({"gang_ties": {"value": "none", "source": LONG}}, ("text-too-long", "/gang_ties/source")),
        ({"gang_ties": {"value": "none", "reason": LONG}}, ("text-too-long", "/gang_ties/reason")),
        ({"gang_ties": {"value": "none", "reason": "a\ud800"}}, ("text-unreadable", "/gang_ties/reason")),
        ({"gang_ties": {"value": "none", "reason": "a\0"}}, ("text-unreadable", "/gang_ties/reason")),
        ({"district": LONG}, ("text-too-long", "/district")),
        ({"district": 7}, ("not-text", "/district")),
        ({"gang_ties": {"value": "none", "observed_on": "2026-11-22"}}, ("date-in-future", "/gang_ties/observed_on")),
        ({"gang_ties": {"value": "none", "observed_on": "2026-02-30"}}, ("impossible-date", "/gang_ties/observed_on")),
        ({"gang_ties": {"value": "none", "observed_on": "21/11/2026"}}, ("impossible-date", "/gang_ties/observed_on")),
        ({"gang_ties": {"value": "none", "observed_on": "20261121"}}, ("impossible-date", "/gang_ties/observed_on")),
        ({"gang_ties": {"value": "none", "observed_on": "2026-W01-1"}}, ("impossible-date", "/gang_ties/observed_on")),
        ({"gang_ties": {"value": "none", "observed_on": 20261121}}, ("impossible-date", "/gang_ties/observed_on")),
        # offences
        ({"offence_count": {"value": 5, "window_months": 0}}, ("bad-window", "/offence_count/window_months")),
        ({"offence_count": {"window_months": 12}}, ("window-without-count", "/offence_count/window_months")),
        (
            {"offence_count": {"value": None, "window_months": "ever"}},
            ("window-without-count", "/offence_count/window_months"),
        ),
        ({"offence_count": {"value": 5, "window_months": 1201}}, ("bad-window", "/offence_count/window_months")),
        ({"offence_count": {"value": 5, "window_months": "always"}}, ("bad-window", "/offence_count/window_months")),
        ({"offence_count": {"value": 5, "window_months": True}}, ("bad-window", "/offence_count/window_months")),
        ({"offence_count": {"value": 5, "convicted": 6}}, ("bad-convicted", "/offence_count/convicted")),
        ({"offence_count": {"value": 5, "convicted": -1}}, ("bad-convicted", "/offence_count/convicted")),
        # blanks
        ({"gang_ties": {"missing": "not_found"}}, ("reason-missing", "/gang_ties/reason")),
        ({"gang_ties": {"missing": "not_found", "reason": "  "}}, ("reason-missing", "/gang_ties/reason")),
        ({"gang_ties": {"missing": "stale", "reason": "x"}}, ("unknown-kind-of-blank", "/gang_ties/missing")),
        (
            {"gang_ties": {"missing": "not_found", "value": "none", "reason": "x"}},
            ("value-and-missing", "/gang_ties"),
        ),
        # ages
        ({"age": 15, "birth_date": "1986-11-21"}, ("age-disagrees", "/age")),
        ({"age": 15, "birth_date": "2011-11-22"}, ("age-disagrees", "/age")),
        ({"birth_date": "2026-11-22"}, ("date-in-future", "/birth_date")),
        ({"birth_date": "1905-11-21"}, ("impossible-birth-date", "/birth_date")),
        ({"birth_date": "2011-02-29"}, ("impossible-date", "/birth_date")),
        ({"birth_date": "11-11-21"}, ("impossible-date", "/birth_date")),
        ({"birth_date": 20111121}, ("impossible-date", "/birth_date")),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(raw: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults_of(raw) == [expected]


def test_every_fault_of_every_fact_is_told_at_once() -> None:
    raw = {
        "age": 150,
        "gang_ties": {"value": "much", "source": 7, "observed_on": "2027-01-01", "more": 1},
        "recruitment_risk": {"missing": "lost"},
        "sex": "male",
        "offence_count": {"value": 3, "window_months": -1, "convicted": 9},
    }
    assert sorted(faults_of(raw)) == [
        ("bad-convicted", "/offence_count/convicted"),
        ("bad-window", "/offence_count/window_months"),
        ("date-in-future", "/gang_ties/observed_on"),
        ("never-an-input", "/sex"),
        ("not-text", "/gang_ties/source"),
        ("off-range-fact", "/age"),
        ("off-scale-fact", "/gang_ties/value"),
        ("reason-missing", "/recruitment_risk/reason"),
        ("unknown-key", "/gang_ties/more"),
        ("unknown-kind-of-blank", "/recruitment_risk/missing"),
    ]


@pytest.mark.parametrize("raw", [{"gang_ties": LONG}, {"age": LONG}, {"offence_count": {"window_months": LONG}}])
def test_a_refused_text_of_any_length_is_cut_in_the_fault(raw: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read(**raw)
    assert len(str(caught.value)) < 500


def test_a_text_may_be_as_long_as_the_limit() -> None:
    source = "x" * LONGEST_TEXT
    assert read(gang_ties={"value": "none", "source": source})["gang_ties"].source == source


def test_an_age_that_disagrees_is_told_beside_other_faults() -> None:
    assert sorted(faults_of({"age": 15, "birth_date": "1986-11-21", "sex": "male"})) == [
        ("age-disagrees", "/age"),
        ("never-an-input", "/sex"),
    ]


@pytest.mark.parametrize(
    ("raw", "age"),
    [
        ({"value": "2011-11-21", "source": "folkbokföring"}, 15),
        ({"missing": "not_found", "reason": "Oklart."}, BLANK),
    ],
)
def test_a_birth_date_has_a_source_or_is_not_found_as_any_other_fact(raw: dict[str, Any], age: int) -> None:
    assert read(birth_date=raw)["age"].code == age


# Answers that have grown old (4: motivation stated and at most 30 days old; older is a blank).

RULES = LIBRARY.bind("stockholm_2012", on=ON).rules


def coded(**raw: Any) -> Coding:
    return code_intake(RULES, Intake(ON, read(**raw)))


def said(value: str, days_ago: int) -> dict[str, str]:
    return {"value": value, "observed_on": (ON - timedelta(days_ago)).isoformat()}


@pytest.mark.parametrize("value", ["none", "ambivalent", "stated"])
def test_an_answer_is_fresh_for_30_days_and_a_blank_to_ask_again_from_day_31(value: str) -> None:
    code = DICTIONARY.by_id["motivation_to_leave"].codes[value]
    for days_ago in (0, 30):
        fresh = coded(motivation_to_leave=said(value, days_ago))
        assert (fresh.intake.fact("motivation_to_leave"), "motivation_to_leave" in fresh.blanks) == (code, False)
    old = coded(motivation_to_leave=said(value, 31))
    assert old.intake.fact("motivation_to_leave") == BLANK
    assert old.blanks["motivation_to_leave"] == BlankKind.STALE
    assert "motivation_to_leave" not in old.not_found


def test_only_the_answer_that_opens_the_door_has_to_be_dated() -> None:
    assert coded(motivation_to_leave="stated").blanks["motivation_to_leave"] == BlankKind.STALE
    for value in ("none", "ambivalent"):
        assert "motivation_to_leave" not in coded(motivation_to_leave=value).blanks


def test_other_facts_do_not_grow_old() -> None:
    assert "gang_ties" not in coded(gang_ties=said("confirmed", 3_000)).blanks


def test_each_kind_of_blank_keeps_its_name_and_only_the_not_found_are_listed_as_such() -> None:
    missing = {"missing": "not_found", "reason": "Polisen svarar inte."}
    coding = coded(gang_ties=missing, age=None, recruitment_risk="yes", motivation_to_leave=said("stated", 31))
    kinds = {name: kind for name, kind in coding.blanks.items() if not name.startswith("item.")}
    assert kinds["gang_ties"] == BlankKind.NOT_FOUND
    assert kinds["age"] == kinds["offence_count"] == BlankKind.NOT_ASKED
    assert kinds["motivation_to_leave"] == BlankKind.STALE
    assert "recruitment_risk" not in kinds
    assert coding.not_found == ["gang_ties"]
    assert coding.intake.facts == {"recruitment_risk": 1}


def test_a_fact_that_no_criterion_or_flag_tests_is_not_coded() -> None:
    assert coded(substance_only="yes", district="Farsta", serious_offence_count=3).intake.facts == {}


@pytest.mark.parametrize(("limit", "days"), [(None, 0), (0, 0), (1, 1), (30, 30)])
def test_an_answer_is_too_old_the_day_after_its_limit_and_without_one_each_day(limit: int | None, days: int) -> None:
    rules = LIBRARY.bind("skl_2015", on=date(2026, 12, 1)).rules
    (row,) = rules.guidance.freshness
    setting = rules.settings[row.days].model_copy(update={"value": limit})
    tried = replace(rules, settings={**rules.settings, row.days: setting})
    assert days_fresh(tried, row) == days
    for age, is_old in ((days, False), (days + 1, True)):
        told = FactValue(1, observed_on=date(2026, 12, 1) - timedelta(days=age))
        assert is_stale(told, row, tried, date(2026, 12, 1)) is is_old
