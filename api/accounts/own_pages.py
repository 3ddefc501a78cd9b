"""One's own account: what it may do, its keys for programs and its second step; and the table of permissions."""

from collections.abc import Mapping, Sequence

from flask import Response, request, session, url_for
from flask.typing import ResponseReturnValue

from api.access.auditing import audit_event, record_event_alone
from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.lockout import forget_tries, may_try
from api.access.permission_table import ANY_ACCOUNT, the_permissions
from api.access.tokens import LONGEST_DAYS, NewToken, make_token, own_tokens, possible_actions, revoke_token
from api.access.units import Ground, holds_ground, state_ground, the_grounds
from api.accounts.digest_choice import NEVER, OFTEN, choose_digest, digest_of
from api.accounts.passwords import is_password
from api.accounts.sealing import UnreadableSecretError
from api.accounts.two_factor import is_code, new_secret, step_of, to_show
from api.context.context import current_context
from api.frame.accounts import blueprint, language_of_page, page, read_form, redirect_to, say
from api.frame.navigation import beginning
from api.store.account_tables import Account, ApiToken
from api.store.audit_chain import record_event
from api.web.problems import Problem
from instruments.messages import Message

_SECRET = "second_step_secret"  # noqa: S105 -- the name of a place in the session
_NOTICES = ("password_changed", "second_step_on", "second_step_off", "digest_chosen")


@blueprint.get("/permissions")
@allowed("public")
def permissions() -> ResponseReturnValue:
    """Show who may do what, and why: for whoever is logged in what their own roles may, else what all may.

    One role is asked for by its id, all by ``all``.
    """
    table, asked = the_permissions(), request.args.get("role", "")
    groups = (*table.role_names(), ANY_ACCOUNT)
    is_mine = not asked and bool(the_caller().roles)
    chosen = sorted(the_caller().roles if is_mine else {asked}.intersection(groups))
    actions = [each for each in table.actions if not chosen or not each.roles.keys().isdisjoint(chosen)]
    return page("permissions.html", table=table, groups=groups, is_mine=is_mine, chosen=chosen, actions=actions)


@blueprint.get("/account")
@allowed("account:own")
def account() -> ResponseReturnValue:
    """Show one's own account."""
    notice = session.pop("notice", None)
    return _account(notice=say(notice) if notice in _NOTICES else "")


@blueprint.post("/account/digest")
@allowed("account:own")
def digest() -> ResponseReturnValue:
    """Choose whether to be told by mail that something waits."""
    every = read_form("every")["every"]
    choose_digest(str(the_caller().account), every if every in OFTEN else NEVER, language_of_page())
    session["notice"] = "digest_chosen"
    return redirect_to(url_for("accounts.account"))


@blueprint.post("/account/tokens")
@allowed("tokens:own")
def make() -> ResponseReturnValue:
    """Make a key for a program and show it, this once."""
    form = read_form("name", "days", many=["actions"])
    days = int(form["days"]) if form["days"].isascii() and form["days"].isdigit() and len(form["days"]) < 5 else 0
    try:
        made = make_token(the_caller(), form["name"], request.form.getlist("actions"), days)
    except Problem as problem:
        return _account(faults=[_sentence(fault.code, fault.parameters) for fault in problem.faults], status=422)
    return _account(made=made)


@blueprint.post("/account/tokens/<token_id>/revoke")
@allowed("tokens:own", plain=["token_id"])
def revoke(token_id: str) -> ResponseReturnValue:
    """Revoke one of one's own keys."""
    read_form()
    revoke_token(the_caller().account, token_id)
    return redirect_to(url_for("accounts.account"))


@blueprint.get("/account/second-step")
@allowed("account:own")
def set_up() -> ResponseReturnValue:
    """Show what the app on the phone needs. Another app replaces the one there is, once its code was right."""
    if _user().password is None:
        return redirect_to(url_for("accounts.account"))  # the provider asks for what it asks for
    session[_SECRET] = new_secret()
    return _set_up()


@blueprint.post("/account/second-step")
@allowed("account:own")
def turn_on() -> ResponseReturnValue:
    """Turn the second step on, once the app has shown a right code, for whoever has the password and the old app."""
    form = read_form("code", "password", optional=["old_code"])
    secret = session.get(_SECRET)
    if not isinstance(secret, str):
        return redirect_to(url_for("accounts.set_up"))
    account = str(the_caller().account)
    if not may_try(f"change {account}"):
        return _set_up(faults=[say("locked")], status=429)
    fault, step = _refusal(account, form["password"], form["old_code"]), None
    if fault is None:
        try:
            step = step_of(form["code"], secret)
        except UnreadableSecretError:  # the key was changed meanwhile
            return redirect_to(url_for("accounts.set_up"))
        fault = "wrong_code" if step is None else None
    if fault is not None:
        record_event_alone(audit_event("turn_on", "second_step", record=account, outcome="refused"))
        return _set_up(faults=[say(fault)], status=422)
    forget_tries(f"change {account}")
    with current_context().database.unit_of_work() as work:
        user = work.get_one(Account, account)
        user.totp_secret, user.totp_counter = secret, step
        record_event(work, audit_event("turn_on", "second_step", record=user.id))
    session.pop(_SECRET)
    session["notice"] = "second_step_on"
    return redirect_to(url_for("accounts.account"))


@blueprint.post("/account/second-step/off")
@allowed("account:own")
def turn_off() -> ResponseReturnValue:
    """Turn the second step off, for whoever has the password and the app: somebody else may sit at the keyboard."""
    form = read_form("password", "old_code")
    account = str(the_caller().account)
    if not may_try(f"change {account}"):
        return _account(faults=[say("locked")], status=429)
    fault = _refusal(account, form["password"], form["old_code"])
    if fault is not None:
        record_event_alone(audit_event("turn_off", "second_step", record=account, outcome="refused"))
        return _account(faults=[say(fault)], status=422)
    forget_tries(f"change {account}")
    with current_context().database.unit_of_work() as work:
        user = work.get_one(Account, account)
        user.totp_secret = user.totp_counter = None
        record_event(work, audit_event("turn_off", "second_step", record=account))
    session["notice"] = "second_step_off"
    return redirect_to(url_for("accounts.account"))


def _refusal(account: str, password: str, old_code: str) -> str | None:
    """Why somebody may not change the second step of an account, by the key of the sentence; None if they may.

    A right code of the app there is is used by it.
    """
    user = _user()
    if not is_password(password, user.password):
        return "wrong_password"
    if user.totp_secret is not None and is_code(account, old_code) is None:
        return "wrong_old_code"
    return None


@blueprint.get("/cases/<case_id>/ground")
@allowed("case:cross_unit", plain=["case_id"])
def ground(case_id: str) -> ResponseReturnValue:
    """Ask on what ground a case is to be reached, without telling whether there is one; not anew while one holds."""
    if holds_ground(the_caller(), case_id):
        return redirect_to(f"/cases/{case_id}")
    return _ground(case_id)


@blueprint.post("/cases/<case_id>/ground")
@allowed("case:cross_unit", plain=["case_id"])
def cross(case_id: str) -> ResponseReturnValue:
    """Record the ground and go on to the case."""
    form = read_form("ground", "note")
    offered = [each.id for each in the_grounds().offered_to(the_caller())]
    if form["ground"] not in offered or not form["note"].strip():
        return _ground(case_id, [say("ground_incomplete")], form)
    state_ground(the_caller(), case_id, Ground(form["ground"], form["note"].strip()))
    return redirect_to(f"/cases/{case_id}")


def _ground(case_id: str, faults: Sequence[str] = (), written: Mapping[str, str] | None = None) -> Response:
    caller = the_caller()
    return page(
        "ground.html",
        grounds=the_grounds().offered_to(caller),
        hours=the_grounds().hours,
        needs_ground=caller.needs_ground,
        back=beginning(),
        case_id=case_id,
        faults=faults,
        written=written or {},
        status=422 if faults else 200,
    )


def _user() -> Account:
    with current_context().database.looking() as looking:
        return looking.get_one(Account, str(the_caller().account))


def _set_up(faults: list[str] | None = None, status: int = 200) -> Response:
    user = _user()
    shown = to_show(session[_SECRET], user.email)
    return page("second_step.html", faults=faults or [], status=status, has_old=user.totp_secret is not None, **shown)


def _account(
    *, notice: str = "", made: NewToken | None = None, faults: list[str] | None = None, status: int = 200
) -> Response:
    caller = the_caller()
    with current_context().database.looking() as looking:
        tokens: list[ApiToken] = list(own_tokens(looking, caller))
        every = digest_of(looking, str(caller.account))
    return page(
        "account.html",
        faults=faults or [],
        status=status,
        notice=notice,
        made=made,
        user=_user(),
        tokens=tokens,
        table=the_permissions(),
        titles={action.id: action.title for action in the_permissions().actions},
        possible=possible_actions(caller),
        longest_days=LONGEST_DAYS,
        every=every,
        often=[(each, say(f"digest_{each}")) for each in OFTEN],
    )


def _sentence(code: str, parameters: object) -> str:
    assert isinstance(parameters, dict)  # noqa: S101 -- faults are made so
    return current_context().catalogue.render(Message(f"fault.{code}", parameters), language_of_page())
