"""What every list of records is asked for with."""

from collections.abc import Callable

from marshmallow import ValidationError, fields

from api.web.paging import LONGEST, USUAL
from api.web.shape import Strict, at_most, says
from instruments.faults import Fault

LONGEST_CURSOR = 200


def one_of(name: str, *words: str) -> Callable[[str], None]:
    """A validator: one of some words; the fault does not repeat what was sent."""

    def validate(value: str) -> None:
        if value not in words:
            raise ValidationError([Fault("not-a-choice", "", {"name": name, "allowed": list(words)})])

    return validate


def _within(value: int) -> None:
    if not 1 <= value <= LONGEST:
        raise ValidationError([Fault("bad-page-size", "", {"most": LONGEST})])


class PageSchema(Strict):
    """Which part of a list."""

    after = fields.String(
        error_messages=says("text"),
        validate=at_most(LONGEST_CURSOR),
        metadata={
            "description": "`next` of the page before; left out for the first page.",
            "maxLength": LONGEST_CURSOR,
        },
    )
    limit = fields.Integer(
        load_default=USUAL,
        error_messages=says("whole_number"),
        validate=_within,
        metadata={"description": "How many at most.", "minimum": 1, "maximum": LONGEST},
    )


def following() -> fields.String:
    """Where the next page begins."""
    return fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "To send as `after` for the next page; null on the last one."},
    )
