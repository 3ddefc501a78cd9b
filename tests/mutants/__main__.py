"""`make mutants`: a seeded sample of small changes to what decides; how many of them its own tests find.

Cosmic Ray makes the changes, in a copy of the repository. A change that some test fails on is killed. The score, with
Wilson's interval, is written beside this file for the pages that quote it.
"""

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

from tests.mutants.noticing import HERE, TARGETS, compile_all, is_noticed
from tests.recipes.copying import Copy

SCORE = HERE / "score.yaml"
SAMPLE, SEED = 400, 20261129
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
        compile_all(copy)
        for mutant in chosen:
            if minutes is not None and time.monotonic() - began > 60 * minutes:
                break
            module, name, place = mutant
            changed = mutate_code((copy.root / module).read_text(encoding="utf-8"), get_operator(name)(), place)
            if changed is None:
                raise click.ClickException(f"{name} has no place {place} in {module}")
            killed = is_noticed(copy, module, changed)
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
