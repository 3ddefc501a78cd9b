"""Whether a module's own tests notice a change to it, in a copy of the repository, and whether anybody could."""

import ast
import compileall
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

import yaml

from tests.recipes.copying import Copy

HERE = Path(__file__).parent
#: After so many seconds a run that takes some is taken to go on for ever.
ENDLESS = 600
#: The modules that decide what somebody is told, may see or may find out, and their own tests.
TARGETS: dict[str, list[str]] = yaml.safe_load((HERE / "targets.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Equivalent:
    """Changes of a place that nobody could notice.

    Parameters
    ----------
    module : str
    was : str
        A piece of the module's text that stands there once.
    becomes : list of str
        What it is changed to.
    because : str
        Why nobody could notice.
    """

    module: str
    was: str
    becomes: list[str]
    because: str


EQUIVALENT = [Equivalent(**each) for each in yaml.safe_load((HERE / "equivalent.yaml").read_text(encoding="utf-8"))]


def is_equivalent(module: str, before: str, changed: str) -> bool:
    """Whether a change of a module's text is one of those that nobody could notice, however it is spaced.

    Text that is no Python, such as ``not`` before ``:=``, is no change of the program at all.
    """
    if not _is_python(changed):
        return True
    alike = (before.replace(each.was, text, 1) for each in EQUIVALENT if each.module == module for text in each.becomes)
    return _meaning(changed) in map(_meaning, alike)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _meaning(text: str) -> str:
    return ast.dump(ast.parse(text))


def compile_all(copy: Copy) -> None:
    """Compile the copy once, so that not each run does: by what a file holds, since changes follow within a second."""
    compileall.compile_dir(copy.root, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)


def is_noticed(copy: Copy, module: str, changed: str) -> bool:
    """Whether some test of a module fails, or never ends, where the module's text is another.

    Raises
    ------
    RuntimeError
        If the tests could not be run at all, so that nothing is known.
    """
    path = copy.root / module
    before = path.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *TARGETS[module]]
    try:
        path.write_text(changed, encoding="utf-8")
        done = subprocess.run(  # noqa: S603
            command, cwd=copy.root, env=copy.environment, capture_output=True, check=False, timeout=ENDLESS
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(before, encoding="utf-8")
    if done.returncode not in (0, 1, 2, 4):  # passed, failed, could not be collected, no conftest could be loaded
        raise RuntimeError(f"pytest ended with {done.returncode} on {module}: nothing is known of this change")
    return done.returncode != 0
