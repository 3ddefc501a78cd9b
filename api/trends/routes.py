"""Numbers about many cases, for Power BI, Grafana, pandas: what was published, and nothing else."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Response, request, url_for

from api.access.declarations import allowed
from api.context.context import current_context
from api.frame.municipality import the_municipality
from api.store.json_writing import write_json
from api.trends.data_catalogue import FORMATS, DataCatalogue
from api.trends.open_formats import CSVW, as_csvw, as_json_stat, as_workbook
from api.trends.publishing import across_of
from api.trends.queries import answer_again, as_csv, read_question
from api.trends.schemas import LatticeSchema, TrendQuerySchema, TrendSchema, WhatIfQuerySchema, WhatIfSchema
from api.trends.what_if import answer_what_if, what_if_csv
from api.trends.words import TrendWords
from api.trends.workbook import MEDIA_TYPE as WORKBOOK
from api.web.negotiation import tagged_answer
from api.web.problems import Problem
from api.web.shape import Shape
from api.web.smorest import RestBlueprint
from api.web.translator import Translator
from instruments.faults import Fault, InputError
from instruments.messages import LANGUAGES
from screening.trends.lattice import lattice_on

blueprint = RestBlueprint(
    "trends",
    __name__,
    url_prefix="/api/v1/trends",
    description="Published numbers about many cases. Small numbers are hidden before they are kept, not here.",
)
_CSV = {"type": "string"}
_OBJECT = {"type": "object"}
_FILE = {"type": "string", "format": "binary"}
_JSON_LD = "application/ld+json"


@blueprint.get("")
@allowed("trends:read")
@blueprint.arguments(TrendQuerySchema, location="query")
@blueprint.response(200, TrendSchema)
@blueprint.alt_response(200, schema=_CSV, content_type="text/csv", description="As `format` asks for.")
@blueprint.alt_response(200, schema=_OBJECT, content_type=CSVW, description="As `format` asks for.")
@blueprint.alt_response(200, schema=_FILE, content_type=WORKBOOK, description="As `format` asks for.")
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="readTrends")
def show(shape: Shape) -> Response:
    """Read published numbers

    One table of the lattice for the periods that are over, each in its latest revision. A `count` of null is hidden:
    it concerns few, or would let another number be worked out. With `format=csv` the same rows come as CSV, with the
    marks of their period beside them, and with `format=csvw` what its columns mean (CSV on the Web). With
    `format=json-stat` they come as a dataset of JSON-stat 2.0, and with `format=xlsx` as a workbook with a sheet of
    notes, both with words in the `language` that is asked for. A key that has the action `trends:read` and no other can
    read this and nothing about anyone.
    """  # noqa: D400 -- the first line is a heading in the documentation
    form, language = _one_of(shape, "format", FORMATS), _one_of(shape, "language", LANGUAGES)
    data = asked(dict(shape.parts))
    return _as(form, data, language)


def _one_of(shape: Shape, name: str, allowed: tuple[str, ...]) -> str:
    """What is asked for by name; the first of what is allowed where nothing is."""
    given = shape.parts.get(name) or allowed[0]
    if given not in allowed:
        raise Problem("bad-request", (Fault("not-a-choice", f"?{name}", {"name": name, "allowed": allowed}),))
    return str(given)


def _as(form: str, data: dict[str, Any], language: str) -> Response:
    """A table in a format."""
    if form == "json":
        return _private(tagged_answer(data))
    name = f"{data['measure']}-{data['level']}"
    if form == "csv":
        answer = _file(as_csv(data), "text/csv", f"{name}.csv")
        answer.headers["Link"] = f'<{_address("csvw")}>; rel="describedby"; type="{CSVW}"'
        return answer
    return open_form(form, data, language, name, request.url)


def open_form(form: str, data: dict[str, Any], language: str, name: str, address: str) -> Response:
    """A table in a format with words in it.

    Parameters
    ----------
    form : {"csvw", "json-stat", "xlsx"}
    name : str
        Of the file, without its ending.
    address : str
        Where a program gets the same.

    Raises
    ------
    Problem
        Kind ``bad-request``, for a dataset that is too large for one answer.
    """
    context, municipality = current_context(), the_municipality()
    words = TrendWords.of(data, Translator(context.catalogue, language), lattice_on(context.today()).content)
    if form == "xlsx":
        return _file(as_workbook(data, words, municipality), WORKBOOK, f"{name}.xlsx")
    if form == "csvw":
        described = as_csvw(data, words, _address("csv"), municipality)
        return _file(write_json(described), CSVW, f"{name}.csv-metadata.json")
    with _refusing_bad_addresses():
        dataset = as_json_stat(data, words, address, municipality)
    return _file(write_json(dataset), "application/json", f"{name}.json")


def _address(form: str) -> str:
    """The table that is asked for, in another format."""
    return url_for("trends.show", **{**request.args.to_dict(), "format": form}, _external=True)


def _file(content: str | bytes, media_type: str, name: str) -> Response:
    given = Response(content, mimetype=media_type)
    given.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    given.set_etag(hashlib.sha256(given.get_data()).hexdigest())
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
    form = _one_of(shape, "format", ("json", "csv"))
    data = asked_what_if(dict(shape.parts))
    return _private(tagged_answer(data)) if form == "json" else _file(what_if_csv(data), "text/csv", "what-if.csv")


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


@blueprint.get("/catalogue")
@allowed("trends:read")
@blueprint.response(200, schema=_OBJECT, content_type=_JSON_LD)
@blueprint.alt_response(304, description="Nothing has changed since the ETag that was sent.")
@blueprint.doc(operationId="showTrendCatalogue")
def show_catalogue() -> Response:
    """Show the published tables as a catalogue of datasets

    DCAT-AP-SE in JSON-LD, for a data portal: every table that was published, with its periods and the formats that it
    is given in. Publisher, licence and contact are those of the settings; the catalogue is complete when all three are
    set.
    """  # noqa: D400 -- the first line is a heading in the documentation
    context = current_context()
    described = DataCatalogue(
        lattice_on(context.today()).content,
        context.catalogue,
        the_municipality(),
        place=request.base_url,
        table=partial(url_for, "trends.show", _external=True),
        service=url_for("trends.show", _external=True),
        documentation=f"{request.host_url}api/openapi.json",
    )
    with context.database.looking() as session:
        return _file(write_json(described.describe(session)), _JSON_LD, "catalogue.jsonld")
