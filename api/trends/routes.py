"""Numbers about many cases, for Power BI, Grafana, pandas: what was published, and nothing else."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, request

from api.access.declarations import allowed
from api.context.context import current_context
from api.trends.publishing import across_of
from api.trends.queries import answer_again, as_csv, read_question
from api.trends.schemas import LatticeSchema, TrendQuerySchema, TrendSchema, WhatIfQuerySchema, WhatIfSchema
from api.trends.what_if import answer_what_if, what_if_csv
from api.web.negotiation import tagged_answer
from api.web.problems import Problem
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from instruments.faults import Fault, InputError
from screening.trends.lattice import lattice_on

blueprint = RestBlueprint(
    "trends",
    __name__,
    url_prefix="/api/v1/trends",
    description="Published numbers about many cases. Small numbers are hidden before they are kept, not here.",
)
_FORMATS = ("json", "csv")
_CSV = {"type": "string"}


@blueprint.get("")
@allowed("trends:read")
@blueprint.arguments(TrendQuerySchema, location="query")
@blueprint.response(200, TrendSchema)
@blueprint.alt_response(200, schema=_CSV, content_type="text/csv", description="As `format` asks for.")
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="readTrends")
def show(shape: Shape) -> Response:
    """Read published numbers

    One table of the lattice for the periods that are over, each in its latest revision. A `count` of null is hidden:
    it concerns few, or would let another number be worked out. With `format=csv` the same rows come as CSV, with the
    marks of their period beside them. A key that has the action `trends:read` and no other can read this and nothing
    about anyone.
    """  # noqa: D400 -- the first line is a heading in the documentation
    form = _form(shape)
    data = asked(dict(shape.parts))
    return _private(tagged_answer(data)) if form == "json" else _csv(as_csv(data), f"{data['measure']}-{data['level']}")


def _form(shape: Shape) -> str:
    form = shape.parts.get("format") or "json"
    if form not in _FORMATS:
        raise Problem("bad-request", (Fault("not-a-choice", "?format", {"name": "format", "allowed": _FORMATS}),))
    return str(form)


def _csv(text: str, name: str) -> Response:
    given = Response(text, mimetype="text/csv")
    given.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    given.set_etag(hashlib.sha256(text.encode()).hexdigest())
    given.make_conditional(request)
    return _private(given)


def _private(given: Response) -> Response:
    """The answer is for its caller alone; nothing on the way keeps it."""
    given.headers["Cache-Control"] = "private, no-cache"
    return given


@contextmanager
def _refusing_bad_addresses() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise Problem("bad-request", tuple(error.faults)) from None


def asked(given: dict[str, Any]) -> dict[str, Any]:
    """The answer to a question as it stands in an address.

    Raises
    ------
    Problem
        Kind ``bad-request``, with every fault.
    """
    today = current_context().today()
    lattice = lattice_on(today).content
    with _refusing_bad_addresses():
        question = read_question(lattice, given)
        with current_context().database.looking() as session:
            return answer_again(session, lattice, question, today)


@blueprint.get("/what-if")
@allowed("trends:what_if")
@blueprint.arguments(WhatIfQuerySchema, location="query")
@blueprint.response(200, WhatIfSchema)
@blueprint.alt_response(200, schema=_CSV, content_type="text/csv", description="As `format` asks for.")
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="askWhatIf")
def show_what_if(shape: Shape) -> Response:
    """Ask what another guidance, or another limit, would come to

    The young people who were screened in the years that are over, each once a year, under two guidances: who would
    come into the target group, who may still, and who would leave it, in all and by criterion, unit, age, sex and
    track. Every number counts in fives: of every five young people who are much alike, one stands for all, so that no
    set of questions tells of anyone.
    """  # noqa: D400 -- the first line is a heading in the documentation
    form = _form(shape)
    data = asked_what_if(dict(shape.parts))
    return _private(tagged_answer(data)) if form == "json" else _csv(what_if_csv(data), "what-if")


def asked_what_if(given: dict[str, Any]) -> dict[str, Any]:
    """The answer to a what-if as it stands in an address.

    Raises
    ------
    Problem
        Kind ``bad-request``, with every fault.
    """
    today = current_context().today()
    with _refusing_bad_addresses(), current_context().database.looking() as session:
        return answer_what_if(session, current_context().library, lattice_on(today).content, given, today)


@blueprint.get("/lattice")
@allowed("trends:read")
@blueprint.response(200, LatticeSchema)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showLattice")
def show_lattice() -> Response:
    """Show every table that can be asked for

    The lattice is fixed: filters choose among its tables, and no other table is ever made.
    """  # noqa: D400 -- the first line is a heading in the documentation
    lattice = lattice_on(current_context().today())
    content = lattice.content.model_dump(mode="json")
    measures = [
        {
            **measure.model_dump(mode="json", exclude={"tables"}),
            "tables": {level: [across_of(dims) for dims in measure.across(level)] for level in measure.levels()},
        }
        for measure in lattice.content.measures
    ]
    parts = {"dimensions": content["dimensions"], "limits": content["limits"]}
    return _private(
        tagged_answer({"reference": lattice.reference, "sha256": lattice.sha256, "measures": measures, **parts})
    )
