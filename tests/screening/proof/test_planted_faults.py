"""A fault that is planted in a guidance that ships is found, is the only thing that is found, and is told in words."""

import tracemalloc
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from instruments.loading import read_yaml
from instruments.messages import Message
from screening.binding import bind
from screening.guidance import Guidance
from screening.library import DEFINITIONS
from screening.proof import completions
from screening.proof.completions import Completions, Wanted
from screening.proof.findings import Proof
from screening.proof.proving import prove, values_of
from screening.ruleset import RuleSet
from screening.settings_in_force import settings_of
from tests.screening.shipped import LIBRARY, ON, rules_of
from tests.thoroughness import a_few

#: Facts that a criterion may well ask for at once.
MANY = 16
TEXT = {"sv": "Prov", "en": "Test"}
Data = dict[str, Any]


def number(name: str, value: int) -> Data:
    more = {"permitted": [0, 120], "set_by": "test", "set_on": "2020-01-01"}
    return {"id": name, "kind": "whole_number", "title": TEXT, "default": value, **more}


def step(name: str, **rule: Any) -> Data:
    return {"id": name, "title": TEXT, "rule": rule}


def criterion(guidance: Data, name: str) -> Data:
    found: Data = next(each for each in guidance["criteria"] if each["id"] == name)
    return found


def limit(guidance: Data, name: str, value: int) -> None:
    parameter = next(each for each in guidance["parameters"] if each["id"] == name)
    parameter |= {"default": value, "permitted": [0, 120]}


def planted(plant: Callable[[Data], object], base: str = "stockholm_2012") -> RuleSet:
    """A guidance that ships with something changed in it."""
    data = deepcopy(read_yaml(DEFINITIONS / "guidance" / base / "1.1.yaml").data)
    plant(data)
    guidance, rules = Guidance.model_validate(data), rules_of(base)
    settings = settings_of(guidance, rules.flag_set, None)
    instrument = LIBRARY.instruments.find(guidance.instrument, on=ON).content
    return bind(guidance, settings, rules.flag_set, rules.dictionary, instrument)


def every_age_is_taken_in(guidance: Data) -> None:
    limit(guidance, "age_min", 0)
    limit(guidance, "age_max", 120)


def no_age_is_observed(guidance: Data) -> None:
    limit(guidance, "observed_age_min", 40)


def a_required_criterion_is_wider_than_another(guidance: Data) -> None:
    guidance["parameters"] += [number("wide_min", 10), number("wide_max", 30)]
    rule = {"between": {"fact": "age", "min": "wide_min", "max": "wide_max"}}
    guidance["criteria"].append({"id": "wide_age", "required": True, "title": TEXT, "rule": rule})


def few_risk_items_are_asked_for(guidance: Data) -> None:
    rule = criterion(guidance, "own_behaviour")["rule"]
    rule["items_at_most"] = rule.pop("items_at_least")


def many_protective_items_are_asked_for(guidance: Data) -> None:
    rule = criterion(guidance, "few_protective")["rule"]
    rule["items_at_least"] = rule.pop("items_at_most")


def no_need_is_required(guidance: Data) -> None:
    need = criterion(guidance, "coordinated_need")
    need |= {"required": True, "rule": {"is_one_of": {"fact": "coordinated_need", "values": ["no"]}}}


def the_instrument_is_for_others(guidance: Data) -> None:
    limit(guidance, "age_min", 19)
    limit(guidance, "age_max", 29)


def no_need_is_one_way_in(guidance: Data) -> None:
    ways = criterion(guidance, "offences_or_ties")["rule"]["any_of"]
    ways.append(step("no_need", is_one_of={"fact": "coordinated_need", "values": ["no"]}))


def a_fact_is_asked_for_in_vain(guidance: Data) -> None:
    ways = criterion(guidance, "offences_or_ties")["rule"]["any_of"]
    confirmed = step("confirmed", is_one_of={"fact": "gang_ties", "values": ["confirmed"]})
    heavy = step("heavy", is_one_of={"fact": "socially_heavy_circumstances", "values": ["yes"]})
    ways.append(step("confirmed_and_heavy", all_of=[confirmed, heavy]))


def nothing_is_required(guidance: Data) -> None:
    for each in guidance["criteria"]:
        each["required"] = False


def what_one_way_asks_for_is_refused_beside_it(guidance: Data) -> None:
    rule = {"is_one_of": {"fact": "recruitment_risk", "values": ["no"]}}
    guidance["criteria"].append({"id": "not_recruited", "required": True, "title": TEXT, "rule": rule})


def a_part_of_an_advisory_criterion_is_wider_than_another(guidance: Data) -> None:
    guidance["parameters"] += [number("narrow", 14), number("wide", 30)]
    parts = [
        step(name, between={"fact": "age", "min": "narrow", "max": most})
        for name, most in (("younger", "narrow"), ("older", "wide"))
    ]
    rule = {"any_of": parts}
    guidance["criteria"].append({"id": "beside", "required": False, "title": TEXT, "rule": rule})


FOUND = {
    what_one_way_asks_for_is_refused_beside_it: {("implied", "at_risk")},
    a_part_of_an_advisory_criterion_is_wider_than_another: {("implied", "younger")},
    nothing_is_required: {("takes-in-everyone", "stockholm_2012")},
    every_age_is_taken_in: {("always-met", "age"), ("implied", "age")},
    no_age_is_observed: {("never-met", "observed_age")},
    a_required_criterion_is_wider_than_another: {("implied", "wide_age")},
    few_risk_items_are_asked_for: {("risk-moves-backwards", "item.violent_behaviour_history")},
    many_protective_items_are_asked_for: {("protective-moves-backwards", "item.prosocial_involvement")},
    no_need_is_required: {("flag-always-raised", "stigma_caution")},
    the_instrument_is_for_others: {("flag-always-raised", "outside_design_age")},
    no_need_is_one_way_in: {("flag-raised-by-same-answer", "stigma_caution")},
    a_fact_is_asked_for_in_vain: {
        ("implied", "confirmed_and_heavy"),
        ("implied", "heavy"),
        ("never-matters", "socially_heavy_circumstances"),
    },
}


def it_holds_on_some_days_only(guidance: Data) -> None:
    guidance["valid_to"] = date(2030, 1, 1)
    rule = {"none_of": [step("past", after_valid_to=True)]}
    guidance["criteria"].append({"id": "still_in_force", "required": True, "title": TEXT, "rule": rule})


def everybodys_offences_are_counted_over_the_same_time(guidance: Data) -> None:
    limit(guidance, "offences_ever_below_age", 0)
    guidance["criteria"] = [each for each in guidance["criteria"] if each["id"] in ("age", "offences_or_ties")]
    criterion(guidance, "age")["rule"] = {"is_one_of": {"fact": "recruitment_risk", "values": ["yes"]}}


@pytest.mark.parametrize("plant", [it_holds_on_some_days_only, everybodys_offences_are_counted_over_the_same_time])
def test_what_is_no_fault_is_not_told_as_one(plant: Callable[[Data], object]) -> None:
    assert [str(fault) for fault in prove(planted(plant), ON).faults] == []


def test_an_age_that_no_count_of_offences_rests_on_is_not_said_to_matter() -> None:
    proof = prove(planted(everybodys_offences_are_counted_over_the_same_time), ON)
    told = [each.message.key for each in proof.findings if each.about == "bearing" and each.subject == "age"]
    assert told == ["proof.bearing.flag"]


def test_many_facts_in_one_criterion_are_proved_without_much_memory() -> None:
    """A truth table of two million entries takes some bytes an entry, not some for every fact."""
    dictionary = rules_of("stockholm_2012").dictionary
    choices = [each for each in dictionary.facts if each.kind == "choice" and len(each.values) > 1]
    facts = [each for each in choices if each.id not in ("district", "programme_profile")][:MANY]
    assert len(facts) == MANY

    def many(guidance: Data) -> None:
        ways = [step(f"way_{each.id}", is_one_of={"fact": each.id, "values": [each.values[-1].id]}) for each in facts]
        guidance["criteria"] = [{"id": "many", "required": True, "title": TEXT, "rule": {"any_of": ways}}]

    rules = planted(many)
    table = Completions(rules, ON)
    tracemalloc.start()
    assert table.find(Wanted(rules.by_name["many"].position, True)) is not None
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2**MANY * 4 * MANY


def found(proof: Proof) -> set[tuple[str, object]]:
    return {(fault.code, fault.parameters["name"]) for fault in proof.faults}


@pytest.mark.parametrize("plant", a_few(FOUND), ids=lambda plant: plant.__name__)
def test_what_is_planted_is_all_that_is_found(plant: Callable[[Data], object]) -> None:
    proof = prove(planted(plant), ON)
    assert found(proof) == FOUND[plant]
    assert not proof.is_complete


@pytest.mark.parametrize("plant", a_few(FOUND), ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_is_told_in_words(plant: Callable[[Data], object], language: str) -> None:
    for fault in prove(planted(plant), ON).faults:
        told = LIBRARY.catalogue.render(Message(f"fault.{fault.code}", fault.parameters), language)
        assert str(fault.parameters["name"]) in told
        assert fault.where.startswith("stockholm_2012")


def test_a_counter_example_is_what_would_be_written_in_a_file() -> None:
    rules = planted(no_need_is_one_way_in)
    (failing,) = (each for each in prove(rules, ON).findings if each.fault is not None)
    before, after = (values_of(rules, each) for each in failing.examples)
    assert {name for name in before if before[name] != after[name]} == {"coordinated_need"}
    assert (before["coordinated_need"], after["coordinated_need"]) == ("yes", "no")
    assert failing.fault is not None
    assert str(failing.fault.parameters["example"]).startswith("coordinated_need: yes → no, ")


def test_what_is_planted_beside_nothing_is_found_by_nobody() -> None:
    assert prove(planted(lambda _: None), ON).is_complete


def test_a_criterion_that_depends_on_the_day_alone_may_be_constant() -> None:
    def plant(guidance: Data) -> None:
        guidance["criteria"].append({"id": "over", "title": TEXT, "rule": {"after_valid_to": True}})

    proof = prove(planted(plant), ON)
    assert proof.is_complete
    assert "proof.statuses.constant" in {each.message.key for each in proof.findings if each.subject == "over"}


def test_the_age_bears_on_how_offences_are_counted_where_nothing_else_asks_for_it() -> None:
    def plant(guidance: Data) -> None:
        guidance["criteria"] = [each for each in guidance["criteria"] if each["id"] not in ("age", "observed_age")]

    proof = prove(planted(plant), ON)
    assert proof.is_complete
    (age,) = (each for each in proof.findings if each.about == "bearing" and each.subject == "age")
    assert age.message.key == "proof.bearing.counting"


def test_what_is_too_large_is_not_said_to_be_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "MOST_ENTRIES", 3)
    proof = prove(rules_of("stockholm_2012"), ON)
    assert not proof.is_complete
    assert {fault.code for fault in proof.faults} == {"too-large-to-prove"}
    assert {each.verdict for each in proof.findings if each.fault} == {"too_large"}
    assert {fault.parameters["size"] for fault in proof.faults} >= {4}
    assert {fault.parameters["most"] for fault in proof.faults} == {3}


def test_many_required_criteria_beside_each_other_are_no_more_to_try_than_each_alone() -> None:
    largest = max(completions.Completions(rules_of(name), ON).count_kinds() for name in LIBRARY.names())
    assert largest > 1_000_000
    assert prove(rules_of("stockholm_2012"), ON).kinds == 884_736


@pytest.mark.parametrize("name", ["skl_2015", "stockholm_2012", "stockholm_2019"])
def test_what_is_taken_apart_comes_out_as_in_one_table(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {(each.about, each.subject): each.verdict for each in prove(rules_of(name), ON).findings}
    monkeypatch.setattr(completions, "MOST_ENTRIES", 8)
    apart = {(each.about, each.subject): each.verdict for each in prove(rules_of(name), ON).findings}
    assert {place: verdict for place, verdict in apart.items() if verdict != "too_large"}.items() <= whole.items()


def test_a_flag_that_shares_a_fact_with_many_others_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def many(guidance: Data) -> None:
        facts = ("strategic_first_offence", "gang_ties", "recruitment_risk", "leave_support_need", "coordinated_need")
        dictionary = rules_of("stockholm_2012").dictionary.by_id
        ways = [
            step(f"way_{each}", is_one_of={"fact": each, "values": [dictionary[each].values[-1].id]}) for each in facts
        ]
        guidance["criteria"] = [{"id": "many", "required": True, "title": TEXT, "rule": {"any_of": ways}}]

    rules = planted(many)
    whole = [each.verdict for each in prove(rules, ON).findings if each.about == "flags"]
    monkeypatch.setattr(completions, "MOST_ENTRIES", 16)
    apart = [each.verdict for each in prove(rules, ON).findings if each.about == "flags"]
    assert apart == whole
    assert "too_large" not in apart
