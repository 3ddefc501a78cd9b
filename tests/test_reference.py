"""`make docs` makes a reference of everything public, and every docstring and type in it can be read."""

import subprocess
import sys
from pathlib import Path

from tests.reference import DOCUMENTED

ROOT = Path(__file__).resolve().parent.parent


def test_the_reference_is_made_without_a_warning_and_holds_every_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.reference", str(tmp_path)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    assert made.returncode == 0, made.stderr
    modules = [path.relative_to(ROOT) for package in DOCUMENTED for path in (ROOT / package).rglob("*.py")]
    pages = {path.relative_to(tmp_path).with_suffix("") for path in tmp_path.rglob("*.html")}
    assert {path.parent if path.name == "__init__.py" else path.with_suffix("") for path in modules} <= pages
    page = tmp_path / "instruments" / "research" / "estimation" / "roc.html"
    assert "Parameters" in page.read_text(encoding="utf-8")
