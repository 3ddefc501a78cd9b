"""Small counts on what is published: a card must not let anybody be recognised in a group of few.

What a researcher computes for themselves is not guarded. For a card, group values that few persons have are
joined; afterwards, intersections with a small part are left out whole, and shares that come of few are left out of
every group of their column, since the last one missing could be worked out from the others (`group_disclosure`), and so
is what rests on scores that are known of few. `card.evidence` is where all of it is done.
What is told is told in few decimals (`card.rounding`), and warnings tell few as such.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.faults import Fault
from instruments.research.card.blanks import is_few
from instruments.research.card.group_disclosure import Withheld, is_of_few, small_count, withheld
from instruments.research.card.rounding import rounded, rounded_details
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import BLANK_GROUP, CROSS, groups_of
from instruments.research.datasets.scores import SUMMARY, as_numbers, known_rows, scores_of
from instruments.research.datasets.splitting import first_ratings
from instruments.research.estimation.roc import ScoreCounts, count_scores
from instruments.research.faults import ResearchWarning, SmallCrossingsWarning, SmallGroupsWarning, UntoldCutWarning
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome, Report, Row, Section
from instruments.research.limits import limits

#: The group of those whose own value too few have.
JOINED = "…"


def join_small_groups(dataset: Dataset) -> tuple[Dataset, list[ResearchWarning]]:
    """Join the values of each group that few persons have, with so many others that none is told by elimination."""
    least = limits().whole("small_count")
    groups, warned = dataset.groups.copy(), []
    for name in map(str, groups):
        values = groups[name].where(groups[name].notna(), BLANK_GROUP)
        persons = dataset.persons.groupby(values).nunique().sort_values(kind="stable")
        rare = list(persons.index[persons < least])
        while rare and persons[rare].sum() < least and len(rare) < len(persons):
            rare.append(persons.index[len(rare)])
        if rare:
            values = values.where(~values.isin(rare), JOINED)
            groups[name] = values.where(values != BLANK_GROUP)
            warned.append(SmallGroupsWarning(f"column {name}", name=name, joined=len(rare), least=least))
    return replace(dataset, groups=groups), list(warned)


#: Where one number tells of few, the sizes of what stands beside it would tell it too.
_WHOLE = ("ascertainment",)
#: With the difference of two shares their ratio gives both, two groups give each other away, a cut that is told of
#: everybody need not be one of those that can be told (`told_cuts`), and everybody less the others is a group.
_NEVER_PUBLISHED = ("overall", "overall_errors", "group_error_ratios", "group_pairs", "corrected_cuts")


def guarded(
    reports: Iterable[Report], dataset: Dataset, outcome: str
) -> tuple[tuple[Report, ...], list[ResearchWarning]]:
    """Reports without what would tell of few, and warnings of what was left out.

    Parameters
    ----------
    outcome : str
        The outcome that the scores are held against.
    """
    least = limits().whole("small_count")
    small = _small_crossings(dataset, least) if len(dataset.groups.columns) else []
    cuts = told_cuts(dataset, outcome)
    reports, never = tuple(reports), set(_NEVER_PUBLISHED)
    if (untold := _untold_cut(reports, dataset, outcome, cuts)) is not None:
        never |= {"group_errors", "group_error_differences"}  # the sums over groups are those of everybody at the cut
    whole = _WHOLE if _is_seen_of_few(dataset, outcome, least) else ()
    left_out = withheld((section for report in reports for section in report.sections), least)
    rests_on_few = _FewWithScores.of(dataset, outcome, least)
    kept: list[Report] = []
    told: list[Section] = []
    for report in reports:  # what several reports say alike is said once
        told_here = [each for each in report.sections if each.name not in never and each not in told]
        told += told_here
        told_here = [rests_on_few.left_out(each, report) for each in told_here]
        sections = tuple(rounded(_guarded(each, small, cuts, left_out, each.name in whole)) for each in told_here)
        details = rounded_details(_guarded_details(report.details, len(dataset), least))
        warned_of = tuple(_without_few(each, least) for each in report.warnings)
        kept.append(replace(report, sections=sections, warnings=warned_of, details=details))
    warned: list[ResearchWarning] = [] if untold is None else [untold]
    if small:
        warned.append(SmallCrossingsWarning("", names=small, least=least))
    return tuple(kept), warned


@dataclass(frozen=True)
class _FewWithScores:
    """Which figures rest on scores that are known together of few who had the outcome, or of few who had it not.

    What an area is of, and its ``n``, tell how it went for them, however it is rounded.
    """

    happened: "pd.Series[float]"
    scores: Mapping[str, "pd.Series[float]"]
    least: int

    @classmethod
    def of(cls, dataset: Dataset, outcome: str, least: int) -> "_FewWithScores":
        data = first_ratings(dataset)
        return cls(data.outcomes[outcome], scores_of(data), least)

    def left_out(self, section: Section, report: Report) -> Section:
        """A section with the reason in the place of figures that rest on few."""
        if section.columns[:1] == ("group",):
            return section
        judged = (SUMMARY, report.about.get("score")) if report.command == "overrides" else ()
        rows = (
            Row(row.labels, tuple(small_count(each.name, self.least) for each in row.figures))
            if self._are_of_few({*row.labels, *judged})
            else row
            for row in section.rows
        )
        return replace(section, rows=tuple(rows))

    def _are_of_few(self, names: Iterable[object]) -> bool:
        scores = [self.scores[name] for name in names if isinstance(name, str) and name in self.scores]
        return bool(scores) and is_few(self.happened[known_rows(*scores)], self.least)


def _untold_cut(
    reports: Iterable[Report], dataset: Dataset, outcome: str, told: Mapping[str, list[float]]
) -> UntoldCutWarning | None:
    """A warning where a report cuts its score between cuts that can be told."""
    data = first_ratings(dataset)
    for report in reports:
        cut, score = report.about.get("cut"), report.about.get("score")
        if not isinstance(cut, int | float) or not isinstance(score, str):
            continue
        values = scores_of(data)[score][data.outcomes[outcome].notna()]
        above = values[values >= cut]
        if len(above) and float(above.min()) not in told.get(score, ()):
            return UntoldCutWarning("", cut=f"{cut:g}", known=[f"{each:g}" for each in told.get(score, ())])
    return None


def told_cuts(dataset: Dataset, outcome: str) -> dict[str, list[float]]:
    """The cuts of each score that can be told: between two of them are none or not few, with and without the outcome.

    The distribution of a score by outcome can be rebuilt from the figures at its cuts, and then no coarser than this.
    """
    data, least = first_ratings(dataset), limits().whole("small_count")
    cuts = {}
    for name, score in scores_of(data).items():
        known = score.notna() & data.outcomes[outcome].notna()
        if data.outcomes.loc[known, outcome].nunique() == 2:
            counts = count_scores(data.outcomes.loc[known, outcome].to_numpy(), as_numbers(score[known]))
            cuts[name] = coarsened(counts, least).levels.tolist()
    return cuts


def coarsened(counts: ScoreCounts, least: int) -> ScoreCounts:
    """Scores with neighbouring levels taken together until each has none or not few, with and without the outcome."""
    starts: list[int] = []
    blocks: list[list[int]] = []
    is_open = False
    for place, (events, others) in enumerate(zip(counts.with_outcome.tolist(), counts.without.tolist(), strict=True)):
        if is_open:
            blocks[-1][0] += events
            blocks[-1][1] += others
        else:
            starts.append(place)
            blocks.append([events, others])
        is_open = any(0 < number < least for number in blocks[-1]) or sum(blocks[-1]) < least
    while is_open and len(blocks) > 1:  # the last one is too small: it goes to the one before
        events, others = blocks.pop()
        starts.pop()
        blocks[-1][0] += events
        blocks[-1][1] += others
        is_open = any(0 < number < least for number in blocks[-1])
    events_of, others_of = np.array(blocks, dtype=np.int64).T
    return ScoreCounts(counts.levels[starts], others_of, events_of)


def _small_crossings(dataset: Dataset, least: int) -> list[str]:
    columns = (
        group.column
        for group in groups_of(dataset)
        if CROSS in group.column and dataset.persons[pd.Series(group.rows, dataset.persons.index)].nunique() < least
    )
    return list(dict.fromkeys(columns))


def _guarded(
    section: Section, small: list[str], cuts: Mapping[str, list[float]], left_out: Withheld, falls: bool
) -> Section:
    least = left_out.least
    if section.name in ("cuts", "chosen_cut"):
        rows = tuple(
            row
            for row in section.rows
            if not any(isinstance(each, Figure) for each in row.figures)  # why there is none tells of nobody
            or float(row.labels[1]) in cuts.get(row.labels[0], ())
        )
        return replace(section, rows=rows)
    if section.name == "decision":
        return replace(section, rows=tuple(Row(row.labels, tuple(_rounded(row, least))) for row in section.rows))
    if section.columns[:1] == ("group",):
        rows = tuple(row for row in section.rows if row.labels[0] not in small)
        shown = (Row(row.labels, tuple(left_out.outcome(row.labels, each) for each in row.figures)) for row in rows)
        return replace(section, rows=tuple(shown))
    # a part that is left out could be worked out from the others, so that all of them are left out
    telling = {each.name for row in section.rows for each in row.figures if _tells_of_few(each, least)}
    if falls or (telling and section.name in _WHOLE):
        telling = {each.name for row in section.rows for each in row.figures}
    return replace(section, rows=tuple(Row(row.labels, tuple(_figures(row, telling, least))) for row in section.rows))


def _is_seen_of_few(dataset: Dataset, outcome: str, least: int) -> bool:
    """Whether few had the outcome, or had it not, of those who could be seen to have it, were treated, or were not."""
    data = first_ratings(dataset)
    for frame in (data.verified, data.treated):
        if frame is not None and outcome in frame:
            parts = [frame[outcome].isna(), *(frame[outcome] == value for value in (0, 1))]
            if any(is_few(data.outcomes.loc[part, outcome], least) for part in parts):
                return True
    return False


def _without_few(warning: Fault, least: int) -> Fault:
    """A warning that tells a number of few only as one of few."""
    few = f"1–{least - 1}"
    told = {
        name: few if isinstance(each, int) and not isinstance(each, bool) and 0 < each < least else each
        for name, each in warning.parameters.items()
    }
    return replace(warning, parameters=told)


#: Numbers of persons, with the number that they are part of as ``n``.
_COUNTS = ("events", "rows", "at_or_above", "flagged_rows", "decided_0", "decided_1", "decided_2")


def _tells_of_few(each: Outcome, least: int) -> bool:
    """Whether a share or a count lets a number of persons be worked out that is small and not none."""
    if not isinstance(each, Figure) or not (each.method == "wilson" or each.name in _COUNTS):
        return False
    return is_of_few(round(each.value if each.name in _COUNTS else each.value * each.n), each.n, least)


def _rounded(row: Row, least: int) -> Iterator[Outcome]:
    """Net benefits to the nearest share of the sample that is not few: they are counts in disguise."""
    for each in row.figures:
        if not isinstance(each, Figure) or not each.n:
            yield each
            continue
        step = least / each.n
        low, high = (None if bound is None else _to(bound, step) for bound in (each.low, each.high))
        yield replace(each, value=_to(each.value, step), low=low, high=high)


def _to(value: float, step: float) -> float:
    return float(round(value / step) * step)


def _guarded_details(details: Mapping[str, Any], n: int, least: int) -> dict[str, Any]:
    """What pictures are drawn from, without the ends of curves that few persons make up."""
    kept = dict(details)
    if "reliability" in kept:
        curve = kept["reliability"]
        probabilities = np.sort(np.asarray(curve["probabilities"], dtype=float))
        inner = probabilities[2 * least : -2 * least]
        grid = np.asarray(curve["grid"], dtype=float)
        within = (grid >= inner[0]) & (grid <= inner[-1]) if len(inner) else np.zeros(len(grid), dtype=bool)
        kept["reliability"] = {
            **{name: np.asarray(points)[within].tolist() for name, points in curve.items() if name != "probabilities"},
            "probabilities": _in_company(probabilities, least).tolist(),
        }
    if "decision" in kept:
        curve = kept["decision"]
        drawn = (name for name in curve if name != "thresholds")
        kept["decision"] = {**curve, **{name: [_to(each, least / n) for each in curve[name]] for name in drawn}}
    return kept


def _in_company(probabilities: NDArray[np.float64], least: int) -> NDArray[np.float64]:
    """Probabilities of which each stands for as many persons as are not few: the middle one of every so many."""
    groups = np.array_split(probabilities, max(len(probabilities) // least, 1))
    return np.concatenate([np.full(len(group), np.median(group)) for group in groups])


def _figures(row: Row, telling: set[str], least: int) -> Iterator[Outcome]:
    for each in row.figures:
        if isinstance(each, InsufficientEvidence):
            yield replace(each, n=None)
        elif each.name in telling:
            yield small_count(each.name, least)
        else:
            yield each
