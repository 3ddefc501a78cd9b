"""Logging in at an identity provider. Whoever has no account here is told so; none is made."""

from authlib.common.errors import AuthlibBaseError
from flask import Blueprint, Response, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from api.access.auditing import audit_event, record_event_alone
from api.access.declarations import allowed
from api.access.limits import count_failure, refuse_after_failures
from api.access.sessions import begin_session
from api.access.users import is_usable
from api.accounts.provider import account_of, the_provider
from api.context.context import current_context
from api.frame.accounts import is_own_path, lead_on, page, say
from api.web.problems import Problem

_ONWARD = "onward"
#: Under what Authlib keeps in the session that a browser has gone to the provider, and how many times at once.
_BEGUN, _MOST_BEGUN = "_state_provider_", 3

blueprint = Blueprint("oidc", __name__)


@blueprint.get("/log-in/provider")
@allowed("public")
def start() -> ResponseReturnValue:
    """Go to the provider. No form leads here: our policy would forbid it to end at another site."""
    refuse_after_failures("oidc")
    provider = the_provider()
    if provider is None:
        raise Problem("not-found")
    if sum(name.startswith(_BEGUN) for name in session) >= _MOST_BEGUN:
        for name in [name for name in session if name.startswith(_BEGUN)]:
            session.pop(name)  # or the cookie grows until no browser keeps it
    wanted = request.args.get("next", "")
    session[_ONWARD] = wanted if is_own_path(wanted) else ""
    try:
        answer: Response = provider.authorize_redirect(url_for("oidc.arrive", _external=True))
    except (AuthlibBaseError, RequestException, ValueError) as error:
        return _failed(error, counts=False)  # the provider's failure, not that of whoever asked
    return answer


@blueprint.get("/log-in/provider/return")
@allowed("public")
def arrive() -> ResponseReturnValue:
    """Come back from the provider, to the browser that went there: what comes otherwise changes nothing."""
    provider, settings = the_provider(), current_context().settings.accounts.oidc
    if provider is None or settings is None:
        raise Problem("not-found")
    state = request.args.get("state", "")
    if provider.framework.get_state_data(session, state) is None:
        return _form()
    refuse_after_failures("oidc")
    if "error" in request.args:
        provider.framework.clear_state_data(session, state)
        return _failed(None)
    try:
        claims = provider.authorize_access_token().get("userinfo") or {}
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError) as error:
        return _failed(error)
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(subject, str) or not isinstance(issuer, str) or issuer.rstrip("/") != settings.issuer:
        return _failed(None)
    user = account_of(settings.issuer, subject)
    if user is None or not is_usable(user):
        count_failure("oidc")
        record_event_alone(audit_event("log_in", "oidc", actor=user.id if user else None, outcome="refused"))
        return page("no_account.html", status=403)
    onward = str(session.get(_ONWARD, ""))
    begin_session(user, "oidc")
    return lead_on(onward)


def _failed(error: Exception | None, *, counts: bool = True) -> Response:
    """What the provider or the browser sent does not hold together; the log tells the kind of error only."""
    if counts:
        count_failure("oidc")
    current_app.logger.warning("Logging in at the provider failed: %s", type(error).__name__ if error else "refused")
    record_event_alone(audit_event("log_in", "oidc", outcome="refused"))
    return _form()


def _form() -> Response:
    return page("log_in.html", onward="", has_provider=True, faults=[say("provider_failed")], status=422)
