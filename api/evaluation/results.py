"""What the result page shows beside the explanation itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.context.context import Context
from api.evaluation.evaluation_input import Submission, screen
from api.evaluation.form_reading import SAFETY
from api.web.translator import Translator
from instruments.ratings import BLANK
from screening import grounds, rendered
from screening.coding import SUMMARY_RATING
from screening.criteria import ITEM_PREFIX
from screening.truth import Status


def shown_parts(explanation: rendered.Explanation) -> dict[str, Any]:
    """What `result_body.html` shows of an explanation, by the name that the template knows it by."""
    return {
        "explanation": explanation,
        "safety": raised_safety(explanation),
        "sources": sources_of(explanation),
        "reasons": decisive_reasons(explanation),
        "question_groups": groups_of_questions(explanation),
        "distance": distance(explanation),
        "flags": other_flags(explanation, "met"),
        "flags_open": other_flags(explanation, "unknown"),
    }


@dataclass(frozen=True)
class Strengths:
    """The protective items by title: there, not there, and not known."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def strengths(submission: Submission, translator: Translator) -> Strengths | None:
    """The strengths that were rated; None without ratings."""
    ratings, instrument = submission.intake.ratings, submission.bound.rules.instrument
    if ratings is None:
        return None
    by_code: dict[int, list[str]] = {1: [], 0: [], BLANK: []}
    for item in instrument.protective_items:
        by_code[ratings.codes[instrument.positions[item.id]]].append(translator.say(item.title))
    return Strengths(tuple(by_code[1]), tuple(by_code[0]), tuple(by_code[BLANK]))


def rated_items(submission: Submission, translator: Translator) -> list[tuple[str, list[tuple[str, str]]]]:
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
            rows.append((translator.say(item.title), translator.t(key)))
        listed.append((translator.say(domain.title), rows))
    return listed


def from_facts_alone(context: Context, submission: Submission, language: str) -> rendered.Explanation:
    """The explanation as it would be without any ratings: what may be shown before the professional has rated."""
    without = replace(submission.intake, ratings=None)
    return screen(context, Submission(submission.bound, without), language)


def criteria_on_facts(explanation: rendered.Explanation) -> list[grounds.Criterion]:
    """The criteria of an explanation that use no item, and not the summary rating that is being asked for."""
    return [criterion for criterion in explanation["criteria"] if not any(_uses_ratings(criterion))]


def criteria_after_rating(explanation: rendered.Explanation) -> list[grounds.Criterion]:
    """The other criteria: what they come to is not known before somebody has rated."""
    return [criterion for criterion in explanation["criteria"] if any(_uses_ratings(criterion))]


def _uses_ratings(criterion: grounds.Criterion) -> Iterator[bool]:
    names = [used["fact"] for each in _all_criteria([criterion]) for used in each["facts_used"]]
    yield from (name == SUMMARY_RATING or name.startswith(ITEM_PREFIX) for name in names)


def decisive_reasons(explanation: rendered.Explanation) -> list[grounds.Criterion]:
    """The criteria that the outcome rests on, as they stand at the top of their trees."""
    return [
        criterion
        for criterion in explanation["criteria"]
        if any(each["decisive"] for each in _all_criteria([criterion]))
    ]


@dataclass(frozen=True)
class QuestionGroup:
    """Open questions that the same criteria wait for, and whose answers would do the same."""

    settles: str
    criteria: tuple[grounds.Words, ...]
    questions: tuple[rendered.Question, ...]


def groups_of_questions(explanation: rendered.Explanation) -> list[tuple[str, list[QuestionGroup]]]:
    """Open questions by what an answer can settle, each reach once and its questions in their order."""
    titles = {criterion["id"]: criterion["title"] for criterion in _all_criteria(explanation["criteria"])}
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[rendered.Question]] = {}
    for question in explanation["open_questions"]:
        effects = tuple(next(iter(answer["text"].values())) for answer in question["answers"])
        groups.setdefault((question["settles"], tuple(question["bears_on"]), effects), []).append(question)
    alike = [
        QuestionGroup(settles, tuple(titles[name] for name in bears_on), tuple(questions))
        for (settles, bears_on, _), questions in groups.items()
    ]
    reaches = dict.fromkeys(group.settles for group in alike)
    return [(settles, [group for group in alike if group.settles == settles]) for settles in reaches]


def _all_criteria(criteria: Iterable[grounds.Criterion]) -> Iterator[grounds.Criterion]:
    for criterion in criteria:
        yield criterion
        yield from _all_criteria(criterion["children"])


def distance(explanation: rendered.Explanation) -> int:
    """How many facts and ratings would have to differ for another outcome; 0 where that is not told."""
    return min((sum(part["any"] for part in each["changes"]) for each in explanation["smallest_changes"]), default=0)


def other_flags(explanation: rendered.Explanation, status: Status) -> list[grounds.Flag]:
    """The flags with a status, apart from the one that stands at the top of the page."""
    return [
        flag
        for flag in explanation["flag_texts"]
        if flag["status"] == status and not (flag["id"] == SAFETY and status == "met")
    ]


def raised_safety(explanation: rendered.Explanation) -> grounds.Flag | None:
    """The flag of current danger, if it is raised."""
    raised = [flag for flag in explanation["flag_texts"] if flag["id"] == SAFETY and flag["status"] == "met"]
    return raised[0] if raised else None


def sources_of(explanation: rendered.Explanation) -> list[str]:
    """The documents that are cited in what is shown, each once, in the order in which a reader comes to them."""
    raised = [flag for flag in explanation["flag_texts"] if flag["status"] == "met"]
    shown = [explanation["criteria"], raised, explanation["gate"], explanation["notes"]]
    return list(dict.fromkeys(_cited(shown)))


def _cited(part: object) -> Iterator[str]:
    """Every citation below a part of an explanation."""
    if isinstance(part, Mapping):
        if part.keys() == grounds.Source.__annotations__.keys():
            yield f"{part['publisher']}: {part['document']} ({part['published']})"
        part = part.values()
    if isinstance(part, Iterable) and not isinstance(part, str):
        for each in part:
            yield from _cited(each)
