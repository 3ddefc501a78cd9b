"""Testing a case against a guidance, and the recommendation with its reasons."""

from collections.abc import Mapping, Sequence

from flask import Response, request

from api.access.actors import caller_unit
from api.access.declarations import allowed
from api.cases.case_file import open_file
from api.cases.forms import Form, Values, answer
from api.cases.frame import blueprint, library, page, redirect_to, today, translator
from api.cases.ratings.item_strips import strips_of
from api.cases.reviews import reviewing
from api.cases.screenings import preview
from api.cases.screenings.opening import open_screening
from api.cases.screenings.rules import best_before_of, screen_case
from api.context.context import current_context
from api.definitions.evidence import evidence_of
from api.evaluation import results
from api.evaluation.evaluation_input import Submission
from api.evaluation.fields import Choice
from instruments.ratings import BLANK
from screening.coding import SUMMARY_RATING

Errors = Mapping[str, Sequence[str]]


@blueprint.route("/cases/<case_id>/screen", methods=["GET", "POST"])
@allowed("screening:make")
def screen(case_id: str) -> Response:
    """Choose a guidance and test what the case holds against it."""
    with caller_unit() as unit:
        case_file = open_file(unit, case_id)

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = translator()
        form = Form(words, {"guidance": preview.chosen_guidance(case_file, None), **values}, faults)
        choices = [Choice(name, words.say(title)) for name, title in preview.guidances()]
        form.add("select", "guidance", words.t("page.guidance"), choices=choices, help=words.t("page.guidance_help"))
        assessment = case_file.last("assessment")
        return page(
            "screen.html",
            form=form,
            case_file=case_file,
            case=case_file.case,
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
    words, context = translator(), current_context()
    entry, case_file, explained = open_screening(screening_id)
    worded = context.in_words(explained, words.language_of_answers)
    submission = Submission(explained.bound, explained.intake)
    rated = explained.intake.facts[SUMMARY_RATING]
    instrument = explained.bound.rules.instrument
    described_by = library().instruments.find(f"{instrument.id}@{instrument.version}", on=today())
    described = explained.bound.rules.dictionary.by_id[SUMMARY_RATING]
    done = request.args.get("done")
    rating, part = case_file.entry(entry.subject_id), reviewing.review_part(case_file, entry)
    return page(
        "recommendation.html",
        case_file=case_file,
        case=case_file.case,
        entry=entry,
        **results.shown_parts(worded),
        strengths=results.strengths(submission, words),
        domains={domain.id: domain.title for domain in explained.bound.rules.instrument.domains},
        evidence=evidence_of(context, described_by, is_rated=rated.code != BLANK) if entry.subject_id else None,
        instrument=instrument,
        summary=rated,
        summary_level=described.value_of(rated.code) if rated.code != BLANK else None,
        done=done if done == "screened" else None,
        words=words,
        rated_by=rating.made_by if rating else None,
        strips=strips_of(rating, case_file.entries, library(), words) if rating else [],
        part=part,
        best_before=None if part.newest else best_before_of(entry, explained, library()),
        today=today().isoformat(),
    )
