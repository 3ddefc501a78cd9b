"""Every request comes by here: who calls, whether the request was meant, and whether it is allowed."""

from collections.abc import Callable

from flask import Flask, Response, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect

from api.access.auditing import record_refusal
from api.access.caller import Caller, identify_with, the_caller
from api.access.declarations import declared
from api.access.handed_over import is_handed_over
from api.access.permission_table import PUBLIC
from api.access.units import reach_record
from api.web.problems import Problem

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: What a device that was handed over reaches: its form, what pages look like, and logging in again.
_FORM_OF_DEVICE = ("handed_over.form", "handed_over.send", "handed_over.thanks")
_WHILE_HANDED_OVER = frozenset(
    {
        *_FORM_OF_DEVICE,
        *("static", "bootstrap.static", "municipality.mark"),
        *("accounts.log_in", "accounts.try_log_in", "accounts.second_step", "accounts.try_second_step"),
        "work.go_on",
    }
)
#: The identity provider of the municipality is a way to log in too.
_BLUEPRINT_WHILE_HANDED_OVER = "oidc"
Identify = Callable[[], Caller]


class Guard:
    """Refuses what is not allowed, before any view runs.

    Parameters
    ----------
    identify : callable
        Tells who calls; it may raise a `Problem`.
    is_api_request : callable
        Whether the request is answered in JSON. Other requests are sent to the page for logging in.
    log_in : str
        The endpoint of that page.
    """

    def __init__(
        self, app: Flask, identify: Identify, is_api_request: Callable[[], bool], log_in: str = "accounts.log_in"
    ) -> None:
        self._app = app
        self._identify = identify
        self._is_api_request = is_api_request
        self._log_in = log_in
        self._csrf = CSRFProtect()
        self._csrf.init_app(app)
        app.before_request(self.look)

    def look(self) -> Response | None:
        """Let the request through, or answer it.

        Raises
        ------
        Problem
            Kind ``unauthenticated``, ``forbidden``, ``not-found``, ``ground-required`` or ``forged-request``.
        """
        if request.endpoint is None:
            return None  # there is no such route, or not with this method
        declaration = declared(self._app, request.endpoint, request.method)
        if declaration is None:
            self._app.logger.error("No permission is declared for %s", request.endpoint)
            raise Problem("forbidden")
        if is_handed_over() and not _is_open_while_handed_over():
            return self._lead_to_log_in("")
        identify_with(self._identify)
        if declaration.action == PUBLIC and request.method in _SAFE:
            return None
        caller = the_caller()
        if declaration.is_sealed:
            _require_own_page()
        else:
            self._refuse_forged(caller)
        if not caller.may(declaration.action):
            return self._refuse(caller, declaration.action)
        if declaration.action != PUBLIC:
            reach_record(caller, declaration, request.view_args or {})
        return None

    def _refuse_forged(self, caller: Caller) -> None:
        """Refuse a request that another site made in the name of somebody who is logged in here."""
        if request.method in _SAFE or (caller.by != "session" and not self._is_form()):
            return
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Problem("forged-request")
        try:
            self._csrf.protect()
        except CSRFError:
            raise Problem("forged-request") from None

    def _is_form(self) -> bool:
        return request.blueprint in ("accounts", "oidc", "handed_over")

    def _refuse(self, caller: Caller, action: str) -> Response:
        if caller.account is None:
            return self._lead_to_log_in(request.path)
        record_refusal(caller, action)
        raise Problem("forbidden")

    def _lead_to_log_in(self, onward: str) -> Response:
        """Lead a page to the log-in, and refuse anything else for want of one."""
        if not self._is_api_request() and request.method in ("GET", "HEAD"):
            answer = redirect(url_for(self._log_in, next=onward or None), 303)
            assert isinstance(answer, Response)  # noqa: S101 -- Flask's own kind
            return answer
        raise Problem("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="underlag"'})


def _is_open_while_handed_over() -> bool:
    return request.endpoint in _WHILE_HANDED_OVER or request.blueprint == _BLUEPRINT_WHILE_HANDED_OVER


def is_sent_from_own_page() -> bool:
    """Whether the browser says that the request comes from a page of this service."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _require_own_page() -> None:
    if not is_sent_from_own_page():
        raise Problem("forged-request")
