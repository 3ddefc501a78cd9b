"""Cases: opening one, finding the same person again, and lists."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask import Response

from api.access.declarations import allowed
from api.cases.register import (
    Listed,
    NewCase,
    faults_of_reference,
    list_cases,
    read_case,
    same_person,
    start_case,
    units_of,
)
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import answer, parts_of, require, route_unit
from api.cases.reviews.schemas import result_data
from api.cases.schemas import (
    CaseListQuerySchema,
    CaseListSchema,
    FoundSchema,
    NewCaseSchema,
    OneCaseSchema,
    PersonSchema,
)
from api.context.context import current_context
from api.context.unit import Unit
from api.store.identity import PersonalNumber, read_personal_number
from api.web.paging import read_moment_cursor, write_cursor
from api.web.shape import Shape
from api.web.smorest import ETAG, RestBlueprint
from instruments.faults import Fault, InputError

CASES = "/api/v1/cases"
CASE = "/<string(length=32):case_id>"

blueprint = RestBlueprint(
    "cases", __name__, url_prefix=CASES, description="Cases: opening one, finding a person again, and lists."
)


@blueprint.get("")
@allowed("case:list")
@blueprint.arguments(CaseListQuerySchema, location="query")
@blueprint.response(200, CaseListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listCases")
def list_all(shape: Shape) -> Response:
    """List the cases of one's units

    Those with the latest entry first. Cases of other units are in no list, also where a ground was stated.
    """  # noqa: D400 -- the first line is a heading in the documentation
    after = read_moment_cursor(shape.parts.get("after"))
    with route_unit() as unit:
        page = list_cases(unit, after=after, limit=shape.parts["limit"], stage=shape.parts.get("stage"))
    following = write_cursor(page.after[0].isoformat(), page.after[1]) if page.after else None
    return answer({"cases": [_listed(each) for each in page.cases], "next": following})


@blueprint.post("")
@allowed("case:open")
@blueprint.arguments(NewCaseSchema)
@blueprint.response(201, OneCaseSchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="openCase", parameters=[IDEMPOTENCY_KEY])
def start(shape: Shape) -> Response:
    """Open a case

    The personal number is checked and kept as a keyed digest only, for finding the same person again.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)
    if sent["registered_sex"] is not None:
        require("monitoring:write")

    def make(unit: Unit) -> Made:
        new = _read_new_case(sent, unit.now.date())
        case = start_case(unit, new, current_context().settings.identity_keys)
        return _show(unit, (case.id,))

    return create(sent, make, _show)


@blueprint.post("/search")
@allowed("case:list")
@blueprint.arguments(PersonSchema)
@blueprint.response(200, FoundSchema, headers=ETAG)
@blueprint.doc(operationId="findCases")
def search(shape: Shape) -> Response:
    """Find the cases of a person

    It is a POST, since what stands in an address is logged on the way. Cases of other units are not told of.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)
    with route_unit() as unit:
        number = read_personal_number(sent["personal_number"], on=unit.now.date(), where="/personal_number")
        cases = same_person(unit, number, current_context().settings.identity_keys)
    return answer(
        {
            "cases": [
                {
                    "id": case.id,
                    "unit": case.unit_id,
                    "reference": case.reference,
                    "opened_at": case.opened_at.isoformat(),
                }
                for case in cases
            ]
        }
    )


@blueprint.get(CASE)
@allowed("case:read")
@blueprint.response(200, OneCaseSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showCase")
def show(case_id: str) -> Response:
    """Show a case"""  # noqa: D400 -- a heading in the documentation
    with route_unit() as unit:
        made = _show(unit, (case_id,))
    return answer(made.data())


def _show(unit: Unit, records: tuple[str, ...]) -> Made:
    [case_id] = records
    listed = read_case(unit, case_id)
    data = {**_listed(listed), "units": units_of(unit.session, case_id)}
    return Made(case_id, records, lambda: data, f"{CASES}/{case_id}")


def _listed(listed: Listed) -> dict[str, Any]:
    case = listed.case
    return {
        "id": case.id,
        "unit": case.unit_id,
        "reference": case.reference,
        "birth_date": case.birth_date.isoformat() if case.birth_date else None,
        "opened_at": case.opened_at.isoformat(),
        "opened_by": case.opened_by,
        "stage": listed.stage,
        "last_entry_at": listed.last_entry_at.isoformat(),
        "next_meeting_by": listed.next_meeting_by.isoformat() if listed.next_meeting_by else None,
        "caseworker": listed.caseworker,
        "co_worker": listed.co_worker,
        "guidance": listed.guidance,
        **result_data(listed.result),
        "is_blind": listed.is_blind,
    }


def _read_new_case(sent: Mapping[str, Any], today: date) -> NewCase:
    faults = [] if sent["unit"].strip() else [Fault("text-missing", "/unit", {"name": "unit"})]
    faults += faults_of_reference(sent["reference"])
    number: PersonalNumber | None = None
    if sent["personal_number"] is not None:
        try:
            number = read_personal_number(sent["personal_number"], on=today, where="/personal_number")
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return NewCase(
        unit=sent["unit"],
        reference=sent["reference"].strip(),
        birth_date=sent["birth_date"],
        number=number,
        registered_sex=cast(Any, sent["registered_sex"]),
    )
