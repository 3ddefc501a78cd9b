"""The questions on the work as fields of a form, and the answers that were chosen in it."""

from typing import Any

from api.cases.experience.rules import ANSWER, OWN_WORDS
from api.cases.forms import Form, Values
from api.evaluation.fields import Choice
from screening.experience import ExperienceForm, Respondent


def ask(form: Form, asked: ExperienceForm, respondent: Respondent) -> None:
    """Add the questions, as they are put to one of them. None has an answer at first."""
    say = form.words.say
    choices = tuple(Choice(name, say(label)) for name, label in asked.labels.items())
    for question in asked.questions:
        form.add("choice", f"{ANSWER}{question.id}", say(question.to(respondent)), choices=choices)
    form.add("long", OWN_WORDS, say(asked.words.to(respondent)))


def read(values: Values) -> dict[str, Any]:
    """The answers; a question that was passed over is left out."""
    answers = {
        name.removeprefix(ANSWER): value for name, value in values.items() if name.startswith(ANSWER) and value.strip()
    }
    return {"answers": answers, OWN_WORDS: values.get(OWN_WORDS, "").strip() or None}
