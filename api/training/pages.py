"""Training: practise on invented cases, compare with a reference and with everyone who has practised."""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from api.access.actors import caller_unit, the_actor
from api.access.declarations import allowed
from api.context.context import current_context
from api.evaluation import results
from api.evaluation.evaluation_input import Submission, read_submission, screen
from api.evaluation.fields import FormView
from api.evaluation.schemas import EvaluationSchema
from api.frame.accounts import language_of_page
from api.training.cases import Example, the_training
from api.training.practice import keep_practice, last_practice, practised, rated_together
from api.web import field_names as names
from api.web.field_names import NOT_ASKED, NOT_FOUND
from api.web.shape import read_shape
from api.web.smorest import refuse_cut_body
from api.web.translator import Translator
from instruments.faults import InputError
from instruments.messages import in_both_languages
from instruments.model import Instrument
from instruments.ratings import BLANK, Ratings
from screening.coding import SUMMARY_RATING
from screening.library import BoundGuidance

blueprint = Blueprint("training", __name__, url_prefix="/training")
Page = str | tuple[str, int] | Response
Values = dict[str, str]
_SUMMARY, _REASON = names.fact(SUMMARY_RATING), names.fact(SUMMARY_RATING, "reason")


@blueprint.before_request
def _choose_language() -> None:
    g.language = language_of_page()


@blueprint.get("")
@allowed("training:practise")
def index() -> Page:
    """The invented cases, and which of them one has rated."""
    training = the_training()
    with current_context().database.looking() as session:
        done = practised(session, training, the_actor().id)
    return render_template("training/index.html", training=training, done=done)


@blueprint.get("/<example>")
@allowed("training:practise", plain=["example"])
def case(example: str) -> Page:
    """What is known in a case, and the form to rate it by."""
    return _form(_found(example), {}, {})


@blueprint.post("/<example>")
@allowed("training:practise", plain=["example"])
def rate(example: str) -> Page:
    """Keep a practice rating. The summary rating is part of it, and given before anything is counted."""
    found, training = _found(example), the_training()
    values = request.form.to_dict()
    refuse_cut_body(request)
    ratings = _ratings(values, _bound(found).rules.instrument)
    try:
        errors = _missing(values)
        _submission(found, ratings, values.get(_SUMMARY) or None, values.get(_REASON, ""))
    except InputError as error:
        translator = _translator()
        for fault in error.faults:
            is_reason = fault.where.startswith("/ratings/items/") and fault.code == "reason-missing"
            field = names.field_at(fault.where + ("/reason" if is_reason else ""), [], frozenset())
            errors.setdefault(field, []).append(translator.fault(fault))
    if errors:
        return _form(found, values, errors), 422
    with caller_unit() as unit:
        keep_practice(unit, training, found, ratings, values[_SUMMARY], values[_REASON].strip())
    return redirect(url_for(".compare", example=example, language=g.language), 303)


@blueprint.get("/<example>/comparison")
@allowed("training:practise", plain=["example"])
def compare(example: str) -> Page:
    """The recommendation on one's own rating, the reference with its reasons, and how everyone agrees."""
    found, training = _found(example), the_training()
    bound = _bound(found)
    instrument = bound.rules.instrument
    with current_context().database.looking() as session:
        mine = last_practice(session, training, found, the_actor().id)
        together = rated_together(session, training, found, instrument)
    if mine is None:
        return redirect(url_for(".case", example=example, language=g.language), 303)
    submission = _submission(found, mine.ratings, mine.summary, mine.reasons)
    reference = _submission(
        found,
        {"instrument": found.instrument, "items": found.reference.ratings(instrument)},
        found.reference.summary,
        found.reference.summary_reasons.in_language(g.language),
    )
    context = current_context()
    own, compared = screen(context, submission), screen(context, reference)
    return render_template(
        "training/comparison.html",
        training=training,
        example=found,
        mine=mine,
        own=own,
        reasons=results.decisive_reasons(own),
        compared=compared,
        rows=_rows(found, instrument, submission.intake.ratings, reference.intake.ratings),
        together=together,
    )


def _found(example: str) -> Example:
    return the_training().find(example) or abort(404)


def _translator() -> Translator:
    return Translator(current_context().catalogue, g.language)


def _bound(example: Example) -> BoundGuidance:
    on = the_training().reference_date
    return current_context().library.bind(example.guidance, on=on, instrument=example.instrument)


def _form(example: Example, values: Values, errors: dict[str, list[str]]) -> str:
    view = FormView(_bound(example), _translator(), values, errors, is_rated=True)
    sections = [section for section in view.sections() if section.id.startswith("domain-")]
    rating, reason = view.summary()
    questions = [question for section in sections for question in section.questions]
    titles = {field.name: each.title for each in questions for field in (each.answer, *each.more)}
    titles |= {rating.name: rating.label, reason.name: reason.label}
    return render_template(
        "training/case.html",
        example=example,
        sections=sections,
        rating=rating,
        reason=reason,
        errors=[(names.identifier(name), titles.get(name, name), text) for name in errors for text in errors[name]],
    )


def _ratings(values: Values, instrument: Instrument) -> dict[str, Any]:
    return {"instrument": instrument.id, "items": {item.id: _item(values, item.id) for item in instrument.items}}


def _item(values: Values, item: str) -> Any:
    answer, note = values.get(names.item(item)) or None, values.get(names.item(item, "note"), "").strip() or None
    if answer == NOT_FOUND:
        return {"missing": NOT_FOUND, "reason": note}
    level = None if answer == NOT_ASKED else answer
    return level if note is None else {"level": level, "note": note}


def _missing(values: Values) -> dict[str, list[str]]:
    """The summary rating and its reasons, which nobody can leave out."""
    translator = _translator()
    errors = {}
    if values.get(_SUMMARY) not in ("low", "moderate", "high"):
        errors[_SUMMARY] = [translator.t("training.summary_missing")]
    if not values.get(_REASON, "").strip():
        errors[_REASON] = [translator.t("training.reason_missing")]
    return errors


def _submission(example: Example, ratings: Any, summary: str | None, reasons: str) -> Submission:
    body = {
        "reference_date": the_training().reference_date.isoformat(),
        "guidance": example.guidance,
        "facts": {**example.facts, SUMMARY_RATING: {"value": summary, "reason": reasons} if summary else None},
        "ratings": ratings,
        "guardians": None,
        "consents": [],
    }
    return read_submission(current_context(), read_shape(EvaluationSchema(), body))


def _rows(example: Example, instrument: Instrument, own: Ratings | None, other: Ratings | None) -> list[dict[str, Any]]:
    """Every item with one's own level, the reference and its reason, strengths first."""
    assert own is not None and other is not None  # noqa: S101, PT018 -- both were made of ratings
    rows = []
    for item in sorted(instrument.items, key=lambda item: item.kind != "protective"):
        place, levels = instrument.positions[item.id], instrument.levels(item)
        codes = own.codes[place], other.codes[place]
        rows.append(
            {
                "title": in_both_languages(item.title),
                "own": levels[codes[0]] if codes[0] != BLANK else None,
                "reference": levels[codes[1]] if codes[1] != BLANK else None,
                "is_same": codes[0] == codes[1],
                "reason": example.reference.reasons.get(item.id),
            }
        )
    return rows
