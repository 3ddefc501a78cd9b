"""What a card is made of, and the one way to gather it: nothing is told in it that few could be recognised by.

Whoever makes a card has no part in guarding it. What must be left out, joined and rounded is so for all that a card
tells together, and a step that was forgotten would not be seen on the card. So `Evidence` cannot be made but by
`gather_evidence`, and a card by nothing but evidence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from warnings import catch_warnings, simplefilter

from instruments.faults import Fault, InputError
from instruments.mapping import RatedWith
from instruments.model import Instrument
from instruments.registry import Definition
from instruments.research.calibration.report import FOLDS, calibrate
from instruments.research.card.blanks import leave_out_few_blanks, require_not_few
from instruments.research.card.disclosure import guarded, join_small_groups
from instruments.research.card.lacking import made_or_why_not
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.own_items import REFERENCE, OwnItems
from instruments.research.datasets.scores import (
    PROTECTIVE_ABSENT,
    RISK_TOTAL,
    SUMMARY,
    find_outcome,
    main_score,
    require_cut,
    scores_of,
)
from instruments.research.estimation.resampling import Resampling
from instruments.research.fairness.report import fairness
from instruments.research.faults import ResearchWarning
from instruments.research.figures.figure import Report, Section, with_warnings
from instruments.research.plans.plan import Plan
from instruments.research.reliability.report import reliability
from instruments.research.sample_size.report import sample_size
from instruments.research.validity.overrides import overrides
from instruments.research.validity.report import validity
from instruments.research.wording import label

#: Distributions whose version is told on a card.
SOFTWARE = ("underlag", "numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "joblib", "pyarrow")
#: Handed over by `gather_evidence` alone.
_GUARDED = object()


@dataclass(frozen=True)
class Evidence:
    """What a card is made of. It comes from `gather_evidence`, and neither a call nor `replace` makes another.

    Parameters
    ----------
    dataset : Dataset
        Those whom the card is about, with small groups joined.
    instrument : Definition of Instrument
    outcome, score : str
    reports : tuple of Report
    software : mapping of str to str
        Versions of what computed them.
    plan : Plan or None
        What was to be done.
    few_blanks : (int, int)
        Assessments, and persons, that are no part of the data since so few lacked something (`card.blanks`).

    Raises
    ------
    TypeError
        If anything but `gather_evidence` makes it.
    """

    dataset: Dataset
    instrument: Definition[Instrument]
    outcome: str
    score: str
    reports: tuple[Report, ...]
    software: Mapping[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    few_blanks: tuple[int, int] = (0, 0)
    guard: InitVar[object] = None

    def __post_init__(self, guard: object) -> None:
        if guard is not _GUARDED:
            raise TypeError("evidence is made by gather_evidence, which leaves out what would tell of few")

    def section(self, name: str) -> Section | None:
        """A section of any of the reports."""
        return next((each for report in self.reports for each in report.sections if each.name == name), None)

    def score_name(self, name: str, language: str) -> str:
        """What a score is called: ours in words, one of the data by the name that the mapping gives it."""
        is_ours = name in (RISK_TOTAL, PROTECTIVE_ABSENT, SUMMARY)
        return name if name in self.dataset.scores and not is_ours else label(name, language)

    def as_report(self) -> Report:
        """The reports as one."""
        first, *others = self.reports
        about, details, sections, warned = dict(first.about), dict(first.details), first.sections, first.warnings
        for each in others:
            about = {**each.about, **about}
            details |= each.details
            sections += each.sections
            warned += tuple(fault for fault in each.warnings if fault not in warned)
        return replace(first, command="card", about=about, sections=sections, warnings=warned, details=details)


def gather_evidence(
    dataset: Dataset,
    outcome: str | None = None,
    *,
    instrument: Definition[Instrument] | None = None,
    score: str | None = None,
    cut: float | None = None,
    groups: Sequence[str] = (),
    plan: Plan | None = None,
    resampling: Resampling | None = None,
) -> Evidence:
    """Compute every report of a card, and keep of them what tells of nobody.

    Groups of few are joined, few who lack something leave the data, and shares of few and the digits that they could
    be worked out from are left out of what is found. A report that the data do not allow gives the reason instead.

    Parameters
    ----------
    dataset : Dataset
    outcome : str, optional
        By the mapping's name; needed where there are several.
    instrument : Definition of Instrument, optional
        The definition by which the data were read, to whose very file the card is bound. None where a mapping alone
        says what the items are: the card is then bound to the mapping.
    score : str, optional
        Of `scores_of`; by default that of `scores.main_score`.
    cut : float, optional
        From where on the score counts as a sign of the outcome; else a rating of high.
    groups : sequence of str
        Columns whose groups are compared; by default all.
    plan : Plan, optional
        What was to be done. It holds where nothing else is asked for, and departures are told on the card.
    resampling : Resampling, optional
        Of everything that is drawn.

    Returns
    -------
    Evidence

    Raises
    ------
    InputError
        If nobody has said with what the people were rated, few who have the score had the outcome or had it not, the
        definition is not that of the data, or the cut is outside of the score.
    UnknownColumnError
    """
    require_rated_with(dataset)
    if plan is not None:
        outcome, groups = outcome or plan.outcome, groups or plan.groups
        score, cut = score or next(iter(plan.scores), None), plan.cut if cut is None else cut
        fixed = {part: plan.fixed[part] for part in ("draws", "seed") if part in plan.fixed}
        resampling = resampling or Resampling(**fixed)
    name, score, how = find_outcome(dataset, outcome), score or main_score(dataset), resampling or Resampling()
    definition = _definition(dataset, instrument)
    joined, noticed = join_small_groups(dataset)
    remaining = leave_out_few_blanks(joined, name)
    require_not_few(remaining, name, score)
    blanks = len(joined) - len(remaining), int(joined.persons.nunique() - remaining.persons.nunique())
    dataset, noticed_then = join_small_groups(remaining)  # of a group, few may remain
    noticed += [each for each in noticed_then if each.fault not in [earlier.fault for earlier in noticed]]
    require_cut(dataset, score, cut)
    with catch_warnings():  # reports hold their warnings guarded; as they arise these tell of few
        simplefilter("ignore", ResearchWarning)
        reports = [with_warnings(lambda: reliability(dataset))]
        asked = {"cut": cut, "groups": list(map(str, dataset.groups)), "seed": how.seed, "draws": how.draws}
        for each, make in _makers(dataset, name, score, cut, tuple(groups), plan, how).items():
            reports.append(made_or_why_not(each, make, dataset=dataset, outcome=name, score=score, about=asked))
    (first, *others), left_out = guarded(reports, dataset, name)
    first = replace(first, warnings=(*first.warnings, *(warning.fault for warning in (*noticed, *left_out))))
    software = {library: version(library) for library in SOFTWARE}
    return Evidence(dataset, definition, name, score, (first, *others), software, plan, blanks, guard=_GUARDED)


def _makers(
    dataset: Dataset,
    outcome: str,
    score: str,
    cut: float | None,
    groups: tuple[str, ...],
    plan: Plan | None,
    how: Resampling,
) -> dict[str, Callable[[], Report]]:
    """What makes each report on an outcome."""
    planned = plan.scores if plan is not None and plan.scores else scores_of(dataset)
    scores = [score, *(each for each in planned if each != score)]
    folds = plan.folds if plan is not None and plan.folds is not None else FOLDS
    makers = {
        "validity": lambda: validity(dataset, outcome, scores=scores, cut=cut, resampling=how),
        "calibrate": lambda: calibrate(dataset, outcome, score=score, folds=folds, resampling=how),
        "sample_size": lambda: sample_size(dataset, outcome, score=score),
    }
    if len(dataset.groups.columns):
        makers["fairness"] = lambda: fairness(
            dataset, outcome, groups, score=score, cut=cut, seed=how.seed, n_jobs=how.n_jobs
        )
    suggesting = RISK_TOTAL if score == SUMMARY else score
    if dataset.summary_rating is not None and suggesting in scores_of(dataset):
        makers["overrides"] = lambda: overrides(dataset, outcome, score=suggesting)
    return makers


def require_rated_with(dataset: Dataset) -> RatedWith:
    """With what the people were rated, without which nothing can be said of how an instrument works.

    Raises
    ------
    InputError
        ``rated-with-missing``
    """
    if dataset.rated_with is None:
        is_own = isinstance(dataset.instrument, OwnItems)
        names = {"name": dataset.instrument_name}
        raise InputError([Fault("rated-with-missing-own", "") if is_own else Fault("rated-with-missing", "", names)])
    return dataset.rated_with


def _definition(dataset: Dataset, given: Definition[Instrument] | None) -> Definition[Instrument]:
    """What a card is bound to: the definition of the instrument, or the mapping that is all there is of it."""
    reference = f"{dataset.instrument.id}@{dataset.instrument.version}"
    if given is None and reference == REFERENCE:
        source = dataset.source
        mapping, sha256 = (source.mapping, source.mapping_sha256) if source is not None else ("", "")
        return Definition(dataset.instrument, sha256, Path(mapping))
    if given is None or given.reference != reference:
        raise InputError([Fault("definition-of-data-wanted", "", {"name": reference})])
    return given
