"""Run the simulations. As a program, it keeps what they reached in the table that ships with Underlag:

.venv/bin/python -m tests.instruments.research.simulating
"""

import warnings
from collections.abc import Iterable
from datetime import date

import numpy as np
import yaml
from joblib import Parallel, delayed

from instruments.research.coverage import PATH, Coverage, Setting
from tests.instruments.research.simulated import Case, Held, cases

SIMULATIONS = 2_000
SEED = 20261128
_CHUNK = 250


def simulate(case: Case, place: int, seed: int, simulations: int = SIMULATIONS, jobs: int = 2) -> list[Setting]:
    """What the intervals, or the tests, of a case reached; the same for a seed, however many processes there are."""
    starts = range(0, simulations, _CHUNK)
    calls = (delayed(make_samples)(case, seed, place, start, min(_CHUNK, simulations - start)) for start in starts)
    held = [each for some in Parallel(n_jobs=jobs)(calls) for each in some]
    return [_setting(case, name, held) for name in dict.fromkeys(name for each in held for name in each)]


def _setting(case: Case, name: tuple[str, str], held: list[Held]) -> Setting:
    known = [each[name] for each in held if each.get(name) is not None]
    reached = round(float(np.mean(known)), 4) if known else 0.0
    return Setting(
        figure=name[0],
        method=name[1],
        setting=case.setting,
        n=case.n,
        simulations=len(held),
        given=len(known),
        reached=reached,
    )


def make_samples(case: Case, seed: int, place: int, start: int, size: int) -> list[Held]:
    """Some of the samples of a case: for each interval, whether it held the true value."""
    random = np.random.default_rng([seed, place, start])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # research warnings: the samples are what they are
        return [case.sample(random) for _ in range(size)]


def write(measured: Iterable[tuple[Case, list[Setting]]], seed: int = SEED) -> None:
    """Write the table."""
    every = list(measured)
    parts = {
        "intervals": [each for case, settings in every for each in settings if not case.rejects],
        "tests": [each for case, settings in every for each in settings if case.rejects],
    }
    known = Coverage(made_on=date.today(), seed=seed, promised=0.95, **parts)  # type: ignore[arg-type]
    content = known.model_dump(mode="json")
    lines = ["# How often intervals held the true value in simulations: `make soak` repeats them with another seed.\n"]
    lines += [f"{name}: {content[name]}\n" for name in ("made_on", "seed", "promised")]
    for name in parts:
        rows = (yaml.safe_dump(each, default_flow_style=True, sort_keys=False, width=1000) for each in content[name])
        lines += [f"{name}:\n", *(f"  - {row}" for row in rows)]
    PATH.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write((case, simulate(case, place, SEED)) for place, case in enumerate(cases()))
