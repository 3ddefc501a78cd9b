"""Testing an intake against a guidance, without storing anything."""

from flask import Response

from api.context.context import current_context
from api.evaluation.evaluation_input import Submission, read_submission, screen
from api.evaluation.examples import examples
from api.evaluation.schemas import EvaluationSchema
from api.web.declared_schemas import schema_of
from api.web.negotiation import json_answer
from api.web.problems import invalid_input
from api.web.schema_parts import InOneLanguageSchema
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import InputError
from screening import rendered
from screening.brief import Brief, decide_briefly

blueprint = RestBlueprint(
    "evaluations",
    __name__,
    url_prefix="/api/v1/evaluations",
    description="Tests an intake against a guidance and explains the result. Nothing is stored.",
)


@blueprint.post("")
@blueprint.arguments(
    EvaluationSchema,
    examples={each.id: {"summary": each.about.en, "value": each.body("en")} for each in examples().values()},
)
@blueprint.response(200, schema_of(rendered.Explanation))
@blueprint.doc(operationId="evaluateIntake")
def evaluate(shape: Shape) -> Response:
    """Test an intake and explain the result

    The answer is a recommendation for social services to review, with its reasons; it never decides.
    """  # noqa: D400 -- the first line is a heading in the documentation
    return json_answer(screen(current_context(), _read(shape)))


@blueprint.post("/<any(sv, en):language>")
@blueprint.arguments(EvaluationSchema)
@blueprint.response(200, schema_of(rendered.Explanation, InOneLanguageSchema))
@blueprint.doc(operationId="evaluateInLanguage")
def evaluate_in_language(shape: Shape, language: str) -> Response:
    """Test an intake and explain the result in one language

    The same answer in three quarters of the size: every text stands under the name of that language alone.
    """  # noqa: D400 -- as above
    response = json_answer(screen(current_context(), _read(shape), language))
    response.headers["Content-Language"] = language
    return response


@blueprint.post("/result")
@blueprint.arguments(EvaluationSchema)
@blueprint.response(200, schema_of(Brief))
@blueprint.doc(operationId="evaluateBriefly")
def evaluate_briefly(shape: Shape) -> Response:
    """Test an intake and tell the result alone

    Outcome and statuses as in the complete answer, without the reasons. Whoever reads a result without them cannot
    weigh it: show people the complete answer.
    """  # noqa: D400 -- as above
    submission = _read(shape)
    return json_answer(decide_briefly(submission.bound, submission.intake))


def _read(shape: Shape) -> Submission:
    try:
        return read_submission(current_context(), shape)
    except InputError as error:
        raise invalid_input(error.faults) from None
