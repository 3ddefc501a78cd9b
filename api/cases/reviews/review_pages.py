"""The page of a review: signing it, sending back with a question, answering that, and settling a deviation."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.case_file import CaseFile
from api.cases.forms import Form, Values, answer, without_blanks
from api.cases.frame import WorkTranslator, blueprint, library, page, redirect_to, translator
from api.cases.ratings.assessments import read_entry
from api.cases.ratings.item_strips import strips_of
from api.cases.ratings.rating_values import TEXTS, item_fields, values_of
from api.cases.reviews import reviewing
from api.cases.reviews.rules import answer_question, countersign, reject, return_with_question, sign_review
from api.cases.screenings.opening import open_screening
from api.context.context import current_context
from api.evaluation import results
from api.store.schema import Entry
from instruments.faults import Fault, InputError

Errors = Mapping[str, Sequence[str]]
DONE = ("reviewed", "countersigned", "rejected", "returned", "answered")


@blueprint.get("/screenings/<screening_id>/review")
@allowed("case:read")
def review_page(screening_id: str) -> Response:
    """Show what a reviewer needs on one page, with what the reader may do there."""
    return _show(screening_id, {}, {}, 200)


@blueprint.post("/screenings/<screening_id>/review")
@allowed("review:sign")
def review(screening_id: str) -> Response:
    """Agree with a recommendation, deviate with what applies instead and why, or send it back with a question."""

    def save(values: Values) -> Response:
        verdict, digest = values.get("verdict"), values.get("sha256", "")
        with caller_unit() as unit:
            entry = read_entry(unit, screening_id)
            if verdict == reviewing.RETURN:
                stated = without_blanks(values, "question")
                return_with_question(unit, entry.case_id, screening_id, digest, stated)
            else:
                names = ("verdict", "reasons") if verdict == "agree" else ("verdict", "applies", "deviation", "reasons")
                sign_review(unit, entry.case_id, screening_id, digest, without_blanks(values, *names))
        return _done(screening_id, "returned" if verdict == reviewing.RETURN else "reviewed")

    return answer(lambda values, faults, status: _show(screening_id, values, faults, status), save)


@blueprint.post("/questions/<question_id>/answer")
@allowed("review:answer")
def answer_reviewer(question_id: str) -> Response:
    """Answer a reviewer's question."""
    with caller_unit() as unit:
        asked = read_entry(unit, question_id)
    screening = str(asked.subject_id)

    def save(values: Values) -> Response:
        with caller_unit() as unit:
            answer_question(unit, asked.case_id, question_id, without_blanks(values, "reply"))
        return _done(screening, "answered")

    return answer(lambda values, faults, status: _show(screening, values, faults, status), save)


@blueprint.post("/reviews/<review_id>/second-person")
@allowed("deviation:confirm")
def settle(review_id: str) -> Response:
    """Confirm somebody else's deviation as the second person, or reject it with the reason."""
    with caller_unit() as unit:
        signed = read_entry(unit, review_id)
    screening = str(signed.subject_id)

    def save(values: Values) -> Response:
        chosen, written = values.get("answer", ""), values.get("second_reasons", "").strip()
        if chosen not in reviewing.ANSWERS:
            raise InputError([Fault("missing-key", "/answer", {"name": "answer"})])
        if chosen == "reject" and not written:
            raise InputError([Fault("missing-key", "/second_reasons", {"name": "second_reasons"})])
        sign, name = (reject, "reasons") if chosen == "reject" else (countersign, "note")
        stated = without_blanks({name: written}, name)
        with caller_unit() as unit:
            sign(unit, signed.case_id, review_id, values.get("sha256", ""), stated)
        return _done(screening, "rejected" if chosen == "reject" else "countersigned")

    return answer(lambda values, faults, status: _show(screening, values, faults, status), save)


def _done(screening_id: str, done: str) -> Response:
    return redirect_to("work.review_page", screening_id=screening_id, done=done)


def _show(screening_id: str, values: Values, faults: Errors, status: int) -> Response:
    words = translator()
    entry, case_file, explained = open_screening(screening_id)
    worded = current_context().in_words(explained, words.language_of_answers)
    part, done = reviewing.review_part(case_file, entry), request.args.get("done")
    form = Form(words, values, faults)
    reviewing.ask_for_review(form, words, part.reviewed)
    assessment = case_file.entry(entry.subject_id)
    return page(
        "review.html",
        case_file=case_file,
        case=case_file.case,
        entry=entry,
        explanation=worded,
        safety=results.raised_safety(worded),
        reasons=results.decisive_reasons(worded),
        part=part,
        exchanges=reviewing.exchanges(case_file, entry),
        assessment=assessment,
        **(_rated(assessment, case_file, words) if assessment else {}),
        done=done if done in DONE else None,
        form=form,
        status=status,
        has_form=part.act != "read",
        words=words,
    )


def _rated(assessment: Entry, case_file: CaseFile, words: WorkTranslator) -> dict[str, Any]:
    """What of an assessment a reviewer reads: its strips, what weighs most, and what was written to its answers."""
    instrument = library().instruments.find(assessment.content["instrument"], on=assessment.made_at.date()).content
    values = values_of(assessment.content, instrument)
    notes = [
        (item.title, values.get(note), values.get(source))
        for item in instrument.items
        for _, note, source in (item_fields(item),)
        if values.get(note)
    ]
    return {
        "strips": strips_of(assessment, case_file.entries, library(), words),
        "notes": notes,
        "titles": {item.id: item.title for item in instrument.items},
        "texts": [(name, assessment.content[name]) for name in TEXTS if assessment.content.get(name)],
    }
