"""`make mutants`: a seeded sample of small changes to what decides; how many of them its own tests find.

Cosmic Ray makes the changes, each core tries them in a copy of the repository of its own. A change that some test fails
on is killed; one by which the tests never end is counted apart. The score, with Wilson's interval, is written beside
this file after each change, so that a run that is ended can be gone on with. What survived is told with what the change
was. Once it is pinned by an example or named as equivalent, ``--again`` says so; the score stays as it was, since it
tells of the tests before.

No change is drawn from where nothing is decided: a decorator says what a class may be used for (``frozen``, ``slots``),
``strict`` of ``zip`` refuses what the program itself cannot make, and ``setOptionValue`` tells a solver how to go about
it. What else changes nothing that anybody could see
stands in ``equivalent.yaml``, each with its reason, and is counted apart.
"""

import difflib
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click
import yaml
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from statsmodels.stats.proportion import proportion_confint

from tests.mutants.noticing import HERE, TARGETS, Told, Trial, is_equivalent
from tests.recipes.copying import Copy

SCORE = HERE / "score.yaml"
SAMPLE, SEED = 400, 20261201
#: Changes that can go unnoticed. One that no type allows fails wherever it is reached, and would only lift the score.
COMPARISONS = ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "Gt_LtE", "GtE_Lt", "LtE_Gt")
OPERATORS = {
    *(f"core/ReplaceComparisonOperator_{each}" for each in COMPARISONS),
    *("core/ReplaceBinaryOperator_Add_Sub", "core/ReplaceBinaryOperator_Sub_Add"),
    *("core/ReplaceUnaryOperator_Delete_Not", "core/ReplaceUnaryOperator_Delete_Invert", "core/AddNot"),
    *("core/ReplaceTrueWithFalse", "core/ReplaceFalseWithTrue", "core/ReplaceAndWithOr", "core/ReplaceOrWithAnd"),
    *("core/NumberReplacer", "core/ReplaceBreakWithContinue", "core/ReplaceContinueWithBreak"),
}
_SETS_AN_OPTION = re.compile(r"[\w.]+\.setOptionValue\([^()]*\)")

Mutant = tuple[str, str, int]


def possible_mutants() -> list[Mutant]:
    """Every change: the module, the operator's name and which occurrence of what it changes."""
    return [
        (module, name, place)
        for module in TARGETS
        for name in sorted(OPERATORS & set(operator_names()))
        for place in _places(module, name)
    ]


def _places(module: str, name: str) -> list[int]:
    """Which occurrences are drawn from, in the order in which Cosmic Ray counts them."""
    operator, tree = get_operator(name)(), get_ast(Path(module).read_text(encoding="utf-8"))
    nodes = [node for node in ast_nodes(tree) for _ in operator.mutation_positions(node)]
    return [place for place, node in enumerate(nodes) if not _decides_nothing(node)]


def _decides_nothing(node: Any) -> bool:
    """Whether a place is within a decorator, within ``strict=`` of a call, or within the options of a solver."""
    above = node.parent
    while above is not None:
        text = above.get_code().strip()
        is_strict = above.type == "argument" and text.startswith("strict=")
        if above.type == "decorator" or is_strict or _SETS_AN_OPTION.fullmatch(text):
            return True
        above = above.parent
    return False


@click.command()
@click.option("--sample", default=SAMPLE, show_default=True, help="How many changes to draw.")
@click.option("--minutes", type=float, help="Begin no further change after so long.")
@click.option("--go-on", is_flag=True, help="Go on after those that the score tells of; nothing else may have changed.")
@click.option("--again", is_flag=True, help="Only try what has survived again, and say what has become of it since.")
def main(sample: int, minutes: float | None, go_on: bool, again: bool) -> None:
    """Try a seeded sample of changes and write the score."""
    possible = possible_mutants()
    chosen = Random(SEED).sample(possible, min(sample, len(possible)))  # noqa: S311
    began = time.monotonic()
    score = _begun() if go_on or again else Score(len(possible), len(chosen))
    if go_on and (score.seed, score.possible, score.drawn) != (SEED, len(possible), len(chosen)):
        raise click.ClickException("the score beside this file is of another sample: begin anew, without --go-on")
    cores = os.cpu_count() or 1
    texts = {module: Path(module).read_text(encoding="utf-8") for module in TARGETS}
    with TemporaryDirectory() as folder:
        trial = Trial([Copy.make(Path(folder) / str(core)) for core in range(cores)])

        def try_one(mutant: Mutant) -> tuple[str, Told | Literal["equivalent"]] | None:
            if minutes is not None and time.monotonic() - began > 60 * minutes:
                return None
            before, changed = _change(texts[mutant[0]], *mutant)
            is_seen = not is_equivalent(mutant[0], before, changed)
            return _difference(before, changed), trial.try_change(mutant[0], changed) if is_seen else "equivalent"

        left = _survived(score) if again else chosen[score.tried :]
        with ThreadPoolExecutor(cores) as threads:
            for mutant, tried in zip(left, threads.map(try_one, left), strict=True):
                if tried is None:
                    break
                (difference, told), name = tried, " ".join(map(str, mutant))
                (score.note_again if again else score.count)(name, difference, told)
                click.echo(f"{score.tried}/{len(chosen)} {told} {name}", err=True)
                score.write()


def _change(before: str, module: str, name: str, place: int) -> tuple[str, str]:
    """A module's text, and the same with the change."""
    changed = mutate_code(before, get_operator(name)(), place)
    if changed is None:
        raise click.ClickException(f"{name} has no place {place} in {module}")
    return before, changed


def _difference(before: str, changed: str) -> str:
    """The line that is another, as it was and as it is changed."""
    lines = list(difflib.ndiff(before.splitlines(), changed.splitlines()))  # either may come first
    was, becomes = (next(line[2:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return f"{was}  ->  {becomes}"


@dataclass
class Score:
    """What was found so far: of each change that was not killed, by its name, what it was."""

    possible: int
    drawn: int
    tried: int = 0
    survived: dict[str, str] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)
    timed_out: dict[str, str] = field(default_factory=dict)
    equivalent: dict[str, str] = field(default_factory=dict)
    seed: int = SEED

    def count(self, name: str, difference: str, told: str) -> None:
        """Count a change that was tried."""
        self.tried += 1
        if told != "killed":
            getattr(self, told)[name] = difference

    def note_again(self, name: str, difference: str, told: str) -> None:
        """Note what has survived and what has become of it since, where it is still the same change."""
        if told != "survived" and self.survived[name] == difference:
            self.since[name] = told

    def write(self) -> None:
        """Write the score: of the changes that somebody could see, how many were killed."""
        visible = self.tried - len(self.equivalent) - len(self.timed_out)
        killed = visible - len(self.survived)
        low, high = proportion_confint(killed, max(1, visible), method="wilson")
        score = {
            "seed": self.seed,
            "possible": self.possible,
            "drawn": self.drawn,
            "tried": self.tried,
            "killed": killed,
            "share": round(killed / max(1, visible), 3),
            "wilson_95": [round(float(low), 3), round(float(high), 3)],
            "survived": self.survived,
            "since": self.since,
            "timed_out": self.timed_out,
            "equivalent": self.equivalent,
        }
        text = (
            "# Written by `make mutants`. What survived is a sentence that no test said. What has become of it since\n"
            "# is told apart; it counts as survived. Neither way in the share count what nobody could notice, which\n"
            "# is equivalent (equivalent.yaml says why), and what timed out, since by it the tests never end.\n"
        )
        SCORE.write_text(text + yaml.safe_dump(score, sort_keys=False, width=120), encoding="utf-8")


def _begun() -> Score:
    """The score as it was left."""
    left = yaml.safe_load(SCORE.read_text(encoding="utf-8"))
    return Score(**{each.name: left[each.name] for each in fields(Score)})


def _survived(score: Score) -> list[Mutant]:
    names = (name.split(" ") for name in score.survived if name not in score.since)
    return [(module, operator, int(place)) for module, operator, place in names]


if __name__ == "__main__":
    main()
