"""What the result page shows beside the explanation itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.pages.speech import Speech
from api.service import Service
from api.submission import Submission
from instruments.ratings import BLANK
from screening.criteria import ITEM_PREFIX

#: The flag that comes before everything else on the page.
SAFETY = "safety_first"
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Strengths:
    """The protective items by title: there, not there, and not known."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def strengths(submission: Submission, speech: Speech) -> Strengths | None:
    """The strengths that were rated; None without ratings."""
    ratings, instrument = submission.intake.ratings, submission.bound.rules.instrument
    if ratings is None:
        return None
    found: dict[int, list[str]] = {1: [], 0: [], BLANK: []}
    for item in instrument.protective_items:
        found[ratings.codes[instrument.positions[item.id]]].append(speech.say(item.title))
    return Strengths(tuple(found[1]), tuple(found[0]), tuple(found[BLANK]))


def rated_items(submission: Submission, speech: Speech) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every domain with its items and their levels as they were rated; nothing is counted."""
    ratings, instrument = submission.intake.ratings, submission.bound.rules.instrument
    if ratings is None:
        return []
    domains = sorted(instrument.domains, key=lambda domain: domain.kind != "protective")
    listed = []
    for domain in domains:
        rows = []
        for item in instrument.items_of(domain.id):
            code = ratings.codes[instrument.positions[item.id]]
            key = f"level.{instrument.levels(item)[code]}" if code != BLANK else f"blank.{ratings.blanks[item.id]}"
            rows.append((speech.say(item.title), speech.t(key)))
        listed.append((speech.say(domain.title), rows))
    return listed


def from_facts_alone(service: Service, submission: Submission) -> Data:
    """The explanation as it would be without any ratings: what may be shown before the professional has rated."""
    without = replace(submission.intake, ratings=None)
    return service.screen(Submission(submission.bound, without))


def criteria_on_facts(explanation: Data) -> list[Data]:
    """The criteria of an explanation that use no item."""
    return [criterion for criterion in explanation["criteria"] if not any(_uses_items(criterion))]


def _uses_items(criterion: Data) -> Iterator[bool]:
    yield any(used["fact"].startswith(ITEM_PREFIX) for used in criterion["facts_used"])
    for child in criterion["children"]:
        yield from _uses_items(child)


def decisive_reasons(explanation: Data) -> list[Data]:
    """The criteria that the outcome rests on, as they stand at the top of their trees."""
    return [criterion for criterion in explanation["criteria"] if any(_are_decisive(criterion))]


def _are_decisive(criterion: Data) -> Iterator[bool]:
    yield criterion["decisive"]
    for child in criterion["children"]:
        yield from _are_decisive(child)


def groups_of_questions(explanation: Data) -> list[tuple[str, list[Data]]]:
    """Open questions by whether an answer can settle the outcome; the groups in the order of the questions."""
    groups: dict[str, list[Data]] = {}
    for question in explanation["open_questions"]:
        groups.setdefault(question["settles"], []).append(question)
    return list(groups.items())


def other_flags(explanation: Data, status: str) -> list[Data]:
    """The flags with a status, apart from the one that stands at the top of the page."""
    return [
        flag
        for flag in explanation["flag_texts"]
        if flag["status"] == status and not (flag["id"] == SAFETY and status == "met")
    ]


def raised_safety(explanation: Data) -> Data | None:
    """The flag of current danger, if it is raised."""
    raised: list[Data] = [
        flag for flag in explanation["flag_texts"] if flag["id"] == SAFETY and flag["status"] == "met"
    ]
    return raised[0] if raised else None
