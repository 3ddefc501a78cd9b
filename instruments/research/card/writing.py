"""Writing a card to a folder: its file, its page in each language, and the fitted estimator beside it."""

from datetime import date
from pathlib import Path
from warnings import catch_warnings, simplefilter

import numpy as np

from instruments.card_parts import Bundle
from instruments.cards import Card
from instruments.faults import InputError
from instruments.messages import LANGUAGES
from instruments.research.calibrators import LogisticCalibrator
from instruments.research.card.bundle import write_bundle
from instruments.research.card.evidence import Evidence
from instruments.research.card.making import make_card, to_yaml
from instruments.research.card.page import render_page
from instruments.research.card.rounding import coarsest_line
from instruments.research.card.statement import CardStatement
from instruments.research.datasets.scores import find_score
from instruments.research.datasets.splitting import first_ratings
from instruments.research.faults import ResearchWarning
from instruments.research.figures.figure import Report
from instruments.research.limits import limits


def write_card(
    evidence: Evidence,
    statement: CardStatement,
    folder: Path,
    *,
    created_on: date,
    key: bytes,
    monitored: Report | None = None,
) -> tuple[Card, Path]:
    """Make a card and write it as ``ID@VERSION.yaml``, with its pages (``.sv.html``, ``.en.html``) and its ``.bundle``.

    Parameters
    ----------
    evidence, statement, created_on, key, monitored
        As in `make_card`. The key signs the bundle as well.
    folder : Path
        It is made where there is none.

    Returns
    -------
    (Card, Path)
        The card and its file. Data that allow no calibration give no bundle, and the card says why.

    Raises
    ------
    InputError
        As `make_card`; nothing is then written.
    """
    card = make_card(evidence, statement, created_on=created_on, key=key, monitored=monitored)
    fitted = fit_calibrator(evidence)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{statement.id.replace('/', '_')}@{statement.version}"
    if fitted is not None:  # only here: an estimator that somebody else fitted could have more digits than a card tells
        estimator = folder / f"{stem}.bundle"
        bundle = Bundle(file=estimator.name, sha256=write_bundle(fitted, estimator, key))
        card = card.model_copy(update={"bundle": bundle}).signed_with(key)
    path = folder / f"{stem}.yaml"
    path.write_text(to_yaml(card), encoding="utf-8")
    for language in LANGUAGES:
        page = render_page(card, evidence, language)
        (folder / f"{stem}.{language}.html").write_text(page, encoding="utf-8")
    return card, path


def fit_calibrator(evidence: Evidence) -> LogisticCalibrator | None:
    """The calibration on everyone, with no more digits than a risk in the decimals of a card needs.

    None where the data allow none.
    """
    dataset = first_ratings(evidence.dataset)
    score, outcome = find_score(dataset, evidence.score), dataset.outcomes[evidence.outcome]
    rows = score.notna() & outcome.notna()
    if outcome[rows].nunique() < 2:
        return None
    calibrator = LogisticCalibrator(events_per_parameter=limits().events_per_parameter.value, strict=True)
    try:
        with catch_warnings():  # what they tell of few is guarded in the reports
            simplefilter("ignore", ResearchWarning)
            calibrator.fit(score[rows].to_frame(evidence.score), outcome[rows])
    except InputError:
        return None
    calibrator.intercept_, calibrator.coef_ = coarsest_line(
        calibrator.intercept_, calibrator.coef_, np.asarray(score[rows], dtype=np.float64)
    )
    calibrator.covariance_ *= float("nan")  # its digits would tell what those of the line do not
    return calibrator
