"""The reference of the API in the browser, made from the OpenAPI document. It concerns nobody and is open to all."""

from flask import Blueprint, Response

from api.access.declarations import allowed
from api.frame.pages import page_in_asked_language
from api.manual.api_reference import groups_of, operations_of, schema_of, schemes_of
from api.manual.rendering import render_markdown
from api.web.problems import Problem
from api.web.smorest import openapi_document

blueprint = Blueprint("documentation", __name__, url_prefix="/api/docs")


@blueprint.get("")
@allowed("public")
def page() -> Response:
    """List every operation, by group."""
    document = openapi_document()
    about = render_markdown(document["info"]["description"])
    return page_in_asked_language(
        "manual/api.html", about=about, groups=groups_of(document), schemas=document["components"]["schemas"]
    )


@blueprint.get("/<name>")
@allowed("public", plain=["name"])
def operation(name: str) -> Response:
    """Show an operation: who may call it, what is sent and what is answered."""
    document = openapi_document()
    shown = next((each for each in operations_of(document) if each.name == name), None)
    if shown is None:
        raise Problem("not-found")
    return page_in_asked_language("manual/operation.html", operation=shown, schemes=schemes_of(document))


@blueprint.get("/schemas/<name>")
@allowed("public", plain=["name"])
def schema(name: str) -> Response:
    """Show a schema with its properties."""
    try:
        shown = schema_of(openapi_document(), name)
    except KeyError:
        raise Problem("not-found") from None
    return page_in_asked_language("manual/schema.html", schema=shown)
