"""The dashboard: published numbers as charts, each with its table. The address holds every choice."""

from flask import Blueprint, Response, g, make_response, render_template, request

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.frame.pages import address_in_other_language, asked_language
from api.trends.alarms import Alarm, alarm_in_words, alarms_of, sentence_of_none
from api.trends.dashboard import Dashboard
from api.trends.drawing import as_png
from api.trends.filters import CHOSEN
from api.trends.panels import THEMES, panels_in
from api.trends.reference import reference_numbers
from api.trends.routes import open_form
from api.web.problems import Problem
from instruments.faults import Fault
from screening.trends.lattice import LEVELS

blueprint = Blueprint("trends_page", __name__, url_prefix="/trends")
_OVERVIEW = "trends/page.html"
#: The forms in which a chart is given, by the ending of the file; the last two are its picture.
_FORMS = ("csv", "xlsx", "json", "svg", "png")
_OPEN_FORMS = {"xlsx": "xlsx", "json": "json-stat"}


@blueprint.get("")
@allowed("trends:read")
def show() -> Response:
    """Answer the five questions that are asked first; or tell what is wrong with what was chosen."""
    return _page(_OVERVIEW, "trends_page.show")


@blueprint.get("/themes/<theme>")
@allowed("trends:read", plain=["theme"])
def show_theme(theme: str) -> Response:
    """Show every chart of a theme."""
    if theme not in THEMES:
        raise Problem("not-found")
    return _page("trends/theme.html", "trends_page.show_theme", theme=theme)


def _page(template: str, endpoint: str, **values: str) -> Response:
    g.language = asked_language()
    faults: tuple[Fault, ...] = ()
    given = _given()
    try:
        dashboard = Dashboard(given, g.language)
    except Problem as problem:
        faults = tuple(problem.faults)
        dashboard = Dashboard({}, g.language)
    translator = dashboard.translator
    answer = make_response(
        render_template(
            template,
            dashboard=dashboard,
            alarms=_alarms(dashboard) if template == _OVERVIEW and not faults else [],
            without_alarms=sentence_of_none(dashboard) if template == _OVERVIEW else "",
            errors=[(fault.where.lstrip("?"), translator.fault(fault)) for fault in faults],
            given=given,
            levels=tuple(LEVELS),
            themes=THEMES,
            forms=_FORMS,
            endpoint=endpoint,
            values=values,
            numbers=reference_numbers(),
            other_page=address_in_other_language(),
            **values,
        ),
        400 if faults else 200,
    )
    answer.vary.add("Accept-Language")
    return answer


def _alarms(dashboard: Dashboard) -> list[tuple[Alarm, str]]:
    alarms = alarms_of(dashboard, with_queues=the_caller().may("unit:overview"))
    return [(alarm, alarm_in_words(alarm, dashboard)) for alarm in alarms]


@blueprint.get("/<name>.<form>")
@allowed("trends:read", plain=["name", "form"])
def download(name: str, form: str) -> Response:
    """Give one chart or its table as a file."""
    g.language = asked_language()
    dashboard = Dashboard(_given(), g.language)
    drawn = next((dashboard.view(panel) for panel in panels_in(dashboard.lattice) if panel.id == name), None)
    if drawn is None or form not in _FORMS or not drawn.numbers.is_published:
        raise Problem("not-found")
    if form in _OPEN_FORMS:
        address = dashboard.program_address(drawn, "json-stat", language=drawn.language, _external=True)
        return open_form(_OPEN_FORMS[form], drawn.data, drawn.language, name, address)
    if form == "csv":
        answer = Response(drawn.as_spreadsheet(), mimetype="text/csv")
    elif form == "svg":
        answer = Response(drawn.svg, mimetype="image/svg+xml")
    else:
        answer = Response(as_png(drawn.svg), mimetype="image/png")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def _given() -> dict[str, str]:
    return {name: request.args[name].strip() for name in CHOSEN if request.args.get(name, "").strip()}
