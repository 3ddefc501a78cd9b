"""`underlag research publish`: a card becomes part of the local definitions."""

import os
from pathlib import Path

import click

from api.cli.options import FILE, definitions_folder, open_library, reference_date, require_file
from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand


@click.command("publish", cls=ResearchCommand)
@click.argument("card", type=FILE)
@reference_date
@in_language
def publish(card: Path, on: object, language: str) -> None:
    """Add the CARD (a .yaml file) to the cards of UNDERLAG_DEFINITIONS, with its pages and its estimator.

    Refuses a card that was changed since it was signed, one about another file of the instrument, one that is
    published already (a change is a new version), and one that differs by few people from one that is.
    """
    from api.context.settings import read_signing_key
    from instruments.card_shelf import MOUNTED, publish_card
    from instruments.faults import Fault, InputError

    key = read_signing_key(os.environ)
    folder = definitions_folder()
    if folder is None:
        raise InputError([Fault("no-registry", "")])
    target = publish_card(require_file(card), folder / MOUNTED, open_library().instruments, key)
    click.echo(ResearchCommand.words(language).say("research.published", name=target))
