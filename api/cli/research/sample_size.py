"""`underlag research sample-size`: how many persons a study needs."""

import json
from typing import TYPE_CHECKING

import click

from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand

if TYPE_CHECKING:
    from instruments.research.sample_size.planning import Need

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_prevalence = click.option("--prevalence", type=float, required=True, help="Share expected to have the outcome.")


@click.group("sample-size")
def sample_size() -> None:
    """Plan how many persons a study needs; every criterion is to be met.

    A card says the same of the sample that it rests on.
    """


@sample_size.command(cls=ResearchCommand)
@_prevalence
@click.option("--parameters", type=int, required=True, help="Coefficients that the model may have.")
@click.option("--r2", type=float, help="Cox-Snell R2 that is expected; or give --auc.")
@click.option("--auc", type=float, help="Area that is expected, above 0.5.")
@_as_json
@in_language
def develop(
    prevalence: float, parameters: int, r2: float | None, auc: float | None, as_json: bool, language: str
) -> None:
    """To develop a model of a binary outcome (Riley and others 2020)."""
    from instruments.research.sample_size.sizes import size_for_development

    _print(size_for_development(prevalence, parameters, r2=r2, auc=auc), as_json, language)


@sample_size.command(cls=ResearchCommand)
@_prevalence
@click.option("--auc", type=float, required=True, help="Area that is expected, above 0.5.")
@click.option("--mean", type=float, help="Mean of the model's log odds; by default from the area.")
@click.option("--deviation", type=float, help="Standard deviation of the model's log odds.")
@_as_json
@in_language
def validate(
    prevalence: float, auc: float, mean: float | None, deviation: float | None, as_json: bool, language: str
) -> None:
    """To validate a model of a binary outcome elsewhere (Riley and others 2021)."""
    from instruments.faults import Fault, InputError
    from instruments.research.sample_size.sizes import LogOdds, size_for_validation

    if (mean is None) != (deviation is None):
        raise InputError([Fault("planning-half-a-distribution", "")])
    log_odds = LogOdds.normal(mean, deviation) if mean is not None and deviation is not None else None
    _print(size_for_validation(prevalence, auc, log_odds), as_json, language)


@sample_size.command(cls=ResearchCommand)
@click.option("--icc", type=float, help="Intraclass correlation that is expected, with --raters.")
@click.option("--raters", type=int, default=2, show_default=True, help="How many rate each person.")
@click.option("--kappa", type=float, help="Weighted kappa of two raters that is expected, with --share.")
@click.option("--share", "shares", type=float, multiple=True, help="How often each level is given, in rising order.")
@click.option("--linear", is_flag=True, help="Kappa with linear weights instead of quadratic ones.")
@_as_json
@in_language
def reliability(
    icc: float | None,
    raters: int,
    kappa: float | None,
    shares: tuple[float, ...],
    linear: bool,
    as_json: bool,
    language: str,
) -> None:
    """To tell how far raters agree (Bonett 2002; Fleiss, Cohen and Everitt 1969)."""
    from instruments.faults import Fault, InputError
    from instruments.research.sample_size.sizes import size_for_intraclass, size_for_kappa

    needs = [size_for_intraclass(icc, raters)] if icc is not None else []
    needs += [size_for_kappa(kappa, shares, "linear" if linear else "quadratic")] if kappa is not None else []
    if not needs:
        raise InputError([Fault("planning-incomplete", "")])
    _print(needs, as_json, language)


def _print(needs: "tuple[Need, ...] | list[Need]", as_json: bool, language: str) -> None:
    from api.cli.printing import console, new_table

    if as_json:
        click.echo(json.dumps({need.criterion: need.persons for need in needs}, indent=2))
        return
    words = ResearchCommand.words(language)
    titles = (words.say("section.sample_size"), [words.say("column.criterion")], [words.say("figure.persons_needed")])
    table = new_table(*titles)
    for need in needs:
        table.add_row(words.say(f"label.{need.criterion}"), str(need.persons))
    out = console(wide=True)
    out.print(table)
    out.print(words.say("note.sample_size"))
