"""Recording what the young person or a guardian thinks of the work, and saying it in words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args

from api.cases.age import is_under_age
from api.cases.content import read_content
from api.cases.journal import append, entries, lock_case, open_case
from api.cases.kinds import ExperienceTold
from api.cases.participation.rules import participations_among, stage_of
from api.context.unit import Unit
from api.store.refusals import RuleError
from api.store.schema import Case, Entry
from api.web.translator import Translator
from instruments.faults import Fault, InputError
from screening.experience import ExperienceForm, Respondent
from screening.library import Library

RESPONDENTS: tuple[Respondent, ...] = get_args(Respondent)
#: The beginning of the field of a question in a form.
ANSWER = "answers."
OWN_WORDS = "own_words"


def record_experience(unit: Unit, case_id: str, form: ExperienceForm, raw: Mapping[str, Any]) -> Entry:
    """Record answers to the questions on the work.

    Parameters
    ----------
    raw : Mapping
        The content of an `ExperienceTold` but for ``definition``.

    Raises
    ------
    InputError
        For an answer that is none of the form's, a day that lies ahead, or where nothing was answered.
    RuleError
        As `require_respondent`.
    """
    content = read_content(ExperienceTold, {**raw, "definition": form.reference})
    faults = list(_faults(content, form, unit.now.date()))
    if faults:
        raise InputError(faults)
    case = open_case(unit, case_id, action="write")
    lock_case(unit.session, case)
    require_respondent(unit, case, content.told_by)
    return append(unit, case, content)


def require_respondent(unit: Unit, case: Case, respondent: Respondent) -> None:
    """Refuse questions on work that has not begun, and questions to a guardian of somebody who is of age.

    Raises
    ------
    RuleError
        ``not-participating`` or ``guardian-of-adult``.
    """
    recorded = entries(unit.session, case.id)
    if stage_of(participations_among(recorded)) == "before":
        raise RuleError("not-participating")
    if respondent == "guardian" and is_under_age(case, recorded, unit.now.date(), unit.library) is False:
        raise RuleError("guardian-of-adult")


def _faults(content: ExperienceTold, form: ExperienceForm, today: date) -> Iterator[Fault]:
    if content.told_on > today:
        yield Fault("date-ahead", "/told_on")
    for question, answer in content.answers.items():
        if question not in form.by_id:
            yield Fault("unknown-key", f"/answers/{question}", {"name": question[:80]})
        elif answer not in form.labels:
            yield Fault("not-a-choice", f"/answers/{question}", {"name": question, "allowed": list(form.labels)})
    if not content.answers and content.own_words is None:
        yield Fault("nothing-answered", f"/answers/{form.questions[0].id}")


def told_in_words(content: Mapping[str, Any], library: Library, translator: Translator) -> Iterator[tuple[str, str]]:
    """Yield each question that was answered as it was put, with the answer, and what was said in own words.

    Raises
    ------
    UnknownDefinitionError
        If the questions of then are not here.
    """
    form = library.experience_form(date.max, content["definition"])
    respondent: Respondent = content["told_by"]
    for question in form.questions:
        if question.id in content["answers"]:
            yield translator.say(question.to(respondent)), translator.say(form.labels[content["answers"][question.id]])
    if content["own_words"]:
        yield translator.say(form.words.to(respondent)), content["own_words"]
