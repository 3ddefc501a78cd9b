"""Cases: opening one, finding a person again, and lists."""

from typing import Any

from marshmallow import fields

from api.cases.reviews.schemas import ResultSchema
from api.cases.summary import STAGES
from api.web.paging_schemas import PageSchema, following, one_of
from api.web.schema_parts import flag, line, many, word
from api.web.shape import Day, Exact, Strict, at_most, says

LONGEST_REFERENCE = 80
LONGEST_NUMBER = 40
ALL_STAGES = ("opened", *dict.fromkeys(STAGES.values()))
REGISTERED_SEX = ("female", "male")


def _personal_number(**more: Any) -> fields.String:
    return fields.String(
        error_messages=says("text"),
        validate=at_most(LONGEST_NUMBER),
        metadata={
            "description": "Personnummer or samordningsnummer. It is checked and kept as a keyed digest only.",
            "maxLength": LONGEST_NUMBER,
            "writeOnly": True,
        },
        **more,
    )


class NewCaseSchema(Strict):
    """A case to be opened."""

    unit = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_REFERENCE),
        metadata={"description": "One of the caller's secrecy units.", "minLength": 1, "maxLength": LONGEST_REFERENCE},
    )
    reference = fields.String(
        required=True,
        error_messages=says("text"),
        validate=at_most(LONGEST_REFERENCE),
        metadata={
            "description": "The municipality's own, once in each unit. Never a personal number.",
            "minLength": 1,
            "maxLength": LONGEST_REFERENCE,
        },
    )
    birth_date = Day(load_default=None, allow_none=True, metadata={"description": "Where no personal number gives it."})
    personal_number = _personal_number(load_default=None, allow_none=True)
    registered_sex = fields.String(
        load_default=None,
        allow_none=True,
        error_messages=says("text"),
        validate=one_of("registered_sex", *REGISTERED_SEX),
        metadata={
            "description": "As registered; kept apart, for monitoring only, and never part of an assessment.",
            "enum": [*REGISTERED_SEX, None],
        },
    )


class PersonSchema(Strict):
    """A person to look for. The number stands in the body, since addresses are logged."""

    personal_number = _personal_number(required=True)


class CaseListQuerySchema(PageSchema):
    """Which cases."""

    stage = fields.String(
        error_messages=says("text"),
        validate=one_of("stage", *ALL_STAGES),
        metadata={"description": "Only cases at this stage.", "enum": list(ALL_STAGES)},
    )


class CaseSchema(ResultSchema):
    """A case as it stands, with what applies of its latest screening. It holds no name and no personal number."""

    id = line("The key of the case.")
    unit = line("The unit that opened it.")
    reference = line("The municipality's own reference.")
    birth_date = fields.Date(required=True, allow_none=True, metadata={"description": "Null where it is not known."})
    opened_at = fields.DateTime(required=True, metadata={"description": "When it was opened."})
    opened_by = line("The account that opened it.")
    stage = word("Where it stands.", *ALL_STAGES)
    last_entry_at = fields.DateTime(required=True, metadata={"description": "When something was last recorded."})
    next_meeting_by = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The last day on which the network should meet; null where no work is going on."},
    )
    caseworker = line("The account that is responsible: the one that opened it, until somebody takes it.")
    co_worker = line("The account that works with them; null for nobody.", allow_none=True)
    guidance = line("The guidance of the latest screening; null without one, and while blind.", allow_none=True)
    is_blind = flag("Whether the caller is to rate this case unseen, so that what rests on a rating is left out.")


class OneCaseSchema(CaseSchema):
    """A case, with whoever may see it."""

    units = many(fields.String(), "The units that may see it: the one that opened it and those it was handed over to.")


class CaseListSchema(Exact):
    """Some of the cases of the caller's units, those with the latest entry first."""

    cases = many(fields.Nested(CaseSchema), "The cases.")
    next = following()


class FoundCaseSchema(Exact):
    """A case that the person has."""

    id = line("The key of the case.")
    unit = line("The unit that opened it.")
    reference = line("The municipality's own reference.")
    opened_at = fields.DateTime(required=True, metadata={"description": "When it was opened."})


class FoundSchema(Exact):
    """The cases of a person in the caller's units."""

    cases = many(fields.Nested(FoundCaseSchema), "Those of other units are not told of.")
