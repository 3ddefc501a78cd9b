"""Opening a case, and the page of a case: what is next, what is known, and what has happened."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, request
from sqlalchemy import select

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases import event_forms, timeline
from api.cases.case_file import CaseFile, open_file
from api.cases.content import Content, read_content
from api.cases.derived import deadlines_in, step_in
from api.cases.event_kinds import Guardians, Intake, PreliminaryAssessmentClosed
from api.cases.events import record
from api.cases.forms import Form, Values, answer
from api.cases.frame import actor, blueprint, library, page, redirect_to, today, translator
from api.cases.guardian_count import ask_for_guardians, guardians_in
from api.cases.journal import hold_on
from api.cases.participation.rules import participations
from api.cases.plans.pages import plan_words
from api.cases.plans.rules import plan_among
from api.cases.ratings.item_strips import strips_of
from api.cases.recorded_kinds import parts_of_kind
from api.cases.register import NewCase, faults_of_reference, same_person, start_case, units_of
from api.cases.screenings.best_before import keep_best_before
from api.cases.shown_steps import shown_step
from api.context.context import current_context
from api.context.unit import Unit
from api.evaluation.fields import Choice
from api.frame.expiry import keeping_keys
from api.store.identity import PersonalNumber, read_personal_number
from api.store.refusals import RuleError
from api.store.schema import Case, CaseSummary, Entry, SecrecyUnit
from instruments.faults import Fault, InputError

Errors = Mapping[str, Sequence[str]]
#: A preliminary assessment that was made before the case is opened here: the page records how it ended too.
CLOSED = "closed"
CLOSING = tuple(part for part in parts_of_kind(PreliminaryAssessmentClosed) if not part.name.startswith("hand_over."))
#: What may be said on the page of a case after something was done there.
DONE = (
    "opened",
    "recorded",
    "facts_saved",
    "signed",
    "reviewed",
    "countersigned",
    "asked",
    "request_withdrawn",
    "discarded",
    "taken",
)


@blueprint.get("/cases/new")
@allowed("case:open")
def new_case() -> Response:
    """Show the form for opening a case."""
    return _show_new(dict.fromkeys(("received_on", "closed_on"), today().isoformat()), {}, 200)


@blueprint.post("/cases/new")
@allowed("case:open")
def open_new_case() -> Response:
    """Open a case with how it came."""
    return answer(_show_new, _open)


def _show_new(
    values: Values, faults: Errors, status: int, others: Sequence[Case] = (), twin: Case | None = None
) -> Response:
    words = translator()
    form = Form(words, values, faults)
    with current_context().database.looking() as session:
        chosen = select(SecrecyUnit).where(SecrecyUnit.id.in_(actor().units)).order_by(SecrecyUnit.name)
        units = [Choice(unit.id, unit.name) for unit in session.scalars(chosen).all()]
    if len(units) != 1:
        form.add("choice", "unit", words.t("work.field.unit"), choices=units)
    form.add("line", "reference", words.t("work.field.reference"), help=words.t("work.help.reference"))
    form.add("line", "number", words.t("work.field.number"), help=words.t("work.help.number"))
    form.add("day", "birth_date", words.t("work.field.birth_date"), help=words.t("work.help.birth_date"))
    if the_caller().may("monitoring:write"):
        sexes = form.options("work.option.sex", ("female", "male"))
        form.add(
            "choice",
            "registered_sex",
            words.t("work.field.registered_sex"),
            choices=(*sexes, Choice("", words.t("work.option.sex.none"))),
            help=words.t("work.help.registered_sex"),
        )
    event_forms.ask(form, parts_of_kind(Intake), Intake.KIND, {})
    asked = form["preliminary_assessment"]
    closed = Choice(CLOSED, words.t("work.option.preliminary_assessment.closed"))
    form.fields[asked.name] = replace(asked, choices=(*asked.choices, closed))
    event_forms.ask(form, CLOSING, PreliminaryAssessmentClosed.KIND, {})
    if the_caller().may("facts:write"):
        ask_for_guardians(form, Choice("", words.t("page.form.guardians_unknown")))
    return page(
        "new_case.html",
        form=form,
        others=others,
        twin=twin,
        closing=[part.name for part in CLOSING],
        keep=keeping_keys("a new case"),
        status=status,
        has_form=True,
        words=words,
    )


def _open(values: Values) -> Response:
    is_closed = values.get("preliminary_assessment") == CLOSED
    written = {**values, "preliminary_assessment": "open"} if is_closed else values
    content, faults = event_forms.read(written, parts_of_kind(Intake))
    closing, more = event_forms.read(values, CLOSING) if is_closed else ({}, [])
    faults.extend(more)
    number, birth_date = _identity(values, faults)
    faults.extend(faults_of_reference(values.get("reference", "")))
    units = sorted(actor().units)
    unit = values.get("unit") or (units[0] if len(units) == 1 else "")
    if unit not in units:
        faults.append(Fault("not-a-choice", "/unit", {"name": "unit", "allowed": units}))
    faults.extend(_faults_in(Intake, content))
    if is_closed:
        faults.extend(_faults_in(PreliminaryAssessmentClosed, closing))
    if faults:
        raise InputError(faults)
    try:
        return _record_new(values, _new(values, unit, number, birth_date), content, closing)
    except RuleError as error:
        if error.code != "reference-taken":
            raise
    with current_context().database.looking() as session:
        chosen = select(Case).where(Case.unit_id == unit, Case.reference == values["reference"].strip())
        twin = session.scalars(chosen).first()
    return _show_new(values, {"reference": [translator().t("problem.reference-taken.title")]}, 409, twin=twin)


def _faults_in(kind: type[Content], told: Mapping[str, Any]) -> tuple[Fault, ...]:
    try:
        read_content(kind, told)
    except InputError as error:
        return tuple(error.faults)
    return ()


def _record_new(
    values: Values,
    new: NewCase,
    content: Mapping[str, Any],
    closing: Mapping[str, Any],
) -> Response:
    """Record everything of the page at once, or nothing of it."""
    with caller_unit() as unit:
        if new.number is not None and values.get("is_another") != "yes":
            known = same_person(unit, new.number, _keys())
            if known:
                return _show_new({**values, "is_another": "yes"}, {}, 409, known)
        case = start_case(unit, new, _keys())
        intake = record(unit, case.id, Intake.KIND, content)
        if closing:
            record(unit, case.id, PreliminaryAssessmentClosed.KIND, closing, subject=intake.id)
        guardians = guardians_in(values)
        if guardians is not None:
            record(unit, case.id, Guardians.KIND, {"guardians": guardians})
    if values.get("to") == "consents":
        return redirect_to("work.consents", case_id=case.id, done="opened")
    return redirect_to("work.case", case_id=case.id, done="opened")


def _keys() -> Any:
    return current_context().settings.identity_keys


def _new(values: Values, unit: str, number: PersonalNumber | None, birth_date: date | None) -> NewCase:
    sex = values.get("registered_sex") if the_caller().may("monitoring:write") else None
    known = sex if sex in ("female", "male") else None
    return NewCase(unit, values["reference"].strip(), birth_date, number, known)  # type: ignore[arg-type]  # one of both


def _identity(values: Values, faults: list[Fault]) -> tuple[PersonalNumber | None, date | None]:
    number, birth_date = None, None
    if values.get("number", "").strip():
        try:
            number = read_personal_number(values["number"], on=today(), where="/number")
        except InputError as error:
            faults.extend(error.faults)
    if values.get("birth_date", "").strip():
        try:
            birth_date = date.fromisoformat(values["birth_date"].strip())
        except ValueError:
            faults.append(Fault("wrong-type", "/birth_date", {"name": "birth_date", "expected": "date"}))
    return number, birth_date


@blueprint.get("/cases/<case_id>")
@allowed("case:read")
def case(case_id: str) -> Response:
    """Show a case."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
        return _show_case(unit, case_file)


def _show_case(unit: Unit, case_file: CaseFile) -> Response:
    words = translator()
    screening = case_file.last("screening")
    intake, assessment = case_file.last("intake"), case_file.last("assessment")
    keep_best_before(unit, [case_file.case.id])
    summary = unit.session.get_one(CaseSummary, case_file.case.id, populate_existing=True)
    all_deadlines = deadlines_in(summary, case_file.case.birth_date, unit.policies, today())
    deadlines = [each for each in all_deadlines if not (case_file.is_asked_to_rate and each.is_of_assessment)]
    policy = unit.policies.review_on(today()).content
    done = request.args.get("done")
    holds = plan_among(case_file.entries)
    held_by = hold_on(unit.session, case_file.case.id, today())
    return page(
        "case.html",
        step=shown_step(case_file, step_in(summary), deadlines, policy),
        case_file=case_file,
        case=case_file.case,
        age=case_file.age(today()),
        other_units=[
            case_file.units.get(each, each)
            for each in units_of(unit.session, case_file.case.id)
            if each != case_file.case.unit_id
        ],
        held=next((entry for entry in case_file.entries if entry.id == held_by), None),
        unit=case_file.units.get(case_file.case.unit_id, case_file.case.unit_id),
        facts=known_facts(case_file, words),
        intake=intake,
        is_open=intake is not None and _is_open(case_file, intake),
        assessment=assessment,
        strips=strips_of(assessment, case_file.entries, unit.library, words) if assessment else [],
        screening=screening,
        stands_through=summary.stands_through if screening and screening.id == summary.screening_id else None,
        reviewed=case_file.result,
        plan=plan_words(today()).shown(holds, today()) if holds else None,
        period=next(iter(reversed(participations(unit.session, case_file.case.id))), None),
        timeline=timeline.timeline_of(case_file, words, unit.library),
        done=done if done in DONE else None,
        deadlines=deadlines,
        today=today(),
        words=words,
    )


def _is_open(case_file: CaseFile, intake: Entry) -> bool:
    """Whether a preliminary assessment was begun and is not closed."""
    is_begun = bool(intake.content["preliminary_assessment"] == "open")
    return is_begun and case_file.about(intake, "preliminary_assessment_closed") is None


def known_facts(case_file: CaseFile, words: Any) -> list[tuple[str, str, Entry]]:
    """What is known of the case, in words, in the order of the dictionary."""
    dictionary = library().facts(today())
    known = []
    for fact in dictionary.facts:
        entry = case_file.facts.get(fact.id)
        if entry is not None:
            known.append(
                (words.say(fact.title), timeline.value_in_words(fact.id, entry.content["given"], words), entry)
            )
    return known
