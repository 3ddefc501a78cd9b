"""The documents of governance as pages and downloads. They concern nobody and are open to all."""

from flask import Blueprint, Response, request

from api.access.declarations import allowed
from api.context.context import current_context
from api.frame.pages import asked_language, page_in_asked_language
from api.governance.documents import Shown
from api.governance.markdown import as_markdown
from api.web.problems import Problem
from api.web.translator import Translator
from instruments.faults import UnknownDefinitionError

blueprint = Blueprint("governance", __name__, url_prefix="/governance")
FORMATS = ("markdown", "html")


@blueprint.get("")
@allowed("public")
def index() -> Response:
    """List the documents."""
    context = current_context()
    documents = [each.content for each in context.governance.documents(context.today())]
    return page_in_asked_language("governance.html", documents=documents)


@blueprint.get("/<name>")
@allowed("public", plain=["name"])
def show(name: str) -> Response:
    """Show a document, in force or of the version that is asked for."""
    return page_in_asked_language("governance_document.html", shown=_shown(name), version=request.args.get("version"))


@blueprint.get("/<name>/download")
@allowed("public", plain=["name"])
def download(name: str) -> Response:
    """Give a document as a file."""
    form = request.args.get("format", "markdown")
    if form not in FORMATS:
        raise Problem("not-found")
    shown, language = _shown(name), asked_language()
    if form == "html":
        answer = page_in_asked_language("governance_download.html", shown=shown)
        ending = "html"
    else:
        say = Translator(current_context().catalogue, language).t
        answer = Response(as_markdown(shown, language, say), mimetype="text/markdown")
        ending = "md"
    content = shown.document.content
    file = f"{content.id}-{content.version}-{language}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _shown(name: str) -> Shown:
    context, version = current_context(), request.args.get("version")
    try:
        return context.governance.find(f"{name}@{version}" if version else name, context.today())
    except UnknownDefinitionError:
        raise Problem("not-found") from None
