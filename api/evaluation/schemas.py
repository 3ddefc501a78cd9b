"""The request of an evaluation: its shape, and words for the documentation."""

from marshmallow import fields

from api.web.shape import Day, Numbered, Strict, Unread, at_most, says

LONGEST_NAME = 200
MOST_GUARDIANS = 20
MOST_CONSENTS = 400


class ExtraFactorSchema(Strict):
    """Something of weight in this case that no item covers. It never enters a count."""

    text = fields.String(required=True, metadata={"description": "What it is."})
    direction = fields.String(
        required=True,
        metadata={"description": "`risk` or `protective`.", "enum": ["risk", "protective"]},
    )
    reason = fields.String(required=True, metadata={"description": "Why it weighs heavily."})


class CriticalItemSchema(Strict):
    """An item that weighs heavily in this case. The mark never enters a count."""

    item = fields.String(required=True, metadata={"description": "The item's id."})
    reason = fields.String(required=True, metadata={"description": "Why it weighs heavily."})


class RatingsSchema(Strict):
    """One person's ratings of one instrument. Items that are left out are not asked."""

    instrument = fields.String(
        allow_none=True,
        metadata={"description": "`id` or `id@version`; without it, the instrument that the guidance names."},
    )
    items = fields.Raw(
        metadata={
            "description": "By item id: a level; null for not asked; or an object with level or reason.",
            "anyOf": [{"$ref": "#/components/schemas/Items"}, {"type": "null"}],
        }
    )
    extra_factors = fields.List(
        fields.Nested(ExtraFactorSchema),
        allow_none=True,
        metadata={"description": "What is of weight here and that no item covers."},
    )
    critical_items = fields.List(
        fields.Nested(CriticalItemSchema), allow_none=True, metadata={"description": "At most five.", "maxItems": 5}
    )


class ConsentSchema(Strict):
    """One person's answer about one recipient."""

    person = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_NAME),
        metadata={"description": "`youth`, or a reference out of `guardians`.", "maxLength": LONGEST_NAME},
    )
    recipient = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_NAME),
        metadata={"description": "With whom information may be shared, such as `police` or `school`."},
    )
    status = fields.String(
        load_default=None,
        allow_none=True,
        error_messages=says("text"),
        metadata={"description": "Null where no answer is recorded.", "enum": ["given", "refused", "withdrawn", None]},
    )
    valid_from = Day(load_default=None, allow_none=True, metadata={"description": "The first day on which it holds."})
    valid_to = Day(load_default=None, allow_none=True, metadata={"description": "The last day on which it holds."})
    withdrawn_on = Day(
        load_default=None, allow_none=True, metadata={"description": "From this day a withdrawal holds."}
    )


class EvaluationSchema(Strict):
    """An intake to be tested against a guidance. Nothing of it is stored.

    It has no names: a guardian is a reference that the caller chooses, and sex, origin, citizenship, religion and
    place of living are refused.
    """

    reference_date = Day(
        load_default=None,
        allow_none=True,
        metadata={"description": "The day for which ages, time limits and consents are judged; today if left out."},
    )
    guidance = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_NAME),
        metadata={"description": "`id`, `id@version` or `id/overlay`; see `GET /api/v1/guidance`."},
    )
    facts = fields.Dict(
        load_default=dict,
        error_messages=says("mapping"),
        metadata={
            "description": "By fact id. A fact that is left out, or null, was not asked; none has a default.",
            "allOf": [{"$ref": "#/components/schemas/Facts"}],
        },
    )
    ratings = Unread(
        RatingsSchema,
        load_default=None,
        allow_none=True,
        error_messages=says("mapping"),
        metadata={"description": "Null where no instrument was used."},
    )
    guardians = fields.List(
        fields.String(
            error_messages=says("text"), validate=at_most(LONGEST_NAME), metadata={"maxLength": LONGEST_NAME}
        ),
        load_default=None,
        allow_none=True,
        error_messages=says("list"),
        validate=at_most(MOST_GUARDIANS),
        metadata={
            "description": "Everyone who is a guardian, by a reference and not by name; null if that is not known.",
            "maxItems": MOST_GUARDIANS,
        },
    )
    consents = Numbered(
        fields.Nested(ConsentSchema, error_messages=says("mapping")),
        load_default=list,
        error_messages=says("list"),
        validate=at_most(MOST_CONSENTS),
        metadata={"description": "Answers about the sharing of information.", "maxItems": MOST_CONSENTS},
    )
