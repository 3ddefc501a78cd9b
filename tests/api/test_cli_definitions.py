"""`draft`, `check` and `lock` of `underlag instruments` and `underlag guidance`."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
import yaml
from click.testing import CliRunner, Result

from api.cli import main
from instruments.registry import write_lock
from instruments.shipped import DEFINITIONS as INSTRUMENTS
from screening.definition_folders import KINDS
from screening.guidance import Guidance
from screening.library import DEFINITIONS


def lock(group: str, folder: Path) -> Result:
    return CliRunner().invoke(main, [group, "lock", str(folder), "--language", "en"])


@pytest.mark.parametrize(
    ("group", "source"),
    [
        ("instruments", INSTRUMENTS),
        *(("guidance", DEFINITIONS / kind) for kind in KINDS),
    ],
)
def test_a_lock_is_written_once_and_is_what_ships(group: str, source: Path, tmp_path: Path) -> None:
    folder = Path(copytree(source, tmp_path / source.name))
    (folder / "lock.yaml").unlink()
    assert "now holds" in lock(group, folder).output
    assert (folder / "lock.yaml").read_text(encoding="utf-8") == (source / "lock.yaml").read_text(encoding="utf-8")
    assert "complete already" in lock(group, folder).output


def test_a_published_file_that_was_changed_is_refused_and_the_lock_stays(tmp_path: Path) -> None:
    folder = Path(copytree(DEFINITIONS / "guidance", tmp_path / "guidance"))
    kept = (folder / "lock.yaml").read_bytes()
    changed = folder / "skl_2015" / "1.0.yaml"
    changed.write_text(changed.read_text(encoding="utf-8") + "# one more line\n", encoding="utf-8")
    result = lock("guidance", folder)
    assert result.exit_code != 0
    assert "skl_2015@1.0" in result.output
    assert (folder / "lock.yaml").read_bytes() == kept


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = lock("guidance", tmp_path / "gone")
    assert result.exit_code == 2
    assert "does not exist" in result.output


def draft(folder: Path, day: str) -> Result:
    return CliRunner().invoke(main, ["guidance", "draft", str(folder), "--from", day, "--language", "en"])


@pytest.mark.parametrize("kind", ["consent", "facts", "flags", "guidance/skl_2015", "overlays/stockholm_2012/farsta"])
def test_a_draft_is_the_latest_version_with_another_number_status_and_day(kind: str, tmp_path: Path) -> None:
    folder = Path(copytree(DEFINITIONS / kind, tmp_path / kind, ignore=ignore_patterns("lock.yaml")))
    latest = max(folder.glob("*.yaml"), key=lambda path: [int(part) for part in path.stem.split(".")])
    result = draft(folder, "2031-01-01")
    path = Path(result.output.strip())
    assert path.parent == folder
    begun = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (begun["version"], begun["status"], str(begun["valid_from"])) == (path.stem, "draft", "2031-01-01")
    before, after = (each.read_text(encoding="utf-8").splitlines() for each in (latest, path))
    changed = [new.partition(":")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["version", "status", "valid_from"]


def test_a_second_draft_a_day_that_is_over_and_a_folder_without_versions_are_refused(tmp_path: Path) -> None:
    folder = Path(copytree(DEFINITIONS / "consent", tmp_path / "consent"))
    (tmp_path / "guidance").mkdir()
    before = sorted(folder.iterdir())
    assert "cannot hold from 2020-01-01" in draft(folder, "2020-01-01").output
    assert sorted(folder.iterdir()) == before
    assert draft(folder, "2031-01-01").exit_code == 0
    assert "is a draft already" in draft(folder, "2031-01-02").output
    assert "no version in the folder" in draft(tmp_path / "guidance", "2031-01-01").output


@pytest.mark.parametrize("kind", ["consent", "facts", "flags"])
@pytest.mark.thorough
def test_what_guidances_rest_on_is_checked_with_every_guidance(kind: str) -> None:
    file = max((DEFINITIONS / kind).glob("[0-9]*.yaml"))
    result = CliRunner().invoke(main, ["guidance", "check", str(file), "--language", "en"])
    assert f"{kind}@{file.stem}" in result.output
    assert result.exit_code == 0


def test_a_kind_that_a_municipality_cannot_have_is_refused_outside_those_that_ship(tmp_path: Path) -> None:
    file = tmp_path / "1.2.yaml"
    file.write_text((DEFINITIONS / "flags" / "1.1.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    result = CliRunner().invoke(main, ["guidance", "check", str(file), "--language", "en"])
    assert result.exit_code == 2
    assert "ship with Underlag" in result.output


def prove(name: str, *options: str, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["guidance", "prove", name, "--language", language, *options])


def test_a_guidance_prints_its_proof_in_both_languages() -> None:
    result = prove("stockholm_2012", "--reference-date", "2026-11-29")
    assert result.exit_code == 0
    assert "Everything that must hold holds." in result.output
    assert "884\N{NO-BREAK SPACE}736 kinds" in result.output
    for about in (
        "Every criterion can be met",
        "No required criterion and no part of a criterion follows",
        "More or higher rated risk factors never lower the outcome",
        "contradict",
        "change",
    ):
        assert about in result.output
    assert "For example" not in result.output
    assert "Allt som ska gälla gäller." in prove("stockholm_2012", language="sv").output


def test_a_proof_shows_an_example_of_everything_where_that_is_asked_for() -> None:
    shown = prove("stockholm_2012/norrmalm", "--examples").output
    assert "Not met for example: Age: 0–11" in shown
    assert "5 of 11 count → 6 of 11 count" in shown


def test_a_guidance_that_is_not_there_cannot_be_proved() -> None:
    result = prove("exempelby")
    assert result.exit_code == 2
    assert "exempelby" in result.output


NO_NEED = {
    "id: skl_2015\n": "id: exempelby\n",
    "{fact: recruitment_risk, values: [yes]}": "{fact: coordinated_need, values: [no]}",
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A municipality's own guidance, by which the answer that there is no need is one way in."""
    text = (DEFINITIONS / "guidance" / "skl_2015" / "1.0.yaml").read_text(encoding="utf-8")
    for old, new in NO_NEED.items():
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "guidance" / "exempelby" / "1.0.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("UNDERLAG_DEFINITIONS", str(tmp_path))
    return file


def test_what_does_not_hold_is_told_with_an_example_in_words(own: Path) -> None:
    result = prove("exempelby")
    assert result.exit_code == 2
    assert "Failings in what must hold: 1." in result.output
    (failing,) = (line for line in result.output.splitlines() if "[does not hold]" in line)
    assert "stigma_caution" in failing
    example = result.output.splitlines()[result.output.splitlines().index(failing) + 1]
    assert "Need of joined-up and intensive support: “Yes” → “No”, while this is the same" in example
    assert "Svaret" not in prove("exempelby", language="sv").output.splitlines()[0]


def test_a_guidance_that_is_not_proved_is_neither_checked_nor_used(own: Path) -> None:
    for command in (["check", str(own)], ["show", "exempelby"]):
        result = CliRunner().invoke(main, ["guidance", *command, "--language", "en"])
        assert result.exit_code == 2
        assert "One and the same answer raises the flag stigma_caution" in result.output


def test_a_guidance_that_is_not_proved_is_not_locked_and_the_lock_stays(own: Path) -> None:
    folder = own.parents[1]
    result = lock("guidance", folder)
    assert result.exit_code == 2
    assert "stigma_caution" in result.output
    assert not (folder / "lock.yaml").exists()
    own.write_text(own.read_text(encoding="utf-8").replace("values: [no]", "values: [yes]"), encoding="utf-8")
    assert "now holds: exempelby@1.0" in lock("guidance", folder).output
    kept = (folder / "lock.yaml").read_bytes()
    text = own.read_text(encoding="utf-8").replace('version: "1.0"', 'version: "2.0"').replace("[yes]", "[no]")
    (own.parent / "2.0.yaml").write_text(
        text.replace("valid_from: 2015-10-23", "valid_from: 2016-01-01"), encoding="utf-8"
    )
    assert lock("guidance", folder).exit_code == 2
    assert (folder / "lock.yaml").read_bytes() == kept


def test_a_guidance_in_a_folder_that_is_not_mounted_is_proved_before_it_is_locked(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNDERLAG_DEFINITIONS")
    folder = Path(copytree(own.parents[1], tmp_path / "loose" / "guidance"))
    result = lock("guidance", folder)
    assert result.exit_code == 2
    assert "stigma_caution" in result.output
    assert not (folder / "lock.yaml").exists()
    copied = folder / own.parent.name / own.name
    copied.write_text(copied.read_text(encoding="utf-8").replace("values: [no]", "values: [yes]"), encoding="utf-8")
    assert "now holds: exempelby@1.0" in lock("guidance", folder).output


def test_one_that_was_locked_before_is_used_and_its_proof_tells(own: Path) -> None:
    write_lock(own.parents[1], Guidance)
    assert CliRunner().invoke(main, ["guidance", "show", "exempelby"]).exit_code == 0
    assert prove("exempelby").exit_code == 2
