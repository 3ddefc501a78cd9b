"""Testing a case against a guidance, the recommendation with its reasons, and the review of it."""

from collections.abc import Mapping, Sequence

from flask import Response, abort, request

from api.accounts.caller import the_caller
from api.accounts.declarations import allowed
from api.evidence import evidence_of
from api.keeping import the_records
from api.pages import results
from api.pages.fields import Choice
from api.pages.work import settling
from api.pages.work.case_file import CaseFile, open_file
from api.pages.work.forms import Form, Values, answer, without_blanks
from api.pages.work.frame import actor, at_work, blueprint, lead_to, library, now, page, speech, today
from api.records.assessments import read_entry
from api.records.kinds import Screening
from api.records.reviews import countersign, sign_review
from api.records.screenings import explanation_of, screen_case
from api.service import the_service
from api.store.schema import Entry
from api.submission import Submission
from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from instruments.ratings import BLANK
from screening.coding import SUMMARY_RATING
from screening.rendering import render

Errors = Mapping[str, Sequence[str]]
DEVIATIONS = (
    "material_not_captured",
    "reading_of_criterion",
    "own_view_weighs",
    "safety",
    "local_policy",
    "other",
)
DONE = ("screened", "reviewed", "countersigned")


@blueprint.route("/cases/<case_id>/screen", methods=["GET", "POST"])
@allowed("screening:make")
def screen(case_id: str) -> Response:
    """Choose a guidance and test what the case holds against it."""
    with at_work() as session:
        found = open_file(session, case_id)

    def show(values: Values, faults: Errors, status: int) -> Response:
        words = speech()
        form = Form(words, {"guidance": settling.chosen_guidance(found, None), **values}, faults)
        choices = [Choice(name, words.say(title)) for name, title in settling.guidances()]
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
        with at_work() as session:
            screened = screen_case(session, now(), actor(), case_id, values.get("guidance", ""), library(), on=today())
        return lead_to("work.recommendation", screening_id=screened.entry.id, done="screened")

    return answer(show, save) if request.method == "POST" else show({}, {}, 200)


@blueprint.get("/screenings/<screening_id>")
@allowed("case:read")
def recommendation(screening_id: str) -> Response:
    """Show a recommendation with everything that it rests on, and its review."""
    return _show(screening_id, {}, {}, 200)


@blueprint.post("/screenings/<screening_id>/review")
@allowed("review:sign")
def review(screening_id: str) -> Response:
    """Sign a view of a recommendation: agree, or deviate with a reason of a kind and in words."""

    def save(values: Values) -> Response:
        with at_work() as session:
            entry = read_entry(session, now(), actor(), screening_id)
            stated = without_blanks(values, "verdict", "deviation", "reasons")
            if stated.get("verdict") == "agree":
                stated.pop("deviation", None)
            digest, policies = values.get("sha256", ""), the_records().policies
            sign_review(session, now(), actor(), entry.case_id, screening_id, digest, stated, policies=policies)
        return lead_to("work.recommendation", screening_id=screening_id, done="reviewed", _anchor="review")

    return answer(lambda values, faults, status: _show(screening_id, values, faults, status), save)


@blueprint.post("/reviews/<review_id>/countersign")
@allowed("deviation:confirm")
def confirm(review_id: str) -> Response:
    """Sign somebody else's deviation as the second person."""
    with at_work() as session:
        signed = read_entry(session, now(), actor(), review_id)
    screening = str(signed.subject_id)

    def save(values: Values) -> Response:
        with at_work() as session:
            stated = without_blanks({"note": values.get("confirm_note", "")}, "note")
            countersign(session, now(), actor(), signed.case_id, review_id, values.get("sha256", ""), stated)
        return lead_to("work.recommendation", screening_id=screening, done="countersigned", _anchor="review")

    return answer(lambda values, faults, status: _show(screening, values, faults, status), save)


def _show(screening_id: str, values: Values, faults: Errors, status: int) -> Response:
    words, service = speech(), the_service()
    with at_work() as session:
        entry = read_entry(session, now(), actor(), screening_id)
        if entry.kind != Screening.KIND:
            abort(404)
        found = open_file(session, entry.case_id)
    try:
        explained = explanation_of(entry, library())
    except (UnknownDefinitionError, AlteredDefinitionError):
        return page("gone.html", found=found, case=found.case, entry=entry, words=words, status=503)
    said = render(explained, service.catalogue, engine=service.engine)
    submission = Submission(explained.bound, explained.intake)
    rated = explained.intake.facts[SUMMARY_RATING]
    instrument = explained.bound.rules.instrument
    described_by = library().instruments.find(f"{instrument.id}@{instrument.version}", on=today())
    described = explained.bound.rules.dictionary.by_id[SUMMARY_RATING]
    done = request.args.get("done")
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
        evidence=evidence_of(service, described_by, is_rated=rated.code != BLANK) if entry.subject_id else None,
        instrument=instrument,
        summary=rated,
        summary_level=described.value_of(rated.code) if rated.code != BLANK else None,
        done=done if done in DONE else None,
        status=status,
        has_form=False,
        words=words,
        **_review_of(found, entry, values, faults),
    )


def _review_of(found: CaseFile, entry: Entry, values: Values, faults: Errors) -> dict[str, object]:
    """Where the review stands, and the forms that the reader may fill in."""
    words, caller = speech(), the_caller()
    newest = found.last(Screening.KIND)
    signed = found.about(entry, "review")
    countersigned = found.about(signed, "review_countersigned") if signed else None
    is_newest = newest is not None and newest.id == entry.id
    form = Form(words, values, faults)
    verdicts = form.options("work.option.verdict", ("agree", "deviate"))
    form.add("choice", "verdict", words.t("work.review.verdict"), choices=verdicts)
    deviations = form.options("work.option.deviation", DEVIATIONS)
    form.add(
        "choice",
        "deviation",
        words.t("work.review.deviation"),
        choices=deviations,
        help=words.t("work.review.deviation_help"),
    )
    form.add("long", "reasons", words.t("work.review.reasons"), help=words.t("work.review.reasons_help"))
    form.add("long", "confirm_note", words.t("work.field.note"))
    is_own = signed is not None and signed.made_by == actor().id
    waits = bool(signed and signed.content["needs_second_person"] and countersigned is None)
    return {
        "form": form,
        "signed": signed,
        "countersigned": countersigned,
        "newest": newest if not is_newest else None,
        "may_review": is_newest and caller.may("review:sign") and not found.is_asked_to_rate,
        "awaits_second": waits,
        "may_confirm": is_newest and waits and not is_own and caller.may("deviation:confirm"),
    }
