"""The dashboard: published numbers as pictures, each followed by its table. The address holds every choice."""

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from sqlalchemy import select

from api.access.declarations import allowed
from api.context.context import current_context
from api.frame.pages import address_in_other_language, asked_language
from api.store.schema import SecrecyUnit
from api.store.trend_tables import TrendOpenMonth
from api.trends.cache import Cache
from api.trends.panel_view import PanelView
from api.trends.panels import PANELS
from api.trends.pictures import as_png
from api.trends.queries import publication_of
from api.trends.reference import reference_numbers
from api.trends.routes import asked, open_form
from api.web.problems import Problem
from api.web.translator import Translator
from instruments.faults import Fault
from screening.trends.lattice import LEVELS, lattice_on, month_of

blueprint = Blueprint("trends_page", __name__, url_prefix="/trends")
_CHOICES = ("level", "from", "to")
#: The forms in which a panel is given, by the ending of the file; the last two are its picture.
_FORMS = ("csv", "xlsx", "json", "svg", "png")
_OPEN_FORMS = {"xlsx": "xlsx", "json": "json-stat"}
#: Panels by publication, choices and language.
_PANELS: Cache[list[PanelView]] = Cache(32)


@blueprint.get("")
@allowed("trends:read")
def show() -> Response:
    """Show every picture with its table; or what is wrong with what was chosen."""
    g.language = asked_language()
    translator = Translator(current_context().catalogue, g.language)
    panels: list[PanelView] = []
    faults: tuple[Fault, ...] = ()
    try:
        panels = _drawn(_choices())
    except Problem as problem:
        faults = tuple(problem.faults)
    answer = make_response(
        render_template(
            "trends/page.html",
            panels=panels,
            errors=[(fault.where.lstrip("?"), translator.fault(fault)) for fault in faults],
            choices={name: request.args.get(name, "") for name in _CHOICES},
            levels=tuple(LEVELS),
            numbers=reference_numbers(),
            going_on=_going_on(),
            address=_address,
            for_programs=lambda drawn: url_for("trends.show", **drawn.question, format="csv"),
            forms=_FORMS,
            other_page=address_in_other_language(),
        ),
        400 if faults else 200,
    )
    answer.vary.add("Accept-Language")
    return answer


@blueprint.get("/<name>.<form>")
@allowed("trends:read", plain=["name", "form"])
def download(name: str, form: str) -> Response:
    """Give one picture or its table as a file."""
    if name not in {panel.id for panel in PANELS} or form not in _FORMS:
        raise Problem("not-found")
    g.language = asked_language()
    drawn = next(each for each in _drawn(_choices()) if each.panel.id == name)
    if form in _OPEN_FORMS:
        return open_form(_OPEN_FORMS[form], drawn.data, drawn.language, name)
    if form == "csv":
        answer = Response(drawn.as_spreadsheet(), mimetype="text/csv")
    elif form == "svg":
        answer = Response(drawn.svg, mimetype="image/svg+xml")
    else:
        answer = Response(as_png(drawn.chart(), drawn.language), mimetype="image/png")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def report_page(language: str) -> str:
    """The whole dashboard by quarter as one page for paper; in the context of a request of nobody's."""
    g.language = language
    drawn = _drawn({"level": "quarter"})
    today = current_context().today().isoformat()
    return render_template("trends/report.html", panels=drawn, made_on=today, numbers=reference_numbers())


def _choices() -> dict[str, str]:
    chosen = {name: request.args[name] for name in _CHOICES if request.args.get(name)}
    if chosen.setdefault("level", "quarter") not in LEVELS:
        raise Problem("bad-request", (Fault("not-a-choice", "?level", {"name": "level", "allowed": list(LEVELS)}),))
    return chosen


def _drawn(choices: dict[str, str]) -> list[PanelView]:
    """Every panel. What was published stays as it is, so that a panel is drawn once for each publication."""
    language, today = g.language, current_context().today()
    with current_context().database.looking() as session:
        key = (*publication_of(session), month_of(today), *sorted(choices.items()), language)

    def draw() -> list[PanelView]:
        translator, lattice = Translator(current_context().catalogue, language), lattice_on(today).content
        return [PanelView(panel, choices, month_of(today), translator, lattice, asked) for panel in PANELS]

    return _PANELS.recall(key, draw)


def _going_on() -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Of the month that goes on: each measure with the rounded totals of the units that have enough to be shown."""
    with current_context().database.looking() as session:
        names = {row.id: row.name for row in session.execute(select(SecrecyUnit.id, SecrecyUnit.name))}
        rows = session.scalars(select(TrendOpenMonth).order_by(TrendOpenMonth.measure)).all()
    return [
        (row.measure, row.period, [(names.get(unit, unit), number) for unit, number in sorted(row.content.items())])
        for row in rows
    ]


def _address(drawn: PanelView, form: str) -> str:
    """Where a picture or its table is given as a file."""
    values: dict[str, Any] = {**_choices(), "language": drawn.language}
    return url_for("trends_page.download", name=drawn.panel.id, form=form, **values)
