"""Results of the work as they are shown: what was recorded at follow-ups and after the ending, one row for each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from api.cases.frame import WorkTranslator
from api.cases.participation_kinds import OutcomeAfterEnding, ResourcesRecorded, ResultsFollowedUp
from api.store.schema import Entry

#: What is told of every follow-up, in the order of the page.
AREAS = ("new_reports", "severity", "school_or_work", "free_time", "health", "family")
COUNTED = ("placement_avoided", "placement_days", "hours_used", "cost_thousands")
_UNKNOWN: Mapping[str, str] = {"new_reports": "no_information"}


@dataclass(frozen=True)
class ResultRow:
    """One follow-up in words.

    Parameters
    ----------
    cells : tuple of (str, str)
        The name of each part and what it was; what was not recorded is unknown.
    known_until : str or None
        From which day nothing is known.
    """

    day: str
    when: str
    cells: tuple[tuple[str, str], ...]
    known_until: str | None = None


def results_of(entries: Iterable[Entry], words: WorkTranslator) -> list[ResultRow]:
    """The results among some entries of a case, in the order in which they were recorded."""
    rows = []
    for entry in entries:
        content = entry.content
        if entry.kind == OutcomeAfterEnding.KIND:
            when = words.t("work.follow_up.after_ending", months=content["months_after_ending"])
        elif entry.kind == ResultsFollowedUp.KIND:
            when = words.t("work.follow_up.while_going_on")
        else:
            continue
        cells = tuple((name, _area(content, name, words)) for name in AREAS)
        rows.append(ResultRow(content["observed_on"], when, cells, content.get("no_information_since")))
    return rows


def _area(content: Mapping[str, object], name: str, words: WorkTranslator) -> str:
    if name == "severity" and content.get("new_reports") == "none":
        return "–"  # there is nothing to be serious
    return words.t(f"work.option.{name}.{content.get(name) or _UNKNOWN.get(name, 'unknown')}")


def resources_of(entries: Iterable[Entry], words: WorkTranslator) -> list[tuple[ResultRow, str]]:
    """What was recorded of placements and resources, each with how it was counted."""
    recorded = [entry.content for entry in entries if entry.kind == ResourcesRecorded.KIND]
    return [
        (ResultRow(content["recorded_on"], "", tuple(_counted(content, words))), content["how_counted"])
        for content in recorded
    ]


def _counted(content: Mapping[str, object], words: WorkTranslator) -> Iterator[tuple[str, str]]:
    for name in COUNTED:
        value = content[name]
        if name == "placement_avoided":
            yield name, words.t(f"work.option.{name}.{value}")
        else:
            yield name, words.t("work.follow_up.unknown") if value is None else str(value)
