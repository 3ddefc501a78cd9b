"""What the young person or a guardian has answered on the work, from a paper or another system."""

from datetime import date

from flask import Response

from api.access.declarations import allowed
from api.cases.entry_schemas import EntrySchema
from api.cases.experience.rules import record_experience
from api.cases.kind_schemas import body_of
from api.cases.kinds import ExperienceTold
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import parts_of
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_again, made_entry
from api.context.unit import Unit
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import InputError, UnknownDefinitionError

blueprint = RestBlueprint(
    "experiences", __name__, url_prefix=CASES, description="What the young person and guardians think of the work."
)


@blueprint.post(f"{CASE}/participation/experiences")
@allowed("participation:write")
@blueprint.arguments(body_of("ExperienceTold", ExperienceTold))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="recordExperienceTold", parameters=[IDEMPOTENCY_KEY])
def write(shape: Shape, case_id: str) -> Response:
    """Record answers on the work

    Of the young person or a guardian, by the questions that they were asked. No name is kept.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        content = dict(sent)
        try:
            asked = unit.library.experience_form(date.max, str(content.pop("definition", "")))
        except UnknownDefinitionError as error:
            raise InputError([error.fault.under("/definition")]) from error
        return made_entry(record_experience(unit, case_id, asked, content))

    return create(sent, make, entry_again)
