"""`underlag research card`: everything that is known of an instrument in a sample, as one signed document."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, require_file
from api.cli.reporting import Words
from api.cli.research.monitor import arrived_option, read_signed_card
from api.cli.research.request import ResearchCommand, ResearchRequest, research_command, score_option
from api.cli.research.resampling import resampling_options

if TYPE_CHECKING:
    from instruments.model import Instrument
    from instruments.registry import Definition
    from instruments.research.card.evidence import Evidence
    from instruments.research.card.statement import CardStatement
    from instruments.research.datasets.dataset import Dataset
    from instruments.research.estimation.resampling import Resampling
    from instruments.research.figures.figure import Report


@research_command("card")
@click.option("--responsible", metavar="NAME", help="Who answers for the card; or write it in the file of --about.")
@click.option(
    "--about",
    type=FILE,
    help="What a person says of the study; see underlag research describe.",
)
@click.option("--monitored", type=FILE, help="Earlier card: say whether what came in since departs from it.")
@arrived_option(", for --monitored")
@score_option("Score that is held against the outcome")
@click.option("--cut", type=float, help="Count the score from here on as a sign of the outcome; else a rating of high.")
@resampling_options
def card(
    request: ResearchRequest,
    responsible: str | None,
    about: Path | None,
    monitored: Path | None,
    arrived: str | None,
    after: str | None,
    score: str | None,
    cut: float | None,
    resampling: "Resampling",
) -> "Report":
    """Write a signed evidence card, its page in Swedish and English, and the fitted estimator.

    The card goes into the folder of -o (by default the current one): CARD.yaml, CARD.sv.html, CARD.en.html and
    CARD.bundle. Data that allow no calibration give no bundle, and the card says why. It is bound to the very file of
    the instrument (of one that Underlag has no definition of, to the mapping; a card on what nobody is rated by is for
    research only) and signed with UNDERLAG_SIGNING_KEY.
    """
    from api.context.settings import read_signing_key
    from instruments.faults import Fault, InputError
    from instruments.research.card.evidence import gather_evidence
    from instruments.research.card.writing import write_card

    key = read_signing_key(os.environ)
    if not responsible and about is None:
        raise InputError([Fault("statement-missing", "")])
    dataset = request.dataset()
    since = _monitored(dataset, request, monitored, arrived, after) if monitored is not None else None
    evidence = gather_evidence(
        dataset,
        request.outcome,
        instrument=_definition(request, dataset),
        score=score,
        cut=cut,
        groups=request.groups,
        plan=request.plan,
        resampling=resampling,
    )
    statement = _statement(evidence, responsible, about)
    made, path = write_card(
        evidence, statement, request.folder or Path(), created_on=request.on, key=key, monitored=since
    )
    words: Words = ResearchCommand.words(request.language)
    click.echo(words.say("research.card_written", name=path), err=True)
    if made.reporting is not None and made.reporting.missing:
        missing, told = len(made.reporting.missing), len(made.reporting.answers)
        click.echo(words.say("research.form_missing", missing=missing, asked=missing + told), err=True)
    return evidence.as_report()


def _definition(request: ResearchRequest, dataset: "Dataset") -> "Definition[Instrument] | None":
    """What a card is bound to: the definition of the instrument, or the mapping where it is all there is of it."""
    from instruments.registry import Definition
    from instruments.research.datasets.own_items import ID, OwnItems

    instrument = dataset.instrument
    if not isinstance(instrument, OwnItems):
        return request.library.instruments.find(f"{instrument.id}@{instrument.version}", on=request.on)
    if instrument.id == ID:
        return None
    reference = f"{instrument.id.removeprefix(ID + '/')}@{instrument.version}"
    studied = request.library.studied.find(reference, on=request.on)
    return Definition(instrument, studied.sha256, studied.path)


def _monitored(
    dataset: "Dataset", request: ResearchRequest, earlier: Path, arrived: str | None, after: str | None
) -> "Report":
    """What came in since an earlier card; what is told of single rows beside it is for `underlag research monitor`."""
    from instruments.research.figures.figure import with_warnings
    from instruments.research.monitoring.report import monitor

    card = read_signed_card(earlier)
    return with_warnings(lambda: monitor(dataset, card, request.outcome, arrived=arrived, after=after))


def _statement(evidence: "Evidence", responsible: str | None, about: Path | None) -> "CardStatement":
    from instruments.loading import load
    from instruments.research.card.making import default_statement
    from instruments.research.card.statement import CardStatement

    if about is not None:
        stated = load(require_file(about), CardStatement)[0]
        return stated.model_copy(update={"responsible": responsible}) if responsible else stated
    return default_statement(evidence, responsible or "")
