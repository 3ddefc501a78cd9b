"""`underlag research coverage`: how often each kind of interval held the true value, in simulations."""

from typing import TYPE_CHECKING

import click

from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand

if TYPE_CHECKING:
    from api.cli.reporting import Words
    from instruments.research.coverage import Setting


@click.command("coverage", cls=ResearchCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document of full precision.")
@in_language
def coverage(as_json: bool, language: str) -> None:
    """Tell how often each kind of interval held the true value, and each test rejected a true one.

    The table comes from simulations that make soak repeats. Where much less than 95 % was reached, a figure of that
    kind says so beside itself.
    """
    from instruments.research.coverage import coverage as table

    known = table()
    if as_json:
        click.echo(known.model_dump_json(indent=2))
        return
    words = ResearchCommand.words(language)
    _print(words.say("research.coverage", made_on=known.made_on, seed=known.seed), known.intervals, words)
    _print(words.say("research.rejected"), known.tests, words)


def _print(title: str, settings: "tuple[Setting, ...]", words: "Words") -> None:
    from api.cli.printing import console, new_table

    figures = ("reached", "given", "simulations")
    heads = [words.say("column.figure"), words.say("column.method"), words.say("research.coverage.data")]
    table = new_table(title, heads, ["n", *(words.say(f"research.coverage.{name}") for name in figures)])
    for each in settings:
        labels = (f"figure.{each.figure}", f"method.{each.method}", f"setting.{each.setting}")
        numbers = (str(each.n), f"{each.reached:.3f}", str(each.given), str(each.simulations))
        table.add_row(*(words.say(label) for label in labels), *numbers)
    console(wide=True).print(table)
