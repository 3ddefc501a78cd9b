"""How property tests run: the same examples every time, and no example is too slow for a busy machine."""

from collections.abc import Iterator

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="take the pictures of the pages anew")


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
