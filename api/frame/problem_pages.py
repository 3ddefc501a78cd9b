"""What every problem and fault means: the pages that ``type`` leads to."""

from collections.abc import Iterable
from string import Formatter

from flask import Blueprint, Response, abort, g, render_template

from api.context.context import current_context
from api.frame.pages import asked_language, page_in_asked_language
from api.web.problems import KINDS
from instruments.messages import LANGUAGES, Catalogue

blueprint = Blueprint("problems", __name__, url_prefix="/problems")
PREFIX = "fault."


def fault_codes(catalogue: Catalogue) -> list[str]:
    """The code of every fault that has a sentence."""
    keys = catalogue.keys()
    return sorted(key.removeprefix(PREFIX) for key in keys if key.startswith(PREFIX))


def with_gaps(template: str) -> str:
    """A sentence with the names of what is put into it, in angle quotation marks."""
    parts: Iterable[tuple[str, str | None, str | None, str | None]] = Formatter().parse(template)
    return "".join(text + (f"‹{name}›" if name else "") for text, name, _, _ in parts)


@blueprint.get("/")
def index() -> Response:
    """List every problem and fault."""
    catalogue, language = current_context().catalogue, asked_language()
    faults = {code: with_gaps(catalogue.text(PREFIX + code, language)) for code in fault_codes(catalogue)}
    return page_in_asked_language("problems.html", kinds=KINDS, faults=faults)


@blueprint.get("/<code>")
def show(code: str) -> str:
    """Explain one problem or fault, in both languages."""
    g.language = "sv"
    catalogue = current_context().catalogue
    if code in KINDS:
        return render_template("problem_kind.html", code=code, status=int(KINDS[code]), sentences=None)
    if code not in fault_codes(catalogue):
        abort(404)
    return render_template("problem_kind.html", code=code, status=None, sentences=_faults(catalogue, [code])[code])


def _faults(catalogue: Catalogue, codes: list[str]) -> dict[str, dict[str, str]]:
    return {
        code: {language: with_gaps(catalogue.text(PREFIX + code, language)) for language in LANGUAGES} for code in codes
    }
