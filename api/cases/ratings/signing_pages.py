"""After the own rating: what the ratings count up to, what can no longer matter, and the signature."""

from collections.abc import Sequence

from flask import Response, request, url_for

from api.access.actors import caller_unit
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.cases.case_file import open_file
from api.cases.forms import identifier, in_words, problem_in_words
from api.cases.frame import (
    WorkTranslator,
    blueprint,
    library,
    page,
    posted,
    redirect_to,
    today,
    translator,
)
from api.cases.ratings import rating_pages as rating
from api.cases.ratings.assessments import sign_draft
from api.cases.ratings.drafts import SECOND_RATING, counts_of
from api.cases.ratings.item_strips import last_among, strip_groups
from api.cases.ratings.rating_parts import SUMMARY_PART, parts_of
from api.cases.ratings.rating_saving import draft_of
from api.cases.ratings.rating_values import item_fields, values_of
from api.cases.screenings import preview
from api.cases.screenings.rules import screen_case, try_draft
from api.context.context import current_context
from api.store.refusals import RuleError, StaleDraftError
from api.store.schema import Case
from instruments.faults import Fault, InputError
from instruments.model import Instrument
from screening import rendered


@blueprint.get("/drafts/<draft_id>/counts")
@allowed(rating.ACTION)
def counts(draft_id: str) -> Response:
    """Show what the ratings count up to, once the professional has rated; and the signature."""
    return _show(draft_id, [], 200)


@blueprint.post("/drafts/<draft_id>/sign")
@allowed(rating.ACTION)
def sign(draft_id: str) -> Response:
    """Sign the assessment. It is never changed after that."""
    values, words = posted(), translator()
    version = values.get("version", "")
    try:
        with caller_unit() as unit:
            draft, _ = draft_of(unit, draft_id)
            entry = sign_draft(
                unit,
                draft_id,
                int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
                hidden_from_guardians=values.get("hidden") == "yes",
            )
    except StaleDraftError as error:
        return _show(draft_id, [("", problem_in_words(error))], 409)
    except InputError as error:
        return _show(draft_id, [(_place(fault), in_words(fault, words)) for fault in error.faults], 422)
    if values.get("to") == "screen" and draft.kind != SECOND_RATING and the_caller().may("screening:make"):
        return _compare(entry.case_id, values.get("guidance", ""))
    return redirect_to("work.case", case_id=entry.case_id, done="signed")


def _compare(case_id: str, guidance: str) -> Response:
    """Screen the case by the guidance that was looked at before signing; where that cannot be, another is chosen."""
    try:
        with caller_unit() as unit:
            screened = screen_case(unit, case_id, guidance, on=today())
    except (InputError, RuleError):
        return redirect_to("work.screen", case_id=case_id)
    return redirect_to("work.recommendation", screening_id=screened.entry.id, done="screened")


def _place(fault: Fault) -> str:
    name = fault.where.strip("/").replace("/", ".").removeprefix("unfinished.")
    return "summary.reoffending_risk" if name == "summary" else name


def _show(draft_id: str, faults: Sequence[tuple[str, str]], status: int) -> Response:
    words = translator()
    try:
        with caller_unit() as unit:
            draft, instrument = draft_of(unit, draft_id)
            case_file = open_file(unit, draft.case_id)
            case = unit.session.get_one(Case, draft.case_id)
            profile = counts_of(unit, draft_id)
    except RuleError as error:
        return rating.show_summary(draft_id, {"summary.reoffending_risk": [problem_in_words(error)]}, 409)
    guidance = preview.chosen_guidance(case_file, request.args.get("guidance"))
    values = values_of(draft.content, instrument)
    is_second = draft.kind == SECOND_RATING
    earlier = None if is_second else last_among(case_file.entries, instrument, library())
    return page(
        "counts.html",
        draft=draft,
        case=case,
        instrument=instrument,
        domains={domain.id: domain.title for domain in instrument.domains},
        is_complete=profile.complete_to_sign,
        said=_tried(draft_id, guidance),
        guidance=guidance,
        guidances=preview.guidances(),
        may_compare=not is_second and the_caller().may("screening:make") and not case_file.is_asked_to_rate,
        errors=list(dict.fromkeys(_listed(draft_id, name, text, instrument, words) for name, text in faults)),
        values=values,
        strips=strip_groups(values, instrument, words, earlier),
        parts=parts_of(instrument),
        status=status,
        words=words,
    )


def _tried(draft_id: str, guidance: str) -> rendered.Explanation | None:
    """What the ratings come to with the facts by a guidance; None where that cannot be told."""
    try:
        with caller_unit() as unit:
            explanation = try_draft(unit, draft_id, guidance)
    except InputError:
        return None
    return current_context().in_words(explanation, translator().language_of_answers)


def _listed(draft_id: str, name: str, text: str, instrument: Instrument, words: WorkTranslator) -> tuple[str, str, str]:
    """A fault with the address of its field and what the field is called; alike for all fields of one question."""
    part = next((each for each in parts_of(instrument) if name in each.fields), None)
    item = next((each for each in instrument.items if name in item_fields(each)), None)
    label = _label(name, words) if item is None else words.say(item.title)
    anchor = identifier(name if item is None else item_fields(item)[0]) or None
    address = url_for("work.rate", draft_id=draft_id, part=part.id if part else SUMMARY_PART, _anchor=anchor)
    return address, label, text


def _label(name: str, words: WorkTranslator) -> str:
    if name.startswith("extra."):
        return words.t(f"work.rate.extra_title.{name.split('.')[1]}")
    if name.startswith("critical."):
        return words.t("work.summary.critical", number=name.split(".")[1])
    short = {"completeness_reason": "completeness"}.get(name, name.removeprefix("summary."))
    key = f"work.summary.{short}"
    return words.t(key) if words.knows(key) else words.t("work.form.whole")
