"""Training: practise on invented cases, compare with a reference and with everyone who has practised."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from api.access.actors import caller_unit, the_actor
from api.access.declarations import allowed
from api.cases.forms import Form
from api.cases.frame import WorkTranslator
from api.cases.ratings.rating_parts import Part, parts_of, progress_of, section_in
from api.cases.ratings.rating_values import SHOWN, item_fields, marks
from api.context.context import current_context
from api.evaluation import results
from api.evaluation.evaluation_input import Submission, read_submission, screen
from api.evaluation.fields import FormView
from api.evaluation.schemas import EvaluationSchema
from api.frame.accounts import language_of_page
from api.frame.expiry import keeping_keys
from api.training.cases import Example, the_training
from api.training.practice import (
    Written,
    keep_practice,
    keep_written,
    last_practice,
    practised,
    rated_together,
    written_so_far,
)
from api.web import field_names as names
from api.web.field_names import NOT_ASKED, NOT_FOUND
from api.web.shape import read_shape
from api.web.smorest import refuse_cut_body
from instruments.faults import InputError
from instruments.messages import in_both_languages
from instruments.model import Instrument
from instruments.ratings import BLANK, Ratings
from screening.coding import SUMMARY_RATING
from screening.library import BoundGuidance

blueprint = Blueprint("training", __name__, url_prefix="/training")
Page = str | tuple[str, int] | Response
Values = dict[str, str]
#: What the button that goes on later says.
LATER = "later"
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
        done, begun = practised(session, training, the_actor().id)
    return render_template("training/index.html", training=training, done=done, begun=begun)


@blueprint.get("/<example>")
@allowed("training:practise", plain=["example"])
def case(example: str) -> Page:
    """What is known in a case, and the form to rate it by, as far as it was filled in."""
    chosen = _found(example)
    written = _written(chosen)
    return _form(chosen, written, {}, marks(written, _fields(_bound(chosen).rules.instrument)))


@blueprint.post("/<example>")
@allowed("training:practise", plain=["example"])
def rate(example: str) -> Page:
    """Keep a practice rating. The summary rating is part of it, and given before anything is counted.

    A page that saves as it is written in, and whoever goes on later, keep what is written as it is.
    """
    chosen, training = _found(example), the_training()
    values = {name: text.replace("\0", "") for name, text in request.form.items()}
    refuse_cut_body(request)
    if request.headers.get("Accept") == "application/json" or values.get("to") == LATER:
        return _save_as_written(chosen, values)
    instrument = _bound(chosen).rules.instrument
    ratings = _ratings(values, instrument)
    try:
        errors = _missing(values)
        _submission(chosen, ratings, values.get(_SUMMARY) or None, values.get(_REASON, ""))
    except InputError as error:
        translator = _translator()
        for fault in error.faults:
            is_reason = fault.where.startswith("/ratings/items/") and fault.code == "reason-missing"
            field = names.field_at(fault.where + ("/note" if is_reason else ""), [], frozenset())
            errors.setdefault(field, []).append(translator.fault(fault))
    if errors:
        return _form(chosen, values, errors, values.get(SHOWN, "")), 422
    with caller_unit() as unit:
        keep_practice(unit, training, chosen, ratings, values[_SUMMARY], values[_REASON].strip())
    return redirect(url_for(".compare", example=example, language=g.language), 303)


def _save_as_written(example: Example, values: Values) -> Page:
    """Save what has changed since the page was shown; of what another window has changed too, nothing."""
    instrument = _bound(example).rules.instrument
    fields = _fields(instrument)
    with caller_unit() as unit:
        saved = keep_written(unit, the_training(), example, values, fields)
    if values.get("to") != LATER:
        return _as_data(saved, instrument, unit.now)
    if not saved.conflicts:
        return redirect(url_for(".index", language=g.language), 303)
    words = _translator()
    at = words.clock(saved.before)
    errors = {
        each.field: [words.t("work.rate.conflict_own", at=at, theirs=each.theirs_in_words(words))]
        for each in saved.conflicts
    }
    mine = {each.field: each.mine for each in saved.conflicts}
    return _form(example, saved.values | mine, errors, marks(saved.values, fields)), 409


def _as_data(saved: Written, instrument: Instrument, now: datetime) -> Response:
    words, fields = _translator(), _fields(instrument)
    if saved.conflicts:
        message = words.t("work.rate.two_versions_own")
    else:
        message = words.t("work.rate.saved_at", time=words.clock(now))
    progress = progress_of(_parts(instrument), saved.values, ())
    answer = jsonify(
        status="conflict" if saved.conflicts else "saved",
        message=message,
        faults={names.identifier(each.field): message for each in saved.conflicts},
        shown=marks(saved.values, fields),
        values={name: saved.values.get(name, "") for name in fields},
        changed_by_others=saved.changed_by_others,
        progress={each.part.id: words.t("page.form.progress", answered=each.answered, of=each.of) for each in progress},
    )
    answer.status_code = 409 if saved.conflicts else 200
    return answer


@blueprint.get("/<example>/comparison")
@allowed("training:practise", plain=["example"])
def compare(example: str) -> Page:
    """The recommendation on one's own rating, the reference with its reasons, and how everyone agrees."""
    chosen, training = _found(example), the_training()
    bound = _bound(chosen)
    instrument = bound.rules.instrument
    with current_context().database.looking() as session:
        mine = last_practice(session, training, chosen, the_actor().id)
        together = rated_together(session, training, chosen, instrument)
    if mine is None:
        return redirect(url_for(".case", example=example, language=g.language), 303)
    submission = _submission(chosen, mine.ratings, mine.summary, mine.reasons)
    reference = _submission(
        chosen,
        {"instrument": chosen.instrument, "items": chosen.reference.ratings(instrument)},
        chosen.reference.summary,
        chosen.reference.summary_reasons.in_language(g.language),
    )
    context = current_context()
    own, compared = screen(context, submission), screen(context, reference)
    return render_template(
        "training/comparison.html",
        training=training,
        example=chosen,
        mine=mine,
        own=own,
        reasons=results.decisive_reasons(own),
        compared=compared,
        rows=_rows(chosen, instrument, submission.intake.ratings, reference.intake.ratings),
        together=together,
    )


def _found(example: str) -> Example:
    return the_training().find(example) or abort(404)


def _translator() -> WorkTranslator:
    return WorkTranslator(current_context().catalogue, g.language)


def _written(example: Example) -> Values:
    with current_context().database.looking() as session:
        return written_so_far(session, the_training(), example, the_actor().id)


def _parts(instrument: Instrument) -> list[Part]:
    """The parts of an assessment that practice has: every item, and no factor beside them."""
    return [replace(part, direction=None) for part in parts_of(instrument) if part.items]


def _fields(instrument: Instrument) -> list[str]:
    return [*(name for item in instrument.items for name in item_fields(item)[:2]), _SUMMARY, _REASON]


def _bound(example: Example) -> BoundGuidance:
    on = the_training().reference_date
    return current_context().library.bind(example.guidance, on=on, instrument=example.instrument)


def _form(example: Example, values: Values, errors: dict[str, list[str]], shown: str) -> str:
    """The form; ``shown`` are the marks of what is stored, which what is sent next is held against."""
    bound, words = _bound(example), _translator()
    instrument = bound.rules.instrument
    form, parts = Form(words, values, errors), _parts(instrument)
    sections = [section_in(form, part, instrument) for part in parts]
    rating, reason = FormView(bound, words, values, errors, is_rated=True).summary()
    titles = {name: field.of or field.label for name, field in form.fields.items()}
    titles |= {rating.name: rating.label, reason.name: reason.label}
    progress = {each.part.id: each for each in progress_of(parts, values, ())}
    left = next((each for each in progress.values() if not each.is_done), None)
    return render_template(
        "training/case.html",
        example=example,
        sections=sections,
        progress=progress,
        opened=left.part.id if left else None,
        rating=rating,
        reason=reason,
        errors=[(names.identifier(name), titles.get(name, name), text) for name in errors for text in errors[name]],
        shown=shown,
        keep=keeping_keys(f"practice {example.id}"),
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
    """Every item with one's own level, the reference and its reason, strengths first.

    Where the reference has no reason of its own, what the two levels mean is what the instrument has to say.
    """
    assert own is not None and other is not None  # noqa: S101, PT018 -- both were made of ratings
    rows = []
    for item in sorted(instrument.items, key=lambda item: item.kind != "protective"):
        place, levels = instrument.positions[item.id], instrument.levels(item)
        mine, reference = (levels[each.codes[place]] if each.codes[place] != BLANK else None for each in (own, other))
        rows.append(
            {
                "title": in_both_languages(item.title),
                "own": mine,
                "reference": reference,
                "is_same": mine == reference,
                "reason": example.reference.reasons.get(item.id),
                "means": {level: item.anchors[level] for level in (mine, reference) if level is not None},
            }
        )
    return rows
