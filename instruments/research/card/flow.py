"""The way of the participants from the table to the analyses, counted; what is of few is joined or not told."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from instruments.card_parts import Analysis, Flow, LeftOut
from instruments.research.card.evidence import Evidence
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import find_score
from instruments.research.datasets.splitting import first_ratings
from instruments.research.figures.figure import Figure, Report
from instruments.research.limits import limits

#: Sections about everybody, of which the figures rest on whoever has what they need.
_ABOUT_EVERYBODY = ("agreement", "intraclass", "consistency", "areas", "calibration", "override_rates")


def count_flow(evidence: Evidence) -> Flow:
    """Count the participants from the table to the analyses.

    Assessments are left out for one reason each, the first that holds. Reasons that hold for fewer than the least
    number that a card may tell are told together, and of what is few even then only the reasons are told. How many
    remain is the ``n`` that every figure on the card has. Those who left the whole card since few lacked something are
    told together; where they are few themselves, the table is counted without them, or their number would follow.
    """
    least = limits().whole("small_count")
    is_told = min(evidence.few_blanks) >= least
    assessments, persons = evidence.few_blanks if is_told else (0, 0)
    of_few = [LeftOut(reasons=("blank_of_few",), assessments=assessments or None)] if any(evidence.few_blanks) else []
    data = first_ratings(evidence.dataset)
    score, outcome = find_score(data, evidence.score), data.outcomes[evidence.outcome]
    counted = {
        "outcome_unknown": int(outcome.isna().sum()),
        "score_incomplete": int((outcome.notna() & score.isna()).sum()),
    }
    return Flow(
        assessments=len(evidence.dataset) + assessments,
        persons=int(evidence.dataset.persons.nunique()) + persons,
        left_out=(*of_few, *_later_ratings(evidence.dataset, data), *_in_company(counted, least)),
        analysed=len(data) - sum(counted.values()),
        analyses=tuple(_analyses(evidence.reports)),
    )


def _later_ratings(every: Dataset, first: Dataset) -> Iterator[LeftOut]:
    """Ratings of somebody who was rated before, which only agreement between raters rests on."""
    if later := len(every) - len(first):
        yield LeftOut(reasons=("later_rating",), assessments=later)


def _in_company(counted: dict[str, int], least: int) -> Iterator[LeftOut]:
    """Reasons that are not of few, each by itself; if one of them is, all of them together."""
    held = {reason: number for reason, number in counted.items() if number}
    if held and min(held.values()) < least:
        together = sum(held.values())
        yield LeftOut(reasons=tuple(held), assessments=together if together >= least else None)
    else:
        yield from (LeftOut(reasons=(reason,), assessments=number) for reason, number in held.items())


def _analyses(reports: Iterable[Report]) -> Iterator[Analysis]:
    """The fewest and the most that the figures of each section about everybody rest on."""
    sections = (each for report in reports for each in report.sections if each.name in _ABOUT_EVERYBODY)
    for name, same in groupby(sections, key=lambda each: each.name):
        rows = (row for each in same for row in each.rows)
        numbers = [each.n for row in rows for each in row.figures if isinstance(each, Figure) and each.n]
        if numbers:
            yield Analysis(analysis=name, fewest=min(numbers), most=max(numbers))
