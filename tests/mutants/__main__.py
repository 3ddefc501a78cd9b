"""`make mutants`: a seeded sample of small changes to what decides; how many of them its own tests find.

Cosmic Ray makes the changes, in a copy of the repository. A change that some test fails on is killed. The score, with
Wilson's interval, is written beside this file for the pages that quote it.
"""

import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click
import yaml
from cosmic_ray.ast import get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from statsmodels.stats.proportion import proportion_confint

from tests.recipes.copying import Copy

HERE = Path(__file__).parent
SCORE = HERE / "score.yaml"
SAMPLE, SEED = 400, 20261129
#: The modules that decide what somebody is told, may see or may find out, and their own tests.
TARGETS = yaml.safe_load((HERE / "targets.yaml").read_text(encoding="utf-8"))
#: Changes that can go unnoticed. One that no type allows fails wherever it is reached, and would only lift the score.
COMPARISONS = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "Gt_LtE", "GtE_Lt", "LtE_Gt")
OPERATORS = {
    *(f"core/ReplaceComparisonOperator_{each}" for each in COMPARISONS),
    *("core/ReplaceBinaryOperator_Add_Sub", "core/ReplaceBinaryOperator_Sub_Add"),
    *("core/ReplaceUnaryOperator_Delete_Not", "core/ReplaceUnaryOperator_Delete_Invert", "core/AddNot"),
    *("core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue", "core/ReplaceAndWithOr", "core/ReplaceOrWithAnd"),
    *("core/NumberReplacer", "core/ReplaceBreakWithContinue", "core/ReplaceContinueWithBreak"),
}

Mutant = tuple[str, str, int]


def possible_mutants() -> list[Mutant]:
    """Every change: the module, the operator's name and which occurrence of what it changes."""
    return [
        (module, name, place)
        for module in TARGETS
        for name in sorted(OPERATORS & set(operator_names()))
        for place in range(_occurrences(module, name))
    ]


def _occurrences(module: str, name: str) -> int:
    operator, tree = get_operator(name)(), get_ast((Path(module)).read_text(encoding="utf-8"))
    nodes, places = [tree], 0
    while nodes:
        node = nodes.pop()
        nodes += getattr(node, "children", [])
        places += sum(1 for _ in operator.mutation_positions(node))
    return places


def is_killed(copy: Copy, mutant: Mutant) -> bool:
    """Whether the module's own tests fail on a change."""
    module, name, place = mutant
    source = copy.read(module)
    changed = mutate_code(source, get_operator(name)(), place)
    assert changed is not None, mutant
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *TARGETS[module]]
    try:
        (copy.root / module).write_text(changed, encoding="utf-8")
        done = subprocess.run(command, cwd=copy.root, env=copy.environment(), capture_output=True, check=False)  # noqa: S603
    finally:
        (copy.root / module).write_text(source, encoding="utf-8")
    if done.returncode not in (0, 1, 2):  # passed, failed, or could not even be collected
        raise click.ClickException(f"pytest ended with {done.returncode} on {module}: nothing is known of this change")
    return done.returncode != 0


@click.command()
@click.option("--sample", default=SAMPLE, show_default=True, help="How many changes to try.")
@click.option("--minutes", type=float, help="Begin no further change after so long.")
def main(sample: int, minutes: float | None) -> None:
    """Try a seeded sample of changes and write the score."""
    possible = possible_mutants()
    chosen = Random(SEED).sample(possible, min(sample, len(possible)))  # noqa: S311
    began = time.monotonic()
    tried, survived = 0, []
    with TemporaryDirectory() as folder:
        copy = Copy.make(Path(folder))
        for mutant in chosen:
            if minutes is not None and time.monotonic() - began > 60 * minutes:
                break
            killed = is_killed(copy, mutant)
            tried += 1
            survived += [] if killed else [" ".join(map(str, mutant))]
            click.echo(f"{tried}/{len(chosen)} {'killed' if killed else 'SURVIVED'} {mutant}", err=True)
            write(possible=len(possible), tried=tried, survived=survived)


def write(*, possible: int, tried: int, survived: list[str]) -> None:
    """Write what was found so far."""
    killed = tried - len(survived)
    low, high = proportion_confint(killed, tried, method="wilson")
    score = {
        "seed": SEED,
        "possible": possible,
        "tried": tried,
        "killed": killed,
        "share": round(killed / tried, 3),
        "wilson_95": [round(float(low), 3), round(float(high), 3)],
        "survived": survived,
    }
    text = "# Written by `make mutants`. What survived is a sentence that no test says yet.\n"
    SCORE.write_text(text + yaml.safe_dump(score, sort_keys=False, width=120), encoding="utf-8")


if __name__ == "__main__":
    main()
