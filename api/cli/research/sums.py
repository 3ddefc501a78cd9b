"""`underlag research sums`: the sums of one place, for figures over several whose rows never meet."""

import os
from datetime import date
from pathlib import Path

import click

from api.cli.options import FILE, reference_date, require_file
from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand, ResearchRequest


@click.command("sums", cls=ResearchCommand)
@click.argument("data", type=FILE)
@click.option("--mapping", type=FILE, required=True, help="YAML file that says what the columns and codes are.")
@click.option(
    "--plan", type=FILE, required=True, help="YAML file with the plan of the study, the same for every place."
)
@click.option("--place", required=True, metavar="NAME", help="Where the persons are from, in words.")
@click.option("-o", "output", type=FILE, required=True, metavar="FILE", help="File to write; a new one.")
@click.option("--without", "left_out", multiple=True, metavar="PART", help="Part of the plan that you do not tell.")
@click.option("--instrument", help="Instrument that was used, instead of the one that the mapping names.")
@reference_date
@in_language
def sums(
    data: Path,
    mapping: Path,
    plan: Path,
    place: str,
    output: Path,
    left_out: tuple[str, ...],
    instrument: str | None,
    on: date,
    language: str,
) -> None:
    """Count what a PLAN asks for, and write a signed FILE of sums in which nobody can be recognised.

    A number of few, told or worked out, is refused and never rounded; so is a file that differs by few from one that
    you sent before, or is by another plan. Keep every file that you send in one folder: those beside FILE are compared
    with it. It is signed with UNDERLAG_SIGNING_KEY; tell the public key in some other way than with the file.
    """
    from api.context.settings import read_signing_key
    from instruments.faults import Fault, InputError
    from instruments.research.pooling.plan import read_plan
    from instruments.research.pooling.sending import make_sums
    from instruments.research.pooling.sums import files_beside

    key = read_signing_key(os.environ)
    if output.exists():
        raise InputError([Fault("sums-file-exists", output.name, {})])
    request = ResearchRequest(
        require_file(data), require_file(mapping), None, (), False, None, instrument, on, language
    )
    made = make_sums(
        request.dataset(),
        read_plan(require_file(plan)),
        place=place,
        made_on=on,
        key=key,
        left_out=left_out,
        earlier=files_beside(output, key),
    )
    output.write_text(made.to_yaml(), encoding="utf-8", newline="\n")
    words = ResearchCommand.words(language)
    click.echo(words.say("research.sums_written", name=output, public_key=made.public_key))
