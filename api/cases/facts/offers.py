"""Source and day of a fact as an offer: those of the report, and those that other facts of the case were recorded with.

An offer fills in nothing by itself: somebody accepts it, fact by fact. A fact that was observed before the case came in
the last time is asked again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from api.cases.case_file import CaseFile
from api.cases.forms import Values
from api.cases.frame import WorkTranslator
from api.store.schema import Entry
from api.web import field_names as names

#: The field of the button that accepts an offer: the fact, and the offer's place in the row.
ACCEPT = "accept"
_MOST = 3


@dataclass(frozen=True)
class Offer:
    """A source with the day that it is of.

    Parameters
    ----------
    source : str or None
        None for an answer that is asked for again: its source is written anew.
    """

    source: str | None
    observed_on: str


def offers_of(case_file: CaseFile, words: WorkTranslator) -> list[Offer]:
    """The report first, then what other facts rest on, the latest first."""
    intake = case_file.last("intake")
    offered = []
    if intake is not None:
        source = words.t(f"work.option.reporter.{intake.content['reporter']}")
        offered.append(Offer(source, str(intake.content["received_on"])))
    offered += [Offer(str(parts["source"]), str(parts["observed_on"])) for parts in _rested_on(case_file)]
    return list(dict.fromkeys(offered))[:_MOST]


def _rested_on(case_file: CaseFile) -> Iterator[dict[str, object]]:
    for entry in sorted(case_file.facts.values(), key=lambda each: each.number, reverse=True):
        given = entry.content["given"]
        if isinstance(given, dict) and given.get("source") and given.get("observed_on"):
            yield given


def stale_facts(case_file: CaseFile) -> dict[str, date]:
    """The facts that were last observed before the case came in the last time, with their day."""
    intake = case_file.last("intake")
    if intake is None:
        return {}
    came = date.fromisoformat(str(intake.content["received_on"]))
    days = {name: day for name, entry in case_file.facts.items() if (day := _observed(entry)) is not None}
    return {name: day for name, day in days.items() if day < came}


def _observed(entry: Entry) -> date | None:
    given = entry.content["given"]
    day = given.get("observed_on") if isinstance(given, dict) else None
    return date.fromisoformat(str(day)) if day else None


def with_accepted(values: Values, offered: list[Offer], today: date) -> dict[str, str]:
    """The values of a form with the offer that its button accepts; as they are without one."""
    name, _, place = values.get(ACCEPT, "").partition("|")
    accepted = dict(values)
    if place == "again":
        accepted[names.fact(name, "observed_on")] = today.isoformat()
        accepted[names.fact(name, "source")] = ""
    elif place.isascii() and place.isdigit() and int(place) < len(offered):
        accepted[names.fact(name, "source")] = offered[int(place)].source or ""
        accepted[names.fact(name, "observed_on")] = offered[int(place)].observed_on
    return accepted
