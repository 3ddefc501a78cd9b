"""What an administrator does to an account: each act is asked about first, and recorded in the audit log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.tokens import revoke_token, tokens_of
from api.accounts.administration import (
    change_details,
    close_account,
    end_sessions_of,
    new_password_for,
    reopen_account,
    turn_off_second_step,
)
from api.accounts.letters import write_letter
from api.accounts.names_and_addresses import AdministrationError
from api.accounts.passwords import normal_email
from api.administration.frame import Errors, Question, ask, blueprint, leave_notice, page, refusal, say
from api.administration.people_pages import account_of, errors_of_details, field_of, show_person
from api.context.context import current_context
from api.frame.accounts import read_form, redirect_to
from api.store.account_tables import Account
from api.web.problems import Problem

_PLAIN = ["account_id", "act"]


@dataclass(frozen=True)
class Act:
    """Something that can be done to an account.

    Parameters
    ----------
    do : callable
        Does it, by the address of the account and who does it; it may give a password to be shown once.
    fits : callable
        Whether it can be done to an account as it is.
    """

    do: Callable[[str, str], str | None]
    fits: Callable[[Account], bool]


#: What they are called in addresses and in the catalogue.
ACTS: Mapping[str, Act] = {
    "close": Act(close_account, lambda account: account.active),
    "reopen": Act(reopen_account, lambda account: not account.active),
    "password": Act(new_password_for, lambda account: account.active and account.password is not None),
    "second-step": Act(turn_off_second_step, lambda account: account.totp_secret is not None),
    "sessions": Act(end_sessions_of, lambda account: account.active),
}


@blueprint.get("/people/<account_id>/<act>")
@allowed("accounts:manage", plain=_PLAIN)
def ask_about(account_id: str, act: str) -> ResponseReturnValue:
    """Ask before something is done to an account."""
    account, _ = _account_and_act(account_id, act)
    words = act.replace("-", "_")
    return ask(
        Question(
            say(f"{words}.ask", name=account.name),
            say(f"{words}.button"),
            [say(f"{words}.means"), say(f"{words}.undone")],
            url_for("administration.do", account_id=account_id, act=act),
            url_for("administration.person", account_id=account_id),
        )
    )


@blueprint.post("/people/<account_id>/<act>")
@allowed("accounts:manage", plain=_PLAIN)
def do(account_id: str, act: str) -> ResponseReturnValue:
    """Do something to an account."""
    read_form(optional=["sure"])
    account, chosen = _account_and_act(account_id, act)
    back = url_for("administration.person", account_id=account_id)
    try:
        password = chosen.do(account.email, the_caller().actor)
    except AdministrationError as error:
        return page("refused.html", status=409, sentence=refusal(error), back=back)
    notice = say(f"{act.replace('-', '_')}.done", name=account.name)
    if password is not None:
        return show_person(account_id, notice=notice, password=password)
    leave_notice(notice)
    return redirect_to(back)


@blueprint.get("/people/<account_id>/details")
@allowed("accounts:manage", plain=["account_id"])
def details_of(account_id: str) -> ResponseReturnValue:
    """Show what somebody is called and logs in under, to be changed."""
    account = account_of(account_id)
    return _details_form(account, {"name": account.name, "email": account.email})


@blueprint.post("/people/<account_id>/details")
@allowed("accounts:manage", plain=["account_id"])
def change_details_of(account_id: str) -> ResponseReturnValue:
    """Ask before somebody is called something else or logs in under another address; then change it."""
    form = read_form("name", "email", optional=["sure", "change"])
    account = account_of(account_id)
    errors = errors_of_details(form)
    if errors or form["change"]:
        return _details_form(account, form, errors)
    if not form["sure"]:
        return ask(_question_of_details(account, form))
    try:
        before = change_details(account_id, form["name"], form["email"], the_caller().actor)
    except AdministrationError as error:
        return _details_form(account, form, {field_of(error): refusal(error)})
    if before is not None:
        for address in (before, form["email"].strip()):
            write_letter(address, "address_changed")
    leave_notice(say("details.done", name=form["name"].strip()))
    return redirect_to(url_for("administration.person", account_id=account_id))


def _details_form(account: Account, form: dict[str, str], errors: Errors | None = None) -> Response:
    return page("details.html", errors=errors, status=422 if errors else 200, person=account, form=form)


def _question_of_details(account: Account, form: dict[str, str]) -> Question:
    name, email = form["name"].strip(), form["email"].strip()
    changes = [say("details.name", before=account.name, after=name)] if name != account.name else []
    if normal_email(email) != account.email:
        changes.append(say("details.email", before=account.email, after=email))
    return Question(
        say("details.ask", name=account.name),
        say("details.button"),
        [*changes, say("details.undone")] if changes else [say("details.same")],
        url_for("administration.change_details_of", account_id=account.id),
        url_for("administration.person", account_id=account.id),
        [("name", form["name"]), ("email", form["email"])],
        can_change=True,
    )


@blueprint.get("/people/<account_id>/keys/<token_id>")
@allowed("accounts:manage", plain=["account_id", "token_id"])
def ask_about_key(account_id: str, token_id: str) -> ResponseReturnValue:
    """Ask before a key of somebody is revoked."""
    account = account_of(account_id)
    with current_context().database.looking() as looking:
        token = next((each for each in tokens_of(looking, account_id) if each.id == token_id), None)
    if token is None:
        raise Problem("not-found")
    return ask(
        Question(
            say("key.ask", token=token.name, name=account.name),
            say("key.button"),
            [say("key.means"), say("key.undone")],
            url_for("administration.revoke_key", account_id=account_id, token_id=token_id),
            url_for("administration.person", account_id=account_id),
        )
    )


@blueprint.post("/people/<account_id>/keys/<token_id>")
@allowed("accounts:manage", plain=["account_id", "token_id"])
def revoke_key(account_id: str, token_id: str) -> ResponseReturnValue:
    """Revoke a key of somebody."""
    read_form(optional=["sure"])
    account = account_of(account_id)
    revoke_token(account_id, token_id)
    leave_notice(say("key.done", name=account.name))
    return redirect_to(url_for("administration.person", account_id=account_id))


def _account_and_act(account_id: str, act: str) -> tuple[Account, Act]:
    """The account and the act of an address, where the one can be done to the other.

    Raises
    ------
    Problem
        Kind ``not-found``.
    """
    account = account_of(account_id)
    if act not in ACTS or not ACTS[act].fits(account):
        raise Problem("not-found")
    return account, ACTS[act]
