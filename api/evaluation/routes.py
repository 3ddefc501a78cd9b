"""Testing an intake against a guidance, without storing anything."""

from flask import Response

from api.context.context import current_context
from api.evaluation.evaluation_input import read_submission, screen
from api.evaluation.examples import examples
from api.evaluation.schemas import EvaluationSchema
from api.web.declared_schemas import schema_of
from api.web.negotiation import json_answer
from api.web.problems import invalid_input
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import InputError
from screening import rendered

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
    context = current_context()
    try:
        submission = read_submission(context, shape)
    except InputError as error:
        raise invalid_input(error.faults) from None
    return json_answer(screen(context, submission))
