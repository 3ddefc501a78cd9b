"""Forms of the pages of work: fields with what was written in them and what is wrong, and how a form is answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g

from api.cases.frame import WorkTranslator, posted, translator
from api.evaluation.fields import Choice, Field
from api.evaluation.form_reading import FieldFault, texts_by_field
from api.store.refusals import RecordError, RuleError, StaleExplanationError
from api.web import field_names as names
from api.web.language import remember_language
from api.web.problems import KINDS
from instruments.faults import Fault, InputError
from instruments.messages import LANGUAGES

Values = Mapping[str, str]
_FORM = "main-form"


@dataclass
class Form:
    """A form as it is shown.

    Parameters
    ----------
    values : Mapping of str to str
        What is written in it, by field.
    faults : Mapping of str to list of str
        What is wrong, in words, by field; under the empty name what concerns the form as a whole.
    """

    words: WorkTranslator
    values: Values = field(default_factory=dict)
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)

    def add(self, kind: str, name: str, label: str, *, choices: Sequence[Choice] = (), **more: Any) -> Field:
        """Add a field. A choice has its answers as value and label."""
        value, errors = self.values.get(name, ""), tuple(self.faults.get(name, ()))
        made = Field(name, kind, label, value, errors=errors, choices=tuple(choices), **more)
        self.fields[name] = made
        return made

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Every error with the id and label of its field, in the order of the form."""
        order = [*(name for name in self.fields if name in self.faults), *(set(self.faults) - set(self.fields))]
        return [
            (self.fields[name].id, self.fields[name].title, text)
            if name in self.fields
            else (_FORM, self.words.t("work.form.whole"), text)
            for name in order
            for text in self.faults[name]
        ]

    def options(self, prefix: str, keys: Sequence[str]) -> tuple[Choice, ...]:
        """Choices whose labels stand under ``<prefix>.<key>``."""
        return tuple(Choice(key, self.words.t(f"{prefix}.{key}")) for key in keys)


Show = Callable[[Values, Mapping[str, Sequence[str]], int], Response]
Save = Callable[[Values], Response]


def answer(show: Show, save: Save) -> Response:
    """Answer a posted form: save it, or show it again with what is wrong. Nothing that was written is lost.

    Parameters
    ----------
    show : callable
        Shows the form with values, with faults in words by field, and with a status.
    save : callable
        Saves the values and leads on.
    """
    values = posted()
    if values.get("change_language") in LANGUAGES:
        return in_other_language(values["change_language"], lambda: show(values, {}, 200))
    try:
        return save(values)
    except InputError as error:
        return show(values, by_field(error.faults, translator()), 422)
    except (RuleError, StaleExplanationError) as error:
        return show(values, {"": [problem_in_words(error)]}, int(KINDS[error.code]))


def in_other_language(language: str, show: Callable[[], Response]) -> Response:
    """Show what was written in the other language, without saving it."""
    g.language = language
    shown = show()
    remember_language(shown, language)
    return shown


def problem_in_words(error: RecordError) -> str:
    """What the records refuse, and what to do."""
    words = translator()
    return f"{words.t(f'problem.{error.code}.title')}. {words.t(f'problem.{error.code}.detail')}"


def errors_of(faults: Iterable[FieldFault], words: WorkTranslator) -> dict[str, list[str]]:
    """What is wrong with each field, in words."""
    return texts_by_field(faults, lambda fault: in_words(fault, words))


def by_field(faults: Iterable[Fault], words: WorkTranslator) -> dict[str, list[str]]:
    """What is wrong in words, by the field that it stands at: the pointer with dots for its steps."""
    return errors_of([FieldFault(each.where.strip("/").replace("/", "."), each) for each in faults], words)


def in_words(fault: Fault, words: WorkTranslator) -> str:
    """A fault, worded for a page where there is such a wording."""
    key = f"work.fault.{fault.code}"
    if fault.code == "wrong-type":
        key = f"work.fault.wrong-type.{fault.parameters.get('expected')}"
    return words.t(key, **fault.parameters) if words.knows(key) else words.fault(fault)


def without_blanks(values: Values, *wanted: str) -> dict[str, str]:
    """The fields of a form in which something is written."""
    return {name: values[name].strip() for name in wanted if values.get(name, "").strip()}


def identifier(name: str) -> str:
    """The id on the page of a field."""
    return names.identifier(name)
