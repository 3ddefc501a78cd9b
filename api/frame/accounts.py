"""What the pages of accounts have in common: their language, their forms, and where they lead on."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request

from api.access.caller import the_caller
from api.context.context import current_context
from api.frame.pages import address_in_other_language, asked_language
from api.web.language import remember_language
from api.web.problems import Problem
from instruments.faults import Fault
from instruments.messages import Catalogue, Message

LOCALE = Path(__file__).parents[1] / "accounts" / "locale"
LONGEST_FIELD = 2_000

blueprint = Blueprint("accounts", __name__)


@cache
def sentences() -> Catalogue:
    """Every sentence of accounts."""
    return Catalogue.from_folders(LOCALE)


def language_of_page() -> str:
    """The language of pages: what the address or the browser asks for, else Swedish."""
    return asked_language()


def say(key: str, **parameters: object) -> str:
    """A sentence in the language of the page."""
    return sentences().render(Message(f"account.{key}", parameters), language_of_page())


def page(template: str, *, faults: Sequence[str] = (), status: int = 200, **values: Any) -> Response:
    """A page.

    Parameters
    ----------
    faults : sequence of str
        Finished sentences, shown first.
    """
    g.language = language_of_page()
    answer = make_response(
        render_template(
            f"accounts/{template}",
            words=say,
            faults=faults,
            caller=the_caller(),
            in_demo=current_context().settings.accounts.demo,
            other_page=address_in_other_language(),
            **values,
        ),
        status,
    )
    answer.vary.add("Accept-Language")
    if request.args.get("language") == g.language:
        remember_language(answer, g.language)  # what was chosen before the log-in holds after it
    return answer


def read_form(*names: str, optional: Sequence[str] = (), many: Sequence[str] = ()) -> dict[str, str]:
    """The fields of a form, each given once.

    Parameters
    ----------
    many : sequence of str
        Fields that may be left out or given several times; they are read from the request.

    Raises
    ------
    Problem
        Kind ``bad-request`` if a field is missing, repeated, longer than any should be, or not one of the form's.
    """
    known = {*names, *optional, *many, "csrf_token"}
    faults = [Fault("unknown-key", f"?{name[:80]}", {"name": name[:80]}) for name in request.form if name not in known]
    for name in names:
        if name not in request.form:
            faults.append(Fault("missing-key", f"?{name}", {"name": name}))
    for name, values in request.form.lists():
        if len(values) > 1 and name in known and name not in many:
            faults.append(Fault("repeated-key", f"?{name}", {"name": name}))
        if any(len(value) > LONGEST_FIELD for value in values):
            lengths = {"name": name[:80], "length": LONGEST_FIELD + 1, "most": LONGEST_FIELD}
            faults.append(Fault("text-too-long", f"?{name[:80]}", lengths))
    if faults:
        raise Problem("bad-request", tuple(faults))
    return {name: request.form.get(name, "") for name in (*names, *optional)}


def is_own_path(path: str) -> bool:
    """Whether a path leads on within this service, and nowhere else however a browser reads it."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path or not path.isprintable():
        return False
    parts = urlsplit(path)
    return not parts.scheme and not parts.netloc


def lead_on(path: str) -> Response:
    """Lead on to a path of this service, or to the start page."""
    return redirect(path if is_own_path(path) else "/", 303)  # type: ignore[return-value]  # Flask's own kind


def redirect_to(endpoint_path: str) -> Response:
    """Lead on to one of our own pages."""
    return redirect(endpoint_path, 303)  # type: ignore[return-value]  # Flask's own kind
