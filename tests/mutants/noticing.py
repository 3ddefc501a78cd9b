"""Whether a module's own tests notice a change to it, in a copy of the repository, and whether anybody could."""

import ast
import compileall
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from py_compile import PycInvalidationMode
from queue import SimpleQueue
from signal import SIGXCPU
from threading import Event, Lock, Timer
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
    """Tries changes of modules in copies of the repository, each by the module's own tests.

    As many changes are tried at once as there are copies, each in one that no other thread has. A change by which the
    tests never end is told by the processor time that they take, in which a busy machine makes no difference, against
    what they took without a change.

    Parameters
    ----------
    copies : sequence of Copy
    targets : Mapping of str to sequence of str
        The tests of each module.
    """

    def __init__(self, copies: Sequence[Copy], targets: Mapping[str, Sequence[str]] = TARGETS) -> None:
        self._targets = targets
        self.seconds: dict[str, float] = {}
        self._measuring = Lock()
        self._seconds_of_each_test = copies[0].root / "seconds"
        self._free: SimpleQueue[Copy] = SimpleQueue()
        for copy in copies:
            # once, so that not each run does: by what a file holds, since changes follow within a second
            compileall.compile_dir(copy.root, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
            self._free.put(copy)

    def try_change(self, module: str, changed: str) -> Told:
        """Tell whether some test of a module fails where the module's text is another.

        Raises
        ------
        RuntimeError
            If the tests fail without a change or could not be run at all, so that nothing is known.
        """
        copy = self._free.get()
        path = copy.root / module
        try:
            seconds = sum(self._seconds_without_a_change(test, copy) for test in self._targets[module])
            before = path.read_text(encoding="utf-8")
            try:
                path.write_text(changed, encoding="utf-8")
                code, _ = self._run(self._targets[module], copy, ceil(ENDLESS * seconds))
            finally:
                path.write_text(before, encoding="utf-8")
        finally:
            self._free.put(copy)
        if code not in (None, 0, 1, 2, 4):  # passed, failed, could not be collected, no conftest could be loaded
            raise RuntimeError(f"pytest ended with {code} on {module}: nothing is known of this change")
        return "timed_out" if code is None else "killed" if code else "survived"

    def _seconds_without_a_change(self, test: str, copy: Copy) -> float:
        """How long a file of tests works, told once; how long each of its tests takes is written for the next runs."""
        with self._measuring:
            if test not in self.seconds:
                code, self.seconds[test] = self._run([test], copy, None)
                if code != 0:
                    raise RuntimeError(f"{test} fails without any change")
            return self.seconds[test]

    def _run(self, tests: Sequence[str], copy: Copy, most: int | None) -> tuple[int | None, float]:
        """Run tests and tell what pytest ended with and how many seconds it worked.

        It ended with None where it did not end within so many seconds of work.
        """
        options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "tests.mutants.quickest_first"]
        command = [sys.executable, "-m", "pytest", *options, f"--seconds={self._seconds_of_each_test}", *tests]
        running = subprocess.Popen(  # noqa: S603
            command,
            cwd=copy.root,
            env=copy.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if most is not None:
            resource.prlimit(running.pid, resource.RLIMIT_CPU, (most, most + 1))
        has_waited = Event()

        def give_up() -> None:
            has_waited.set()
            running.kill()

        timer = Timer(WAITING, give_up)
        timer.start()
        _, status, used = os.wait4(running.pid, 0)
        timer.cancel()
        running.returncode = os.waitstatus_to_exitcode(status)
        is_endless = has_waited.is_set() or running.returncode == -SIGXCPU
        return None if is_endless else running.returncode, used.ru_utime + used.ru_stime
