"""Accounts put together with an application."""

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, request
from flask_security import Security
from flask_smorest import Api

from api.accounts.auditing import EXTENSION, Stored, utc_now
from api.accounts.caller import Caller, the_caller
from api.accounts.declarations import declare
from api.accounts.guard import Guard
from api.accounts.letters import sender_of
from api.accounts.limits import count_failure, limit_addresses, refuse_after_failures
from api.accounts.passwords import Passwords
from api.accounts.permission_table import PUBLIC
from api.accounts.provider import use_provider
from api.accounts.second_step import EXTENSION as CODES
from api.accounts.second_step import Codes
from api.accounts.sessions import SETTINGS, caller_of_session
from api.accounts.settings import AccountSettings
from api.accounts.tokens import caller_of_token
from api.accounts.users import Datastore
from api.accounts.views import log_in, oidc, own, page, passwords, rest
from api.accounts.views.passwords import SENDER
from api.problems import Problem
from api.store.database import Database

#: What is open to all and concerns nobody. New blueprints that keep records are not added here.
OPEN_BLUEPRINTS = (
    "api-docs",
    "bootstrap",
    "cards",
    "documentation",
    "evaluations",
    "instruments",
    "guidance",
    "health",
    "pages",
    "problems",
)
_VIEWS = (log_in, passwords, own)  # importing them is what puts their routes on the blueprint


def add_accounts(
    app: Flask,
    database: Database,
    settings: AccountSettings,
    *,
    is_for_programs: Callable[[], bool],
    now: Callable[[], datetime] = utc_now,
) -> None:
    """Give an application accounts, and guard every route of it, those that come later too.

    Parameters
    ----------
    is_for_programs : callable
        Whether the current request is answered in JSON.
    now : callable
        The clock.
    """
    _configure(app, settings)
    app.extensions[EXTENSION] = Stored(database, now)
    app.extensions[SETTINGS] = settings
    app.extensions[SENDER] = sender_of(settings.mail)
    app.extensions[CODES] = Codes([settings.secret_key, *settings.old_secret_keys], "Underlag")
    limit_addresses(app, settings.limits_storage)
    if settings.demo:
        app.before_request(refuse_strangers)
    Guard(app, identify, is_for_programs)
    security = Security(app, Datastore(), register_blueprint=False, password_util_cls=Passwords)
    # who calls is found out by `identify` alone: in one query, and not from anything in an address or a body
    security.login_manager.user_loader(_no_user)
    security.login_manager.request_loader(_no_user)
    if settings.oidc is not None:
        use_provider(app, settings.oidc)
    app.register_blueprint(page.blueprint)
    app.register_blueprint(oidc.blueprint)
    documented: Api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    documented.register_blueprint(rest.blueprint)
    # for the header of every page: who has logged in, and whether this is the demo
    app.jinja_env.globals.update(the_caller=the_caller, in_demo=settings.demo)
    declare(app, PUBLIC, endpoints=["static"], blueprints=OPEN_BLUEPRINTS)


def _configure(app: Flask, settings: AccountSettings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.old_secret_keys),
        # A browser sends a cookie called __Host- to this very host only, and never without TLS.
        SESSION_COOKIE_NAME="underlag" if settings.demo else "__Host-underlag",
        SESSION_COOKIE_SECURE=not settings.demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # pages send no Referer
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 -- the name of the method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(hours=1),
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        UNDERLAG_DEMO=settings.demo,
    )


def identify() -> Caller:
    """Find out who makes the request: by a key if one is sent, else by the session.

    Raises
    ------
    Problem
        Kind ``unauthenticated`` for a key that is worth nothing.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return caller_of_session()
    refuse_after_failures("token")
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer":
        count_failure("token")
        raise Problem("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="underlag"'})
    try:
        return caller_of_token(secret.strip())
    except Problem:
        count_failure("token")
        raise


def refuse_strangers() -> None:
    """Refuse whoever is not on this machine, or comes by a name that somebody else can give it.

    Raises
    ------
    Problem
        Kind ``forbidden``.
    """
    try:
        is_here = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        is_here = False
    is_here = is_here and urlsplit(f"//{request.host}").hostname in ("127.0.0.1", "localhost", "::1")
    if not is_here or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        raise Problem("forbidden")


def _no_user(_: object) -> None:
    return None
