"""Plugin of pytest for `make mutants`: of all tests the quickest is run first, since a run ends at the first failure.

How long each takes is read from a file, and of those that it does not tell of yet it is written there, at once, since
another run may be reading.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

_seconds: dict[str, float] = defaultdict(float)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seconds", type=Path, required=True, help="where it stands how long each test took")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = _known(config)
    items.sort(key=lambda item: known.get(item.nodeid, 0.0))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[report.nodeid] += report.duration


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    path: Path = session.config.getoption("--seconds")
    known = _known(session.config)
    if exitstatus == pytest.ExitCode.OK and _seconds.keys() - known.keys():
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(json.dumps({**_seconds, **known}), encoding="utf-8")
        new.replace(path)


def _known(config: pytest.Config) -> dict[str, float]:
    path: Path = config.getoption("--seconds")
    known: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return known
