"""Whether the process lives, and whether it can answer."""

from flask import Response, current_app

from api.context.context import current_context
from api.operation.health_schemas import HealthSchema, ReadySchema
from api.web.negotiation import json_answer
from api.web.problems import Problem
from api.web.smorest import RestBlueprint
from instruments.faults import AlteredDefinitionError, InputError

blueprint = RestBlueprint("health", __name__, description="Whether the service lives and can answer.")


@blueprint.get("/health")
@blueprint.response(200, HealthSchema)
@blueprint.doc(operationId="showHealth")
def health() -> Response:
    """Say that the process lives"""  # noqa: D400 -- a heading in the documentation
    return json_answer({"status": "ok"})


@blueprint.get("/ready")
@blueprint.response(200, ReadySchema)
@blueprint.doc(operationId="showReadiness")
def ready() -> Response:
    """Say that every definition is loaded, matches its lock and fits with the others, and that the database answers"""  # noqa: D400 -- as above
    context = current_context()
    try:
        definitions = context.check()
    except (AlteredDefinitionError, InputError) as error:
        # Definitions hold nothing about anyone, so what is wrong with them may stand in the log.
        current_app.logger.error("Definitions do not fit together: %s", error)
        raise Problem("not-ready") from None
    context.require_store()
    return json_answer({"status": "ready", "engine": context.engine, "definitions": definitions})
