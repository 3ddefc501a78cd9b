"""Reviews: a professional signs one explanation or sends it back with a question; another settles a deviation."""

from flask import Response

from api.access.declarations import allowed
from api.cases.entry_schemas import EntrySchema
from api.cases.kind_schemas import body_of
from api.cases.kinds import Review, ReviewAnswered, ReviewCountersigned, ReviewRejected, ReviewReturned
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import parts_of
from api.cases.reviews.rules import answer_question, countersign, reject, return_with_question, sign_review
from api.cases.routes import CASE, CASES
from api.cases.screenings.routes import SCREENING
from api.cases.showing import entry_again, made_entry, refuse_own
from api.context.unit import Unit
from api.web.preconditions import digest_read, if_match
from api.web.shape import Shape
from api.web.smorest import RestBlueprint

_OWN = ("screening_sha256", "needs_second_person")
_DIGEST = if_match("The ETag of the screening, or the digest of the explanation that was read.")

blueprint = RestBlueprint(
    "reviews", __name__, url_prefix=CASES, description="A professional's view of an explanation, signed."
)


@blueprint.post(f"{SCREENING}/reviews")
@allowed("review:sign")
@blueprint.arguments(body_of("Review", Review, leave_out=_OWN))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(412, "PRECONDITION_FAILED")
@blueprint.alt_response(428, "PRECONDITION_REQUIRED")
@blueprint.doc(operationId="signReview", parameters=[_DIGEST, IDEMPOTENCY_KEY])
def sign(shape: Shape, case_id: str, screening_id: str) -> Response:
    """Sign a review of a screening

    Agree, or deviate with the outcome that applies instead, a reason and a text. Whoever signed the assessment that the
    screening rests on may not. If the case was screened anew since, the answer is 412 with both.
    """  # noqa: D400 -- the first line is a heading in the documentation
    digest, sent = digest_read(), parts_of(shape)

    def make(unit: Unit) -> Made:
        refuse_own(sent, *_OWN)
        return made_entry(sign_review(unit, case_id, screening_id, digest, sent))

    return create(sent, make, entry_again)


@blueprint.post(f"{CASE}/reviews/<string(length=32):review_id>/countersignatures")
@allowed("deviation:confirm")
@blueprint.arguments(body_of("ReviewCountersigned", ReviewCountersigned, leave_out=_OWN))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(412, "PRECONDITION_FAILED")
@blueprint.alt_response(428, "PRECONDITION_REQUIRED")
@blueprint.doc(operationId="confirmDeviation", parameters=[_DIGEST, IDEMPOTENCY_KEY])
def confirm(shape: Shape, case_id: str, review_id: str) -> Response:
    """Confirm a deviation as the second person

    From then on the outcome that the deviation states applies. The second person is neither reviewer nor rater.
    """  # noqa: D400 -- the first line is a heading in the documentation
    digest, sent = digest_read(), parts_of(shape)

    def make(unit: Unit) -> Made:
        refuse_own(sent, *_OWN)
        return made_entry(countersign(unit, case_id, review_id, digest, sent))

    return create(sent, make, entry_again)


@blueprint.post(f"{CASE}/reviews/<string(length=32):review_id>/rejections")
@allowed("deviation:confirm")
@blueprint.arguments(body_of("ReviewRejected", ReviewRejected, leave_out=_OWN))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(412, "PRECONDITION_FAILED")
@blueprint.alt_response(428, "PRECONDITION_REQUIRED")
@blueprint.doc(operationId="rejectDeviation", parameters=[_DIGEST, IDEMPOTENCY_KEY])
def turn_down(shape: Shape, case_id: str, review_id: str) -> Response:
    """Reject a deviation as the second person

    With the reason. The computed outcome applies, and the recommendation goes back to be reviewed anew.
    """  # noqa: D400 -- the first line is a heading in the documentation
    digest, sent = digest_read(), parts_of(shape)

    def make(unit: Unit) -> Made:
        refuse_own(sent, *_OWN)
        return made_entry(reject(unit, case_id, review_id, digest, sent))

    return create(sent, make, entry_again)


@blueprint.post(f"{SCREENING}/questions")
@allowed("review:sign")
@blueprint.arguments(body_of("ReviewReturned", ReviewReturned, leave_out=_OWN))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(412, "PRECONDITION_FAILED")
@blueprint.alt_response(428, "PRECONDITION_REQUIRED")
@blueprint.doc(operationId="returnRecommendation", parameters=[_DIGEST, IDEMPOTENCY_KEY])
def send_back(shape: Shape, case_id: str, screening_id: str) -> Response:
    """Send a recommendation back with a question

    Instead of a review: the case waits for the caseworker's answer, or for a new screening. Whoever signed the
    assessment that the screening rests on may not.
    """  # noqa: D400 -- the first line is a heading in the documentation
    digest, sent = digest_read(), parts_of(shape)

    def make(unit: Unit) -> Made:
        refuse_own(sent, *_OWN)
        return made_entry(return_with_question(unit, case_id, screening_id, digest, sent))

    return create(sent, make, entry_again)


@blueprint.post(f"{CASE}/questions/<string(length=32):question_id>/answers")
@allowed("review:answer")
@blueprint.arguments(body_of("ReviewAnswered", ReviewAnswered))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="answerReviewer", parameters=[IDEMPOTENCY_KEY])
def reply(shape: Shape, case_id: str, question_id: str) -> Response:
    """Answer a reviewer's question

    From then on the recommendation waits for its review again. A question that is answered, that a review was signed
    without, or that was about an earlier screening is not answered.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        return made_entry(answer_question(unit, case_id, question_id, sent))

    return create(sent, make, entry_again)
