"""A guidance as a whole, for whoever answers for it: pages, a paper, and two of them side by side. Open to all."""

from datetime import date
from functools import lru_cache
from typing import Generic, NamedTuple

from flask import Blueprint, Response, g, make_response, render_template, request, url_for

from api.access.declarations import allowed
from api.context.context import current_context
from api.definitions.side_by_side import compare
from api.definitions.whole_guidance import WholeGuidance
from api.frame.pages import asked_language, page_in_asked_language
from api.web.pdf import PdfUnavailableError, as_pdf, stylesheet_of_documents
from api.web.problems import Problem
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.registry import Content, Definition, Registry
from screening.guidance import Guidance, Overlay

blueprint = Blueprint("guidances", __name__, url_prefix="/guidance")
#: Papers that are kept: of everything that ships, in both languages.
MOST_PAPERS = 64


@blueprint.get("")
@allowed("public")
def index() -> Response:
    """List the guidances with their local versions, and ask which two to set side by side."""
    library, today = current_context().library, current_context().today()
    local: dict[str, list[_Listed[Overlay]]] = {}
    for overlay in _listed(library.overlays, today):
        local.setdefault(overlay.content.base.guidance, []).append(overlay)
    guidances = _listed(library.guidances, today)
    return page_in_asked_language("guidance/index.html", guidances=guidances, local=local, choices=_references())


class _Listed(NamedTuple, Generic[Content]):
    """A version in the list, and the name by which its page is found."""

    content: Content
    name: str


def _listed(registry: Registry[Content], today: date) -> list[_Listed[Content]]:
    """Of each id the version in force; where none is, the first that is published, or else the latest draft."""
    listed = []
    for name in registry.ids():
        try:
            listed.append(_Listed(registry.find(name, on=today).content, name))
        except UnknownDefinitionError:
            versions = [each for each in registry if each.content.id == name]
            shown = next((each for each in versions if each.content.status == "published"), versions[-1])
            listed.append(_Listed(shown.content, shown.reference))
    return listed


@blueprint.get("/side-by-side")
@allowed("public")
def side_by_side() -> Response:
    """Set two versions, or a local version and what it builds on, side by side."""
    one, other = (_whole(request.args.get(each, "")) for each in ("one", "other"))
    return page_in_asked_language(
        "guidance/side_by_side.html", one=one, other=other, sections=compare(one, other), choices=_references()
    )


@lru_cache(maxsize=MOST_PAPERS)
def _paper(page: str) -> bytes:
    """The PDF of a page. It takes seconds to set, is the same for everybody, and anybody may ask for it."""
    return as_pdf(page, stylesheet_of_documents())


@blueprint.get("/<path:name>.pdf")
@allowed("public", plain=["name"])
def show_as_pdf(name: str) -> Response:
    """Give a guidance as a whole as PDF."""
    g.language = asked_language()
    whole = _whole(name)
    try:
        made = _paper(render_template("guidance/paper.html", whole=whole))
    except PdfUnavailableError:
        readable = url_for(".show", name=name, language=g.language)
        return make_response(render_template("documents/no_pdf.html", readable=readable), 503)
    answer = Response(made, mimetype="application/pdf")
    file = f"{whole.reference.replace('/', '-').replace('@', '-')}-{g.language}.pdf"
    answer.headers.set("Content-Disposition", "attachment", filename=file)
    return answer


@blueprint.get("/<path:name>")
@allowed("public", plain=["name"])
def show(name: str) -> Response:
    """Show a guidance, or a local version of one, as a whole with its proof."""
    return page_in_asked_language("guidance/show.html", whole=_whole(name))


def _whole(name: str) -> WholeGuidance:
    """A guidance by its name; a version that is not in force yet on its first day."""
    context = current_context()
    first = next((each.content.valid_from for each in _definitions() if each.reference == name), context.today())
    try:
        return WholeGuidance(context, name, max(first, context.today()), asked_language())
    except (UnknownDefinitionError, InputError, AlteredDefinitionError):
        raise Problem("not-found") from None


def _definitions() -> list[Definition[Guidance] | Definition[Overlay]]:
    library = current_context().library
    return [*library.guidances, *library.overlays]


def _references() -> list[str]:
    return sorted(each.reference for each in _definitions())
