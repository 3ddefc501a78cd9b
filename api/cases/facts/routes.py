"""Facts of a case, each with its source and date."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from api.access.declarations import allowed
from api.cases.entry_schemas import FactsMadeSchema, NewFactsSchema
from api.cases.facts.rules import current_facts, record_facts
from api.cases.journal import open_case
from api.cases.ratings.assessments import read_entry
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import answer, parts_of, route_unit
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_data, split_hidden
from api.context.unit import Unit
from api.store.schema import Entry
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import Fault, InputError

blueprint = RestBlueprint("facts", __name__, url_prefix=CASES, description="Facts of a case, with source and date.")


@blueprint.get(f"{CASE}/facts")
@allowed("case:read")
@blueprint.response(200, FactsMadeSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listFacts")
def list_facts(case_id: str) -> Response:
    """List what is known now

    One entry for each fact: the one that no later entry has taken the place of.
    """  # noqa: D400 -- the first line is a heading in the documentation
    with route_unit() as unit:
        open_case(unit, case_id)
        entries = current_facts(unit.session, case_id)
    return answer({"entries": [entry_data(each) for each in entries.values()]})


@blueprint.post(f"{CASE}/facts")
@allowed("facts:write")
@blueprint.arguments(NewFactsSchema)
@blueprint.response(201, FactsMadeSchema)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="recordFacts", parameters=[IDEMPOTENCY_KEY])
def write(shape: Shape, case_id: str) -> Response:
    """Record facts

    Each takes the place of what was known of it before, which is kept.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)

    def make(unit: Unit) -> Made:
        content, hidden = split_hidden(sent)
        facts = content.pop("facts", None)
        faults = [Fault("unknown-key", f"/{name[:80]}", {"name": name[:80]}) for name in content]
        if not isinstance(facts, Mapping):
            faults.append(Fault("wrong-type", "/facts", {"name": "facts", "expected": "mapping"}))
        elif not facts:
            faults.append(Fault("missing-key", "/facts", {"name": "facts"}))
        if faults or not isinstance(facts, Mapping):
            raise InputError(faults)
        try:
            made = record_facts(unit, case_id, facts, hidden_from_guardians=hidden)
        except InputError as error:
            raise InputError(fault.under("/facts") for fault in error.faults) from None
        return _made(case_id, made)

    def again(unit: Unit, records: tuple[str, ...]) -> Made:
        return _made(case_id, [read_entry(unit, each) for each in records])

    return create(sent, make, again)


def _made(case_id: str, entries: list[Entry]) -> Made:
    def data() -> Any:
        return {"entries": [entry_data(each) for each in entries]}

    return Made(case_id, tuple(each.id for each in entries), data, f"{CASES}/{case_id}/facts")
