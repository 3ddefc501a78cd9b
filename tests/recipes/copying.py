"""A copy of the repository in which a recipe of CONTRIBUTING is followed: its own words are the commands that run."""

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
_TOP = ("api", "instruments", "screening", "tests", "pyproject.toml", "CONTRIBUTING.md")
_COMMAND = ".venv/bin/underlag"
_RUN = "from api.cli import main; main()"


def sections() -> list[str]:
    """The titles of CONTRIBUTING's sections."""
    return re.findall(r"^## (.*)$", CONTRIBUTING.read_text(encoding="utf-8"), re.MULTILINE)


def section(title: str) -> str:
    """The text of one section of CONTRIBUTING, on one line."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    (found,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(found.split())


def commands(title: str) -> list[list[str]]:
    """The commands of ours that a section tells, in its order."""
    found = re.findall(rf"`{re.escape(_COMMAND)} ([^`]+)`", section(title))
    return [shlex.split(each) for each in found]


@dataclass(frozen=True)
class Copy:
    """The repository, copied to a folder."""

    root: Path

    @classmethod
    def make(cls, folder: Path) -> "Copy":
        """Copy what the tests of definitions need."""
        for name in _TOP:
            source = ROOT / name
            if source.is_file():
                shutil.copy2(source, folder / name)
            else:
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        return cls(folder)

    def write(self, path: str, text: str) -> None:
        """Write a new file; a recipe never changes a definition that is there."""
        place = self.root / path
        assert not place.exists(), path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_text(encoding="utf-8")

    def latest(self, folder: str) -> str:
        """The text of the latest version in a folder of versions."""
        return max((self.root / folder).glob("*.yaml"), key=_version).read_text(encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        """Add lines to the end of a file."""
        place = self.root / path
        place.write_text(place.read_text(encoding="utf-8").rstrip("\n") + "\n" + text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one place of a file."""
        place = self.root / path
        place.write_text(replaced(self.read(path), old, new), encoding="utf-8")

    def run(self, arguments: list[str], file: str) -> str:
        """Run a command of ours as a section writes it, with ``FILE`` put in."""
        given = [file if each == "FILE" else each for each in arguments]
        return self._python("-c", _RUN, *given)

    def run_tests(self, *arguments: str) -> str:
        """Run tests in the copy; whatever is not green is the failure of whoever calls."""
        return self._python("-m", "pytest", "-q", "-x", "--tb=short", "-p", "no:cacheprovider", *arguments)

    def environment(self) -> dict[str, str]:
        """What a process in the copy finds: the copy before everything else."""
        return {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}

    def _python(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-6_000:]}\n{done.stderr[-2_000:]}"
        return done.stdout


def replaced(text: str, old: str, new: str) -> str:
    """The text with one place changed."""
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.stem.split("."))
