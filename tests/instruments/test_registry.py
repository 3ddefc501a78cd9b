"""A definition is found by date or version, and a published one is never changed."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.model import Instrument
from instruments.registry import Registry, read_lock, write_lock
from instruments.shipped import DEFINITIONS, instrument_registry
from tests.instruments.small import SMALL, write

LATER = SMALL.replace('"1.0"', '"2.0"').replace("2020-01-01", "2023-07-01")
CLOSED = SMALL.replace("valid_to: null", "valid_to: 2023-06-30")
DRAFT = LATER.replace("status: published", "status: draft").replace('"2.0"', '"3.0"').replace("2023-07", "2024-01")


@pytest.fixture
def registry(tmp_path: Path) -> Registry[Instrument]:
    write(tmp_path / "small", CLOSED, "1.0.yaml")
    write(tmp_path / "small", LATER, "2.0.yaml")
    write(tmp_path / "small", DRAFT, "3.0.yaml")
    return Registry(Instrument, [tmp_path])


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2020, 1, 1), "1.0"),
        (date(2023, 6, 30), "1.0"),
        (date(2023, 7, 1), "2.0"),
        (date(2026, 11, 21), "2.0"),
    ],
)
def test_an_id_is_the_latest_published_version_in_force(
    registry: Registry[Instrument], day: date, version: str
) -> None:
    assert registry.find("small_spj", on=day).reference == f"small_spj@{version}"


def test_a_version_that_has_ended_is_still_found_by_its_number(registry: Registry[Instrument]) -> None:
    definition = registry.find("small_spj@1.0", on=date(2026, 11, 21))
    assert definition.content.valid_to == date(2023, 6, 30)


def test_a_draft_is_found_by_its_number_only(registry: Registry[Instrument]) -> None:
    assert registry.find("small_spj", on=date(2026, 11, 21)).content.version == "2.0"
    assert registry.find("small_spj@3.0", on=date(2026, 11, 21)).content.status == "draft"


@pytest.mark.parametrize("name", ["small_spj", "small_spj@1.0"])
def test_a_day_before_the_first_day_is_refused_with_that_day(registry: Registry[Instrument], name: str) -> None:
    with pytest.raises(UnknownDefinitionError) as caught:
        registry.find(name, on=date(2019, 12, 31))
    assert caught.value.fault.code == "not-in-force"
    assert caught.value.fault.parameters["valid_from"] == "2020-01-01"


@pytest.mark.parametrize("name", ["", "@", "small_spj@", "small", "SMALL_SPJ", "small_spj@1", "../small_spj"])
def test_a_name_that_is_not_quite_right_is_not_guessed(registry: Registry[Instrument], name: str) -> None:
    with pytest.raises(UnknownDefinitionError):
        registry.find(name, on=date(2026, 11, 21))


def test_the_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, SMALL.replace("valid_to: null", "valid_until: null"), "a.yaml")
    write(tmp_path, SMALL.replace("domain: now", "domain: nowhere"), "b.yaml")
    with pytest.raises(InputError) as caught:
        Registry(Instrument, [tmp_path])
    assert {fault.where.split(",")[0] for fault in caught.value.faults} == {"a.yaml", "b.yaml"}


def test_the_lock_takes_in_published_definitions_and_leaves_drafts_out(tmp_path: Path) -> None:
    write(tmp_path, SMALL)
    write(tmp_path, DRAFT, "3.0.yaml")
    assert write_lock(tmp_path, Instrument) == ["small_spj@1.0"]
    assert write_lock(tmp_path, Instrument) == []
    assert set(read_lock(tmp_path) or {}) == {"small_spj@1.0"}


def test_the_lock_refuses_an_altered_file_whether_it_is_read_or_written(tmp_path: Path) -> None:
    path = write(tmp_path)
    write_lock(tmp_path, Instrument)
    before = read_lock(tmp_path)
    path.write_text(SMALL + "# one remark more\n", encoding="utf-8")
    with pytest.raises(AlteredDefinitionError):
        Registry(Instrument, [tmp_path])
    with pytest.raises(AlteredDefinitionError):
        write_lock(tmp_path, Instrument)
    assert read_lock(tmp_path) == before


def test_calling_a_published_file_a_draft_again_does_not_free_it(tmp_path: Path) -> None:
    path = write(tmp_path)
    write_lock(tmp_path, Instrument)
    path.write_text(SMALL.replace("status: published", "status: draft"), encoding="utf-8")
    with pytest.raises(AlteredDefinitionError):
        Registry(Instrument, [tmp_path])


def test_a_folder_without_a_lock_is_taken_as_it_is(tmp_path: Path) -> None:
    write(tmp_path)
    assert read_lock(tmp_path) is None
    assert Registry(Instrument, [tmp_path]).ids() == ["small_spj"]


def test_a_municipality_can_mount_its_own_folder_beside_what_ships(tmp_path: Path) -> None:
    write(tmp_path)
    assert instrument_registry([tmp_path]).ids() == ["small_spj", "young_adult_spj", "youth_spj"]
    assert instrument_registry().ids() == ["young_adult_spj", "youth_spj"]


def test_a_local_file_cannot_take_the_place_of_one_that_ships(tmp_path: Path) -> None:
    write(tmp_path, SMALL.replace("id: small_spj", "id: youth_spj"))
    with pytest.raises(InputError) as caught:
        instrument_registry([tmp_path])
    assert [fault.code for fault in caught.value.faults] == ["repeated-definition"]


def test_what_ships_is_published_and_locked() -> None:
    locked = read_lock(DEFINITIONS) or {}
    assert {definition.reference: definition.sha256 for definition in instrument_registry()} == locked
    assert all(definition.content.status == "published" for definition in instrument_registry())


def test_each_shipped_file_stands_where_its_id_and_version_say() -> None:
    for definition in instrument_registry():
        assert definition.path == DEFINITIONS / definition.content.id / f"{definition.content.version}.yaml"


def test_every_month_from_the_first_to_the_next_year_has_exactly_one_effective_version() -> None:
    registry = instrument_registry()
    for identifier in registry.ids():
        versions = [each.content for each in registry if each.content.id == identifier]
        first = min(version.valid_from for version in versions)
        last_year = max(policy_year(version) for version in versions) + 1
        months = [date(year, month, 1) for year in range(first.year, last_year + 1) for month in range(1, 13)]
        for day in (month for month in months if month >= first):
            # The latest to begin rules; one that has ended would leave a gap, two that begin together a doubt.
            begun = [version for version in versions if version.valid_from <= day]
            latest = [each for each in begun if each.valid_from == max(one.valid_from for one in begun)]
            assert len(latest) == 1, (identifier, day)
            assert latest[0].valid_to is None or day <= latest[0].valid_to, (identifier, day)
            assert registry.find(identifier, on=day).content is latest[0]


def policy_year(instrument: Instrument) -> int:
    """The year in which the limits were set: "now", as far as a test without a clock can know."""
    return instrument.completeness_to_sign.set_on.year


def test_the_lock_file_is_plain_yaml_that_any_reader_takes(tmp_path: Path) -> None:
    write(tmp_path)
    write_lock(tmp_path, Instrument)
    assert yaml.safe_load((tmp_path / "lock.yaml").read_text(encoding="utf-8")) == read_lock(tmp_path)
