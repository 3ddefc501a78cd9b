"""`underlag research card`: everything that is known of an instrument in a sample, as one signed document."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

import click

from api.cli.options import FILE, require_file
from api.cli.reporting import Words
from api.cli.research.monitor import arrived_option, moment_of, read_signed_card
from api.cli.research.request import ResearchCommand, ResearchRequest, research_command, score_option, with_warnings
from api.cli.research.resampling import resampling_options

if TYPE_CHECKING:
    from instruments.model import Instrument
    from instruments.registry import Definition
    from instruments.research.card.evidence import Evidence
    from instruments.research.card.statement import CardStatement
    from instruments.research.dataset import Dataset
    from instruments.research.figures import Report
    from instruments.research.resampling import Resampling


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
    from instruments.card_parts import Bundle
    from instruments.faults import Fault, InputError
    from instruments.research.bundle import write_bundle
    from instruments.research.card.making import make_card, require_rated_with, to_yaml
    from instruments.research.card.page import render_page
    from instruments.research.faults import ResearchWarning
    from instruments.research.scores import main_score

    key = read_signing_key(os.environ)
    if not responsible and about is None:
        raise InputError([Fault("statement-missing", "")])
    dataset = request.dataset()
    require_rated_with(dataset)  # before anything is computed or written
    since = _monitored(dataset, request, monitored, arrived, after) if monitored is not None else None
    with catch_warnings():  # reports hold their warnings guarded; as they arise these tell of few
        simplefilter("ignore", ResearchWarning)
        evidence = replace(_evidence(request, dataset, score or main_score(dataset), cut, resampling), monitored=since)
        fitted = _fitted(evidence)
    statement = _statement(evidence, responsible, about)
    folder = request.folder or Path()
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{statement.id.replace('/', '_')}@{statement.version}"
    estimator, bundle = folder / f"{stem}.bundle", None
    if fitted is not None:
        bundle = Bundle(file=estimator.name, sha256=write_bundle(fitted, estimator, key))
    made = make_card(evidence, statement, created_on=request.on, key=key, bundle=bundle)
    (folder / f"{stem}.yaml").write_text(to_yaml(made), encoding="utf-8")
    for language in ("sv", "en"):
        page = render_page(made, evidence, language)
        (folder / f"{stem}.{language}.html").write_text(page, encoding="utf-8")
    words: Words = ResearchCommand.words(request.language)
    click.echo(words.say("research.card_written", name=folder / f"{stem}.yaml"), err=True)
    if made.reporting is not None and made.reporting.missing:
        missing, told = len(made.reporting.missing), len(made.reporting.answers)
        click.echo(words.say("research.form_missing", missing=missing, asked=missing + told), err=True)
    return _one_report(evidence)


def _evidence(
    request: ResearchRequest, dataset: "Dataset", score: str, cut: float | None, resampling: "Resampling"
) -> "Evidence":
    from importlib.metadata import version

    from instruments.research.calibrating import FOLDS, calibrate
    from instruments.research.card.blanks import leave_out_few_blanks, require_not_few
    from instruments.research.card.evidence import Evidence
    from instruments.research.card.lacking import made_or_why_not
    from instruments.research.card.making import SOFTWARE
    from instruments.research.disclosure import guarded, join_small_groups
    from instruments.research.fairness import fairness
    from instruments.research.overrides import overrides
    from instruments.research.reliability import reliability
    from instruments.research.sample_size_report import sample_size
    from instruments.research.scores import RISK_TOTAL, SUMMARY, find_outcome, find_score, require_cut, scores_of
    from instruments.research.validity import validity

    name = find_outcome(dataset, request.outcome)
    joined, noticed = join_small_groups(dataset)
    remaining = leave_out_few_blanks(joined, name)
    require_not_few(remaining, name)
    blanks = len(dataset) - len(remaining), int(dataset.persons.nunique() - remaining.persons.nunique())
    dataset, noticed_then = join_small_groups(remaining)  # of a group, few may remain
    noticed += [each for each in noticed_then if each.fault not in [earlier.fault for earlier in noticed]]
    plan = request.plan
    scores = [score, *(each for each in (plan and plan.scores) or scores_of(dataset) if each != score)]
    folds = (plan and plan.folds) or FOLDS
    find_score(dataset, score)
    require_cut(dataset, score, cut)
    asked = {"cut": cut, "groups": list(map(str, dataset.groups)), "seed": resampling.seed, "draws": resampling.draws}
    makers = {
        "validity": lambda: validity(dataset, name, scores=scores, cut=cut, resampling=resampling),
        "calibrate": lambda: calibrate(dataset, name, score=score, folds=folds, resampling=resampling),
        "sample_size": lambda: sample_size(dataset, name, score=score),
    }
    if len(dataset.groups.columns):
        makers["fairness"] = lambda: fairness(
            dataset, name, request.groups, score=score, cut=cut, seed=resampling.seed, n_jobs=resampling.n_jobs
        )
    suggesting = RISK_TOTAL if score == SUMMARY else score
    if dataset.summary_rating is not None and suggesting in scores_of(dataset):
        makers["overrides"] = lambda: overrides(dataset, name, score=suggesting)
    reports = [with_warnings(lambda: reliability(dataset))]
    reports += [
        made_or_why_not(each, make, dataset=dataset, outcome=name, score=score, about=asked)
        for each, make in makers.items()
    ]
    software = {library: version(library) for library in SOFTWARE}
    kept, left_out = guarded(reports, dataset, name)
    warned = tuple(warning.fault for warning in (*noticed, *left_out))
    kept = (replace(kept[0], warnings=(*kept[0].warnings, *warned)), *kept[1:])
    return Evidence(dataset, _definition(request, dataset), name, score, kept, software, plan, blanks)


def _definition(request: ResearchRequest, dataset: "Dataset") -> "Definition[Instrument]":
    """What a card is bound to: the definition of the instrument, or the mapping that is all there is of it."""
    from instruments.registry import Definition
    from instruments.research.own_items import ID, OwnItems

    instrument = dataset.instrument
    if not isinstance(instrument, OwnItems):
        return request.library.instruments.find(f"{instrument.id}@{instrument.version}", on=request.on)
    if instrument.id != ID:
        reference = f"{instrument.id.removeprefix(ID + '/')}@{instrument.version}"
        studied = request.library.studied.find(reference, on=request.on)
        return Definition(instrument, studied.sha256, studied.path)
    sha256 = dataset.source.mapping_sha256 if dataset.source is not None else ""
    return Definition(instrument, sha256, request.mapping)


def _monitored(
    dataset: "Dataset", request: ResearchRequest, earlier: Path, arrived: str | None, after: str | None
) -> "Report":
    """What came in since an earlier card; what is told of single rows beside it is for `underlag research monitor`."""
    from instruments.research.monitoring.report import monitor

    card, since = read_signed_card(earlier), moment_of(arrived, after)
    return with_warnings(lambda: monitor(dataset, card, request.outcome, arrived=arrived, after=since))


def _statement(evidence: "Evidence", responsible: str | None, about: Path | None) -> "CardStatement":
    from instruments.loading import load
    from instruments.research.card.making import default_statement
    from instruments.research.card.statement import CardStatement

    if about is not None:
        stated = load(require_file(about), CardStatement)[0]
        return stated.model_copy(update={"responsible": responsible}) if responsible else stated
    return default_statement(evidence, responsible or "")


def _fitted(evidence: "Evidence") -> object | None:
    """The calibration on everyone, for the bundle, with no more digits than a risk in the decimals of a card needs.

    None where the data allow none, which the card tells why.
    """
    import numpy as np

    from instruments.faults import InputError
    from instruments.research.calibrators import LogisticCalibrator
    from instruments.research.card.rounding import coarsest_line
    from instruments.research.limits import limits
    from instruments.research.scores import find_score
    from instruments.research.splitting import first_ratings

    dataset = first_ratings(evidence.dataset)
    score, outcome = find_score(dataset, evidence.score), dataset.outcomes[evidence.outcome]
    rows = score.notna() & outcome.notna()
    if outcome[rows].nunique() < 2:
        return None
    calibrator = LogisticCalibrator(events_per_parameter=limits().events_per_parameter.value, strict=True)
    try:
        calibrator.fit(score[rows].to_frame(evidence.score), outcome[rows])
    except InputError:
        return None
    calibrator.intercept_, calibrator.coef_ = coarsest_line(
        calibrator.intercept_, calibrator.coef_, np.asarray(score[rows], dtype=np.float64)
    )
    calibrator.covariance_ *= float("nan")  # its digits would tell what those of the line do not
    return calibrator


def _one_report(evidence: "Evidence") -> "Report":
    """The reports of the card as one, for the tables and for ``--json``."""
    first, *others = evidence.reports
    about, details, sections, warnings = dict(first.about), dict(first.details), first.sections, first.warnings
    for each in others:
        about = {**each.about, **about}
        details |= each.details
        sections += each.sections
        warnings += tuple(fault for fault in each.warnings if fault not in warnings)
    return replace(first, command="card", about=about, sections=sections, warnings=warnings, details=details)
