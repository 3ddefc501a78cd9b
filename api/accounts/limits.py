"""How often one address may try to get in, whatever names it tries."""

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse

from api.accounts.auditing import tell_alone, told
from api.accounts.caller import NOBODY
from api.problems import Problem

#: Attempts of any kind from one address.
BY_ADDRESS = "30 per 15 minutes"
_EXTENSION = "underlag_limiter"


def limit_addresses(app: Flask, storage: str) -> None:
    """Count attempts by address, in the memory of the process or in a storage that several processes share."""
    app.config["RATELIMIT_STORAGE_URI"] = storage
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    limiter = Limiter(get_remote_address)
    limiter.init_app(app)
    app.extensions[_EXTENSION] = limiter


def count_attempt(kind: str) -> None:
    """Count an attempt of the request's address.

    Raises
    ------
    Problem
        Kind ``too-many-requests``.
    """
    limiter: Limiter = current_app.extensions[_EXTENSION]
    address = request.remote_addr or "unknown"
    if limiter.limiter.hit(_limit(), kind, address):
        return
    if limiter.limiter.hit(parse("1 per 15 minutes"), f"{kind}-told", address):
        tell_alone(told("log_in", kind, actor=NOBODY, outcome="too_many"))
    raise Problem("too-many-requests", headers={"Retry-After": "900"})


def refuse_after_many(kind: str) -> None:
    """Refuse an address that has made too many attempts already, without counting this one.

    Raises
    ------
    Problem
        Kind ``too-many-requests``.
    """
    limiter: Limiter = current_app.extensions[_EXTENSION]
    if not limiter.limiter.test(_limit(), kind, request.remote_addr or "unknown"):
        count_attempt(kind)


def _limit() -> RateLimitItem:
    return parse(str(current_app.config.get("UNDERLAG_ATTEMPTS_BY_ADDRESS", BY_ADDRESS)))
