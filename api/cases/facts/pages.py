"""Facts: one calm page, each with value, source and date, where not knowing is an answer too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flask import Response, jsonify, render_template, request

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.case_file import CaseFile, open_file
from api.cases.facts import offers, saving
from api.cases.facts.rules import STAND_ELSEWHERE
from api.cases.forms import Values, answer, errors_of
from api.cases.frame import (
    WorkTranslator,
    blueprint,
    instruments_by_age,
    library,
    now,
    page,
    posted,
    redirect_to,
    today,
    translator,
)
from api.cases.screenings import preview
from api.evaluation.fact_values import values_of
from api.evaluation.fields import Field, FormView, Question, Section
from api.evaluation.form_reading import safety_facts, tested_facts
from api.frame.expiry import keeping_keys
from api.web import field_names as names
from screening.fact_reading import AGE
from screening.facts import FactDescription
from screening.library import BoundGuidance

Errors = Mapping[str, Sequence[str]]


class FactsView(FormView):
    """The facts of a case as a form; each can be hidden from guardians."""

    def sections_of(self, asked: Sequence[str]) -> list[Section]:
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
        sections = []
        for key, title, intro, listed in parts:
            own = [name for name in listed if name not in shown]
            shown.update(own)
            questions = tuple(self._fact(rules.dictionary.by_id[name]) for name in own)
            if questions:
                sections.append(Section(key, title, intro, questions))
        return sections

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
        t, title = self._translator.t, self._translator.say(fact.title)
        yield from (replace(each, of=title) for each in super()._about(fact))
        yield self.field(names.fact(fact.id, "hidden"), "tick", t("work.field.hidden"), of=title)


def asked_facts(bound: BoundGuidance, *, has_birth_date: bool) -> tuple[str, ...]:
    """Every fact that does not stand elsewhere; the age only without a birth date."""
    elsewhere = {*STAND_ELSEWHERE, *([AGE] if has_birth_date else [])}
    return tuple(fact.id for fact in bound.rules.dictionary.facts if fact.kind != "date" and fact.id not in elsewhere)


@blueprint.get("/cases/<case_id>/facts")
@allowed("facts:write")
def facts(case_id: str) -> Response:
    """Show the form with what is known."""
    case_file = _opened(case_id)
    return _show(case_file, values_of(case_file.facts), {}, 200)


@blueprint.post("/cases/<case_id>/facts")
@allowed("facts:write")
def save_facts(case_id: str) -> Response:
    """Record the facts that were changed, and leave the others as they are; also while one writes."""
    case_file = _opened(case_id)
    if request.headers.get("Accept") == "application/json":
        return _as_data(case_file, posted())
    return answer(
        lambda values, faults, status: _show(case_file, values, faults, status), lambda values: _save(case_file, values)
    )


def _opened(case_id: str) -> CaseFile:
    with caller_unit() as unit:
        return open_file(unit, case_id)


def _bound(case_file: CaseFile, guidance: str) -> tuple[BoundGuidance, tuple[str, ...]]:
    """The guidance as it is used before anything is rated, and the facts that the form asks for."""
    bound = library().bind(guidance, on=today(), is_rated=False)
    return bound, asked_facts(bound, has_birth_date=case_file.case.birth_date is not None)


def _show(case_file: CaseFile, values: Values, faults: Errors, status: int) -> Response:
    words = translator()
    guidance = preview.chosen_guidance(case_file, request.args.get("guidance"))
    bound, asked = _bound(case_file, guidance)
    sections = FactsView(bound, words, values, faults, is_rated=False).sections_of(asked)
    return page(
        "facts.html",
        case=case_file.case,
        sections=sections,
        asked=asked,
        errors=_listed(faults, sections, words),
        shown=saving.marks_of_facts(values_of(case_file.facts), asked),
        offers=offers.offers_of(case_file, words),
        stale=offers.stale_facts(case_file),
        today=today().isoformat(),
        settled=preview.by_facts_alone(case_file, guidance),
        guidance=guidance,
        guidances=preview.guidances(),
        instruments=instruments_by_age() if the_caller().may("assessment:write") and not case_file.drafts else [],
        keep=keeping_keys(f"{case_file.case.id} facts"),
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


def _save(case_file: CaseFile, values: Values) -> Response:
    words = translator()
    bound, asked = _bound(case_file, preview.chosen_guidance(case_file, None))
    values = offers.with_accepted(values, offers.offers_of(case_file, words), today())
    saved = saving.save_facts(case_file, values, asked, bound, is_partial=False)
    if saved.faults:
        return _show(case_file, values, errors_of(saved.faults, words), 422)
    return redirect_to("work.facts", case_id=case_file.case.id, done="facts_saved")


def _as_data(case_file: CaseFile, values: Values) -> Response:
    """What came of saving while one writes, for the page to show."""
    words = translator()
    guidance = preview.chosen_guidance(case_file, request.args.get("guidance"))
    bound, asked = _bound(case_file, guidance)
    saved = saving.save_facts(case_file, values, asked, bound, is_partial=True)
    stored = values_of(saved.case_file.facts)
    sections = FactsView(bound, words, stored, {}, is_rated=False).sections_of(asked)
    others = [name for fact in saved.written.elsewhere for name in saving.fields_of_fact(fact, values)]
    message = "work.facts.two_versions" if saved.written.conflicts else "work.rate.saved_at"
    sentences = [words.t(message, time=words.clock(now()))]
    if saved.faults and not saved.written.conflicts:
        sentences.append(words.t("work.rate.unsaved"))
    response = jsonify(
        status="conflict" if saved.written.conflicts else "partly_saved" if saved.faults else "saved",
        message=" ".join(sentences),
        faults={names.identifier(name): " ".join(texts) for name, texts in errors_of(saved.faults, words).items()},
        shown=saving.marks_of_facts(stored, asked),
        values={name: stored.get(name, "") for name in others},
        changed_by_others=others,
        progress={
            section.id: words.t("page.form.progress", answered=section.answered, of=len(section.questions))
            for section in sections
        },
        settled=render_template(
            "work/settled_alone.html",
            settled=preview.by_facts_alone(saved.case_file, guidance),
            guidance=guidance,
            guidances=preview.guidances(),
            case=case_file.case,
            asked=asked,
            w=words,
        ),
    )
    response.status_code = 409 if saved.written.conflicts else 200
    return response
