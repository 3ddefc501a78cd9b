"""Screenings, what they replay to, and how two of them differ."""

from marshmallow import fields

from api.cases.entry_schemas import EntrySchema
from api.cases.reviews.schemas import ResultSchema
from api.web.declared_schemas import schema_of
from api.web.schema_parts import flag, line, many, one, word
from api.web.shape import Day, Exact, Strict, at_most, says
from screening import rendered
from screening.brief import Brief
from screening.change_over_time import Cause

LONGEST_NAME = 200


class NewScreeningSchema(Strict):
    """By what to screen a case. What is screened is what the case holds."""

    guidance = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_NAME),
        metadata={"description": "`id`, `id@version` or `id/overlay`.", "maxLength": LONGEST_NAME},
    )
    reference_date = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day for which ages, time limits and consents are judged; today if left out."},
    )


class ScreeningSchema(EntrySchema, ResultSchema):
    """A stored screening with its complete explanation, worked out anew from what was stored, and what applies of it.

    The explanation is the computed result, whatever was reviewed.
    """

    explanation = one(
        schema_of(rendered.Explanation), "The explanation. Its `sha256` is the ETag that a review is signed against."
    )


class BriefScreeningSchema(schema_of(Brief)):  # type: ignore[misc]  # a class that is made as the service starts
    """The result of a screening that was stored, without its reasons, and where they are."""

    id = line("The key of the screening.")
    case = line("The key of the case.")
    sha256 = line("The digest of the explanation, which a review is signed against.")
    explanation = line("Where the screening is read with its explanation.")
    best_before = line("Where it is told until when it stands.")
    reviews = line("Where a review of it is signed.")


BestBeforeSchema = schema_of(rendered.BestBefore)


class ReplaySchema(Exact):
    """What working a stored screening out again came to."""

    screening = line("The key of the screening.")
    agrees = flag("Whether all three digests are the same.")
    stored = line("The digest as it was stored.")
    from_submission = line("The digest worked out from what was put in.")
    from_codes = line("The digest worked out from the codes alone, as an outsider does it from a receipt.")


class ReceiptSchema(Exact):
    """What an auditor needs to work a screening out again, offline and without personal data."""

    format = line("The form of the receipt.")
    issued_on = fields.Date(required=True, metadata={"description": "The day."})
    covered = fields.Dict(required=True, metadata={"description": "What the digest covers: codes and definitions."})
    sha256 = line("The digest of the explanation.")
    signature = line("The service's signature of all the rest, in base64.")


class DifferenceSchema(Exact):
    """Something that is not what it was."""

    what = line("`item.`, `fact.`, `criterion.` or `flag.` and an id; or `outcome`, as computed.")
    before = line("What it was.", allow_none=True)
    after = line("What it is.", allow_none=True)
    cause = word("What brought it about.", *(cause.value for cause in Cause))


class ChangeOverTimeSchema(Exact):
    """Every difference between two screenings of a case, by what brought it about."""

    earlier = line("The key of the earlier screening.")
    later = line("The key of the later screening.")
    inputs = many(fields.Nested(DifferenceSchema), "What was put in and is not what it was.")
    results = many(fields.Nested(DifferenceSchema), "What came out and is not what it was, one cause at a time.")
    is_rater_told_apart = flag("Whether what changed in the young person is told apart from who rated.")
