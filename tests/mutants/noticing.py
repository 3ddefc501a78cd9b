"""Whether a module's own tests notice a change to it, in a copy of the repository, and whether anybody could."""

import ast
import compileall
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from py_compile import PycInvalidationMode
from signal import SIGXCPU
from typing import Literal

import yaml

from tests.recipes.copying import Copy

HERE = Path(__file__).parent
#: Tests that have worked so many times as long as they do without a change never end.
ENDLESS = 5
#: Nor do those that have not ended after so many seconds, which only those reach that wait: no work is as slow.
WAITING = 3_600
#: The modules that decide what somebody is told, may see or may find out, and their own tests.
TARGETS: dict[str, list[str]] = yaml.safe_load((HERE / "targets.yaml").read_text(encoding="utf-8"))

Told = Literal["killed", "survived", "timed_out"]


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


class Trial:
    """Tries changes of modules in a copy of the repository, each by the module's own tests.

    A change by which the tests never end is told by the processor time that they take, in which a busy machine makes no
    difference, against what they took in the same copy without a change.

    Parameters
    ----------
    copy : Copy
    targets : Mapping of str to sequence of str
        The tests of each module.
    """

    def __init__(self, copy: Copy, targets: Mapping[str, Sequence[str]] = TARGETS) -> None:
        self.copy, self._targets = copy, targets
        self.seconds: dict[str, float] = {}
        # once, so that not each run does: by what a file holds, since changes follow within a second
        compileall.compile_dir(copy.root, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)

    def try_change(self, module: str, changed: str) -> Told:
        """Tell whether some test of a module fails where the module's text is another.

        Raises
        ------
        RuntimeError
            If the tests fail without a change or could not be run at all, so that nothing is known.
        """
        seconds = sum(self._seconds_without_a_change(test) for test in self._targets[module])
        path = self.copy.root / module
        before = path.read_text(encoding="utf-8")
        try:
            path.write_text(changed, encoding="utf-8")
            code = self._run(self._targets[module], ceil(ENDLESS * seconds))
        finally:
            path.write_text(before, encoding="utf-8")
        if code not in (None, 0, 1, 2, 4):  # passed, failed, could not be collected, no conftest could be loaded
            raise RuntimeError(f"pytest ended with {code} on {module}: nothing is known of this change")
        return "timed_out" if code is None else "killed" if code else "survived"

    def _seconds_without_a_change(self, test: str) -> float:
        """How long a file of tests works, told once; how long each of its tests takes is written for the next runs."""
        if test not in self.seconds:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            if self._run([test], None) != 0:
                raise RuntimeError(f"{test} fails without any change")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.seconds[test] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return self.seconds[test]

    def _run(self, tests: Sequence[str], most: int | None) -> int | None:
        """Run tests and tell what pytest ended with; None where it did not end within so many seconds of work."""
        options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "tests.mutants.quickest_first"]
        command = [sys.executable, "-m", "pytest", *options, f"--seconds={self.copy.root / 'seconds'}", *tests]
        running = subprocess.Popen(  # noqa: S603
            command,
            cwd=self.copy.root,
            env=self.copy.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if most is not None:
            resource.prlimit(running.pid, resource.RLIMIT_CPU, (most, most + 1))
        try:
            code = running.wait(timeout=WAITING)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            return None
        return None if code == -SIGXCPU else code
