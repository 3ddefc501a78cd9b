"""The question about published numbers, and its answer."""

from typing import Any

from marshmallow import fields

from api.schemas.parts import anything, flag, line, many, one, said, word
from api.schemas.shape import Exact, Strict


def _asked(description: str, example: str) -> fields.String:
    return fields.String(metadata={"description": description, "example": example})


class TrendQuerySchema(Strict):
    """Which table of the lattice is wanted, and for when."""

    measure = _asked("What is counted; see `/api/v1/trends/lattice`.", "recommendations")
    level = fields.String(metadata={"description": "The length of the periods.", "enum": ["month", "quarter", "year"]})
    across = _asked("The dimensions of the table, with commas between; `total` for none.", "outcome")
    only = _asked("Rows with these values only, as `dimension:value`, with commas between.", "outcome:supports_offer")  # type: ignore[assignment]
    format = fields.String(metadata={"description": "JSON unless it says otherwise.", "enum": ["json", "csv"]})

    class Meta(Strict.Meta):
        """Names that Python keeps for itself."""

        include: Any = {  # noqa: RUF012 -- marshmallow reads a mapping
            "from": _asked("The first month that the periods may begin in.", "2025-01"),
            "to": _asked("The last month that the periods may end in.", "2025-12"),
        }


class TrendPeriodSchema(Exact):
    """A period that was published."""

    period = line("`2026-03`, `2026-Q1` or `2026`.")
    starts_on = fields.Date(required=True, metadata={"description": "Its first day."})
    months = fields.Integer(required=True, metadata={"description": "1, 3 or 12."})
    revision = fields.Integer(required=True, metadata={"description": "1, and one more for each correction."})
    published_at = fields.DateTime(required=True, metadata={"description": "When this revision was published."})
    sha256 = line("Digest of all that was published of the period.")
    is_open = flag("Always false: a period is published when it is over.")
    is_frozen = flag("Cases of it were purged since; it can no longer be counted again.")
    is_incomplete = flag("Cases of it were purged before it was published.")
    guidance_versions = many(fields.String(), "The versions of guidances that were used in it.")
    is_series_break = flag("A version of a guidance was used that was not used before.")


class OpenMonthSchema(Exact):
    """The month that goes on: rounded totals of units, none of them small."""

    period = line("The month.")
    counted_at = fields.DateTime(required=True, metadata={"description": "When it was counted."})
    is_open = flag("Always true.")
    rounded_counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "By unit. A unit that is not there has too few."},
    )


class TrendSchema(Exact):
    """Published numbers."""

    measure = line("What is counted.")
    title = said("Its name.")
    about = said("What is counted, in words.")
    level = word("The length of the periods.", "month", "quarter", "year")
    dimensions = many(fields.String(), "What it is divided by.")
    periods = many(fields.Nested(TrendPeriodSchema), "In order of time.")
    numbers = many(
        anything("A row: `period`, the dimensions, `count` and `is_hidden`.", type="object"),
        "One row for each period and combination. A `count` of null is hidden, never zero.",
    )
    open_month = one(OpenMonthSchema, "For tables by unit and month only.", nullable=True)
    limits = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "The limits by which numbers are hidden."},
    )
    today = fields.Date(required=True, metadata={"description": "The day of the answer."})


class LatticeSchema(Exact):
    """Every table that can be asked for."""

    reference = line("`trends@version`.")
    sha256 = line("Digest of the file.")
    measures = many(anything("What is counted, its tables by level, and its words.", type="object"), "In order.")
    dimensions = many(anything("A dimension with its values and their words.", type="object"), "In order.")
    limits = many(anything("A limit with its reading, source and owner.", type="object"), "In order.")
