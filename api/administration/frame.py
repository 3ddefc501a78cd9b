"""What the pages of administration have in common: their words, their frame, and how an act is asked about first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, session

from api.access.permission_table import the_permissions
from api.accounts.names_and_addresses import AdministrationError
from api.frame.accounts import say as say_of_accounts
from api.frame.feature_pages import page_of_feature
from api.frame.pages import asked_language
from instruments.messages import Catalogue, Message

LOCALE = Path(__file__).parent / "locale"
_NOTICE = "administration_notice"

blueprint = Blueprint("administration", __name__, url_prefix="/administration")

#: Fields that are wrong, each with a finished sentence.
Errors = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """An act that is asked about before it is done.

    Parameters
    ----------
    heading, button : str
        What is asked, and the act in words.
    consequences : sequence of str
        What follows, each a finished sentence.
    address : str
        Where the answer is sent.
    back : str
        Where somebody who will not goes.
    fields : sequence of (str, str)
        What was written and goes along.
    can_change : bool
        Whether what was written can be changed first.
    """

    heading: str
    button: str
    consequences: Sequence[str]
    address: str
    back: str
    fields: Sequence[tuple[str, str]] = field(default=())
    can_change: bool = False


@cache
def sentences() -> Catalogue:
    """Every sentence of administration."""
    return Catalogue.from_folders(LOCALE)


def say(key: str, **parameters: object) -> str:
    """A sentence in the language of the page."""
    return sentences().render(Message(f"administration.{key}", parameters), asked_language())


def page(template: str, *, errors: Errors | None = None, status: int = 200, **values: Any) -> Response:
    """A page; its notice is what the page before has left for it."""
    return page_of_feature(
        f"administration/{template}",
        say,
        errors=errors or {},
        notice=values.pop("notice", "") or session.pop(_NOTICE, ""),
        status=status,
        title_of_role=title_of_role,
        roles=the_permissions().roles,
        **values,
    )


def ask(question: Question) -> Response:
    """The page that asks before something is done."""
    return page("confirm.html", question=question)


def leave_notice(notice: str) -> None:
    """Leave a finished sentence for the next page."""
    session[_NOTICE] = notice


def title_of_role(role: str) -> str:
    """What a role is called; one that the table has no longer, as it is written."""
    titles = {each.id: each.title for each in the_permissions().roles}
    return titles[role].in_language(asked_language()) if role in titles else role


def refusal(error: AdministrationError) -> str:
    """Why something cannot be done, with roles by what they are called."""
    told = {name: title_of_role(str(value)) for name, value in error.parameters.items() if name in ("one", "other")}
    return say_of_accounts(f"admin.{error.code}", **{**error.parameters, **told})
