"""A page of a part of the product that brings its own sentences: what every such template is given."""

from collections.abc import Callable
from typing import Any

from flask import Response

from api.access.caller import the_caller
from api.context.context import current_context
from api.frame.accounts import say as say_of_accounts
from api.frame.oversight import moment
from api.frame.pages import asked_language, page_in_asked_language


def page_of_feature(template: str, say: Callable[..., str], *, status: int = 200, **values: Any) -> Response:
    """A page whose own sentences a template says by ``a``.

    Parameters
    ----------
    say : callable
        Gives a sentence in the language of the page.
    """
    return page_in_asked_language(
        template,
        status=status,
        words=say_of_accounts,
        a=say,
        moment=moment,
        the_text=lambda text: text.in_language(asked_language()),
        caller=the_caller(),
        in_demo=current_context().settings.accounts.demo,
        **values,
    )
