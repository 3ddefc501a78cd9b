"""The manual in the browser. It concerns nobody and is open to all."""

from flask import Blueprint, Response, g, make_response, render_template

from api.access.declarations import allowed
from api.frame.pages import address_in_other_language, asked_language
from api.manual.rendering import NAMES, manual_page
from api.web.problems import Problem

blueprint = Blueprint("manual", __name__, url_prefix="/manual")


@blueprint.get("")
@allowed("public")
def index() -> Response:
    """List the pages."""
    return _page("manual/index.html", pages=[manual_page(name, asked_language()) for name in NAMES])


@blueprint.get("/<name>")
@allowed("public", plain=["name"])
def show(name: str) -> Response:
    """Show a page."""
    try:
        page = manual_page(name, asked_language())
    except KeyError:
        raise Problem("not-found") from None
    return _page("manual/page.html", page=page)


def _page(template: str, **values: object) -> Response:
    g.language = asked_language()
    answer = make_response(render_template(template, other_page=address_in_other_language(), **values))
    answer.vary.add("Accept-Language")
    return answer
