"""What a card is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from instruments.model import Instrument
from instruments.registry import Definition
from instruments.research.dataset import Dataset
from instruments.research.figures import Report, Section
from instruments.research.plans.plan import Plan
from instruments.research.scores import PROTECTIVE_ABSENT, RISK_TOTAL, SUMMARY
from instruments.research.wording import label


@dataclass(frozen=True)
class Evidence:
    """What a card is made of.

    Parameters
    ----------
    dataset : Dataset
    instrument : Definition of Instrument
    outcome, score : str
    reports : tuple of Report
    software : mapping of str to str
        Versions of what computed them.
    plan : Plan or None
        What was to be done.
    few_blanks : (int, int)
        Assessments, and persons, that are no part of the data since so few lacked something (`card.blanks`).
    monitored : Report or None
        What came in since an earlier card, from `instruments.research.monitoring.report.monitor`.
    """

    dataset: Dataset
    instrument: Definition[Instrument]
    outcome: str
    score: str
    reports: tuple[Report, ...]
    software: Mapping[str, str] = field(default_factory=dict)
    plan: Plan | None = None
    few_blanks: tuple[int, int] = (0, 0)
    monitored: Report | None = None

    def section(self, name: str) -> Section | None:
        """A section of any of the reports."""
        return next((each for report in self.reports for each in report.sections if each.name == name), None)

    def score_name(self, name: str, language: str) -> str:
        """What a score is called: ours in words, one of the data by the name that the mapping gives it."""
        is_ours = name in (RISK_TOTAL, PROTECTIVE_ABSENT, SUMMARY)
        return name if name in self.dataset.scores and not is_ours else label(name, language)
