"""Screenings of a case: made, shown, worked out again, and compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response

from api.access.declarations import allowed
from api.cases.journal import entries
from api.cases.kinds import Screening
from api.cases.ratings.assessments import read_entry
from api.cases.ratings.blind_rating import seen_by
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import answer, parts_of, route_unit
from api.cases.reviews.applicable_result import BEARING, ApplicableResult, Reviewed, results_among
from api.cases.reviews.schemas import result_data
from api.cases.routes import CASE, CASES
from api.cases.screenings.change import change_between
from api.cases.screenings.receipts import export_receipt, signing_key
from api.cases.screenings.rules import best_before_of, explanation_of, replay, screen_case
from api.cases.screenings.schemas import (
    BestBeforeSchema,
    BriefScreeningSchema,
    ChangeOverTimeSchema,
    NewScreeningSchema,
    ReceiptSchema,
    ReplaySchema,
    ScreeningSchema,
)
from api.cases.showing import entry_data
from api.context.context import current_context
from api.context.unit import Unit
from api.store.refusals import NotFoundError, RuleError
from api.store.schema import Entry
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import AlteredDefinitionError, UnknownDefinitionError
from screening.brief import brief_of_recorded
from screening.explanation import Explanation

SCREENING = f"{CASE}/screenings/<string(length=32):screening_id>"

blueprint = RestBlueprint(
    "screenings",
    __name__,
    url_prefix=CASES,
    description="Screenings of what a case holds, stored with all that they rest on.",
)


@blueprint.post(f"{CASE}/screenings")
@allowed("screening:make")
@blueprint.arguments(NewScreeningSchema)
@blueprint.response(201, ScreeningSchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="makeScreening", parameters=[IDEMPOTENCY_KEY])
def screen(shape: Shape, case_id: str) -> Response:
    """Screen a case

    By its facts, consents and latest signed assessment. The answer is a recommendation for review; it never decides.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        on = sent["reference_date"]
        made = screen_case(unit, case_id, sent["guidance"], on=on)
        return _made(Reviewed(made.entry, ApplicableResult(made.entry.content["outcome"])), made.explanation)

    return create(sent, make, _again)


@blueprint.post(f"{CASE}/screenings/result")
@allowed("screening:make")
@blueprint.arguments(NewScreeningSchema)
@blueprint.response(201, BriefScreeningSchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="makeScreeningBriefly", parameters=[IDEMPOTENCY_KEY])
def screen_briefly(shape: Shape, case_id: str) -> Response:
    """Screen a case and tell the result alone

    The same screening, stored in the same way. Its reasons are read at `explanation`, before anybody reviews it.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        return _made_briefly(screen_case(unit, case_id, sent["guidance"], on=sent["reference_date"]).entry)

    return create(sent, make, lambda unit, records: _made_briefly(_read(unit, records[0])))


@blueprint.get(SCREENING)
@allowed("case:read")
@blueprint.response(200, ScreeningSchema)
@blueprint.alt_response(304, description="The caller has it already.")
@blueprint.doc(operationId="showScreening")
def show(case_id: str, screening_id: str) -> Response:
    """Show a screening with its explanation

    The ETag begins with the digest of the explanation: a review is signed against it, or against the digest alone.
    """  # noqa: D400 -- the first line is a heading in the documentation
    with route_unit() as unit:
        made = _again(unit, (screening_id,))
    return answer(made.data(), etag=made.etag)


@blueprint.get(f"{SCREENING}/replay")
@allowed("screening:replay")
@blueprint.response(200, ReplaySchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="replayScreening")
def replay_one(case_id: str, screening_id: str) -> Response:
    """Work a screening out again

    By the very definitions that were used then.
    """  # noqa: D400 -- the first line is a heading in the documentation
    with route_unit() as unit:
        entry = _read(unit, screening_id)
        with _by_definitions_of_then():
            replayed = replay(entry, unit.library)
    digests = {
        "stored": replayed.stored,
        "from_submission": replayed.from_submission,
        "from_codes": replayed.from_codes,
    }
    return answer({"screening": screening_id, "agrees": replayed.agrees, **digests})


@blueprint.get(f"{SCREENING}/best-before")
@allowed("case:read")
@blueprint.response(200, BestBeforeSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="showBestBefore")
def best_before(case_id: str, screening_id: str) -> Response:
    """Tell until when a screening stands

    If nobody adds anything: until a birthday, an answer that is too old, a consent or another version of the rules
    changes a status, the outcome, a flag or the consents.
    """  # noqa: D400 -- the first line is a heading in the documentation
    with route_unit() as unit:
        entry = _read(unit, screening_id)
        with _by_definitions_of_then():
            explanation = explanation_of(entry, unit.library)
        best = best_before_of(entry, explanation, unit.library)
    return answer(best)


@blueprint.get(f"{SCREENING}/receipt")
@allowed("receipt:export")
@blueprint.response(200, ReceiptSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="exportReceipt")
def receipt(case_id: str, screening_id: str) -> Response:
    """Export a receipt without personal data

    Signed by the service; `underlag receipt verify` works it out again offline.
    """  # noqa: D400 -- the first line is a heading in the documentation
    key = signing_key(current_context().settings.signing_key)
    with route_unit() as unit:
        exported = export_receipt(unit, screening_id, key)
    return answer(exported)


@blueprint.get(f"{SCREENING}/changes-since/<string(length=32):entry_id>")
@allowed("case:read")
@blueprint.response(200, ChangeOverTimeSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="compareScreenings")
def changes(case_id: str, screening_id: str, entry_id: str) -> Response:
    """Tell what has changed since an earlier screening

    What changed in the young person, because another person rated, by time, or because a definition changed.
    """  # noqa: D400 -- the first line is a heading in the documentation
    with route_unit() as unit, _by_definitions_of_then():
        difference = change_between(unit, entry_id, screening_id)
    return answer(
        {
            "earlier": entry_id,
            "later": screening_id,
            "inputs": [each.as_data() for each in difference.inputs],
            "results": [each.as_data() for each in difference.results],
            "is_rater_told_apart": difference.is_rater_told_apart,
        }
    )


@contextmanager
def _by_definitions_of_then() -> Iterator[None]:
    """Refuse what cannot be worked out again, since a definition that it rests on is gone or was altered."""
    try:
        yield
    except (UnknownDefinitionError, AlteredDefinitionError):
        raise RuleError("definitions-differ") from None


def _read(unit: Unit, screening_id: str) -> Entry:
    entry = read_entry(unit, screening_id)
    if entry.kind != Screening.KIND:
        raise NotFoundError
    return entry


def _again(unit: Unit, records: tuple[str, ...]) -> Made:
    entry = _read(unit, records[0])
    with _by_definitions_of_then():
        explanation = explanation_of(entry, unit.library)
    bearing = seen_by(unit.session, entry.case_id, entries(unit.session, entry.case_id, *BEARING), unit.actor.id)
    return _made(results_among(bearing)[entry.id], explanation)


def _made(reviewed: Reviewed[Entry], explanation: Explanation) -> Made:
    entry, signed = reviewed.screening, reviewed.last

    def data() -> Any:
        shown = current_context().in_words(explanation)
        return {**entry_data(entry), **result_data(reviewed.result), "explanation": shown}

    # what is read changes with its review; whoever signs against the tag signs the digest that it begins with
    etag = "-".join([entry.content["sha256"], *([signed.id[:12]] if signed else [])])
    return Made(entry.case_id, (entry.id,), data, _address(entry), etag)


def _made_briefly(entry: Entry) -> Made:
    digest, address = entry.content["sha256"], _address(entry)
    own = {"id": entry.id, "case": entry.case_id, "sha256": digest}
    links = {"explanation": address, "best_before": f"{address}/best-before", "reviews": f"{address}/reviews"}

    def data() -> Any:
        return {**own, **links, **brief_of_recorded(entry.content["covered"])}

    return Made(entry.case_id, (entry.id,), data, address, digest)


def _address(entry: Entry) -> str:
    return f"{CASES}/{entry.case_id}/screenings/{entry.id}"
