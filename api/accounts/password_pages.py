"""Changing a password, and getting a new one by a code that comes by e-mail.

The code stands in the letter and is typed or pasted into a form: in an address it would end up in logs and histories.
"""

from flask import Response, current_app, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select

from api.access.auditing import audit_event, record_event_alone
from api.access.caller import NOBODY, the_caller
from api.access.declarations import allowed
from api.access.limits import count_failure, refuse_after_failures
from api.access.lockout import forget_tries, may_try
from api.access.sessions import begin_session, end_sessions, session_keys
from api.access.tokens import revoke_all_tokens
from api.access.users import account_by_email, is_usable
from api.accounts.letters import write_letter
from api.accounts.passwords import BREACHED, SHORTEST, faults_of_password, hash_password, is_password, normal_email
from api.context.context import current_context
from api.frame.accounts import blueprint, page, read_form, redirect_to, say
from api.store.account_tables import Account
from api.store.audit_chain import record_event

_SALT = "underlag: a code for a new password"
#: How long a code can be used, in seconds.
_PATIENCE = 3600


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
        record_event_alone(audit_event("change", "password", record=account, outcome="refused"))
        return page("password.html", shortest=SHORTEST, faults=[say("wrong_password")], status=422)
    forget_tries(f"change {account}")
    faults = _faults(form, user, old=form["old"])
    if faults:
        return page("password.html", shortest=SHORTEST, faults=faults, status=422)
    user = set_password(account, form["new"], actor=account)
    begin_session(user, "password")
    write_letter(user.email, "changed")
    session["notice"] = "password_changed"
    return redirect_to(url_for("accounts.account"))


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
        with current_context().database.looking() as looking:
            user = account_by_email(looking, email)
        is_sent = user is not None and is_usable(user) and user.password is not None
        outcome = "done" if is_sent else "refused"
        record_event_alone(audit_event("reset_asked", "password", actor=user.id if user else None, outcome=outcome))
        # the same is done for nobody as for somebody, and the letter goes beside the answer
        code = _code_for(user.fs_uniquifier if user else NOBODY)
        write_letter(user.email if user and is_sent else None, "reset", code=code)
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
    user = _account_of_code("".join(form["code"].split()))
    if user is None or not is_usable(user):
        count_failure("reset")
        record_event_alone(audit_event("reset", "password", actor=user.id if user else None, outcome="refused"))
        return _reset_form([say("code_invalid")])
    faults = _faults(form, user)
    if faults:
        return _reset_form(faults)
    set_password(user.id, form["new"], actor=user.id)
    forget_tries(user.email)
    write_letter(user.email, "changed")
    return page(
        "log_in.html",
        onward="",
        has_provider=current_context().settings.accounts.oidc is not None,
        notice=say("password_reset"),
    )


def set_password(account: str, new: str, *, actor: str | None = None) -> Account:
    """Set a password that was found good, end every session of the account, and revoke its keys for programs."""
    hashed = hash_password(new)  # takes long: not within the unit of work
    with current_context().database.unit_of_work() as work:
        user = work.get_one(Account, account)
        user.password = hashed
        end_sessions(work, user)
        record_event(work, audit_event("change", "password", actor=actor, record=account))
        revoke_all_tokens(work, account, actor)
    return user


def _reset_form(faults: list[str]) -> Response:
    return page("new_password.html", shortest=SHORTEST, notice="", faults=faults, status=422)


def _user(account: str) -> Account:
    with current_context().database.looking() as looking:
        return looking.get_one(Account, account)


def _faults(form: dict[str, str], user: Account, old: str | None = None) -> list[str]:
    if form["new"] != form["again"]:
        return [say("passwords_differ")]
    if old is not None and form["new"] == old:
        return [say("password_same")]
    codes = faults_of_password(form["new"], user.email, current_app.extensions[BREACHED])
    return [say(f"password.{code}", shortest=SHORTEST) for code in codes]


def _code_for(known_by: str) -> str:
    return _codes().dumps(known_by)


def _account_of_code(code: str) -> Account | None:
    """Whose code it is, while it can be used: for an hour, and until the password is another."""
    try:
        known_by = _codes().loads(code, max_age=_PATIENCE)
    except BadData:
        return None
    with current_context().database.looking() as looking:
        return looking.scalars(select(Account).where(Account.fs_uniquifier == str(known_by))).first()


def _codes() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_keys(), salt=_SALT)
