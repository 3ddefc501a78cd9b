"""The question about published numbers, and its answer."""

from typing import Any

from marshmallow import fields

from api.trends.data_catalogue import FORMATS
from api.web.schema_parts import anything, flag, line, many, one, sentence, word
from api.web.shape import NEEDED, Exact, Strict
from instruments.messages import LANGUAGES


def _asked(description: str, example: str, *, is_needed: bool = False) -> fields.String:
    return fields.String(metadata={"description": description, "example": example, NEEDED: is_needed})


class TrendQuerySchema(Strict):
    """Which table of the lattice is wanted, and for when."""

    measure = _asked("What is counted; see `/api/v1/trends/lattice`.", "recommendations")
    level = fields.String(metadata={"description": "The length of the periods.", "enum": ["month", "quarter", "year"]})
    across = _asked("The dimensions of the table, with commas between; `total` for none.", "outcome")
    only = _asked("Rows with these values only, as `dimension:value`, with commas between.", "outcome:supports_offer")  # type: ignore[assignment]
    format = fields.String(metadata={"description": "JSON unless it says otherwise.", "enum": [*FORMATS]})
    language = fields.String(metadata={"description": "Of the words in a file; Swedish first.", "enum": [*LANGUAGES]})

    class Meta(Strict.Meta):
        """Names that Python keeps for itself."""

        include: Any = {  # noqa: RUF012 -- marshmallow reads a mapping
            "from": _asked("The first month that the periods may begin in.", "2025-01"),
            "to": _asked("The last month that the periods may end in.", "2025-12"),
        }


class CertificateSchema(Exact):
    """What can at most be concluded about the hidden numbers of a table, from everything that was published."""

    shown = fields.Integer(required=True, metadata={"description": "How many numbers are shown."})
    hidden = fields.Integer(required=True, metadata={"description": "How many numbers are hidden."})
    narrowest = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Each hidden number is known to lie in an interval, found by linear programming over all"
            " that is shown, now and before; this is the width of the narrowest. Null where nothing is hidden, or no"
            " interval has an end above. It follows from published numbers alone."
        },
    )


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
    instrument_versions = many(fields.String(), "The versions of instruments that were used in it.")
    is_series_break = flag("A version of a guidance or an instrument was used that was not used before.")
    begins_here = many(fields.String(), "The versions that were not used before.")
    certificate = one(CertificateSchema, "Null for what was published before there were certificates.", nullable=True)


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
    title = sentence("Its name.")
    about = sentence("What is counted, in words.")
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


class WhatIfQuerySchema(Strict):
    """Which guidances are held against each other."""

    before = _asked("The guidance to begin from; see `/api/v1/guidance`.", "stockholm_2012", is_needed=True)
    after = _asked(
        "The guidance to hold against it; the same one, to try out a limit.", "stockholm_2012", is_needed=True
    )
    limit = _asked("A limit of `after` to try out.", "age_max")
    value = _asked("Its value, from what the guidance permits.", "20")
    first_year = _asked("The first year; every year that is over where none is named.", "2023")
    last_year = _asked("The last year.", "2025")
    format = fields.String(metadata={"description": "JSON unless it says otherwise.", "enum": ["json", "csv"]})


class MovedSchema(Exact):
    """How many there are, and how many of them move. In fives."""

    people = fields.Integer(required=True, metadata={"description": "Young people; each counts once a year."})
    supported_before = fields.Integer(required=True, metadata={"description": "Supported by `before`."})
    supported_after = fields.Integer(required=True, metadata={"description": "Supported by `after`."})
    enters = fields.Integer(required=True, metadata={"description": "Supported by `after` and not by `before`."})
    may_still_enter = fields.Integer(
        required=True, metadata={"description": "Outside by `before`; by `after` more information is needed."}
    )
    leaves = fields.Integer(required=True, metadata={"description": "Outside by `after`, and not by `before`."})


def _divided(description: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.Nested(MovedSchema),
        required=True,
        metadata={"description": description},
    )


class WhatIfSchema(Exact):
    """What another guidance, or another limit, would come to. Every number counts in fives."""

    before = line("The guidance to begin from.")
    after = line("The guidance that was held against it, and the limit that was tried out.")
    changed = anything("The limit that was tried out, with its value.", type="object")
    years = many(fields.Integer(), "The years that the answer is about.")
    counted_in = fields.Integer(required=True, metadata={"description": "5: of every five young people one stands."})
    total = one(MovedSchema, "Everybody.")
    transitions = anything("Young people by outcome before and after.", type="object")
    criteria = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Integer()),
        required=True,
        metadata={"description": "By criterion, where it differs: `differs`, and of those who move, who by it."},
    )
    unit = _divided("By unit.")
    age_band = _divided("By age.")
    sex = _divided("By registered sex, for following up equal treatment.")
    track = _divided("By track.")
    definitions = many(fields.String(), "Each definition used, with its SHA-256.")


class LatticeSchema(Exact):
    """Every table that can be asked for."""

    reference = line("`trends@version`.")
    sha256 = line("Digest of the file.")
    measures = many(anything("What is counted, its tables by level, and its words.", type="object"), "In order.")
    dimensions = many(anything("A dimension with its values and their words.", type="object"), "In order.")
    limits = many(anything("A limit with its reading, source and owner.", type="object"), "In order.")
