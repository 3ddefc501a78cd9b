"""What is made of a case for others: views, extracts; and how the work with it goes."""

from marshmallow import fields

from api.cases.entry_schemas import EntrySchema
from api.web.schema_parts import flag, line, many, one
from api.web.shape import Exact, Strict, at_most, says

LONGEST_REFERENCE = 80


def _reference(description: str) -> fields.String:
    return fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_REFERENCE),
        metadata={"description": description, "minLength": 1, "maxLength": LONGEST_REFERENCE},
    )


class NewViewSchema(Strict):
    """For whom a view is made."""

    recipient = _reference("With whom information is to be shared, such as `police` or `school`.")


class StandingSchema(Exact):
    """Where one person's consent stands."""

    person = line("`youth`, or the reference of a guardian.")
    status = line("`given`, `refused`, `withdrawn`, `expired`, `not_yet_valid` or `not_recorded`.")


class SharingSchema(Exact):
    """Whether information may be shared with a recipient today."""

    recipient = line("The recipient.")
    on = fields.Date(required=True, metadata={"description": "The day."})
    is_allowed = flag("Whether everyone whose consent counts has given it, and it holds.")
    guardians_known = flag("Whether it is known who the guardians are, or they do not count.")
    persons = many(fields.Nested(StandingSchema), "Everyone whose consent counts.")


class ViewSchema(Exact):
    """What a recipient may see of a case now. It holds no fact, item, assessment or screening."""

    sharing = one(SharingSchema, "Whether anything may be shared, and whose consent is missing.")
    view = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "That the work goes on, its meetings and its plan; null where nothing may be shared."},
    )


class NewExtractSchema(Strict):
    """For whom an extract is made."""

    reader = _reference("`youth`, or the reference of a guardian of the case.")


class ExtractSchema(Exact):
    """Everything about the person that the reader may see."""

    extract = fields.Dict(required=True, metadata={"description": "The extract, to be handed over."})
    left_out = fields.Integer(
        required=True,
        metadata={
            "description": "How many entries the reader may not see. For whoever makes the extract, not for the reader."
        },
    )


class PeriodSchema(Exact):
    """One period of work, from its start to its ending or still going on."""

    started_on = fields.Date(required=True, metadata={"description": "The first day."})
    ended_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The last day; null while it goes on."}
    )
    next_meeting_by = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The last day on which the network should meet; null when it has ended."},
    )
    is_overdue = flag("Whether more than 28 days have passed without a meeting.")
    started = one(EntrySchema, "The entry that it began with.")
    events = many(fields.Nested(EntrySchema), "Whatever was recorded since.")


class ParticipationSchema(Exact):
    """Every period of work in a case, in order."""

    periods = many(fields.Nested(PeriodSchema), "The periods.")
