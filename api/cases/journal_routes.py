"""The journal of a case: what was recorded, and recording what has no route of its own."""

from dataclasses import dataclass

from flask import Response

from api.access.declarations import allowed
from api.cases.entry_schemas import EntryListQuerySchema, EntryListSchema, EntrySchema
from api.cases.events import RECORDABLE, SUBJECTS, record
from api.cases.kind_schemas import body_of, noun_of
from api.cases.kinds import KINDS
from api.cases.ratings.assessments import read_entries, read_entry
from api.cases.repeating import IDEMPOTENCY_KEY, Made, create
from api.cases.routes import CASE, CASES
from api.cases.showing import entry_again, entry_data, made_entry, split_hidden
from api.cases.working import Work, answer, at_work, parts_of, require
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
    with at_work() as work:
        found = read_entries(work.session, work.now, work.actor, case_id, *kinds, after=after, limit=limit)
    following = write_cursor(str(found[-1].number)) if len(found) == limit else None
    return answer({"entries": [entry_data(each) for each in found], "next": following})


@blueprint.get(f"{CASE}/entries/<string(length=32):entry_id>")
@allowed("case:read")
@blueprint.response(200, EntrySchema)
@blueprint.alt_response(304, description="The caller has it already.")
@blueprint.doc(operationId="showEntry")
def show_entry(case_id: str, entry_id: str) -> Response:
    """Show an entry"""  # noqa: D400 -- a heading in the documentation
    with at_work() as work:
        entry = read_entry(work.session, work.now, work.actor, entry_id)
    return answer(entry_data(entry))


@dataclass(frozen=True)
class _Recorded:
    """A kind of entry that is recorded under an address of its own.

    Parameters
    ----------
    path : str
        Beneath the case; of a kind that is about an entry, with the argument that names it.
    action : str
        What the caller must be allowed.
    subject : str or None
        That argument.
    """

    kind: str
    path: str
    action: str
    heading: str
    subject: str | None = None


_INTAKE = "intakes/<string(length=32):intake_id>"
_ENTRY = "entries/<string(length=32):entry_id>"
RECORDED = (
    _Recorded("intake", "intakes", "intake:write", "Record an intake"),
    _Recorded(
        "preliminary_assessment_closed",
        f"{_INTAKE}/closing",
        "intake:write",
        "Close the preliminary assessment",
        "intake_id",
    ),
    _Recorded(
        "feedback_to_reporter",
        f"{_INTAKE}/feedback",
        "intake:write",
        "Record feedback to the reporter",
        "intake_id",
    ),
    _Recorded("hand_over", "hand-overs", "case:hand_over", "Hand a case over to another unit"),
    _Recorded("guardians", "guardians", "facts:write", "Record who the guardians are"),
    _Recorded("correction", f"{_ENTRY}/corrections", "correction:write", "Correct an entry", "entry_id"),
    _Recorded(
        "counter_statement",
        f"{_ENTRY}/counter-statements",
        "correction:write",
        "Take in what a person says against an entry",
        "entry_id",
    ),
    _Recorded("disclosure", "disclosures", "view:make", "Record that something was given to somebody outside"),
    _Recorded("hold", "holds", "retention:hold", "Keep a case beyond its time"),
    _Recorded("hold_lifted", "holds/<string(length=32):entry_id>/lifting", "retention:hold", "Lift a hold", "entry_id"),
    _Recorded("participation_started", "participation/starts", "participation:write", "Record that the work begins"),
    _Recorded(
        "officials_meeting", "participation/officials-meetings", "participation:write", "Record a meeting of officials"
    ),
    _Recorded(
        "network_meeting", "participation/network-meetings", "participation:write", "Record a meeting of the network"
    ),
    _Recorded(
        "plan_follow_up", "participation/plan-follow-ups", "participation:write", "Record how the action plan goes"
    ),
    _Recorded("family_support", "participation/family-support", "participation:write", "Record support to the family"),
    _Recorded("participation_ended", "participation/endings", "participation:write", "Record that the work ends"),
    _Recorded(
        "outcome_after_ending", "participation/outcomes", "participation:write", "Record what followed after the ending"
    ),
)


def _add(recorded: _Recorded) -> None:
    kind = KINDS[recorded.kind]
    name = noun_of(recorded.kind)
    schema = body_of(name, kind, can_hide=True)

    @blueprint.route(f"{CASE}/{recorded.path}", methods=["POST"], endpoint=recorded.kind)
    @allowed(recorded.action)
    @blueprint.arguments(schema)
    @blueprint.response(201, EntrySchema)
    @blueprint.alt_response(409, "CONFLICT")
    @blueprint.doc(operationId=f"record{name}", parameters=[IDEMPOTENCY_KEY], summary=recorded.heading)
    def write(shape: Shape, case_id: str, **subject: str) -> Response:
        sent = parts_of(shape)
        if sent.get("hand_over") is not None:
            require("case:hand_over")

        def make(work: Work) -> Made:
            content, hidden = split_hidden(sent)
            about = subject[recorded.subject] if recorded.subject else None
            entry = record(
                work.session,
                work.now,
                work.actor,
                case_id,
                recorded.kind,
                content,
                subject=about,
                hidden_from_guardians=hidden,
            )
            return made_entry(entry)

        return create(sent, make, entry_again)


for _each in RECORDED:
    _add(_each)
assert {each.kind for each in RECORDED} == set(RECORDABLE)  # noqa: S101 -- whatever can be recorded has its route
assert {each.kind for each in RECORDED if each.subject} == set(SUBJECTS)  # noqa: S101 -- and names what it is about
