"""Testing a case against a guidance, the recommendation with its reasons, and the review of it."""

from collections.abc import Mapping, Sequence

from flask import Response, abort, request

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.case_file import open_file
from api.cases.forms import Form, Values, answer, without_blanks
from api.cases.frame import blueprint, library, page, redirect_to, today, translator
from api.cases.kinds import Screening
from api.cases.ratings.assessments import read_entry
from api.cases.ratings.item_strips import strips_of
from api.cases.reviews import reviewing
from api.cases.reviews.rules import countersign, reject, sign_review
from api.cases.screenings import preview
from api.cases.screenings.rules import explanation_of, screen_case
from api.context.context import current_context
from api.definitions.evidence import evidence_of
from api.evaluation import results
from api.evaluation.evaluation_input import Submission
from api.evaluation.fields import Choice
from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.ratings import BLANK
from screening.coding import SUMMARY_RATING

Errors = Mapping[str, Sequence[str]]
DONE = ("screened", "reviewed", "countersigned", "rejected")


@blueprint.route("/cases/<case_id>/screen", methods=["GET", "POST"])
@allowed("screening:make")
def screen(case_id: str) -> Response:
    """Choose a guidance and test what the case holds against it."""
    with caller_unit() as unit:
        found = open_file(unit, case_id)

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, {"guidance": preview.chosen_guidance(found, None), **values}, faults)
        choices = [Choice(name, words.say(title)) for name, title in preview.guidances()]
        form.add("select", "guidance", words.t("page.guidance"), choices=choices, help=words.t("page.guidance_help"))
        assessment = found.last("assessment")
        return page(
            "screen.html",
            form=form,
            found=found,
            case=found.case,
            assessment=assessment,
            status=status,
            has_form=True,
            words=words,
        )

    def save(values: Values) -> Response:
        with caller_unit() as unit:
            screened = screen_case(unit, case_id, values.get("guidance", ""), on=today())
        return redirect_to("work.recommendation", screening_id=screened.entry.id, done="screened")

    return answer(show, save) if request.method == "POST" else show({}, {}, 200)


@blueprint.get("/screenings/<screening_id>")
@allowed("case:read")
def recommendation(screening_id: str) -> Response:
    """Show a recommendation with everything that it rests on, and its review."""
    return _show(screening_id, {}, {}, 200)


@blueprint.post("/screenings/<screening_id>/review")
@allowed("review:sign")
def review(screening_id: str) -> Response:
    """Sign a view of a recommendation: agree, or deviate with what applies instead and why."""

    def save(values: Values) -> Response:
        with caller_unit() as unit:
            entry = read_entry(unit, screening_id)
            is_agreement = values.get("verdict") == "agree"
            names = ("verdict", "reasons") if is_agreement else ("verdict", "applies", "deviation", "reasons")
            stated, digest = without_blanks(values, *names), values.get("sha256", "")
            sign_review(unit, entry.case_id, screening_id, digest, stated)
        return redirect_to("work.recommendation", screening_id=screening_id, done="reviewed", _anchor="review")

    return answer(lambda values, faults, status: _show(screening_id, values, faults, status), save)


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
        done = "rejected" if chosen == "reject" else "countersigned"
        return redirect_to("work.recommendation", screening_id=screening, done=done, _anchor="review")

    return answer(lambda values, faults, status: _show(screening, values, faults, status), save)


def _show(screening_id: str, values: Values, faults: Errors, status: int) -> Response:
    words, context = translator(), current_context()
    with caller_unit() as unit:
        entry = read_entry(unit, screening_id)
        if entry.kind != Screening.KIND:
            abort(404)
        found = open_file(unit, entry.case_id)
    try:
        explained = explanation_of(entry, library())
    except (UnknownDefinitionError, AlteredDefinitionError):
        return page("gone.html", found=found, case=found.case, entry=entry, words=words, status=503)
    said = context.in_words(explained)
    submission = Submission(explained.bound, explained.intake)
    rated = explained.intake.facts[SUMMARY_RATING]
    instrument = explained.bound.rules.instrument
    described_by = library().instruments.find(f"{instrument.id}@{instrument.version}", on=today())
    described = explained.bound.rules.dictionary.by_id[SUMMARY_RATING]
    done = request.args.get("done")
    rating = next((each for each in found.entries if each.id == entry.subject_id), None)
    form = Form(words, values, faults)
    reviewing.ask_for_review(form, words, entry.content["outcome"])
    return page(
        "recommendation.html",
        found=found,
        case=found.case,
        entry=entry,
        explanation=said,
        safety=results.raised_safety(said),
        reasons=results.decisive_reasons(said),
        strengths=results.strengths(submission, words),
        question_groups=results.groups_of_questions(said),
        distance=results.distance(said),
        flags=results.other_flags(said, "met"),
        flags_open=results.other_flags(said, "unknown"),
        domains={domain.id: domain.title for domain in explained.bound.rules.instrument.domains},
        evidence=evidence_of(context, described_by, is_rated=rated.code != BLANK) if entry.subject_id else None,
        instrument=instrument,
        summary=rated,
        summary_level=described.value_of(rated.code) if rated.code != BLANK else None,
        done=done if done in DONE else None,
        status=status,
        has_form=False,
        words=words,
        rated_by=rating.made_by if rating else None,
        strips=strips_of(rating, found.entries, library(), words) if rating else [],
        part=reviewing.review_part(found, entry),
        form=form,
    )
