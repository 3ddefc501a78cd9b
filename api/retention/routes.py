"""Which cases are due to be purged, and purging them by a named person."""

import re

from flask import Response

from api.access.declarations import allowed
from api.cases.request_handling import answer, parts_of, route_unit
from api.retention.rules import PurgeProposal, propose_purges, purge
from api.retention.schemas import ProposalListSchema, PurgeReportSchema, PurgeSchema
from api.web.paging import read_day_cursor, write_cursor
from api.web.paging_schemas import PageSchema
from api.web.shape import Shape
from api.web.smorest import ETAG, RestBlueprint
from instruments.faults import Fault, InputError

_KEY = re.compile(r"[0-9a-f]{32}")

blueprint = RestBlueprint(
    "retention",
    __name__,
    url_prefix="/api/v1/retention",
    description="Cases whose time has come, and purging them so that only a stub without content is left.",
)


@blueprint.get("/proposals")
@allowed("purge:confirm")
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, ProposalListSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="listPurgeProposals")
def propose(shape: Shape) -> Response:
    """List the cases that are due to be purged

    Of one's own units, the most urgent first, each with the rule and what may keep it.
    """  # noqa: D400 -- the first line is a heading in the documentation
    after, limit = read_day_cursor(shape.parts.get("after")), shape.parts["limit"]
    with route_unit() as unit:
        proposals = propose_purges(unit)
    ordered = sorted(proposals, key=lambda each: (each.last_entry_on, each.case_id))
    rest = [each for each in ordered if after is None or (each.last_entry_on, each.case_id) > after]
    last = rest[limit - 1] if len(rest) > limit else None
    following = write_cursor(last.last_entry_on.isoformat(), last.case_id) if last else None
    return answer({"proposals": [_proposal(each) for each in rest[:limit]], "next": following})


@blueprint.post("/purges")
@allowed("purge:confirm")
@blueprint.arguments(PurgeSchema)
@blueprint.response(200, PurgeReportSchema, headers=ETAG)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.doc(operationId="purgeCases")
def confirm(shape: Shape) -> Response:
    """Purge cases that are due

    Of each there is left that it was there, by which rule it went, when and by whom. It takes no Idempotency-Key:
    sent again, the cases are no longer there, and nothing goes twice.
    """  # noqa: D400 -- the first line is a heading in the documentation
    sent = parts_of(shape)
    with route_unit() as unit:
        faults = [
            Fault("bad-entry", f"/cases/{place}", {"name": f"cases/{place}"})
            for place, key in enumerate(sent["cases"])
            if not _KEY.fullmatch(key)
        ]
        if not sent["cases"]:
            faults.append(Fault("missing-key", "/cases", {"name": "cases"}))
        if faults:
            raise InputError(faults)
        report = purge(unit, sent["cases"], dry_run=sent["dry_run"], clock_is_right=sent.get("clock_is_right", False))
    cases = [{"case": case, "entries": entries} for case, entries in report.cases]
    return answer({"cases": cases, "dry_run": report.is_dry_run, "silent_days": report.silent_days})


def _proposal(each: PurgeProposal) -> dict[str, str | None]:
    return {
        "case": each.case_id,
        "reference": each.reference,
        "last_entry_on": each.last_entry_on.isoformat(),
        "due_from": each.due_from.isoformat(),
        "finished_by": each.finished_by.isoformat(),
        "rule": each.rule,
        "held_by": each.held_by,
    }
