"""How property tests run: the same examples every time, and no example is too slow for a busy machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.skips import SKIPS

settings.register_profile(
    "same_every_time",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same_every_time")

#: Notebooks, processes that are started and killed, and commands of documents as a reader types them.
NOT_QUICK = ("notebooks", "api/serving", "test_readme.py", "test_reference.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="take the pictures of the pages anew")
    parser.addoption("--quick", action="store_true", help="only what needs no browser, no server and no notebook")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long to set up, where a quick answer is asked for: `make test` runs it all."""
    if config.getoption("--quick"):
        kept = [item for item in items if _is_quick(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _is_quick(item: pytest.Item) -> bool:
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    needs_postgresql = "postgresql" in given or "postgresql_server" in getattr(item, "fixturenames", ())
    is_elsewhere = any(item.path.is_relative_to(Path(__file__).parent / place) for place in NOT_QUICK)
    return not (needs_postgresql or is_elsewhere or item.get_closest_marker("browser"))


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
