"""What every page has around it: words, the language link, the macros' globals, and pages for failures."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, make_response, render_template, request, url_for

from api.pages.speech import Speech
from api.problems import KINDS, Problem
from api.service import the_service
from instruments.messages import LANGUAGES


def set_up_pages(app: Flask) -> None:
    """Give every template its words."""
    app.jinja_env.filters["first_upper"] = lambda text: text[:1].upper() + text[1:]
    app.context_processor(_words)
    app.url_defaults(_same_language)


def _words() -> dict[str, Any]:
    speech = Speech(the_service().catalogue, language_of_page())
    return {
        "t": speech.t,
        "say": speech.say,
        "speech": speech,
        "language": speech.language,
        "other_language": speech.other_language,
        "other_address": _other_address(speech.other_language),
        "engine": the_service().engine,
    }


def language_of_page() -> str:
    """The language that the address asks for; errors have it too."""
    found = g.get("language")
    return found if found is not None else "en" if request.path.startswith("/en/") else "sv"


def asked_language() -> str:
    """The language of a page whose address has none: what ``?language=`` or the browser asks for, else Swedish."""
    asked = request.args.get("language")
    return asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES, default="sv")


def address_in_other_language() -> str | None:
    """The address of the same page in the other language; None for an answer to a form."""
    if request.method != "GET":
        return None
    other = next(each for each in LANGUAGES if each != asked_language())
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'language': other})}"


def _same_language(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint.startswith("pages."):
        values.setdefault("language", language_of_page())


def _other_address(language: str) -> str:
    """The same page in the other language, with the same choices."""
    endpoint = request.endpoint or ""
    if not endpoint.startswith("pages."):
        return url_for("pages.start", language=language)
    arguments = {**(request.view_args or {}), **request.args.to_dict(), "language": language}
    return url_for(endpoint, **arguments)


def problem_page(problem: Problem) -> Response:
    """A problem as a page for a person."""
    status = int(problem.status or KINDS[problem.code])
    response = make_response(render_template("problem.html", code=problem.code, status=status), status)
    response.headers.update(problem.headers)
    return response
