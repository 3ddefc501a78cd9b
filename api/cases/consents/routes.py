"""Consents per person and recipient, and their withdrawal."""

from flask import Response

from api.access.declarations import allowed
from api.cases.consents.rules import record_consent, withdraw_consent
from api.cases.entry_schemas import EntrySchema
from api.cases.kind_schemas import body_of
from api.cases.kinds import Consent, ConsentWithdrawn
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import parts_of
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_again, made_entry
from api.context.unit import Unit
from api.web.shape import Shape
from api.web.smorest import RestBlueprint

blueprint = RestBlueprint(
    "consents", __name__, url_prefix=CASES, description="Consents per person and recipient, and their withdrawal."
)


@blueprint.post(f"{CASE}/consents")
@allowed("consent:write")
@blueprint.arguments(body_of("ConsentAnswer", Consent))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="recordConsent", parameters=[IDEMPOTENCY_KEY])
def write(shape: Shape, case_id: str) -> Response:
    """Record an answer about sharing

    Of one person towards one recipient; it takes the place of their answer before.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        return made_entry(record_consent(unit, case_id, sent))

    return create(sent, make, entry_again)


@blueprint.post(f"{CASE}/consents/<string(length=32):consent_id>/withdrawals")
@allowed("consent:write")
@blueprint.arguments(body_of("ConsentWithdrawn", ConsentWithdrawn))
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="withdrawConsent", parameters=[IDEMPOTENCY_KEY])
def withdraw(shape: Shape, case_id: str, consent_id: str) -> Response:
    """Withdraw a consent

    From that moment nothing may be shared on it. What was recorded is kept.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        return made_entry(withdraw_consent(unit, case_id, consent_id, sent))

    return create(sent, make, entry_again)
