"""Changing a password, and getting a new one by a code that comes by e-mail.

The code stands in the letter and is typed or pasted into a form: in an address it would end up in logs and histories.
"""

from smtplib import SMTPException
from typing import Any

from flask import Response, current_app, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import recoverable

from api.accounts.auditing import tell_alone, tell_in, the_store, told
from api.accounts.caller import the_caller
from api.accounts.declarations import allowed
from api.accounts.letters import Sender, letter
from api.accounts.limits import count_failure, refuse_after_failures
from api.accounts.lockout import forget_tries, may_try
from api.accounts.passwords import SHORTEST, faults_of_password, is_password, kept_password, normal_email
from api.accounts.sessions import begin_session, the_settings
from api.accounts.users import Datastore, User, changing, finding, is_usable, user_by_email
from api.accounts.views.page import blueprint, lead_to, page, read_form, say

SENDER = "underlag_letters"


@blueprint.get("/account/password")
@allowed("account:own")
def password() -> ResponseReturnValue:
    """Show the form for another password."""
    return page("password.html", shortest=SHORTEST)


@blueprint.post("/account/password")
@allowed("account:own")
def change_password() -> ResponseReturnValue:
    """Set another password. Every other session of the account ends."""
    form = read_form("old", "new", "again")
    account = str(the_caller().account)
    user = _user(account)
    if not may_try(f"change {account}"):
        return page("password.html", shortest=SHORTEST, faults=[say("locked")], status=429)
    if not is_password(form["old"], user.password):
        tell_alone(told("change", "password", record=account, outcome="refused"))
        return page("password.html", shortest=SHORTEST, faults=[say("wrong_password")], status=422)
    forget_tries(f"change {account}")
    faults = _faults(form, user, old=form["old"])
    if faults:
        return page("password.html", shortest=SHORTEST, faults=faults, status=422)
    user = set_password(account, form["new"], actor=account)
    begin_session(user, "password")
    _write(user, "changed")
    session["notice"] = "password_changed"
    return lead_to(url_for("accounts.account"))


@blueprint.get("/forgotten-password")
@allowed("public")
def forgotten() -> ResponseReturnValue:
    """Ask for the address that a code is to be sent to."""
    return page("forgotten.html")


@blueprint.post("/forgotten-password")
@allowed("public")
def send_code() -> ResponseReturnValue:
    """Send a code, if there is such an account; the answer is the same if there is not."""
    refuse_after_failures("reset")
    form = read_form("email")
    count_failure("reset")  # whether there is such an account or not
    email = normal_email(form["email"]) or ""
    if may_try(f"reset {email}"):
        with finding(the_store().database) as looking:
            user = user_by_email(looking, email)
            code = _code_for(user) if user and is_usable(user) and user.password else None
        tell_alone(
            told("reset_asked", "password", actor=user.id if user else None, outcome="done" if code else "refused")
        )
        if user is not None and code is not None:
            _write(user, "reset", code=code)
    return page("new_password.html", shortest=SHORTEST, notice=say("code_sent"))


@blueprint.get("/new-password")
@allowed("public")
def new_password() -> ResponseReturnValue:
    """Show the form for the code and a new password."""
    return page("new_password.html", shortest=SHORTEST, notice="")


@blueprint.post("/new-password")
@allowed("public")
def reset_password() -> ResponseReturnValue:
    """Set a new password by a code. Every session of the account ends, and the second step is still asked for."""
    refuse_after_failures("reset")
    form = read_form("code", "new", "again")
    with finding(the_store().database):
        user, is_valid = _read_code("".join(form["code"].split()))
    if not is_valid or user is None or not is_usable(user):
        count_failure("reset")
        tell_alone(told("reset", "password", actor=user.id if user else None, outcome="refused"))
        return _reset_form([say("code_invalid")])
    faults = _faults(form, user)
    if faults:
        return _reset_form(faults)
    set_password(user.id, form["new"], actor=user.id)
    forget_tries(user.email)
    _write(user, "changed")
    return page("log_in.html", onward="", has_provider=the_settings().oidc is not None, notice=say("password_reset"))


def set_password(account: str, new: str, *, actor: str | None = None) -> User:
    """Set a password that was found good, and end every session of the account."""
    hashed = kept_password(new)  # takes long: not within the unit of work
    with changing(the_store().database) as work:
        user = work.get_one(User, account)
        user.password = hashed
        Datastore().set_uniquifier(user)
        tell_in(work, told("change", "password", actor=actor, record=account))
    return user


def _reset_form(faults: list[str]) -> Response:
    return page("new_password.html", shortest=SHORTEST, notice="", faults=faults, status=422)


def _user(account: str) -> User:
    with finding(the_store().database) as looking:
        return looking.get_one(User, account)


def _faults(form: dict[str, str], user: User, old: str | None = None) -> list[str]:
    if form["new"] != form["again"]:
        return [say("passwords_differ")]
    if old is not None and form["new"] == old:
        return [say("password_same")]
    return [say(f"password.{code}", shortest=SHORTEST) for code in faults_of_password(form["new"], user.email)]


def _write(user: User, kind: str, **parameters: object) -> None:
    """Write to whoever has the account. That it cannot be sent is in the log, without saying to whom."""
    sender: Sender = current_app.extensions[SENDER]
    subject, text = say(f"letter.{kind}.subject"), say(f"letter.{kind}.text", **parameters)
    try:
        sender.send(letter(the_settings().sender, user.email, subject, text))
    except (OSError, SMTPException) as error:
        current_app.logger.error("A letter could not be sent: %s", type(error).__name__)


_recoverable: Any = recoverable  # it has no types


def _code_for(user: User) -> str:
    return str(_recoverable.generate_reset_password_token(user))


def _read_code(code: str) -> tuple[User | None, bool]:
    """Whose code it is, and whether it can still be used: for an hour, and until the password is another."""
    expired, invalid, user = _recoverable.reset_password_token_status(code)
    return user, not (expired or invalid)
