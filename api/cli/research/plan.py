"""`underlag research plan`: what is to be done with data, fixed before they are looked at."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli.options import FILE, reference_date
from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand

if TYPE_CHECKING:
    from datetime import date


@click.command("plan", cls=ResearchCommand)
@click.option("-o", "output", type=FILE, required=True, metavar="FILE", help="The plan to write; none is overwritten.")
@click.option("--title", required=True, help="What the study is called.")
@click.option("--responsible", required=True, metavar="NAME", help="Who answers for the plan.")
@click.option("--hypothesis", "hypotheses", multiple=True, required=True, help="What is expected, in words.")
@click.option("--outcome", required=True, metavar="COLUMN", help="Outcome, by the name that the mapping gives it.")
@click.option("--score", "scores", multiple=True, metavar="NAME", help="Scores held against it, the first foremost.")
@click.option("--cut", type=float, help="From where on a score points to the outcome.")
@click.option("--group", "groups", multiple=True, metavar="COLUMN", help="Groups to compare.")
@click.option("--seed", type=click.IntRange(min=0), help="Start of the random numbers.")
@click.option("--draws", type=click.IntRange(min=0), help="Bootstrap draws.")
@click.option("--folds", type=click.IntRange(min=2), help="Folds of the cross-validation.")
@reference_date
@in_language
def plan(output: Path, on: "date", language: str, **parts: Any) -> None:
    """Write a plan of an analysis, and tell its digest.

    Write it before anybody looks at the outcomes, and leave the digest with somebody else: with the ethics application
    or in a registry. The other commands take it as --plan. They do what it says where nothing else is asked for, and
    tell what departs from it; a card keeps the digest. What the plan leaves open can be chosen freely.
    """
    import yaml

    from instruments.faults import Fault, InputError
    from instruments.research.plans.plan import Plan

    made = Plan(fixed_on=on, **parts)
    if output.exists():
        raise InputError([Fault("plan-exists", output.name)])
    output.parent.mkdir(parents=True, exist_ok=True)
    content = made.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    output.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    words = ResearchCommand.words(language)
    click.echo(words.say("research.plan_written", name=output, sha256=made.sha256))
