"""Who calls: an account by its session or by a key, or nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask import g, has_request_context

from api.access.permission_table import the_permissions

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever makes the request, and what they may do in it.

    Parameters
    ----------
    account : str or None
        The key of the account; None for somebody without one.
    name : str
        How the account is called, for pages and for what people sign.
    units : frozenset of str
        The secrecy units that it belongs to.
    actions : frozenset of str
        The actions that its roles allow; with a key, those of them that the key has.
    by : str
        ``session``, ``token`` or ``nothing``.
    token : str or None
        The key of the API token.
    ground : str
        On what ground the caller reaches the case of this request; empty where the case is one of its own units' and
        none is needed.
    unit_names : tuple of str
        With a session: what its units are called, in alphabetical order.
    """

    account: str | None
    name: str
    roles: frozenset[str]
    units: frozenset[str]
    actions: frozenset[str]
    by: Literal["session", "token", "nothing"]
    token: str | None = None
    ground: str = ""
    unit_names: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        """Whom the audit names."""
        return self.account or NOBODY

    @property
    def needs_ground(self) -> bool:
        """Whether a case is opened only on a stated ground, one of the own units too."""
        return the_permissions().needs_ground(self.roles)

    def may(self, action: str) -> bool:
        """Whether the caller may do it at all; see `api.access.units` for the single case."""
        return action in self.actions


def nobody() -> Caller:
    """Somebody without an account."""
    return Caller(None, "", frozenset(), frozenset(), the_permissions().actions_of(None), "nothing")


def the_caller() -> Caller:
    """Whoever makes the current request."""
    if not has_request_context():
        return nobody()
    if "underlag_caller" not in g:
        identify: Callable[[], Caller] = g.get("underlag_identify", nobody)
        g.underlag_caller = identify()
    caller: Caller = g.underlag_caller
    return caller


def set_caller(caller: Caller) -> None:
    """Tell the rest of the request who makes it."""
    g.underlag_caller = caller


def identify_with(identify: Callable[[], Caller]) -> None:
    """Tell how to find out who makes the request, once somebody asks: a page that is open to all may never do so."""
    g.underlag_identify = identify
