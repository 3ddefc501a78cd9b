"""Rating: the parts of an assessment, saved as they are written, with the short screen before them."""

from collections.abc import Mapping, Sequence

from flask import Response, abort, jsonify, request, url_for

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.users import names_of
from api.cases.case_file import open_file
from api.cases.forms import Form, Values, answer, errors_of, identifier, in_other_language
from api.cases.frame import (
    WorkTranslator,
    blueprint,
    instruments_by_age,
    library,
    page,
    posted,
    redirect_to,
    today,
    translator,
)
from api.cases.ratings.drafts import SECOND_RATING, discard_draft, start_draft
from api.cases.ratings.rating_parts import (
    LIST_PART,
    SUMMARY_PART,
    Part,
    list_of,
    parts_of,
    progress_of,
    section_in,
    summary_in,
)
from api.cases.ratings.rating_saving import Saved, draft_of, save_part
from api.cases.ratings.rating_values import AT, Conflict, faults_in, marks, unfinished_in, values_of
from api.cases.screenings import preview
from api.evaluation.fields import Choice
from api.frame.expiry import keeping_keys
from api.store.refusals import RuleError
from api.store.schema import Case, Draft
from instruments.faults import Fault, InputError
from instruments.messages import LANGUAGES
from instruments.model import Instrument

Errors = Mapping[str, Sequence[str]]
ACTION = "assessment:rate_again"


@blueprint.route("/cases/<case_id>/assess", methods=["GET", "POST"])
@allowed(ACTION)
def begin(case_id: str) -> Response:
    """Begin an assessment: first what the facts settle alone, then the choice of an instrument."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)
    if not case_file.is_asked_to_rate and not the_caller().may("assessment:write"):
        raise RuleError("not-asked-to-rate")

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, values, faults)
        choices = [
            Choice(
                each.id,
                words.say(each.title),
                words.t("work.begin.ages", low=each.design_age.min, high=each.design_age.max),
            )
            for each in instruments_by_age()
        ]
        form.add(
            "choice", "instrument", words.t("page.instrument"), choices=choices, help=words.t("page.instrument_help")
        )
        guidance = preview.chosen_guidance(case_file, request.args.get("guidance"))
        return page(
            "begin.html",
            form=form,
            case_file=case_file,
            case=case_file.case,
            age=case_file.age(today()),
            settled=preview.by_facts_alone(case_file, guidance),
            guidance=guidance,
            guidances=preview.guidances(),
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        name = values.get("instrument", "")
        if name not in library().instruments.ids():
            raise InputError([Fault("missing-key", "/instrument", {"name": "instrument"})])
        raw = {
            "assessed_on": today().isoformat(),
            "instrument": name,
            "ratings": {"instrument": name, "items": {}},
        }
        with caller_unit() as unit:
            draft = start_draft(unit, case_id, raw)
        if values.get("to") == LIST_PART:
            return redirect_to("work.rate", draft_id=draft.id, part=LIST_PART)
        return redirect_to("work.resume", draft_id=draft.id)

    return answer(show, save) if request.method == "POST" else show({}, {}, 200)


@blueprint.get("/drafts/<draft_id>")
@allowed(ACTION)
def resume(draft_id: str) -> Response:
    """Go on with an assessment at the item that was written in last."""
    with caller_unit() as unit:
        draft, instrument = draft_of(unit, draft_id)
    at = str(draft.content.get("at") or "")
    parts = parts_of(instrument)
    way, _, listed = at.partition(".")
    if way == LIST_PART:
        return redirect_to("work.rate", draft_id=draft_id, part=LIST_PART, _anchor=f"rate-{listed}" if listed else None)
    for part in parts:
        if at == part.id:
            return redirect_to("work.rate", draft_id=draft_id, part=part.id)
        if any(item.id == at for item in part.items):
            return redirect_to("work.rate", draft_id=draft_id, part=part.id, _anchor=f"rate-{at}")
    return redirect_to("work.rate", draft_id=draft_id, part=parts[0].id)


@blueprint.get("/drafts/<draft_id>/<part>")
@allowed(ACTION, plain=["part"])
def rate(draft_id: str, part: str) -> Response:
    """Show a part of an assessment."""
    with caller_unit() as unit:
        draft, instrument = draft_of(unit, draft_id)
    asked = _part(instrument, part)
    values = values_of(draft.content, instrument)
    return _show(draft, instrument, asked, values, values, _unfinished(draft, instrument, asked), 200)


def _unfinished(draft: Draft, instrument: Instrument, part: Part) -> dict[str, list[str]]:
    """What is missing in the answers of a part that are not complete, in words and by field."""
    faults = faults_in(draft.content, instrument)
    return errors_of([each for each in faults if each.field in part.fields], translator())


def show_summary(draft_id: str, faults: Errors, status: int) -> Response:
    """Show the part for the own rating, with what is missing in it."""
    with caller_unit() as unit:
        draft, instrument = draft_of(unit, draft_id)
    values, part = values_of(draft.content, instrument), _part(instrument, SUMMARY_PART)
    faults = {**_unfinished(draft, instrument, part), **faults}
    return _show(draft, instrument, part, values, values, faults, status)


def _part(instrument: Instrument, name: str) -> Part:
    every = (*parts_of(instrument), list_of(instrument))
    return next((each for each in every if each.id == name), None) or abort(404)


@blueprint.post("/drafts/<draft_id>/<part>")
@allowed(ACTION, plain=["part"])
def save(draft_id: str, part: str) -> Response:
    """Save a part of an assessment, for a page that is left and for one that saves as it is written in."""
    with caller_unit() as unit:
        draft, instrument = draft_of(unit, draft_id)
    shown, values = _part(instrument, part), posted()
    if values.get("change_language") in LANGUAGES:
        stored = values_of(draft.content, instrument)
        written = {**stored, **{name: values.get(name, "") for name in shown.fields}}
        language = values["change_language"]
        return in_other_language(language, lambda: _show(draft, instrument, shown, written, stored, {}, 200, values))
    saved = save_part(draft_id, shown, values)
    words = translator()
    errors = _errors(saved, words)
    if request.headers.get("Accept") == "application/json":
        return _as_data(saved, shown, instrument, errors, words)
    is_kept = not saved.unkept and not saved.conflicts
    if errors and not (is_kept and values.get("to", shown.id) not in ("", shown.id)):
        theirs = set(saved.changed) - {each.field for each in saved.conflicts}
        mine = {name: values.get(name, "") for name in shown.fields if name not in theirs}
        written = {**saved.stored, **mine}
        status = 409 if saved.conflicts else 422
        return _show(saved.draft, instrument, shown, written, saved.stored, errors, status)
    return _go_on(draft_id, instrument, shown, values)


def _go_on(draft_id: str, instrument: Instrument, part: Part, values: Values) -> Response:
    parts = [each.id for each in parts_of(instrument)]
    to = values.get("to", "")
    if to == "case":
        with caller_unit() as unit:
            draft, _ = draft_of(unit, draft_id)
        return redirect_to("work.case", case_id=draft.case_id)
    if to in (*parts, LIST_PART):
        return redirect_to("work.rate", draft_id=draft_id, part=to)
    if part.id in (SUMMARY_PART, LIST_PART):
        return redirect_to("work.counts", draft_id=draft_id)
    return redirect_to("work.rate", draft_id=draft_id, part=parts[parts.index(part.id) + 1])


def _errors(saved: Saved, words: WorkTranslator) -> dict[str, list[str]]:
    errors = errors_of(saved.faults, words)
    for conflict in saved.conflicts:
        errors.setdefault(conflict.field, []).append(_both_versions(conflict, saved, words))
    return errors


def _both_versions(conflict: Conflict, saved: Saved, words: WorkTranslator) -> str:
    """Both versions of a field, in words."""
    at, theirs = words.clock(saved.draft.saved_at), conflict.theirs_in_words(words)
    if not saved.other:
        return words.t("work.rate.conflict_own", at=at, theirs=theirs)
    return words.t("work.rate.conflict", who=saved.other, at=at, theirs=theirs)


def _message(saved: Saved, words: WorkTranslator) -> str:
    """What came of saving, in a sentence."""
    if saved.conflicts:
        key = "work.rate.two_versions" if saved.other else "work.rate.two_versions_own"
        return words.t(key, who=saved.other)
    sentences = [words.t("work.rate.saved_at", time=words.clock(saved.draft.saved_at))]
    if saved.unkept:
        sentences.append(words.t("work.rate.unsaved"))
    elif saved.faults:
        sentences.append(words.t("work.rate.unfinished"))
    return " ".join(sentences)


def _as_data(saved: Saved, part: Part, instrument: Instrument, errors: Errors, words: WorkTranslator) -> Response:
    progress = progress_of(parts_of(instrument), saved.stored, unfinished_in(saved.draft.content))
    answer = jsonify(
        status="conflict" if saved.conflicts else "partly_saved" if saved.unkept else "saved",
        message=_message(saved, words),
        faults={identifier(name): " ".join(texts) for name, texts in errors.items()},
        shown=marks(saved.stored, part.fields),
        values={name: saved.stored[name] for name in part.fields},
        changed_by_others=saved.changed,
        progress={each.part.id: words.t("page.form.progress", answered=each.answered, of=each.of) for each in progress},
    )
    answer.status_code = 409 if saved.conflicts else 200
    return answer


def _show(
    draft: Draft,
    instrument: Instrument,
    part: Part,
    values: Values,
    stored: Values,
    faults: Errors,
    status: int,
    sent: Values | None = None,
) -> Response:
    words = translator()
    with caller_unit() as unit:
        case = unit.session.get_one(Case, draft.case_id)
        saved_by = names_of(unit.session, [draft.saved_by]).get(draft.saved_by, draft.saved_by)
    form = Form(words, values, faults)
    parts = parts_of(instrument)
    sections = [section_in(form, each, instrument) for each in part.parts or (part,) if each.id != SUMMARY_PART]
    if part.id in (SUMMARY_PART, LIST_PART):
        summary_in(form, instrument)
    place = 0 if part.parts else parts.index(part)
    return page(
        {SUMMARY_PART: "summary.html", LIST_PART: "list.html"}.get(part.id, "rate.html"),
        draft=draft,
        case=case,
        saved_by=saved_by,
        instrument=instrument,
        part=part,
        title=words.say(part.title) if part.title else words.t(f"work.{part.id}.title"),
        form=form,
        sections=sections,
        progress=progress_of(parts, stored, unfinished_in(draft.content)),
        before=parts[place - 1] if place else None,
        shown=(sent or {}).get("shown") or marks(stored, part.fields),
        is_second=draft.kind == SECOND_RATING,
        at=(sent or {}).get(AT, ""),
        keep=keeping_keys(draft.id),
        address=url_for("work.save", draft_id=draft.id, part=part.id),
        is_refused=status != 200,
        status=status,
        has_form=True,
        words=words,
    )


@blueprint.post("/drafts/<draft_id>/discard")
@allowed(ACTION)
def discard(draft_id: str) -> Response:
    """Remove an assessment that is not to be gone on with; nothing in it was signed."""
    with caller_unit() as unit:
        draft, _ = draft_of(unit, draft_id)
        discard_draft(unit, draft_id)
    return redirect_to("work.case", case_id=draft.case_id, done="discarded")
