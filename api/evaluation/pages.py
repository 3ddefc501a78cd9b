"""The first page, and those of the try-out: choose a guidance, fill in an intake, rate, and read the recommendation.

Nothing is stored and nobody is logged in: what was filled in travels with each page as a posted form, never in an
address. There is therefore nothing that a forged request could change, and no cookie.
"""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from api.access.caller import the_caller
from api.context.context import current_context
from api.definitions.evidence import evidence_of
from api.evaluation import results
from api.evaluation.evaluation_input import screen
from api.evaluation.examples import examples
from api.evaluation.fields import FormView
from api.evaluation.form_reading import FieldFault, FormError, Values, read_form, texts_by_field, wants_summary
from api.frame.navigation import beginning
from api.web import field_names as names
from api.web.field_names import NO_INSTRUMENT
from api.web.problems import KINDS
from api.web.smorest import refuse_cut_body
from api.web.translator import Translator
from instruments.faults import UnknownDefinitionError
from instruments.model import Instrument
from screening.coding import SUMMARY_RATING
from screening.library import BoundGuidance

blueprint = Blueprint("pages", __name__)
Page = str | tuple[str, int] | Response

#: By endpoint, the Swedish path and the English one.
PATHS = {
    "start": ("/", "/en/"),
    "try_out": ("/prova", "/en/try-out"),
    "form": ("/formular", "/en/form"),
    "summary": ("/samlad-bedomning", "/en/summary-rating"),
    "result": ("/resultat", "/en/result"),
}


def translator() -> Translator:
    """The words of the page that is asked for."""
    return Translator(current_context().catalogue, g.language)


def start() -> Page:
    """What this is; whoever is logged in goes on to where they begin."""
    if the_caller().by == "session":
        return redirect(beginning())
    return render_template("first.html")


def try_out() -> Page:
    """The invented examples, and the choice of a guidance."""
    return render_template("start.html", examples=examples().values(), **_choices())


def _choices() -> dict[str, Any]:
    """The guidances, with their local versions under them, and the instruments, by id with their titles."""
    library = current_context().library
    groups: dict[str, list[str]] = {}
    for name in library.names():
        groups.setdefault(name.partition("/")[0], []).append(name)
    return {
        "groups": groups,
        "titles": {each.content.id: each.content.title for each in (*library.guidances, *library.overlays)},
        "instruments": {each.content.id: each.content.title for each in library.instruments},
    }


def form() -> Page:
    """The form: empty, with an invented example, or as it was posted when the reader goes back to change it."""
    if request.method == "POST":
        return _show_form(_posted())
    example = request.args.get("example")
    if example is not None:
        return _show_form(examples()[example].values(g.language) if example in examples() else abort(404))
    if "guidance" not in request.args:
        return redirect(url_for("pages.try_out"))
    return _show_form({name: request.args[name] for name in ("guidance", "instrument") if name in request.args})


def summary() -> Page:
    """Ask for the professional's own summary rating, before anything is counted from the ratings."""
    if request.method != "POST":
        return redirect(url_for("pages.try_out"))
    values, bound = _posted_with_guidance()
    if not wants_summary(values, bound):
        return result()
    try:
        submission = read_form(values, bound, current_context(), with_summary=False)
    except FormError as error:
        return _show_form(values, error.faults)
    return _show_summary(values, submission, [])


def result() -> Page:
    """The recommendation with its reasons."""
    if request.method != "POST":
        return redirect(url_for("pages.try_out"))
    values, bound = _posted_with_guidance()
    context = current_context()
    try:
        submission = read_form(values, bound, context, with_summary=True)
    except FormError as error:
        own = {names.fact(SUMMARY_RATING), names.fact(SUMMARY_RATING, "reason")}
        if any(each.field not in own for each in error.faults):
            return _show_form(values, [each for each in error.faults if each.field not in own])
        return _show_summary(values, read_form(values, bound, context, with_summary=False), error.faults)
    words = translator()
    explanation = screen(context, submission, words.language_of_answers)
    return render_template(
        "result.html",
        **results.shown_parts(explanation),
        strengths=results.strengths(submission, words),
        domains={domain.id: domain.title for domain in submission.bound.rules.instrument.domains},
        instrument=submission.bound.rules.instrument,
        evidence=_evidence(submission.bound.rules.instrument) if explanation["profile"] else None,
        summary=submission.intake.facts[SUMMARY_RATING],
        summary_level=values.get(names.fact(SUMMARY_RATING)),
        carried=_carried(values),
    )


def _evidence(instrument: Instrument) -> list[dict[str, Any]]:
    """What is known of the instrument. Nothing was saved here, so no frequency is told."""
    context = current_context()
    definition = context.library.instruments.find(f"{instrument.id}@{instrument.version}", on=context.today())
    return evidence_of(context, definition, is_rated=False)


def _show_form(values: Values, faults: list[FieldFault] | None = None) -> Page:
    context, words = current_context(), translator()
    bound = _bound(values)
    instrument = values.get("instrument") or bound.rules.guidance.instrument
    filled = {"reference_date": context.today().isoformat(), **values, "guidance": bound.name, "instrument": instrument}
    errors = texts_by_field(faults or (), words.fault)
    view = FormView(bound, words, filled, errors, is_rated=instrument != NO_INSTRUMENT)
    sections = view.sections()
    consents = view.consents()
    day = view.field("reference_date", "day", words.t("page.form.reference_date"))
    guardians = view.guardians()
    shown = _shown(sections, consents) | {"guidance", "instrument", "reference_date", "guardians"}
    page = render_template(
        "form.html",
        bound=bound,
        sections=sections,
        consents=consents,
        guardians=guardians,
        day=day,
        values=filled,
        errors=_summary_of_errors(errors, sections, consents, words),
        carried={name: value for name, value in _carried(filled).items() if name not in shown},
        is_summary_next=wants_summary(filled, bound),
        **_choices(),
    )
    return (page, 422) if errors else page


def _show_summary(values: Values, submission: Any, faults: list[FieldFault]) -> Page:
    words = translator()
    errors = texts_by_field(faults, words.fault)
    view = FormView(submission.bound, words, values, errors, is_rated=True)
    rating, reason = view.summary()
    explanation = results.from_facts_alone(current_context(), submission, words.language_of_answers)
    own = {rating.name, reason.name}
    page = render_template(
        "summary.html",
        explanation=explanation,
        criteria=results.criteria_on_facts(explanation),
        safety=results.raised_safety(explanation),
        domains=results.rated_items(submission, words),
        rating=rating,
        reason=reason,
        errors=[(each.id, each.label, error) for each in (rating, reason) for error in each.errors],
        carried={name: value for name, value in _carried(values).items() if name not in own},
    )
    return (page, 422) if errors else page


def _summary_of_errors(errors: Any, sections: Any, consents: Any, words: Translator) -> list[tuple[str, str, str]]:
    """Every error with the id and title of its field, in the order of the page."""
    titled: dict[str, str] = {
        "reference_date": words.t("page.form.reference_date"),
        "guidance": words.t("page.guidance"),
        "instrument": words.t("page.instrument"),
    }
    for section in sections:
        for question in section.questions:
            for each in (question.number, question.answer, *question.more):
                if each is not None:
                    titled[each.name] = question.title
    titled["guardians"] = words.t("page.form.guardians_title")
    for person, fields in consents:
        titled.update({each.name: f"{person}, {each.label}" for each in fields})
    in_order = [*(name for name in titled if name in errors), *(name for name in errors if name not in titled)]
    return [(names.identifier(name), titled.get(name, name), text) for name in in_order for text in errors[name]]


def _shown(sections: Any, consents: Any) -> set[str]:
    questions = [question for section in sections for question in section.questions]
    fields = [each for question in questions for each in (question.number, question.answer, *question.more) if each]
    return {each.name for each in [*fields, *(each for _, below in consents for each in below)]}


def _posted() -> dict[str, str]:
    values = {name: values[-1] for name, values in request.form.lists()}
    refuse_cut_body(request)
    return values


def _posted_with_guidance() -> tuple[dict[str, str], BoundGuidance]:
    values = _posted()
    return values, _bound(values)


def _bound(values: Values) -> BoundGuidance:
    """The guidance as it is today: its form is shown even where the reference date turns out to be too early."""
    context = current_context()
    instrument = values.get("instrument") or None
    named = None if instrument == NO_INSTRUMENT else instrument
    try:
        return context.library.bind(values.get("guidance", ""), on=context.today(), instrument=named)
    except UnknownDefinitionError:
        abort(KINDS["not-found"])


def _carried(values: Values) -> dict[str, str]:
    """What is filled in and goes with the reader to the next page."""
    return {name: value for name, value in values.items() if value and name.startswith(names.CARRIED)}


for _name, _view in {"start": start, "try_out": try_out, "form": form, "summary": summary, "result": result}.items():
    for _language, _path in zip(("sv", "en"), PATHS[_name], strict=True):
        _methods = ["GET"] if _name in ("start", "try_out") else ["GET", "POST"]
        blueprint.add_url_rule(_path, _name, _view, methods=_methods, defaults={"language": _language})


@blueprint.url_value_preprocessor
def _take_language(_: str | None, values: dict[str, Any] | None) -> None:
    g.language = (values or {}).pop("language", "sv")
