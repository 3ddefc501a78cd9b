"""`underlag research verify`: whether a card is as it was signed, for anyone who has it."""

from pathlib import Path

import click

from api.cli.options import FILE, require_file
from api.cli.reporting import in_language
from api.cli.research.request import ResearchCommand


@click.command("verify", cls=ResearchCommand)
@click.argument("card", type=FILE)
@click.option("--public-key", metavar="HEX", help="The key of whoever should have signed it; else the one on the card.")
@in_language
def verify(card: Path, public_key: str | None, language: str) -> None:
    """Tell whether the CARD (a .yaml file) is unchanged since it was signed. No secret is needed for it.

    A card names the key that it was signed with. That it is the key of the authority that it claims to come from is
    known from the authority itself: give theirs with --public-key.
    """
    from instruments.cards import AlteredCardError, read_card
    from instruments.faults import Fault

    signed = read_card(require_file(card))
    if not signed.is_as_signed or (public_key is not None and public_key.lower() != signed.public_key):
        raise AlteredCardError(Fault("card-altered", card.name))
    words = ResearchCommand.words(language)
    click.echo(words.say("research.verified", name=signed.reference, public_key=signed.public_key))
