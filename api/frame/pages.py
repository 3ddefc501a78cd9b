"""What every page has around it: words, the language link, the macros' globals, and pages for failures."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for

from api.access.caller import the_caller
from api.access.guard import is_sent_from_own_page
from api.access.permission_table import the_permissions
from api.context.context import current_context
from api.frame import expiry, navigation
from api.web.language import chosen_language
from api.web.problems import KINDS, Problem
from api.web.translator import Translator, first_upper
from instruments.messages import LANGUAGES

#: The pages of the try-out, which say that nothing is kept; elsewhere it would not be true.
KEEPING_NOTHING = tuple(f"pages.{name}" for name in ("try_out", "form", "summary", "result"))


def set_up_pages(app: Flask) -> None:
    """Give every template its words."""
    app.jinja_env.filters["first_upper"] = first_upper
    app.context_processor(_words)
    app.url_defaults(_same_language)


def _words() -> dict[str, Any]:
    translator = Translator(current_context().catalogue, language_of_page())
    return {
        "t": translator.t,
        "say": translator.say,
        "translator": translator,
        "language": translator.language,
        "other_language": translator.other_language,
        "other_address": _other_address(translator.other_language),
        "is_said_by_address": _is_said_by_address(),
        "keeps_nothing": request.endpoint in KEEPING_NOTHING,
        "may_log_in": "accounts.log_in" in current_app.view_functions,
        "reader": the_caller(),
        "roles_of_caller": _roles(translator),
        "units_of_caller": ", ".join(the_caller().unit_names),
        "links": navigation.links(),
        "engine": current_context().engine,
    }


def _roles(translator: Translator) -> str:
    """The roles of whoever is logged in, in words."""
    held = the_caller().roles
    return ", ".join(translator.say(role.title) for role in the_permissions().roles if role.id in held)


def language_of_page() -> str:
    """The language that the address says; where addresses say none, the one that was chosen.

    Of the further languages, which only papers and forms for families have, the frame of the pages has none.
    """
    language: str | None = g.get("language")
    if language in LANGUAGES:
        return language
    if request.path.startswith("/en/"):
        return "en"
    return chosen_language() if the_caller().by == "session" else "sv"


def _is_said_by_address() -> bool:
    return (request.endpoint or "").startswith("pages.")


def asked_language() -> str:
    """The language of a page whose address has none: what ``?language=`` asks for, else what was chosen."""
    asked = request.args.get("language")
    return asked if asked in LANGUAGES else chosen_language()


def address_in_other_language() -> str | None:
    """The address of the same page in the other language; None for an answer to a form."""
    if request.method != "GET":
        return None
    other = next(each for each in LANGUAGES if each != asked_language())
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'language': other})}"


def page_in_asked_language(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page in the language that is asked for or was chosen, which leads to itself in the other one."""
    g.language = asked_language()
    body = render_template(template, other_page=address_in_other_language(), **values)
    answer = make_response(body, status)
    answer.vary.add("Accept-Language")
    return answer


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
    """A problem as a page for a person. What was sent after the log-in had expired is not lost."""
    is_form = request.method == "POST" and request.blueprint == "work" and is_sent_from_own_page()
    if problem.code == "unauthenticated" and is_form:  # what another site sent is never offered as one's own
        return expiry.page_to_log_in()
    status = int(problem.status or KINDS[problem.code])
    response = make_response(render_template("problem.html", code=problem.code, status=status), status)
    response.headers.update(problem.headers)
    return response
