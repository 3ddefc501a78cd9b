"""The short screen: what the facts alone settle, and what a professional's own rating leaves that can still matter."""

from dataclasses import dataclass

from api.cases.case_file import CaseFile
from api.cases.frame import library, today, translator
from api.cases.screenings.rules import try_facts
from api.context.context import current_context
from api.evaluation import results
from instruments.faults import InputError, UnknownDefinitionError
from instruments.messages import Text
from screening import grounds, rendered
from screening.criteria import ITEM_PREFIX

#: The national guidance, until another one is chosen for the case.
DEFAULT_GUIDANCE = "socialstyrelsen_2012"
_OPEN = "more_information_needed"


@dataclass(frozen=True)
class Settled:
    """The outcome by the facts alone.

    Parameters
    ----------
    explanation : rendered.Explanation
        In the language of the page, as if nothing were rated.
    after_rating : list
        The criteria that wait for ratings.
    questions : list
        The facts whose answer may still change it.
    """

    explanation: rendered.Explanation
    criteria: list[grounds.Criterion]
    after_rating: list[grounds.Criterion]
    questions: list[rendered.Question]

    @property
    def is_settled(self) -> bool:
        """Whether no rating can change the outcome any more."""
        return self.explanation["outcome"] != _OPEN


def guidances() -> list[tuple[str, Text]]:
    """The guidances in force with their titles, local versions under their own."""
    definitions = library()
    titles = {each.content.id: each.content.title for each in (*definitions.guidances, *definitions.overlays)}
    in_force = []
    for name in definitions.names():
        try:
            definitions.bind(name, on=today())
        except UnknownDefinitionError:
            continue  # it begins later
        in_force.append((name, titles[name]))
    return in_force


def chosen_guidance(case_file: CaseFile, asked: str | None) -> str:
    """The guidance that was asked for, else the one that the case was tested by last, else the national one."""
    known = library().names()
    if asked in known:
        return str(asked)
    screening = case_file.last("screening")
    last = screening.content["guidance"] if screening else None
    return last if last in known else DEFAULT_GUIDANCE


def by_facts_alone(case_file: CaseFile, guidance: str) -> Settled | None:
    """What the facts of a case say alone; None where they cannot be tested by this guidance."""
    try:
        explanation = try_facts(library(), case_file.case, case_file.entries, guidance, today())
    except InputError:
        return None
    explained = current_context().in_words(explanation, translator().language_of_answers)
    questions = [each for each in explained["open_questions"] if not each["id"].startswith(ITEM_PREFIX)]
    return Settled(explained, results.criteria_on_facts(explained), results.criteria_after_rating(explained), questions)
