"""`make bench`: Underlag beside other engines, as ratios in one run.

Nothing fails for being slow, only for answering otherwise than Underlag does.

Each part runs in a process of its own, so that the number of threads, warnings and memory of one engine are not the
next one's.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from tests.benchmarks.measuring import Measurement

ROOT = Path(__file__).parents[2]
PARTS = {
    "one intake at a time": ("one_decision", {}),
    "columns on one thread": ("many_decisions", {"POLARS_MAX_THREADS": "1"}),
    "columns on all threads": ("many_decisions", {}),
    "files": ("files", {}),
    "the service": ("service", {}),
    "the pages": ("pages", {}),
    "people at work": ("people", {}),
    "the service under attack": ("attack", {}),
    "graded response model": ("graded_response", {}),
    "figures of research": ("research_figures", {}),
    "published numbers": ("trends", {}),
}


@pytest.fixture(scope="module")
def measured() -> Iterator[list[Measurement]]:
    """Gathers the measurements of all parts, and prints them at the end."""
    measurements: list[Measurement] = []
    yield measurements
    Console(width=180).print("\n", table_of(measurements))


@pytest.mark.benchmark
@pytest.mark.parametrize("part", PARTS)
def test_underlag_beside_other_engines(part: str, measured: list[Measurement]) -> None:
    module, settings = PARTS[part]
    command = [sys.executable, "-m", f"tests.benchmarks.{module}"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    measured.extend(Measurement(**row) for row in json.loads(done.stdout))


@pytest.mark.soak
def test_published_numbers_over_a_million_screenings(measured: list[Measurement]) -> None:
    settings = {**os.environ, "UNDERLAG_BENCH_SCREENINGS": "1000000"}
    command = [sys.executable, "-m", "tests.benchmarks.trends"]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    measured.extend(Measurement(**row) for row in json.loads(done.stdout))


def table_of(measurements: list[Measurement]) -> Table:
    """A table that is also Markdown, to be pasted where it is wanted."""
    table = Table(box=MARKDOWN)
    table.add_column("measured")
    table.add_column("beside")
    for title in ("Underlag", "other", "ratio", "goal"):
        table.add_column(title, justify="right")
    sections = list(dict.fromkeys(each.section for each in measurements))
    for each in sorted(measurements, key=lambda each: sections.index(each.section)):
        task = f"{each.section}; {each.task}" if each.task else each.section
        goal = f"at least {each.goal:g}" if each.goal else ""
        ratio = f"{each.ratio:.1f} x" if each.ratio is not None else ""
        table.add_row(task, each.name, amount(each.ours, each.unit), amount(each.peer, each.unit), ratio, goal)
    return table


def amount(value: float | None, unit: str) -> str:
    """Three digits and the unit."""
    if value is None:
        return ""
    return f"{value:.3g} {unit}" if value < 1_000 else f"{value:,.0f} {unit}"
