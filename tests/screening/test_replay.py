"""What a digest covers gives the same digest again, for any intake under any guidance."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from screening.explanation import explain
from screening.replay import bind_again, read_recorded_submission, replay_covered, replay_submission
from tests.cases.reading import library
from tests.thoroughness import examples

LIBRARY = library()
ON = date(2026, 11, 21)
DICTIONARY = LIBRARY.facts(ON)
INSTRUMENTS = [LIBRARY.instruments.find(name, on=ON).content for name in ("youth_spj", "young_adult_spj")]
DAYS = st.dates(ON - timedelta(days=100), ON).map(date.isoformat)
NOT_FOUND = {"missing": "not_found", "reason": "sökt"}


def values_of(fact: Any) -> st.SearchStrategy[Any]:
    if fact.kind == "choice":
        values: st.SearchStrategy[Any] = st.sampled_from([value.id for value in fact.values])
    else:
        values = st.integers(*fact.domain())
    if fact.not_applicable:
        values |= st.just("not_applicable")
    dated = st.fixed_dictionaries({"value": values, "observed_on": st.none() | DAYS, "source": st.just("polis")})
    if fact.kind == "offences":
        counted = st.integers(0, 9)
        dated |= st.fixed_dictionaries(
            {"value": counted, "window_months": st.sampled_from([None, "ever", 6, 24, 60]), "convicted": st.just(0)}
        )
    return values | dated | st.just(NOT_FOUND) | st.none()


FACTS = st.fixed_dictionaries(
    {}, optional={fact.id: values_of(fact) for fact in DICTIONARY.facts if fact.is_decidable and fact.id != "age"}
)


@st.composite
def submissions(draw: st.DrawFn) -> dict[str, Any]:
    instrument = draw(st.sampled_from([None, *INSTRUMENTS]))
    ratings = None
    if instrument is not None:
        items = {
            item.id: draw(st.sampled_from([*instrument.levels(item), None, NOT_FOUND])) for item in instrument.items
        }
        ratings = {"instrument": instrument.id, "items": items}
    guardians = draw(st.none() | st.lists(st.sampled_from(["mor", "far", "g"]), unique=True, max_size=2))
    persons = ["youth", *(guardians if guardians is not None else ["okänd"])]
    recipients = LIBRARY.consent_rules(ON).recipient_ids
    pairs = draw(st.lists(st.tuples(st.sampled_from(persons), st.sampled_from(recipients)), unique=True, max_size=4))
    days = st.none() | st.dates(ON - timedelta(days=9), ON + timedelta(days=9))
    consents = []
    for person, recipient in pairs:
        first, last = draw(days), draw(days)
        if first and last and last < first:
            first, last = last, first
        consents.append(
            {
                "person": person,
                "recipient": recipient,
                "status": draw(st.sampled_from(["given", "refused", "withdrawn", None])),
                "valid_from": first and first.isoformat(),
                "valid_to": last and last.isoformat(),
                "withdrawn_on": draw(days.map(lambda day: day and day.isoformat())),
            }
        )
    facts = draw(FACTS)
    age = draw(st.none() | st.integers(11, 31))
    return {
        "reference_date": ON.isoformat(),
        "facts": facts if age is None else {**facts, "age": age},
        "ratings": ratings,
        "guardians": guardians,
        "consents": consents,
    }


def screened(guidance: str, submission: dict[str, Any]) -> tuple[dict[str, Any], str]:
    instrument = submission["ratings"] and submission["ratings"]["instrument"]
    bound = LIBRARY.bind(guidance, on=ON, instrument=instrument, is_rated=instrument is not None)
    explanation = explain(bound, read_recorded_submission(bound, submission))
    covered: dict[str, Any] = json.loads(explanation.canonical)
    return covered, explanation.sha256


@settings(max_examples=examples(150), deadline=None)
@given(guidance=st.sampled_from(LIBRARY.names()), submission=submissions())
def test_what_the_digest_covers_gives_the_same_digest_again(guidance: str, submission: dict[str, Any]) -> None:
    covered, digest = screened(guidance, submission)
    assert replay_covered(LIBRARY, covered).sha256 == digest
    assert replay_submission(LIBRARY, covered, submission).sha256 == digest


EMPTY: dict[str, Any] = {
    "reference_date": ON.isoformat(),
    "facts": {},
    "ratings": None,
    "guardians": None,
    "consents": [],
}


def test_a_recorded_definition_that_is_gone_or_altered_is_refused() -> None:
    covered, _ = screened("stockholm_2012", EMPTY)
    facts = next(name for name in covered["definitions"] if name.startswith("facts@"))
    with pytest.raises(AlteredDefinitionError):
        bind_again(LIBRARY, {**covered, "definitions": {**covered["definitions"], facts: "0" * 64}})
    gone = {name: digest for name, digest in covered["definitions"].items() if name != facts}
    with pytest.raises(UnknownDefinitionError):
        bind_again(LIBRARY, {**covered, "definitions": {**gone, "facts@99": "0" * 64}})
