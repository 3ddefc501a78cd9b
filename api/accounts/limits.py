"""How often one address may fail to get in, whatever names it tries."""

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse

from api.accounts.auditing import tell_alone, told
from api.accounts.caller import NOBODY
from api.metrics import the_metrics
from api.problems import Problem

#: Failures of one kind from one address.
BY_ADDRESS = "30 per 15 minutes"
_EXTENSION = "underlag_limiter"


def limit_addresses(app: Flask, storage: str) -> None:
    """Count failures by address, in the memory of the process or in a storage that several processes share."""
    app.config["RATELIMIT_STORAGE_URI"] = storage
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    limiter = Limiter(get_remote_address)
    limiter.init_app(app)
    app.extensions[_EXTENSION] = limiter


def refuse_after_failures(kind: str) -> None:
    """Refuse an address that has failed too often. A whole office may share one, so that only failures count.

    Raises
    ------
    Problem
        Kind ``too-many-requests``.
    """
    limiter: Limiter = current_app.extensions[_EXTENSION]
    address = request.remote_addr or "unknown"
    if limiter.limiter.test(_limit(), kind, address):
        return
    if limiter.limiter.hit(parse("1 per 15 minutes"), f"{kind}-told", address):
        tell_alone(told("log_in", kind, actor=NOBODY, outcome="too_many"))
    raise Problem("too-many-requests", headers={"Retry-After": "900"})


def count_failure(kind: str) -> None:
    """Count a failure of the request's address."""
    the_metrics().log_in_failures.labels(kind).inc()
    limiter: Limiter = current_app.extensions[_EXTENSION]
    limiter.limiter.hit(_limit(), kind, request.remote_addr or "unknown")


def _limit() -> RateLimitItem:
    return parse(str(current_app.config.get("UNDERLAG_FAILURES_BY_ADDRESS", BY_ADDRESS)))
