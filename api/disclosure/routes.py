"""What is made of a case for somebody outside it, and how the work with the young person goes."""

from datetime import date
from typing import Any

from flask import Response

from api.access.declarations import allowed
from api.audit.reads import proven_reads
from api.cases.consents.rules import Sharing
from api.cases.journal import entries, open_case
from api.cases.participation.rules import Participation, participations
from api.cases.request_handling import answer, parts_of, route_unit
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_data
from api.context.context import current_context
from api.context.unit import Unit
from api.disclosure.extracts import extract
from api.disclosure.readers import YOUNG_PERSON, Reader, reader_referred_to, recipient_reader
from api.disclosure.schemas import (
    ExtractSchema,
    NewExtractSchema,
    NewViewSchema,
    ParticipationSchema,
    ViewSchema,
)
from api.disclosure.views import view_for
from api.store.refusals import NotFoundError
from api.store.transactions import record_refusals_as
from api.web.shape import Shape
from api.web.smorest import ETAG, RestBlueprint
from instruments.faults import Fault, InputError

blueprint = RestBlueprint(
    "disclosure", __name__, url_prefix=CASES, description="What others may see of a case, and how the work goes."
)


@blueprint.post(f"{CASE}/views")
@allowed("view:make")
@blueprint.arguments(NewViewSchema)
@blueprint.response(200, ViewSchema, headers=ETAG)
@blueprint.doc(operationId="makeView")
def make_view(shape: Shape, case_id: str) -> Response:
    """Make what a recipient may see now

    By the consents that hold today. Nothing is sent by itself, and nothing is stored but the line in the log.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)
    with route_unit() as unit:
        reader = _recipient(sent["recipient"], unit)
        view = view_for(unit, case_id, reader)
    return answer({"sharing": _sharing(view.sharing), "view": view.data})


@blueprint.post(f"{CASE}/extracts")
@allowed("extract:make")
@blueprint.arguments(NewExtractSchema)
@blueprint.response(200, ExtractSchema, headers=ETAG)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="makeExtract")
def make_extract(shape: Shape, case_id: str) -> Response:
    """Make an extract for the young person or a guardian

    A guardian's leaves out what guardians are not to see, and does not say that it does. There is none for a guardian
    of somebody who is of age, or whose age is not known.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)
    with route_unit() as unit:
        refusal = unit.event("export", "extract", case=case_id, record=case_id, outcome="refused")
        with record_refusals_as(refusal):
            case = open_case(unit, case_id)
            recorded = entries(unit.session, case_id)
            reader = reader_referred_to(case, recorded, sent["reader"], unit.now.date(), unit.library)
        made = extract(unit, case_id, reader)
        if reader == YOUNG_PERSON:
            made.data.update(proven_reads(unit.session, case_id, current_context().settings.checkpoints))
    return answer({"extract": made.data, "left_out": made.left_out})


@blueprint.get(f"{CASE}/participation")
@allowed("case:read")
@blueprint.response(200, ParticipationSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showParticipation")
def show_participation(case_id: str) -> Response:
    """Show the periods of work, and when the network is to meet"""  # noqa: D400 -- a heading in the documentation
    with route_unit() as unit:
        open_case(unit, case_id)
        periods = [_period(each, unit.now.date()) for each in participations(unit.session, case_id)]
    return answer({"periods": periods})


def _recipient(code: str, unit: Unit) -> Reader:
    today = unit.now.date()
    try:
        return recipient_reader(code, today, unit.library)
    except NotFoundError:
        allowed_codes = list(unit.library.consent_rules(today).recipient_ids)
        faults = [Fault("unknown-recipient", "/recipient", {"value": code, "allowed": allowed_codes})]
        raise InputError(faults) from None


def _sharing(sharing: Sharing) -> dict[str, Any]:
    return {
        "recipient": sharing.recipient,
        "on": sharing.on.isoformat(),
        "is_allowed": sharing.is_allowed,
        "guardians_known": sharing.guardians_known,
        "persons": [{"person": person, "status": status} for person, status in sharing.persons],
    }


def _period(period: Participation, today: date) -> dict[str, Any]:
    return {
        "started_on": period.started_on.isoformat(),
        "ended_on": period.ended.content["ended_on"] if period.ended else None,
        "next_meeting_by": period.next_meeting_by.isoformat() if period.next_meeting_by else None,
        "is_overdue": period.is_overdue(today),
        "started": entry_data(period.started),
        "events": [entry_data(each) for each in period.events],
    }
