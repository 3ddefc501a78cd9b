"""Entries as they are shown, and what lists of them are asked for with."""

from marshmallow import fields

from api.cases.kind_schemas import HIDDEN, Handed
from api.cases.kinds import KINDS
from api.web.paging_schemas import PageSchema, following, one_of
from api.web.schema_parts import flag, line, many
from api.web.shape import Exact, says


class EntrySchema(Exact):
    """One thing that was recorded. It is never changed; another entry takes its place."""

    id = line("The key of the entry.")
    case = line("The key of the case.")
    number = fields.Integer(required=True, metadata={"description": "Its place in the journal, from 1."})
    kind = line("What kind of entry it is.")
    made_at = fields.DateTime(required=True, metadata={"description": "When it was recorded."})
    made_by = line("The account that recorded it.")
    about = line("The entry that it is about.", allow_none=True)
    takes_the_place_of = line("The entry that no longer stands because of it.", allow_none=True)
    hidden_from_guardians = flag("Whether guardians are not to see it.")
    content = fields.Dict(
        required=True,
        metadata={"description": "What it says, with the parts that an entry of its kind is recorded with."},
    )


class EntryListQuerySchema(PageSchema):
    """Which entries."""

    kind = fields.String(
        error_messages=says("text"),
        validate=one_of("kind", *KINDS),
        metadata={"description": "Only entries of this kind.", "enum": list(KINDS)},
    )


class EntryListSchema(Exact):
    """Some of the entries of a case that the caller may see, in the order in which they were made."""

    entries = many(fields.Nested(EntrySchema), "The entries.")
    next = following()


class FactsMadeSchema(Exact):
    """The entries that were made of some facts."""

    entries = many(fields.Nested(EntrySchema), "One for each fact.")


class NewFactsSchema(Handed):
    """Facts to be recorded, each of which takes the place of what was known of it before."""

    facts = fields.Raw(
        required=True,
        metadata={
            "description": "By fact id. The birth date stands in the case and the summary rating in the assessment.",
            "allOf": [{"$ref": "#/components/schemas/Facts"}],
        },
    )
    hidden_from_guardians = fields.Raw(
        metadata={
            "description": "Whether guardians are not to see these facts.",
            "type": "boolean",
            "default": False,
        }
    )


assert HIDDEN in NewFactsSchema._declared_fields  # noqa: S101 -- one name for it everywhere
