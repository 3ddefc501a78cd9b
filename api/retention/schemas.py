"""Proposals to purge, and confirming them."""

from marshmallow import fields

from api.web.paging_schemas import following
from api.web.schema_parts import flag, line, many
from api.web.shape import Exact, Numbered, Strict, YesNo, at_most, says

MOST_CASES = 500


class ProposalSchema(Exact):
    """A case that is due to be purged, or would be but for a hold."""

    case = line("The key of the case.")
    reference = line("The municipality's own reference.")
    last_entry_on = fields.Date(required=True, metadata={"description": "When something was last recorded."})
    due_from = fields.Date(required=True, metadata={"description": "The first day on which it is due."})
    finished_by = fields.Date(required=True, metadata={"description": "The last day on which it may still be there."})
    rule = line("The rule and its version.")
    held_by = line("The entry that keeps it; null where nothing does.", allow_none=True)


class ProposalListSchema(Exact):
    """Some of the cases that are due, the most urgent first."""

    proposals = many(fields.Nested(ProposalSchema), "The proposals.")
    next = following()


class PurgeSchema(Strict):
    """Cases to be purged, by whoever has looked at the proposals and answers for it."""

    cases = Numbered(
        fields.String(
            error_messages=says("text"),
            validate=at_most(32),
            metadata={"minLength": 32, "maxLength": 32, "pattern": "^[0-9a-f]{32}$"},
        ),
        required=True,
        error_messages=says("list"),
        validate=at_most(MOST_CASES),
        metadata={"description": "Their keys. All of them go, or none.", "minItems": 1, "maxItems": MOST_CASES},
    )
    dry_run = YesNo(required=True, metadata={"description": "True to be told what would go, and remove nothing."})
    clock_is_right = YesNo(
        metadata={
            "description": "True to confirm today's date. It is asked for, with `clock-jumped`, where the log shows"
            " more days in a row without anything done than the policy `purging` holds for plausible."
        }
    )


class PurgedSchema(Exact):
    """A case that was purged, or would be."""

    case = line("The key of the case.")
    entries = fields.Integer(required=True, metadata={"description": "How many entries it had."})


class PurgeReportSchema(Exact):
    """What was purged, or would be."""

    cases = many(fields.Nested(PurgedSchema), "The cases.")
    dry_run = flag("Whether nothing was removed.")
    silent_days = fields.Integer(
        required=True,
        metadata={
            "description": "Where the clock seems to have jumped: the days in a row without anything done; else 0."
        },
    )
