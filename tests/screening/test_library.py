"""Definitions found by name, version and day; and what a municipality mounts of its own beside them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.ratings import read_ratings
from instruments.registry import write_lock
from instruments.shipped import DEFINITIONS as INSTRUMENTS
from screening.coding import Intake
from screening.explanation import Explanation, explain
from screening.fact_reading import read_facts
from screening.facts import Facts
from screening.guidance import Guidance
from screening.library import DEFINITIONS, MOST_TRIED, BoundGuidance, Library
from screening.rendering import render
from tests.cases.reading import find_case, library, screen
from tests.instruments.small import SMALL

DAY = date(2026, 11, 21)
SKL = (DEFINITIONS / "guidance" / "skl_2015" / "1.0.yaml").read_text(encoding="utf-8")
FARSTA = (DEFINITIONS / "overlays" / "stockholm_2012" / "farsta" / "1.0.yaml").read_text(encoding="utf-8")
NORRMALM = (DEFINITIONS / "overlays" / "stockholm_2012" / "norrmalm" / "1.0.yaml").read_text(encoding="utf-8")


def changed(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def own_guidance(version: str = "1.0", valid_from: str = "2020-01-01", **more: str) -> str:
    """SKL's guidance as a municipality's own."""
    changes = {
        "id: skl_2015\n": "id: exempelby\n",
        'version: "1.0"': f'version: "{version}"',
        "valid_from: 2015-10-23": f"valid_from: {valid_from}",
    }
    return changed(SKL, {**changes, **more})


def own_overlay(**more: str) -> str:
    """Norrmalm's ages as a municipality's own version of Stockholm's criteria."""
    return changed(NORRMALM, {"id: stockholm_2012/norrmalm": "id: exempelby/ungdom", **more})


# --- found by name, version and day ----------------------------------------------------------------------------------


def test_every_guidance_and_overlay_can_be_listed_by_name() -> None:
    names = library().names()
    assert names == sorted(names)
    assert len([name for name in names if "/" not in name]) == 7
    assert len([name for name in names if name.startswith("stockholm_2012/")]) == 12
    assert {"pilot_2011/phase_1", "socialstyrelsen_2012/under_15"} < set(names)


@pytest.fixture
def versions(tmp_path: Path) -> Library:
    write(tmp_path, "guidance/1.0.yaml", own_guidance("1.0", "2020-01-01"))
    write(tmp_path, "guidance/2.0.yaml", own_guidance("2.0", "2024-01-01"))
    draft = changed(own_guidance("3.0", "2025-01-01"), {"status: published": "status: draft"})
    write(tmp_path, "guidance/3.0.yaml", draft)
    return Library(tmp_path)


def version_of(bound: BoundGuidance) -> str:
    return bound.rules.guidance.version


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2020, 1, 1), "1.0"),
        (date(2023, 12, 31), "1.0"),
        (date(2024, 1, 1), "2.0"),
        (date(2026, 11, 21), "2.0"),
    ],
)
def test_an_id_is_the_latest_published_version_in_force_on_the_day(day: date, version: str, versions: Library) -> None:
    assert version_of(versions.bind("exempelby", on=day)) == version


def test_a_version_can_be_pinned_and_then_stays() -> None:
    assert library().bind("skl_2015@1.0", on=DAY).definitions == library().bind("skl_2015", on=DAY).definitions
    overlay = library().bind("stockholm_2012/farsta@1.0", on=DAY)
    assert "stockholm_2012/farsta@1.0" in overlay.definitions
    assert overlay.name == "stockholm_2012/farsta"


def test_a_pinned_version_is_used_after_a_later_one_came(versions: Library) -> None:
    assert version_of(versions.bind("exempelby@1.0", on=DAY)) == "1.0"


def test_limits_that_are_tried_out_are_kept_in_a_bounded_number() -> None:
    library = Library()
    base = library.bind("stockholm_2012", on=DAY)
    for number in range(MOST_TRIED + 5):
        changes = {"age_max": 20 + number % 9, "offences_at_least": 2 + number // 9}
        tried = library.bind("stockholm_2012", on=DAY, changed=changes)
        assert tried is library.bind("stockholm_2012", on=DAY, changed=changes)
        assert len(library._tried) <= MOST_TRIED
    assert library.bind("stockholm_2012", on=DAY) is base


def test_a_draft_is_used_by_its_version_only(versions: Library) -> None:
    assert version_of(versions.bind("exempelby@3.0", on=DAY)) == "3.0"
    assert version_of(versions.bind("exempelby", on=DAY)) == "2.0"


@pytest.mark.parametrize(
    ("name", "day", "code"),
    [
        ("exempelby", date(2019, 12, 31), "not-in-force"),
        ("exempelby@2.0", date(2023, 12, 31), "not-in-force"),
        ("exempelby@9.0", DAY, "unknown-version"),
        ("nowhere", DAY, "unknown-definition"),
        ("exempelby/ungdom", DAY, "unknown-definition"),
        ("stockholm_2012/nowhere", DAY, "unknown-definition"),
        ("Stockholm_2012", DAY, "unknown-definition"),
        ("", DAY, "unknown-definition"),
    ],
)
def test_a_name_that_cannot_be_used_on_the_day_is_refused(name: str, day: date, code: str, versions: Library) -> None:
    with pytest.raises(UnknownDefinitionError) as caught:
        versions.bind(name, on=day)
    assert caught.value.fault.code == code


def test_the_refusal_of_a_day_tells_the_first_day() -> None:
    with pytest.raises(UnknownDefinitionError) as caught:
        library().bind("stockholm_2019", on=date(2019, 12, 16))
    assert caught.value.fault.parameters["valid_from"] == "2019-12-17"


def test_an_unknown_name_is_told_with_those_that_exist() -> None:
    with pytest.raises(UnknownDefinitionError) as caught:
        library().bind("farsta", on=DAY)
    assert "stockholm_2012/farsta" in caught.value.fault.parameters["known"]  # type: ignore[operator]


@pytest.mark.parametrize("name", library().names())
def test_every_guidance_is_bound_on_its_first_day_with_the_digest_of_every_file(name: str) -> None:
    registry = library().overlays if "/" in name else library().guidances
    for definition in (each for each in registry if each.content.id == name):
        bound = library().bind(name, on=definition.content.valid_from)
        assert bound.definitions[definition.reference] == definition.sha256
        kinds = {reference.partition("@")[0] for reference in bound.definitions}
        assert kinds > {"facts", "flags", "consent", bound.rules.instrument.id}
        if "/" in name:
            assert name.partition("/")[0] in kinds


def test_the_instrument_that_was_used_supplies_the_items() -> None:
    assert library().bind("stockholm_2012", on=DAY).rules.instrument.id == "youth_spj"
    adult = library().bind("stockholm_2012", on=DAY, instrument="young_adult_spj")
    assert adult.rules.instrument.id == "young_adult_spj"
    assert "young_adult_spj@1.0" in adult.definitions
    with pytest.raises(UnknownDefinitionError):
        library().bind("stockholm_2012", on=DAY, instrument="savry")


def test_an_overlay_ends_when_its_base_ends() -> None:
    (phase,) = (each.content for each in library().overlays if each.reference == "pilot_2011/phase_1@1.0")
    bound = library().bind("pilot_2011/phase_1", on=date(2012, 10, 1))
    assert bound.rules.guidance.valid_to == phase.valid_to == date(2012, 9, 30)
    assert "superseded_guidance" in explain(bound, Intake(date(2012, 10, 1), Facts())).flags


# --- a municipality's own --------------------------------------------------------------------------------------------


def judged(local: Library, name: str, **facts: object) -> Explanation:
    bound = local.bind(name, on=DAY, is_rated=False)
    return explain(bound, Intake(DAY, read_facts(facts, local.facts(DAY), on=DAY)))


def test_an_own_guidance_stands_beside_those_that_ship(tmp_path: Path) -> None:
    write(tmp_path, "guidance/exempelby/1.0.yaml", own_guidance())
    local = Library(tmp_path)
    assert set(local.names()) == {*library().names(), "exempelby"}
    assert judged(local, "exempelby", recruitment_risk="yes").outcome == "supports_offer"


def test_an_own_guidance_is_told_in_its_own_words(tmp_path: Path) -> None:
    own = own_guidance(
        **{
            "sv: Riskerar att dras in i kriminalitet": "sv: Är på väg in i ett nätverk",
            "en: Is at risk of being drawn into crime": "en: Is on the way into a network",
        }
    )
    write(tmp_path, "guidance/exempelby.yaml", own)
    local = Library(tmp_path)
    shown = render(judged(local, "exempelby", recruitment_risk="yes"), local.catalogue, engine="0.0")
    assert shown["criteria"][0]["text"]["sv"] == "Uppfyllt genom: Är på väg in i ett nätverk."
    shipped = render(judged(local, "skl_2015", recruitment_risk="yes"), local.catalogue, engine="0.0")
    assert shipped["criteria"][0]["text"]["sv"] == "Uppfyllt genom: Riskerar att dras in i kriminalitet."


def test_an_own_overlay_sets_limits_within_the_range_and_names_its_owner(tmp_path: Path) -> None:
    write(tmp_path, "overlays/ungdom.yaml", own_overlay(**{"value: 20\n    set_by": "value: 21\n    set_by"}))
    bound = Library(tmp_path).bind("exempelby/ungdom", on=DAY)
    assert bound.rules.settings["age_max"].value == 21
    assert bound.rules.settings["age_max"].set_by == "Stockholms stad, Norrmalms stadsdelsförvaltning"
    assert bound.rules.settings["protective_at_most"].set_by == "Underlag"


def test_an_own_overlay_that_widens_the_ages_is_a_deviation(tmp_path: Path) -> None:
    base = "socialstyrelsen_2012"
    (definition,) = (each for each in library().guidances if each.reference == f"{base}@1.0")
    (city,) = (each for each in library().guidances if each.reference == "stockholm_2012@1.0")
    wider = {
        "guidance: stockholm_2012": f"guidance: {base}",
        city.sha256: definition.sha256,
        "value: 20\n    set_by": "value: 29\n    set_by",
    }
    write(tmp_path, "overlays/ungdom.yaml", own_overlay(**wider))
    assert Library(tmp_path).bind("exempelby/ungdom", on=DAY).deviations == ("age_max",)


@pytest.mark.parametrize("value", ["11", "30", "12.5", '"20"'])
def test_an_own_overlay_cannot_go_outside_the_range(value: str, tmp_path: Path) -> None:
    write(tmp_path, "overlays/ungdom.yaml", own_overlay(**{"value: 20\n    set_by": f"value: {value}\n    set_by"}))
    with pytest.raises(InputError) as caught:
        Library(tmp_path).bind("exempelby/ungdom", on=DAY)
    assert [fault.code for fault in caught.value.faults] == ["value-not-permitted"]


def test_an_own_overlay_can_build_on_an_own_guidance(tmp_path: Path) -> None:
    path = write(tmp_path, "guidance/exempelby.yaml", own_guidance())
    (own,) = (each for each in Library(tmp_path).guidances if each.content.id == "exempelby")
    assert own.path == path
    (city,) = (each for each in library().guidances if each.reference == "stockholm_2012@1.0")
    start, settings = FARSTA.split("settings: []\n")
    setting = (
        "settings:\n  - parameter: motivation_days\n    value: 60\n    set_by: Exempelby\n    set_on: 2026-01-01\n"
        "    reason: {sv: Viljan består längre här., en: The wish lasts longer here.}\n"
    )
    text = changed(
        start + setting + settings,
        {
            "id: stockholm_2012/farsta": "id: exempelby/ungdom",
            "guidance: stockholm_2012": "guidance: exempelby",
            city.sha256: own.sha256,
        },
    )
    write(tmp_path, "overlays/ungdom.yaml", text)
    wish = {"value": "stated", "observed_on": "2026-09-22"}
    local = Library(tmp_path)
    assert judged(local, "exempelby/ungdom", motivation_to_leave=wish).outcome == "supports_offer"
    assert judged(local, "exempelby", motivation_to_leave=wish).outcome == "more_information_needed"


def test_a_licensed_instrument_can_be_mounted_and_used(tmp_path: Path) -> None:
    write(tmp_path, "instruments/small_spj/1.0.yaml", SMALL)
    local = Library(tmp_path)
    bound = local.bind("socialstyrelsen_2012", on=DAY, instrument="small_spj")
    # Two items of own behaviour, so more than half is both of them.
    ratings = read_ratings({"items": {"fights": "high", "absence": "moderate"}}, bound.rules.instrument)
    explanation = explain(bound, Intake(DAY, Facts(), ratings))
    assert explanation.status(bound.rules.by_name["own_behaviour"]) == "met"
    assert "small_spj@1.0" in explanation.bound.definitions
    used = render(explanation, local.catalogue, engine="0.0")["criteria"][2]["facts_used"]
    assert [each["title"]["sv"] for each in used] == ["Bråk", "Frånvaro"]


def test_what_is_mounted_changes_nothing_of_what_ships(tmp_path: Path) -> None:
    write(tmp_path, "guidance/exempelby.yaml", own_guidance())
    write(tmp_path, "instruments/1.0.yaml", SMALL)
    case = find_case("socialstyrelsen_2012", "grundfall")
    bound = Library(tmp_path).bind(case.guidance, on=case.on)
    assert explain(bound, screen(case).intake).sha256 == screen(case).sha256


# --- refused ---------------------------------------------------------------------------------------------------------


def test_an_overlay_whose_base_is_another_file_is_refused(tmp_path: Path) -> None:
    (city,) = (each for each in library().guidances if each.reference == "stockholm_2012@1.0")
    write(tmp_path, "overlays/ungdom.yaml", own_overlay(**{city.sha256: "0" * 64}))
    local = Library(tmp_path)
    with pytest.raises(AlteredDefinitionError) as caught:
        local.bind("exempelby/ungdom", on=DAY)
    assert caught.value.fault.code == "base-altered"
    assert local.bind("stockholm_2012", on=DAY), "the base itself can still be used"


def test_a_new_guidance_is_refused_where_its_proof_fails_and_one_that_is_locked_is_not(tmp_path: Path) -> None:
    nobody_is_left_out = {"{fact: recruitment_risk, values: [yes]}": "{fact: recruitment_risk, values: [yes, no]}"}
    write(tmp_path, "guidance/exempelby.yaml", own_guidance(**nobody_is_left_out))
    with pytest.raises(InputError, match="takes-in-everyone"):
        Library(tmp_path).bind("exempelby", on=DAY)
    with pytest.raises(InputError, match="takes-in-everyone"):
        Library(tmp_path).bind_new(DAY)
    assert Library(tmp_path).bind("exempelby", on=DAY, must_be_proved=False)
    write_lock(tmp_path / "guidance", Guidance)
    Library(tmp_path).bind_new(DAY)
    assert Library(tmp_path).bind("exempelby", on=DAY)


def test_a_new_local_version_is_refused_where_its_proof_fails(tmp_path: Path) -> None:
    write(tmp_path, "overlays/ungdom.yaml", own_overlay(**{"value: 15": "value: 21", "value: 20": "value: 29"}))
    with pytest.raises(InputError, match="flag-always-raised"):
        Library(tmp_path).bind("exempelby/ungdom", on=DAY)


@pytest.mark.parametrize("way", [{"instrument": "young_adult_spj"}, {"is_rated": False}, {"changed": {"age_min": 12}}])
def test_no_other_way_of_binding_leads_past_the_proof(tmp_path: Path, way: dict[str, Any]) -> None:
    write(tmp_path, "overlays/ungdom.yaml", own_overlay(**{"value: 15": "value: 21", "value: 20": "value: 29"}))
    with pytest.raises(InputError, match="flag-always-raised"):
        Library(tmp_path).bind("exempelby/ungdom", on=DAY, **way)


def test_a_screening_from_before_is_read_again_though_its_guidance_would_be_refused(tmp_path: Path) -> None:
    nobody_is_left_out = {"{fact: recruitment_risk, values: [yes]}": "{fact: recruitment_risk, values: [yes, no]}"}
    write(tmp_path, "guidance/exempelby.yaml", own_guidance(**nobody_is_left_out))
    recorded = Library(tmp_path).bind("exempelby", on=DAY, must_be_proved=False).definitions
    assert Library(tmp_path).bind("exempelby", on=DAY, recorded=recorded).definitions == recorded


def test_an_overlay_is_refused_when_its_own_base_was_altered(tmp_path: Path) -> None:
    path = write(tmp_path, "guidance/exempelby.yaml", own_guidance())
    (own,) = (each for each in Library(tmp_path).guidances if each.content.id == "exempelby")
    (city,) = (each for each in library().guidances if each.reference == "stockholm_2012@1.0")
    base = {
        "id: stockholm_2012/farsta": "id: exempelby/ungdom",
        "guidance: stockholm_2012": "guidance: exempelby",
        city.sha256: own.sha256,
    }
    write(tmp_path, "overlays/ungdom.yaml", changed(FARSTA, base))
    assert Library(tmp_path).bind("exempelby/ungdom", on=DAY)
    path.write_text(own_guidance().replace("default: 30", "default: 90"), encoding="utf-8")
    with pytest.raises(AlteredDefinitionError):
        Library(tmp_path).bind("exempelby/ungdom", on=DAY)


def test_an_own_guidance_that_was_altered_after_it_was_locked_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "guidance/exempelby.yaml", own_guidance())
    assert write_lock(tmp_path / "guidance", Guidance) == ["exempelby@1.0"]
    Library(tmp_path)
    path.write_text(own_guidance() + "# altered\n", encoding="utf-8")
    with pytest.raises(AlteredDefinitionError):
        Library(tmp_path)


def test_an_own_guidance_cannot_take_the_name_and_version_of_one_that_ships(tmp_path: Path) -> None:
    write(tmp_path, "guidance/own.yaml", SKL)
    with pytest.raises(InputError) as caught:
        Library(tmp_path)
    assert {fault.code for fault in caught.value.faults} == {"repeated-definition"}


@pytest.mark.parametrize(
    "fact", ["sex", "citizenship", "postcode", "own_behaviour_risk_count", "birth_date", "district"]
)
def test_an_own_guidance_cannot_test_what_is_never_tested(fact: str, tmp_path: Path) -> None:
    tests_it = {"{fact: recruitment_risk, values: [yes]}": f"{{fact: {fact}, values: [yes]}}"}
    write(tmp_path, "guidance/exempelby.yaml", own_guidance(**tests_it))
    with pytest.raises(InputError) as caught:
        Library(tmp_path).bind("exempelby", on=DAY)
    assert "unknown-fact-in-rule" in {fault.code for fault in caught.value.faults}


def test_every_fault_of_an_own_guidance_is_told_with_its_line(tmp_path: Path) -> None:
    broken = own_guidance(**{"    required: true\n": "    requierd: true\n", "kind: whole_number": "kind: number"})
    write(tmp_path, "guidance/exempelby.yaml", broken)
    with pytest.raises(InputError) as caught:
        Library(tmp_path)
    lines = broken.splitlines()
    for fault, word in zip(sorted(caught.value.faults, key=lambda each: each.where), ("kind", "requierd"), strict=True):
        place = int(fault.where.rpartition(" ")[2])
        assert word in lines[place - 1]


@pytest.mark.parametrize("misspelt", ["", "guidances"])
def test_a_local_folder_that_is_not_there_is_refused(misspelt: str, tmp_path: Path) -> None:
    if misspelt:
        write(tmp_path, f"{misspelt}/exempelby.yaml", own_guidance())
    with pytest.raises(InputError):
        Library(tmp_path if misspelt else tmp_path / "gone")


def test_an_own_source_is_cited_by_its_own_title(tmp_path: Path) -> None:
    own = own_guidance(**{"title: Motion 57 – Sociala insatsgrupper, styrelsens förslag till beslut": "title: Beslut"})
    write(tmp_path, "guidance/exempelby.yaml", own)
    local = Library(tmp_path)
    shown = render(judged(local, "exempelby", recruitment_risk="yes"), local.catalogue, engine="0.0")
    assert shown["criteria"][0]["source"]["document"] == "Beslut"


def test_a_mounted_instrument_does_not_rename_the_items_of_another(tmp_path: Path) -> None:
    write(tmp_path, "instruments/small_spj.yaml", changed(SMALL, {"- id: fights": "- id: substance_use"}))
    local = Library(tmp_path)
    case = find_case("socialstyrelsen_2012", "grundfall")
    explanation = replace(screen(case), bound=local.bind(case.guidance, on=case.on))
    used = render(explanation, local.catalogue, engine="0.0")["criteria"][2]["facts_used"]
    titles = {each["fact"]: each["title"]["sv"] for each in used}
    assert titles["item.substance_use"] != "Bråk"


def test_a_draft_words_nothing_otherwise_that_is_published(tmp_path: Path) -> None:
    first = (INSTRUMENTS / "youth_spj" / "1.0.yaml").read_text(encoding="utf-8")
    title = "      sv: Svårt att hantera ilska\n"
    draft = {"status: published": "status: draft", 'version: "1.0"': 'version: "9.0"', title: "      sv: Ett utkast\n"}
    write(tmp_path, "instruments/9.0.yaml", changed(first, draft))
    own = Library(tmp_path)
    assert own.instruments.find("youth_spj@9.0", on=DAY).content.item("anger_management").title.sv == "Ett utkast"
    assert own.catalogue.words() == library().catalogue.words()
