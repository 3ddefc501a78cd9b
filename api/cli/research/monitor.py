"""`underlag research monitor`: whether outcomes as they come in depart from those of an earlier card."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, require_file
from api.cli.research.request import ResearchRequest, research_command

if TYPE_CHECKING:
    from instruments.cards import Card
    from instruments.research.figures import Report


def read_signed_card(path: Path) -> "Card":
    """Read an evidence card.

    Raises
    ------
    InputError
    AlteredCardError
        If it is not as it was signed.
    """
    from instruments.cards import AlteredCardError, read_card
    from instruments.faults import Fault

    card = read_card(require_file(path))
    if not card.is_as_signed:
        raise AlteredCardError(Fault("card-altered", path.name))
    return card


@research_command("monitor")
@click.option("--card", type=FILE, required=True, help="Earlier evidence card (a .yaml file), as it was signed.")
@click.option("--arrived", metavar="COLUMN", default="rated_on", help="When outcomes came in; by default the rating.")
@click.option("--after", metavar="TIME", help="What came in through then is not counted; by default the card's day.")
@click.option("--through", metavar="TIME", help="The last time that is counted; by default all.")
def monitor(request: ResearchRequest, card: Path, arrived: str, after: str | None, through: str | None) -> "Report":
    """Tell whether outcomes by summary rating, as they come in, depart from those of an earlier card.

    It may be asked at any time and as often as one likes: that something is said to have changed where nothing has is
    no likelier than 5 % over the whole time. DATA holds everything that came in since the card, in whatever order.
    Each outcome counts when the follow-up of its person is over, also where it happened before.
    """
    from instruments.research.monitoring.report import monitor
    from instruments.research.splitting import limit_of

    signed = read_signed_card(card)
    first, last = (None if each is None else limit_of(arrived, each) for each in (after, through))
    return monitor(request.dataset(), signed, request.outcome, arrived=arrived, after=first, through=last)
