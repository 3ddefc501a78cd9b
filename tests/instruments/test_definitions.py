"""What the two instruments that ship contain, and how they speak."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import chain, combinations

import pytest
from pydantic import BaseModel, ValidationError

from instruments.messages import Text
from instruments.model import Instrument, Item
from instruments.shipped import instrument_registry

INSTRUMENTS = [definition.content for definition in instrument_registry()]
FIRST = [instrument for instrument in INSTRUMENTS if instrument.version == "1.0"]
ITEMS = [(instrument, item) for instrument in INSTRUMENTS for item in instrument.items]

# Words that put a label on a person, or that say more than anyone can know.
LABELS = {
    "sv": r"\b(brottsling|förbrytare|gängkriminell|livsstilskriminell|vanekriminell|missbrukare|psykopat|farlig"
    r"|(är|en|unga?|ungdom(ar)?|personer?n?|vänner|kamrater) kriminell[at]?(?! [a-zåäö])"
    r"|kriminella (ungdomar|personer|vänner|unga))\b",
    "en": r"\b(offenders?|delinquents?|criminals|addicts?|psychopath|dangerous|gangster"
    r"|criminal (youth|person|people|friends))\b",
}
#: What the first version of each holds. A later one holds what its own text says, and all that holds for every one.
EXPECTED = {
    "youth_spj": (24, 6, 11, {"historical": 10, "social_contextual": 6, "individual": 8, "protective": 6}, (12, 18)),
    "young_adult_spj": (16, 6, 8, {"historical": 5, "current": 11, "protective": 6}, (18, 29)),
}


def by_id(items: list[tuple[Instrument, Item]]) -> list[str]:
    return [f"{instrument.id}@{instrument.version}: {item.id}" for instrument, item in items]


def texts(part: object) -> Iterator[Text]:
    """Every bilingual text in a definition."""
    if isinstance(part, Text):
        yield part
    elif isinstance(part, BaseModel):
        yield from chain.from_iterable(texts(value) for _, value in part)
    elif isinstance(part, dict):
        yield from chain.from_iterable(texts(value) for value in part.values())
    elif isinstance(part, tuple):
        yield from chain.from_iterable(texts(value) for value in part)


@pytest.mark.parametrize("instrument", FIRST, ids=lambda each: each.id)
def test_the_instrument_has_the_items_it_should(instrument: Instrument) -> None:
    risk, protective, own_behaviour, domains, ages = EXPECTED[instrument.id]
    assert len(instrument.risk_items) == risk
    assert len(instrument.protective_items) == protective
    assert len(instrument.own_behaviour_items) == own_behaviour
    assert {domain.id: len(instrument.items_of(domain.id)) for domain in instrument.domains} == domains
    assert (instrument.design_age.min, instrument.design_age.max) == ages


def test_the_own_behaviour_items_of_the_youth_set_are_those_of_the_domain_text() -> None:
    youth = instrument_registry().find("youth_spj", on=date(2026, 11, 21)).content
    assert {item.id for item in youth.own_behaviour_items} == {
        "violent_behaviour_history",
        "nonviolent_offending_history",
        "early_violence_onset",
        "intervention_failure_history",
        "negative_attitudes",
        "impulsivity_risk_taking",
        "substance_use",
        "anger_management",
        "low_empathy_remorse",
        "poor_compliance",
        "low_school_commitment",
    }


@pytest.mark.parametrize("instrument", FIRST, ids=lambda each: each.id)
def test_the_limits_are_those_that_were_set_and_say_by_whom(instrument: Instrument) -> None:
    expected = {"youth_spj": (20, 5, 8, 5), "young_adult_spj": (13, 5, 6, 5)}[instrument.id]
    complete, thin, check = instrument.completeness_to_sign, instrument.thin_below, instrument.summary_check
    assert (complete.risk, complete.protective, thin.own_behaviour, thin.protective) == expected
    assert (check.high_below, check.low_from) == (1, 5)
    for policy in (complete, thin, check, instrument.own_behaviour_reading):
        assert (policy.set_by, policy.set_on) == ("Underlag", date(2026, 11, 21))


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: f"{each.id}@{each.version}")
def test_the_instrument_says_that_it_is_not_the_savry_and_not_validated(instrument: Instrument) -> None:
    assert "inte SAVRY" in instrument.credits.wording.sv
    assert "not the SAVRY" in instrument.credits.wording.en
    assert "inte validerat" in instrument.credits.validation.sv
    assert "not been validated" in instrument.credits.validation.en
    elsewhere = [text for text in texts(instrument) if text != instrument.credits.wording]
    assert not [text for text in elsewhere if "SAVRY" in text.sv + text.en]


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: f"{each.id}@{each.version}")
def test_each_text_is_written_in_both_languages(instrument: Instrument) -> None:
    for text in texts(instrument):
        assert text.sv.strip() == text.sv != ""
        assert text.en.strip() == text.en != ""
        assert text.sv != text.en
        assert not re.search(r"\b(the|and|with|of)\b", text.sv.replace("the central eight", "")) or "(" in text.sv
        assert not re.search(r"\b(och|att|inte|med)\b", text.en) or "flertalet" in text.en
        assert "  " not in text.sv + text.en
        assert "\n" not in text.sv + text.en


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: f"{each.id}@{each.version}")
def test_no_text_puts_a_label_on_a_person(instrument: Instrument) -> None:
    for text in texts(instrument):
        for language, pattern in LABELS.items():
            words = text.in_language(language).replace("Serious and Violent Juvenile Offenders", "")  # a book
            label = re.search(pattern, words, re.IGNORECASE)
            assert not label, (label, text)


@pytest.mark.parametrize(("instrument", "item"), ITEMS, ids=by_id(ITEMS))
def test_each_item_can_be_asked_described_and_told_apart(instrument: Instrument, item: Item) -> None:
    for language in ("sv", "en"):
        assert item.ask.in_language(language).endswith("?")
        assert item.description.in_language(language).endswith(".")
        assert item.evidence.in_language(language).endswith(".")
        assert not item.title.in_language(language).endswith(".")
        assert len(item.title.in_language(language)) <= 70
        assert len(item.description.in_language(language)) <= 700
        anchors = [anchor.in_language(language) for anchor in item.anchors.values()]
        assert all(len(anchor) <= 240 and anchor.endswith(".") for anchor in anchors)
        assert all(one != other for one, other in combinations(anchors, 2))
    assert list(item.anchors) == list(instrument.levels(item))


@pytest.mark.parametrize(("instrument", "item"), ITEMS, ids=by_id(ITEMS))
def test_a_dynamic_item_has_a_period_and_a_static_one_the_whole_life(instrument: Instrument, item: Item) -> None:
    assert item.dynamic is (item.look_back is not None)
    assert item.dynamic is (item.domain != "historical")


@pytest.mark.parametrize(("instrument", "item"), ITEMS, ids=by_id(ITEMS))
def test_an_item_that_names_another_uses_its_title(instrument: Instrument, item: Item) -> None:
    titles = {"sv": {each.title.sv for each in instrument.items}, "en": {each.title.en for each in instrument.items}}
    quotes = {"sv": r"”([^”]+)”", "en": r"“([^”]+)”"}
    for language in ("sv", "en"):
        named = re.findall(quotes[language], item.description.in_language(language))
        assert set(named) <= titles[language]
        assert item.title.in_language(language) not in named


@pytest.mark.parametrize(("instrument", "item"), ITEMS, ids=by_id(ITEMS))
def test_both_languages_name_the_same_other_items(instrument: Instrument, item: Item) -> None:
    to_id = {title: each.id for each in instrument.items for title in (each.title.sv, each.title.en)}
    swedish = [to_id[name] for name in re.findall(r"”([^”]+)”", item.description.sv)]
    english = [to_id[name] for name in re.findall(r"“([^”]+)”", item.description.en)]
    assert swedish == english


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: f"{each.id}@{each.version}")
def test_a_definition_cannot_be_changed_once_read(instrument: Instrument) -> None:
    with pytest.raises(ValidationError):
        instrument.items[0].own_behaviour = False  # type: ignore[misc]
    with pytest.raises(ValidationError):
        instrument.completeness_to_sign.risk = 0  # type: ignore[misc]


def test_items_are_found_by_id_and_levels_by_kind() -> None:
    youth = instrument_registry().find("youth_spj", on=date(2026, 11, 21)).content
    assert youth.levels(youth.item("substance_use")) == ("low", "moderate", "high")
    assert youth.levels(youth.item("resilient_traits")) == ("absent", "present")
    assert [youth.items[position].id for position in youth.positions.values()] == list(youth.positions)
    with pytest.raises(KeyError):
        youth.item("no_such_item")


def test_a_copy_with_other_items_derives_its_own_lists() -> None:
    youth = instrument_registry().find("youth_spj", on=date(2026, 11, 21)).content
    assert len(youth.own_behaviour_items) == 11
    shorter = youth.model_copy(update={"items": youth.items[:2]})
    assert (len(shorter.own_behaviour_items), len(shorter.positions)) == (2, 2)
