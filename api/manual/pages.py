"""The manual in the browser. It concerns nobody and is open to all."""

from flask import Blueprint, Response

from api.access.declarations import allowed
from api.frame.pages import asked_language, page_in_asked_language
from api.manual.rendering import NAMES, manual_page
from api.web.problems import Problem

blueprint = Blueprint("manual", __name__, url_prefix="/manual")


@blueprint.get("")
@allowed("public")
def index() -> Response:
    """List the pages."""
    return page_in_asked_language("manual/index.html", pages=[manual_page(name, asked_language()) for name in NAMES])


@blueprint.get("/<name>")
@allowed("public", plain=["name"])
def show(name: str) -> Response:
    """Show a page."""
    try:
        page = manual_page(name, asked_language())
    except KeyError:
        raise Problem("not-found") from None
    return page_in_asked_language("manual/page.html", page=page)
