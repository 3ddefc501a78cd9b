"""`underlag instruments lock` and `underlag guidance lock`."""

from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from instruments.shipped import DEFINITIONS as INSTRUMENTS
from screening.library import DEFINITIONS


def lock(group: str, folder: Path) -> Result:
    return CliRunner().invoke(main, [group, "lock", str(folder), "--language", "en"])


@pytest.mark.parametrize(
    ("group", "source"),
    [
        ("instruments", INSTRUMENTS),
        ("guidance", DEFINITIONS / "guidance"),
        ("guidance", DEFINITIONS / "overlays"),
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
