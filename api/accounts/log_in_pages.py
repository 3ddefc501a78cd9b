"""Logging in, by password and a second step, and logging out."""

from datetime import UTC, datetime, timedelta

from flask import Response, request, session, url_for
from flask.typing import ResponseReturnValue

from api.access.auditing import audit_event, record_event_alone
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.limits import count_failure, refuse_after_failures
from api.access.lockout import forget_tries, may_try
from api.access.sessions import begin_session, end_session
from api.access.users import account_by_email, is_usable
from api.accounts.passwords import hash_password, is_hashed_at_current_cost, is_password, normal_email
from api.accounts.two_factor import is_code
from api.context.context import current_context
from api.frame.accounts import blueprint, is_own_path, lead_on, page, read_form, redirect_to, say
from api.store.account_tables import Account

_WAITING = "second_step"
#: How long the second step may take.
_PATIENCE = timedelta(minutes=5)


@blueprint.get("/log-in")
@allowed("public")
def log_in() -> ResponseReturnValue:
    """Show the form for logging in; whoever is logged in goes on."""
    wanted = request.args.get("next", "")
    onward = wanted if is_own_path(wanted) else ""
    if the_caller().by == "session":
        return lead_on(onward)
    return _form(onward=onward)


@blueprint.post("/log-in")
@allowed("public")
def try_log_in() -> ResponseReturnValue:
    """Log in by password. Every failure gets the same answer, so that nobody learns who has an account."""
    refuse_after_failures("password")
    form = read_form("email", "password", optional=["next"])
    email = normal_email(form["email"]) or form["email"].strip().lower()
    if not may_try(email):
        count_failure("password")
        record_event_alone(audit_event("log_in", "password", actor=_known(email), outcome="locked"))
        return _form(onward=form["next"], faults=[say("locked")], status=429)
    user = _find(email)
    is_right = is_password(form["password"], user.password if user else None)
    if user is None or not is_right or not is_usable(user):
        count_failure("password")
        record_event_alone(audit_event("log_in", "password", actor=user.id if user else None, outcome="refused"))
        return _form(onward=form["next"], faults=[say("refused")], status=422)
    forget_tries(email)
    _keep_by_now(user, form["password"])
    if user.totp_secret is None:
        begin_session(user, "password")
        return lead_on(form["next"])
    session.clear()
    session[_WAITING] = {"account": user.id, "at": int(current_context().now().timestamp()), "next": form["next"]}
    return redirect_to(url_for("accounts.second_step"))


@blueprint.get("/log-in/code")
@allowed("public")
def second_step() -> ResponseReturnValue:
    """Ask for the code of the second step."""
    return page("code.html") if _waiting() else redirect_to(url_for("accounts.log_in"))


@blueprint.post("/log-in/code")
@allowed("public")
def try_second_step() -> ResponseReturnValue:
    """Log in by the code of the second step."""
    refuse_after_failures("code")
    form = read_form("code")
    waiting = _waiting()
    if waiting is None:
        return redirect_to(url_for("accounts.log_in"))
    account, onward = waiting
    if not may_try(f"code {account}"):
        session.clear()
        record_event_alone(audit_event("log_in", "code", actor=account, outcome="locked"))
        return _form(faults=[say("locked")], status=429)
    user = is_code(account, form["code"])
    if user is None:
        count_failure("code")
        record_event_alone(audit_event("log_in", "code", actor=account, outcome="refused"))
        return page("code.html", faults=[say("wrong_code")], status=422)
    forget_tries(f"code {account}")
    begin_session(user, "code")
    return lead_on(onward)


@blueprint.post("/log-out")
@allowed("account:own")
def log_out() -> ResponseReturnValue:
    """Log out."""
    read_form()
    end_session(the_caller())
    return redirect_to(url_for("accounts.log_in"))


def _form(*, onward: str = "", faults: list[str] | None = None, status: int = 200) -> Response:
    has_provider = current_context().settings.accounts.oidc is not None
    return page("log_in.html", faults=faults or [], status=status, onward=onward, has_provider=has_provider)


def _find(email: str) -> Account | None:
    with current_context().database.looking() as looking:
        return account_by_email(looking, email)


def _keep_by_now(user: Account, password: str) -> None:
    """Keep a password that was just typed at today's cost."""
    if user.password is None or is_hashed_at_current_cost(user.password):
        return
    anew = hash_password(password)
    with current_context().database.unit_of_work() as work:
        account = work.get_one(Account, user.id)
        if account.password == user.password:  # not changed meanwhile
            account.password = anew


def _known(email: str) -> str | None:
    user = _find(email)
    return user.id if user else None


def _waiting() -> tuple[str, str] | None:
    """Whose second step is waited for, and where to go on; None if nobody's, or for too long."""
    waiting = session.get(_WAITING)
    if not isinstance(waiting, dict):
        return None
    if current_context().now() - datetime.fromtimestamp(waiting["at"], UTC) > _PATIENCE:
        session.clear()
        return None
    return str(waiting["account"]), str(waiting["next"])
