"""Drafts, signing them, and second ratings."""

from marshmallow import fields

from api.cases.ratings.drafts import ASSESSMENT, SECOND_RATING
from api.web.declared_schemas import schema_of
from api.web.schema_parts import line, many, one, word
from api.web.shape import Exact, Strict, YesNo, at_most, says
from screening import rendered


class DraftSchema(Exact):
    """An assessment in the making. It holds what was written and never a count."""

    id = line("The key of the draft.")
    case = line("The key of the case.")
    kind = word("An assessment, or a second rating that is made unseen.", ASSESSMENT, SECOND_RATING)
    version = fields.Integer(
        required=True, metadata={"description": "Goes up each time it is saved; the ETag is this number in quotes."}
    )
    content = fields.Dict(required=True, metadata={"description": "What is written so far."})
    saved_by = line("The account that saved it last.")
    saved_at = fields.DateTime(required=True, metadata={"description": "When it was saved."})


class DraftListSchema(Exact):
    """The drafts of a case that the caller may see."""

    drafts = many(fields.Nested(DraftSchema), "The drafts; a second rating only for its rater.")


class CountsSchema(Exact):
    """What the ratings of a draft count up to. No count is a level of risk."""

    draft = line("The key of the draft.")
    version = fields.Integer(required=True, metadata={"description": "The version that was counted."})
    profile = one(schema_of(rendered.Profile), "The counts, with what the blanks leave open.")


class SignatureSchema(Strict):
    """A draft to be signed."""

    draft = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(32),
        metadata={"description": "The key of the draft.", "minLength": 32, "maxLength": 32},
    )
    hidden_from_guardians = YesNo(
        load_default=False,
        metadata={"description": "Whether guardians are not to see the assessment."},
    )
