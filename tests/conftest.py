"""How tests run: the same examples every time, on a machine as busy as may be, and what they write in memory."""

import atexit
import gc
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.skips import SKIPS
from tests.thoroughness import QUICK, register_profiles

register_profiles()

#: A file system in memory, and the bytes that a run may need of it. A commit on a disk waits eight milliseconds for
#: the disk, and the tests commit some hundred thousand times.
MEMORY, ROOM = Path("/dev/shm"), 2**31  # noqa: S108 -- pytest makes a folder of its own in it
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

#: Notebooks, processes that are started and killed, commands of documents as a reader types them, the demo, cards of
#: all sorts of data, and what nobody thought of: requests and orders of events that are drawn at random.
NOT_QUICK = (
    "browser",
    "notebooks",
    "recipes",
    "api/serving",
    "api/records/test_killed.py",
    "api/test_client.py",
    "api/test_demo.py",
    "api/test_fuzz.py",
    "api/routes/records/test_blind_double_rating.py",
    "api/routes/records/test_fuzz.py",
    "instruments/research/card/test_any_card.py",
    "screening/test_distributed.py",
    "test_readme.py",
    "test_reference.py",
)

#: From here on a run says what it took so long for.
SECONDS_OF_A_LONG_RUN = 60


#: After how many new objects garbage is looked for, and how much rarer among older ones. Python's own 700 and 10 make
#: every application that a test puts together walk through all that the tests hold: a third of the processor time.
COLLECTED_AFTER = (20_000, 20, 50)


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples where a quick answer is asked for, before the modules that ask for examples are imported."""
    if config.getoption("--quick"):
        settings.load_profile(QUICK)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for garbage, also out of pytest's own at the end.

    Only then is it let go: libraries count what is left of them, and tell of it line by line.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)
    gc.set_threshold(*COLLECTED_AFTER)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="take the pictures of the pages anew")
    parser.addoption("--quick", action="store_true", help="only what needs no browser, no server and no notebook")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three workers for two cores, since they often wait for a browser, a process or a database."""
    cores = os.cpu_count() or 1
    return cores if config.getoption("--quick") else cores + cores // 2


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Not even look into what takes long to set up, where a quick answer is asked for: `make test` runs it all."""
    return True if config.getoption("--quick") and _takes_long(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files come first, so that no core waits for another at the end."""
    items.sort(key=lambda item: not (item.get_closest_marker("browser") or _takes_long(item.path)))
    if config.getoption("--quick"):
        kept: dict[bool, list[pytest.Item]] = {True: [], False: []}
        for item in items:
            kept[_is_quick(item)].append(item)
        config.hook.pytest_deselected(items=kept[False])
        items[:] = kept[True]


def _is_quick(item: pytest.Item) -> bool:
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    needs_postgresql = any(isinstance(each, str) and each == "postgresql" for each in given)
    needs_postgresql = needs_postgresql or "postgresql_server" in getattr(item, "fixturenames", ())
    return not (needs_postgresql or item.get_closest_marker("browser") or item.get_closest_marker("thorough"))


@cache
def _takes_long(path: Path) -> bool:
    return any(path.is_relative_to(Path(__file__).parent / place) for place in NOT_QUICK)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say after a long run which files it took most of its time for: whatever comes to be slow is seen at once."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    if sum(seconds.values()) > SECONDS_OF_A_LONG_RUN:
        terminalreporter.section("slowest files")
        for name, spent in sorted(seconds.items(), key=lambda each: -each[1])[:10]:
            terminalreporter.write_line(f"{spent:5.0f} s  {name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """A test that is skipped for a reason that is not in the list has failed: nobody notices a skip."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason not in SKIPS:
            report.outcome = "failed"
            report.longrepr = f"skipped, and the reason is not in tests/skips.py: {reason}"
    return report
