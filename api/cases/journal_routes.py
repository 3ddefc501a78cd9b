"""The journal of a case: what was recorded, and recording what has no route of its own."""

from flask import Response

from api.access.declarations import allowed
from api.cases.entry_schemas import EntryListQuerySchema, EntryListSchema, EntrySchema
from api.cases.events import record
from api.cases.kind_schemas import body_of, noun_of
from api.cases.kinds import RECORDABLE
from api.cases.ratings.assessments import read_entries, read_entry
from api.cases.recorded_kinds import RecordedContent
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.request_handling import answer, parts_of, require, route_unit
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_again, entry_data, made_entry, split_hidden
from api.context.unit import Unit
from api.web.paging import read_number_cursor, write_cursor
from api.web.shape import Shape
from api.web.smorest import RestBlueprint

blueprint = RestBlueprint(
    "journal", __name__, url_prefix=CASES, description="The journal of a case: what was recorded, and recording it."
)


@blueprint.get(f"{CASE}/entries")
@allowed("case:read")
@blueprint.arguments(EntryListQuerySchema, location="query")
@blueprint.response(200, EntryListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listEntries")
def list_entries(shape: Shape, case_id: str) -> Response:
    """List the entries of a case

    In the order in which they were made. What is to be rated unseen is left out until both have signed.
    """  # noqa: D400 -- the first line is a heading in the documentation
    after, limit = read_number_cursor(shape.parts.get("after")), shape.parts["limit"]
    kinds = [shape.parts["kind"]] if "kind" in shape.parts else []
    with route_unit() as unit:
        entries = read_entries(unit, case_id, *kinds, after=after, limit=limit)
    following = write_cursor(str(entries[-1].number)) if len(entries) == limit else None
    return answer({"entries": [entry_data(each) for each in entries], "next": following})


@blueprint.get(f"{CASE}/entries/<string(length=32):entry_id>")
@allowed("case:read")
@blueprint.response(200, EntrySchema)
@blueprint.alt_response(304, description="The caller has it already.")
@blueprint.doc(operationId="showEntry")
def show_entry(case_id: str, entry_id: str) -> Response:
    """Show an entry"""  # noqa: D400 -- a heading in the documentation
    with route_unit() as unit:
        entry = read_entry(unit, entry_id)
    return answer(entry_data(entry))


def _add(kind: type[RecordedContent]) -> None:
    """Add the route that records a kind of entry, as it is declared."""
    name, recorded = noun_of(kind.KIND), kind.RECORDED_AT
    schema = body_of(name, kind, can_hide=True)

    @blueprint.route(f"{CASE}/{recorded.api_rule}", methods=["POST"], endpoint=kind.KIND)
    @allowed(recorded.action)
    @blueprint.arguments(schema)
    @blueprint.response(201, EntrySchema)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.doc(operationId=f"record{name}", parameters=[IDEMPOTENCY_KEY], summary=recorded.heading)
    def write(shape: Shape, case_id: str, **subject: str) -> Response:
        sent = parts_of(shape)
        if sent.get("hand_over") is not None:
            require("case:hand_over")

        def make(unit: Unit) -> Made:
            content, hidden = split_hidden(sent)
            about = subject[recorded.subject] if recorded.subject else None
            entry = record(unit, case_id, kind.KIND, content, subject=about, hidden_from_guardians=hidden)
            return made_entry(entry)

        return create(sent, make, entry_again)


for _kind in RECORDABLE.values():
    _add(_kind)
