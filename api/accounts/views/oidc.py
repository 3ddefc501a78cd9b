"""Logging in at an identity provider. Whoever has no account here is told so; none is made."""

from authlib.common.errors import AuthlibBaseError
from flask import Blueprint, Response, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from api.accounts.auditing import tell_alone, told
from api.accounts.declarations import allowed
from api.accounts.limits import count_failure, refuse_after_failures
from api.accounts.provider import account_of, the_provider
from api.accounts.sessions import begin_session, the_settings
from api.accounts.users import is_usable
from api.accounts.views.page import is_own_path, lead_on, page, say
from api.problems import Problem

_ONWARD = "onward"

blueprint = Blueprint("oidc", __name__, template_folder="../templates")


@blueprint.get("/log-in/provider")
@allowed("public")
def start() -> ResponseReturnValue:
    """Go to the provider. No form leads here: our policy would forbid it to end at another site."""
    refuse_after_failures("oidc")
    provider = the_provider()
    if provider is None:
        raise Problem("not-found")
    wanted = request.args.get("next", "")
    session[_ONWARD] = wanted if is_own_path(wanted) else ""
    try:
        answer: Response = provider.authorize_redirect(url_for("oidc.arrive", _external=True))
    except (AuthlibBaseError, RequestException, ValueError) as error:
        return _failed(error)
    return answer


@blueprint.get("/log-in/provider/return")
@allowed("public")
def arrive() -> ResponseReturnValue:
    """Come back from the provider."""
    refuse_after_failures("oidc")
    provider, settings = the_provider(), the_settings().oidc
    if provider is None or settings is None:
        raise Problem("not-found")
    if "error" in request.args:
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
        session.clear()
        count_failure("oidc")
        tell_alone(told("log_in", "oidc", actor=user.id if user else None, outcome="refused"))
        return page("no_account.html", status=403)
    onward = str(session.get(_ONWARD, ""))
    begin_session(user, "oidc")
    return lead_on(onward)


def _failed(error: Exception | None) -> Response:
    """What the provider or the browser sent does not hold together; the log tells the kind of error only."""
    session.clear()
    count_failure("oidc")
    current_app.logger.warning("Logging in at the provider failed: %s", type(error).__name__ if error else "refused")
    tell_alone(told("log_in", "oidc", outcome="refused"))
    return page("log_in.html", onward="", has_provider=True, faults=[say("provider_failed")], status=422)
