"""`underlag research pool`: the figures of several places whose rows never meet."""

from pathlib import Path

import click

from api.cli.options import FILE, require_file
from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand, print_report


@click.command("pool", cls=ResearchCommand)
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    required=True,
    metavar="PLACE=KEY",
    help="A place, as its file names it, and its public key, told by other means.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document of full precision.")
@click.option("-o", "output", type=FILE, metavar="DIR", help="Folder for the figures and the forest plots.")
@in_language
def pool(files: tuple[Path, ...], trusted: tuple[str, ...], as_json: bool, output: Path | None, language: str) -> None:
    """Tell the figures of the joined rows of several places from their FILES of sums, and how far the places differ.

    Files of different plans, with a key that is not trusted, or of the same persons twice are refused. That no person
    is in two places cannot be seen from sums: it is for you to know.
    """
    from instruments.faults import Fault, InputError
    from instruments.research.figures.figure import with_warnings
    from instruments.research.pooling.forest import forest_plots
    from instruments.research.pooling.pooled import pool
    from instruments.research.pooling.sums import read_sums

    if unclear := [each for each in trusted if "=" not in each]:
        raise InputError(Fault("trust-without-place", "--trust", {"given": each}) for each in unclear)
    keys = {place: key for place, _, key in (each.rpartition("=") for each in trusted)}
    read = [read_sums(require_file(each)) for each in files]
    report = with_warnings(lambda: pool(read, keys))
    print_report(report, language=language, as_json=as_json, folder=output)
    if output is not None:
        for name, picture in forest_plots(report, language).items():
            (output / f"forest.{name}.{language}.svg").write_text(picture, encoding="utf-8")
