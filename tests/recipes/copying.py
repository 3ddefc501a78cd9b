"""A copy of the repository in which a recipe of CONTRIBUTING is followed, by the blocks of its section alone."""

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
_TOP = ("api", "instruments", "screening", "tests", "pyproject.toml", "CONTRIBUTING.md")
_BLOCK = re.compile(r"^```(sh|diff)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TESTS = ".venv/bin/python -m pytest "
#: What the program is called in a recipe, run from the copy.
_PROGRAMS = {
    "python": f'exec "{sys.executable}" "$@"',
    "underlag": f'exec "{sys.executable}" -c \'from api.cli import main; main()\' "$@"',
}


@dataclass(frozen=True)
class Recipe:
    """A section of CONTRIBUTING with blocks to follow."""

    title: str
    blocks: tuple[tuple[str, str], ...]

    @property
    def tests(self) -> list[str]:
        """The tests that the recipe says to run."""
        return [each for line in self._lines() if line.startswith(_TESTS) for each in line.removeprefix(_TESTS).split()]

    @property
    def names_a_check_and_a_lock(self) -> bool:
        """Whether what it makes is checked and locked."""
        commands = [shlex.split(line)[1:3] for line in self._lines() if line.startswith(".venv/bin/underlag ")]
        return {"check", "lock"} <= {words[1] for words in commands}

    def _lines(self) -> list[str]:
        return [line for kind, text in self.blocks if kind == "sh" for line in text.splitlines()]


def recipes() -> dict[str, Recipe]:
    """Every recipe of CONTRIBUTING by its title."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    sections = re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    by_title = {title: Recipe(title, tuple(_BLOCK.findall(body))) for title, body in sections}
    return {title: recipe for title, recipe in by_title.items() if recipe.blocks}


@dataclass(frozen=True)
class Copy:
    """The repository, copied to a folder."""

    root: Path
    _before: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> "Copy":
        """Copy what the tests of definitions need, with a program that runs what is in the copy."""
        folder.mkdir(exist_ok=True)
        for name in _TOP:
            source = ROOT / name
            if source.is_file():
                shutil.copy2(source, folder / name)
            else:
                shutil.copytree(source, folder / name)
        (folder / ".venv" / "bin").mkdir(parents=True)
        for name, line in _PROGRAMS.items():
            program = folder / ".venv" / "bin" / name
            program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            program.chmod(0o755)
        made = cls(folder)
        made._before.update(made._digests())
        return made

    @property
    def environment(self) -> dict[str, str]:
        """The environment of whatever runs in the copy: it finds what is in the copy, and writes nothing beside it."""
        return {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(self.root),
            "LANG": "C.UTF-8",
        }

    def follow(self, recipe: Recipe) -> None:
        """Do what the blocks of a recipe say, all but its tests."""
        for kind, text in recipe.blocks:
            if kind == "sh":
                self._run("\n".join(line for line in text.splitlines() if not line.startswith(_TESTS)))
            else:
                self._change(text)

    def run_tests(self, *arguments: str) -> None:
        """Run tests in the copy; whatever is not green is the failure of whoever calls."""
        self._run(f"{_TESTS} -x --tb=short -p no:cacheprovider {shlex.join(arguments)}")

    def ask(self, question: str) -> str:
        """What a line of Python prints in the copy."""
        return self._run(shlex.join([".venv/bin/python", "-c", question])).strip()

    def changed(self) -> set[str]:
        """The paths of what is new, gone or different in the copy."""
        now = self._digests()
        return {path for path in now.keys() | self._before.keys() if now.get(path) != self._before.get(path)}

    def edited(self) -> set[str]:
        """The paths of what was there before and is different or gone."""
        return self.changed() & self._before.keys()

    def _change(self, text: str) -> None:
        name, _, hunks = text.partition("\n")
        assert name.startswith("+++ "), name
        path = self.root / self._run(f'printf %s "{name.removeprefix("+++ ")}"')
        for hunk in re.split(r"^@@\n", hunks, flags=re.MULTILINE):
            lines = hunk.splitlines(keepends=True)
            assert {line[0] for line in lines} <= set(" +-"), hunk
            old = "".join(line[1:] for line in lines if line[0] in " -")
            new = "".join(line[1:] for line in lines if line[0] in " +")
            if old:
                path.write_text(replaced(path.read_text(encoding="utf-8"), old, new), encoding="utf-8")
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a", encoding="utf-8") as file:
                    file.write(new)

    def _run(self, script: str) -> str:
        """Run a block; what it sets is known to those after it, as in one session."""
        kept = self.root / ".venv" / "session"
        done = subprocess.run(  # noqa: S603
            ["sh", "-eac", f'[ ! -e "{kept}" ] || . "{kept}"\n{script}\nexport -p > "{kept}"'],  # noqa: S607
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-6_000:]}\n{done.stderr[-2_000:]}"
        return done.stdout

    def _digests(self) -> dict[str, str]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        named = ((path.relative_to(self.root).as_posix(), path) for path in files)
        return {
            name: sha256(path.read_bytes()).hexdigest()
            for name, path in named
            if not re.search(r"^\.|/\.|__pycache__", name)
        }


def replaced(text: str, old: str, new: str) -> str:
    """The text with one place changed."""
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)
