"""What the pages of oversight have in common: their language, their words and their frame."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template

from api.access.caller import the_caller
from api.context.context import current_context
from api.frame.accounts import say as say_of_accounts
from api.frame.pages import address_in_other_language, asked_language
from api.settings.clock import ZONE
from instruments.messages import Catalogue, Message

LOCALE = Path(__file__).parent / "locale"

blueprint = Blueprint("oversight", __name__)


@cache
def sentences() -> Catalogue:
    """Every sentence of oversight."""
    return Catalogue.from_folders(LOCALE)


def say(key: str, **parameters: object) -> str:
    """A sentence in the language of the page."""
    return sentences().render(Message(f"oversight.{key}", parameters), asked_language())


def name_of(group: str, code: str) -> str | None:
    """The words of a code, such as a kind or an action; None if there are none."""
    key = f"oversight.{group}.{code}"
    return sentences().text(key, asked_language()) if key in sentences() else None


def moment(at: datetime) -> str:
    """A moment by the Swedish clock."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def day_of(at: datetime) -> date:
    """The Swedish day of a moment."""
    return at.astimezone(ZONE).date()


def page(template: str, *, faults: Sequence[str] = (), notice: str = "", status: int = 200, **values: Any) -> Response:
    """A page.

    Parameters
    ----------
    faults : sequence of str
        Finished sentences, shown first.
    """
    g.language = asked_language()
    body = render_template(
        f"oversight/{template}",
        words=say_of_accounts,
        o=say,
        name_of=name_of,
        moment=moment,
        the_text=lambda text: text.in_language(g.language),
        catalogue_says=lambda key, **more: current_context().catalogue.render(Message(key, more), g.language),
        other_page=address_in_other_language(),
        faults=faults,
        notice=notice,
        caller=the_caller(),
        in_demo=current_context().settings.accounts.demo,
        **values,
    )
    answer = make_response(body, status)
    answer.vary.add("Accept-Language")
    return answer
