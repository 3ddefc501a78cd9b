"""The log, for the person whose duty it is to review it."""

from flask import Response
from marshmallow import fields

from api.access.actors import the_actor
from api.access.declarations import allowed
from api.audit.audit_log import LONGEST_PAGE, SUGGESTIONS, USUAL_PAGE, Line, latest_verification, read_log
from api.audit.log_filter import read_filter
from api.audit.pages import verify_and_record
from api.context.context import current_context
from api.store.audit_chain import record_event
from api.web.negotiation import json_answer
from api.web.problems import Problem
from api.web.schema_parts import line, many, one, word
from api.web.shape import Exact, Shape, Strict, says
from api.web.smorest import RestBlueprint
from instruments.faults import Fault

blueprint = RestBlueprint(
    "audit",
    __name__,
    url_prefix="/api/v1/audit",
    description="Who has read, written and disclosed, and whether the log is whole. For the log reviewer only.",
)
_FAULTS = (
    "missing-link",
    "altered-link",
    "cut-off",
    "altered-entry",
    "missing-entry",
    "untold-entry",
    "untold-purge",
    "altered-access",
    "missing-access",
    "unsealed-access",
    "altered-guard",
    "unknown-guard",
)


def _text(description: str) -> fields.String:
    return fields.String(error_messages=says("text"), metadata={"description": description})


class AuditFilterSchema(Strict):
    """What of the log is asked for; what is left out asks for all."""

    account = _text("The key of an account, or `nobody`.")
    case = _text("The key of a case.")
    action = _text("Such as `read`, `write`, `export`, `log_in` or `cross`.")
    kind = _text("What kind of record it was done to.")
    ground = _text("On what ground.")
    outcome = _text("`done`, `refused`, `locked` or `too_many`.")
    since = fields.String(
        data_key="from",
        error_messages=says("date"),
        metadata={"description": "The first day, by the Swedish clock.", "format": "date"},
    )
    until = fields.String(
        data_key="to",
        error_messages=says("date"),
        metadata={"description": "The last day, by the Swedish clock.", "format": "date"},
    )
    suggestion = fields.String(
        error_messages=says("text"),
        metadata={
            "description": "What may be worth a look. None of them says that anything was wrong.",
            "enum": list(SUGGESTIONS),
        },
    )
    before = fields.String(
        error_messages=says("whole_number"),
        metadata={"description": "Give links with a lower number: `next` of the page before.", "pattern": "^[0-9]+$"},
    )
    limit = fields.String(
        error_messages=says("whole_number"),
        metadata={
            "description": f"How many at most, up to {LONGEST_PAGE}. {USUAL_PAGE} if nothing is said.",
            "pattern": "^[0-9]+$",
        },
    )


class LinkSchema(Exact):
    """One thing that somebody did or tried. Never what a record said."""

    number = fields.Integer(required=True, metadata={"description": "Its place in the chain."})
    at = fields.DateTime(required=True, metadata={"description": "When."})
    account = line("The key of the account; `nobody` where nobody had logged in.")
    name = fields.String(required=True, allow_none=True, metadata={"description": "What the account is called."})
    action = line("What was done.")
    kind = line("To what kind of record; with `refused`, the action of the permission table that was asked for.")
    case = fields.String(required=True, allow_none=True, metadata={"description": "The key of the case."})
    record = fields.String(required=True, allow_none=True, metadata={"description": "The key of the record."})
    ground = line("On what ground, where one was stated.")
    outcome = line("How it ended.")
    request = line("Ties the link to the technical logs.")


class AuditSchema(Exact):
    """A page of the log, latest first."""

    links = many(fields.Nested(LinkSchema), "The links.")
    next = fields.Integer(
        required=True, allow_none=True, metadata={"description": "`before` of the next page; null at the end."}
    )


class StateSchema(Exact):
    """What the latest verification came to."""

    verified_at = fields.DateTime(required=True, metadata={"description": "When."})
    verified_by = line("By whom.")
    fault = word("The first fault that was found; null where there was none.", *_FAULTS, nullable=True)
    place = line("The number of the last link that held, or of the first that did not; else what it concerns.")
    links_since = fields.Integer(required=True, metadata={"description": "How many links have come since."})


class LastVerificationSchema(Exact):
    """The latest verification, where there was one."""

    latest = one(StateSchema, "The latest verification; null if there was none.", nullable=True)


class VerificationSchema(Exact):
    """What verifying the chain came to."""

    is_whole = fields.Boolean(required=True, metadata={"description": "Whether every link and entry holds."})
    links = fields.Integer(required=True, metadata={"description": "How many links hold, from the first."})
    broken_at = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The number of the first link that does not hold."}
    )
    fault = word("What is wrong there.", *_FAULTS, nullable=True)
    record = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The key of the entry, account, key or unit that it is in, or a trigger's name."},
    )


@blueprint.get("")
@allowed("audit:read")
@blueprint.arguments(AuditFilterSchema, location="query")
@blueprint.response(200, AuditSchema)
@blueprint.alt_response(400, "BAD_REQUEST")
@blueprint.doc(operationId="listAuditLinks")
def list_links(shape: Shape) -> Response:
    """List who has done what, latest first

    That it was read is in the log itself.
    """  # noqa: D400 -- the first line is a heading in the documentation
    named = {{"since": "from", "until": "to"}.get(name, name): value for name, value in shape.parts.items()}
    wanted, before, faults = read_filter(named)
    limit = named.get("limit", str(USUAL_PAGE))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= LONGEST_PAGE):
        faults.append(Fault("number-out-of-range", "?limit", {"name": "limit"}))
    if faults:
        raise Problem("bad-request", tuple(faults))
    context = current_context()
    with context.database.unit_of_work() as session:
        page = read_log(session, wanted, before=before, limit=int(limit))
        record_event(session, the_actor().event(context.now(), "read", "audit", case=wanted.case))
    return json_answer({"links": [_link(each) for each in page.lines], "next": page.before})


@blueprint.get("/verification")
@allowed("audit:verify")
@blueprint.response(200, LastVerificationSchema)
@blueprint.doc(operationId="showVerification")
def show_verification() -> Response:
    """Show what the latest verification came to"""  # noqa: D400 -- a heading in the documentation
    with current_context().database.looking() as session:
        verification = latest_verification(session)
    if verification is None:
        return json_answer({"latest": None})
    latest = {
        "verified_at": verification.at.isoformat(),
        "verified_by": verification.by,
        "fault": verification.fault,
        "place": verification.place,
        "links_since": verification.since,
    }
    return json_answer({"latest": latest})


@blueprint.post("/verification")
@allowed("audit:verify")
@blueprint.response(200, VerificationSchema)
@blueprint.doc(operationId="verifyAudit")
def verify() -> Response:
    """Verify the whole chain now

    Walks every link from the first, then holds every entry and everything that gives access against what the chain says
    of it, looks at the triggers of the tables, and names the first fault. What came of it is told to the log.
    """  # noqa: D400 -- the first line is a heading in the documentation
    report = verify_and_record()
    return json_answer(
        {
            "is_whole": report.is_whole,
            "links": report.links,
            "broken_at": report.broken_at,
            "fault": report.fault,
            "record": report.record,
        }
    )


def _link(each: Line) -> dict[str, object]:
    return {
        "number": each.number,
        "at": each.at.isoformat(),
        "account": each.actor,
        "name": each.name,
        "action": each.action,
        "kind": each.kind,
        "case": each.case_id,
        "record": each.record_id,
        "ground": each.ground,
        "outcome": each.outcome,
        "request": each.request_id,
    }
