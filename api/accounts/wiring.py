"""Accounts put together with an application."""

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from flask import Flask, request
from flask_smorest import Api

from api.access.caller import Caller, the_caller
from api.access.declarations import declare
from api.access.guard import Guard
from api.access.limits import count_failure, refuse_after_failures
from api.access.permission_table import PUBLIC
from api.access.sessions import caller_of_session
from api.access.tokens import caller_of_token
from api.accounts import log_in_pages as log_in
from api.accounts import own_pages as own
from api.accounts import password_pages as passwords
from api.accounts import provider_pages as oidc
from api.accounts import routes as rest
from api.accounts.guessing import BreachedPasswords
from api.accounts.mail import EXTENSION as OUTBOX
from api.accounts.mail import Outbox, sender_of
from api.accounts.passwords import BREACHED, HASHER
from api.accounts.provider import use_provider
from api.accounts.sealing import Seal
from api.accounts.two_factor import EXTENSION as SEAL
from api.context.context import context_of
from api.frame import accounts as page
from api.frame.municipality import EXTENSION as MUNICIPALITY
from api.settings.accounts import AccountSettings
from api.web.problems import Problem

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
    "municipality",
    "pages",
    "problems",
)
_VIEWS = (log_in, passwords, own)  # importing them is what puts their routes on the blueprint


def add_accounts(app: Flask, *, is_api_request: Callable[[], bool]) -> None:
    """Give an application that keeps records accounts, and guard every route of it, those that come later too.

    Parameters
    ----------
    is_api_request : callable
        Whether the current request is answered in JSON.
    """
    settings = context_of(app).settings.accounts
    _configure(app, settings)
    app.extensions[OUTBOX] = Outbox(sender_of(settings.mail), app.logger, app.extensions[MUNICIPALITY].signature)
    app.extensions[SEAL] = Seal(settings.session_keys)
    app.extensions[HASHER] = PasswordHasher()
    listed = settings.breached_passwords
    app.extensions[BREACHED] = BreachedPasswords(listed) if listed is not None else None
    if settings.demo:
        app.before_request(refuse_strangers)
    Guard(app, identify, is_api_request)
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
        SECRET_KEY=settings.session_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.session_keys[1:]),
        # A browser sends a cookie called __Host- to this very host only, and never without TLS.
        SESSION_COOKIE_NAME="underlag" if settings.demo else "__Host-underlag",
        SESSION_COOKIE_SECURE=not settings.demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # pages send no Referer
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
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer":
        refuse_after_failures("token")
        count_failure("token")
        raise Problem("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="underlag"'})
    return caller_of_token(secret.strip())


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
