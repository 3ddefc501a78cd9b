"""Facts: one calm page, each with value, source and date, where not knowing is an answer too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Response, request

from api.access.declarations import allowed
from api.cases.case_file import CaseFile, open_file
from api.cases.facts.rules import STAND_ELSEWHERE, record_facts
from api.cases.forms import Values, answer, in_words
from api.cases.frame import (
    WorkTranslator,
    actor,
    at_work,
    blueprint,
    library,
    now,
    page,
    redirect_to,
    today,
    translator,
)
from api.cases.screenings import preview
from api.cases.timeline import value_in_words
from api.evaluation.fact_values import values_of
from api.evaluation.fields import Field, FormView, Question, Section
from api.evaluation.form_reading import FieldFault, FormError, facts_in, safety_facts, tested_facts
from api.store.schema import Entry
from api.web import field_names as names
from instruments.faults import Fault, InputError
from screening.fact_reading import AGE
from screening.facts import FactDescription
from screening.library import BoundGuidance

Errors = Mapping[str, Sequence[str]]
_AS_OF = "as_of"
#: What is asked first, and is often enough.
_OPEN_GROUPS = ("safety", "settles")


@dataclass(frozen=True)
class Group:
    """A part of the page.

    Parameters
    ----------
    answered : int
        How many of its questions have an answer.
    is_folded : bool
        Whether it is shown only when it is asked for: nothing in it can settle the matter, and nothing in it is wrong.
    """

    section: Section
    answered: int
    is_folded: bool


class FactsView(FormView):
    """The facts of a case as a form; each can be hidden from guardians."""

    def groups(self, asked: Sequence[str]) -> list[Group]:
        """Danger first, then what can settle the matter, then what else is tested, and what belongs to the picture."""
        t, rules = self._translator.t, self._bound.rules
        settles = [name for name in rules.criterion_inputs if name in asked]
        beside = [name for name in tested_facts(self._bound) if name in asked]
        described = [rules.dictionary.by_id[name] for name in asked]
        words = [fact.id for fact in described if fact.kind == "text"]
        parts = [
            ("safety", t("page.form.safety"), t("page.form.safety_intro"), safety_facts(self._bound)),
            ("settles", t("work.facts.settles"), t("work.facts.settles_intro"), settles),
            ("beside", t("work.facts.beside"), t("work.facts.beside_intro"), beside),
            ("rest", t("work.facts.rest"), t("work.facts.rest_intro"), [name for name in asked if name not in words]),
            ("place", t("work.facts.place"), t("work.facts.place_intro"), words),
        ]
        shown: set[str] = set()
        found = []
        for key, title, intro, listed in parts:
            own = [name for name in listed if name not in shown]
            shown.update(own)
            questions = tuple(self._fact(rules.dictionary.by_id[name]) for name in own)
            has_errors = any(question.errors for question in questions)
            answered = sum(_is_answered(question) for question in questions)
            is_folded = key not in _OPEN_GROUPS and not has_errors
            if questions:
                found.append(Group(Section(key, title, intro, questions), answered, is_folded))
        return found

    def _fact(self, fact: FactDescription) -> Question:
        if fact.kind == "text":
            label, more = self._translator.say(fact.question), tuple(self._about(fact))
            shows_more = any(each.errors for each in more)
            answer = self.field(
                names.fact(fact.id), "line", label, help=self._translator.say(fact.help or fact.question)
            )
            return Question(self._translator.say(fact.title), None, answer, more=more, shows_more=shows_more)
        question = super()._fact(fact)
        is_filled_in = any(each.value and each.kind != "tick" for each in question.more)
        has_errors = any(each.errors for each in question.more)
        return replace(question, shows_more=has_errors or (question.shows_more and not is_filled_in))

    def _about(self, fact: FactDescription) -> Iterator[Field]:
        yield from super()._about(fact)
        t = self._translator.t
        yield self.field(names.fact(fact.id, "hidden"), "tick", t("work.field.hidden"))


def _is_answered(question: Question) -> bool:
    typed = question.number is not None and question.number.value
    return bool(typed or question.answer.value not in ("", names.NOT_ASKED))


def asked_facts(bound: BoundGuidance, *, has_birth_date: bool) -> tuple[str, ...]:
    """Every fact that does not stand elsewhere; the age only without a birth date."""
    elsewhere = {*STAND_ELSEWHERE, *([AGE] if has_birth_date else [])}
    return tuple(fact.id for fact in bound.rules.dictionary.facts if fact.kind != "date" and fact.id not in elsewhere)


@blueprint.get("/cases/<case_id>/facts")
@allowed("facts:write")
def facts(case_id: str) -> Response:
    """Show the form with what is known."""
    with at_work() as session:
        found = open_file(session, case_id)
    return _show(found, {**values_of(found.facts), _AS_OF: str(_newest(found))}, {}, 200)


@blueprint.post("/cases/<case_id>/facts")
@allowed("facts:write")
def save_facts(case_id: str) -> Response:
    """Record the facts that were changed, and leave the others as they are."""
    with at_work() as session:
        found = open_file(session, case_id)
    return answer(
        lambda values, faults, status: _show(found, values, faults, status), lambda values: _save(found, values)
    )


def _show(found: CaseFile, values: Values, faults: Errors, status: int) -> Response:
    words = translator()
    guidance = preview.chosen_guidance(found, request.args.get("guidance"))
    bound = library().bind(guidance, on=today(), is_rated=False)
    view = FactsView(bound, words, values, faults, is_rated=False)
    asked = asked_facts(bound, has_birth_date=found.case.birth_date is not None)
    groups = view.groups(asked)
    sections = [group.section for group in groups]
    return page(
        "facts.html",
        found=found,
        case=found.case,
        groups=groups,
        asked=asked,
        errors=_listed(faults, sections, words),
        as_of=_newest(found),
        settled=preview.by_facts_alone(found, guidance),
        guidance=guidance,
        guidances=preview.guidances(),
        done=request.args.get("done") == "facts_saved",
        status=status,
        has_form=True,
        words=words,
    )


def _listed(faults: Errors, sections: list[Section], words: WorkTranslator) -> list[tuple[str, str, str]]:
    titled: dict[str, str] = {}
    for section in sections:
        for question in section.questions:
            for each in (question.number, question.answer, *question.more):
                if each is not None:
                    titled[each.name] = question.title
    order = [*(name for name in titled if name in faults), *(name for name in faults if name not in titled)]
    whole = words.t("work.form.whole")
    return [
        (names.identifier(name) if name in titled else "main-form", titled.get(name, whole), text)
        for name in order
        for text in faults[name]
    ]


def _newest(found: CaseFile) -> int:
    return max((entry.number for entry in found.entries), default=0)


def _save(found: CaseFile, values: Values) -> Response:
    bound = library().bind(preview.chosen_guidance(found, None), on=today(), is_rated=False)
    before = values_of(found.facts)
    asked = asked_facts(bound, has_birth_date=found.case.birth_date is not None)
    changed = [name for name in asked if _fields(name, values) != _fields(name, before)]
    given, faults = facts_in(values, bound, changed)
    words = translator()
    faults += [each for name in changed if (each := _meanwhile(name, found, values)) is not None]
    placed = FormError(faults) if faults else None
    if placed is not None:
        return _show(found, values, _by_name(placed.faults, words), 422)
    numbers = typed_facts(bound)
    try:
        with at_work() as session:
            for hidden in (False, True):
                part = {name: given[name] for name in given if (_hidden(values, name)) is hidden}
                if part:
                    record_facts(session, now(), actor(), found.case.id, part, library(), hidden_from_guardians=hidden)
    except InputError as error:
        placed_faults = [FieldFault(names.field_at(f"/facts{each.where}", [], numbers), each) for each in error.faults]
        return _show(found, values, _by_name(placed_faults, words), 422)
    return redirect_to("work.facts", case_id=found.case.id, done="facts_saved")


def typed_facts(bound: BoundGuidance) -> frozenset[str]:
    """The facts whose value is typed in as a number, whether this guidance tests them or not."""
    return frozenset(fact.id for fact in bound.rules.dictionary.facts if fact.kind in ("whole_number", "offences"))


def _by_name(faults: Sequence[FieldFault], words: WorkTranslator) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in faults:
        found.setdefault(each.field, []).append(in_words(each.fault, words))
    return found


def _hidden(values: Values, name: str) -> bool:
    return values.get(names.fact(name, "hidden")) == "yes"


def _fields(name: str, values: Values) -> dict[str, str]:
    """What is written about a fact; that nobody has asked is the same as nothing."""
    own, prefix = names.fact(name), names.fact(name) + "."
    found = {key: value.strip() for key, value in values.items() if key == own or key.startswith(prefix)}
    return {key: value for key, value in found.items() if value and value != names.NOT_ASKED}


def _meanwhile(name: str, found: CaseFile, values: Values) -> FieldFault | None:
    """A fault where somebody recorded the same fact after this form was shown."""
    entry = found.facts.get(name)
    seen = values.get(_AS_OF, "")
    if entry is None or not seen.isdigit() or entry.number <= int(seen):
        return None
    parameters = {"who": found.who(entry.made_by), "value": _said(entry)}
    return FieldFault(names.fact(name), Fault("changed-meanwhile", "", parameters))


def _said(entry: Entry) -> str:
    return value_in_words(entry.content["fact"], entry.content["given"], translator())
