"""A form that is sent after the log-in has expired: what was written goes along until its writer has come back."""

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

from flask import Response, make_response, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer

from api.access.caller import the_caller
from api.access.sessions import account_in_session, expired_account, session_keys
from api.web.problems import Problem

_SALT = "underlag: a form that outlived its log-in"
_KEPT = "underlag: what a browser keeps until it is saved"
#: A form can be gone on with for so long, in seconds.
_PATIENCE = 12 * 3600
_OWN = ("csrf_token", "sealed")


def page_to_log_in(path: str = "", account: str | None = None) -> Response:
    """The page that asks to log in again, with everything that was sent.

    Parameters
    ----------
    path : str
        Where it is sent once more; empty for where it was sent.
    account : str or None
        What the account is known by that goes on with it; None for the one whose session has expired.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    known = {"path": path or request.full_path.rstrip("?"), "account": account or expired_account()}
    sealed = _seal().dumps({**known, "digest": _digest(fields)})
    return make_response(render_template("logged_out.html", fields=fields, sealed=sealed), 401)


def page_to_go_on() -> Response:
    """The page that sends once more what was written, for whoever wrote it and has logged in again.

    Raises
    ------
    Problem
        Kind ``forged-request`` where it is not what this service has sealed, or somebody else has logged in.
    """
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    sealed = request.form.get("sealed", "")
    try:
        known: dict[str, Any] = _seal().loads(sealed, max_age=_PATIENCE)
    except BadData:
        raise Problem("forged-request") from None
    if known["digest"] != _digest(fields):
        raise Problem("forged-request")
    if the_caller().by != "session":
        return make_response(render_template("logged_out.html", fields=fields, sealed=sealed), 401)
    if known["account"] is not None and known["account"] != account_in_session():
        raise Problem("forged-request")
    return make_response(render_template("go_on.html", fields=fields, path=known["path"]))


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_keys(), salt=_SALT)


def _digest(fields: list[tuple[str, str]]) -> str:
    plain = [(name, value.replace("\r\n", "\n")) for name, value in fields]
    return sha256(json.dumps(sorted(plain)).encode()).hexdigest()


def keeping_keys(record: str) -> str:
    """The keys by which a browser keeps what is not saved yet of a record: only its own account is ever given them.

    The first is the one to keep by. Those after it are of earlier session keys, so that a change of them loses nothing.
    """
    whole = f"{_KEPT} {the_caller().account} {record}".encode()
    made = (hmac.new(key.encode(), whole, sha256).digest() for key in reversed(session_keys()))
    return " ".join(base64.b64encode(each).decode() for each in made)
