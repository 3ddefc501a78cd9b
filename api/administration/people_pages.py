"""People: the list of them, one person, a new one, and which roles and units somebody has."""

from dataclasses import replace

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.access.permission_table import the_permissions
from api.access.sessions import sessions_of
from api.access.tokens import tokens_of
from api.accounts.administration import NewAccount, add_account, check_roles, set_roles
from api.accounts.names_and_addresses import AdministrationError
from api.administration.frame import Question, ask, blueprint, leave_notice, page, refusal, say, title_of_role
from api.administration.people import STATES, PeopleFilter, all_units, find_people
from api.context.context import current_context
from api.frame.accounts import read_form, redirect_to
from api.store.account_tables import Account
from api.web.problems import Problem

_PARTS = ("unit", "role", "state")
_FIELDS = {
    **dict.fromkeys(("not-an-address", "address-of-demo", "address-taken", "own-account"), "email"),
    "bad-name": "name",
    "identity-taken": "subject",
}


@blueprint.get("")
@allowed("accounts:read")
def people() -> ResponseReturnValue:
    """List people, and choose among them by what is no personal data."""
    number = request.args.get("page", "1")
    return _listed(_filter(request.args), int(number) if number.isascii() and number.isdigit() and number != "0" else 1)


@blueprint.post("")
@allowed("accounts:read")
def find() -> ResponseReturnValue:
    """Find people by a part of a name or an address, which thus stands in no address of a page."""
    form = read_form("text", optional=_PARTS)
    wanted = replace(_filter(form), text=form["text"].strip())
    if not wanted.text:
        return redirect_to(url_for("administration.people", **{name: getattr(wanted, name) for name in _PARTS}))
    return _listed(wanted, 1)


@blueprint.get("/people/new")
@allowed("accounts:manage")
def new_person() -> ResponseReturnValue:
    """Show the form for a new person."""
    return _new_form({}, [], [])


@blueprint.post("/people/new")
@allowed("accounts:manage")
def add_person() -> ResponseReturnValue:
    """Ask before an account is set up; then set it up and show its password, this once."""
    form = read_form("name", "email", optional=["subject", "provider_only", "sure", "change"], many=["roles", "units"])
    roles, units = request.form.getlist("roles"), request.form.getlist("units")
    oidc = current_context().settings.accounts.oidc
    errors = _errors_of(form, roles)
    if errors or form["change"]:
        return _new_form(form, roles, units, errors)
    if not form["sure"]:
        return ask(_question_of_new(form, roles, units))
    subject = form["subject"].strip()
    identity = (oidc.issuer, subject) if oidc is not None and subject else None
    new = NewAccount(
        form["email"], form["name"], tuple(roles), tuple(units), identity, not (identity and form["provider_only"])
    )
    try:
        account, password = add_account(new, the_caller().actor)
    except AdministrationError as error:
        return _new_form(form, roles, units, {field_of(error): refusal(error)})
    return show_person(account, notice=say("new.done", name=form["name"].strip()), password=password)


@blueprint.get("/people/<account_id>")
@allowed("accounts:read", plain=["account_id"])
def person(account_id: str) -> ResponseReturnValue:
    """Show one person."""
    return show_person(account_id)


@blueprint.get("/people/<account_id>/roles")
@allowed("accounts:manage", plain=["account_id"])
def roles_of(account_id: str) -> ResponseReturnValue:
    """Show which roles and units somebody has, to be changed."""
    account = account_of(account_id)
    return _roles_form(account, _role_names(account), _unit_ids(account))


@blueprint.post("/people/<account_id>/roles")
@allowed("accounts:manage", plain=["account_id"])
def change_roles(account_id: str) -> ResponseReturnValue:
    """Ask before roles and units are changed, with what is given and what is taken; then change them."""
    form = read_form(optional=["sure", "change"], many=["roles", "units"])
    roles, units = request.form.getlist("roles"), request.form.getlist("units")
    account = account_of(account_id)
    try:
        check_roles(roles)
        if form["change"]:
            return _roles_form(account, roles, units)
        if not form["sure"]:
            return ask(_question_of_roles(account, roles, units))
        set_roles(account.email, roles, units, the_caller().actor)
    except AdministrationError as error:
        return _roles_form(account, roles, units, {"roles": refusal(error)})
    leave_notice(say("roles.done", name=account.name))
    return redirect_to(url_for("administration.person", account_id=account_id))


def show_person(account_id: str, *, notice: str = "", password: str | None = None) -> Response:
    """The page of one person. Sessions and keys are for whoever may end them.

    Parameters
    ----------
    password : str or None
        One that was just made: it is shown this once.
    """
    account, caller = account_of(account_id), the_caller()
    with current_context().database.looking() as looking:
        may_manage = caller.may("accounts:manage")
        sessions = sessions_of(looking, account_id) if may_manage and account.active else []
        tokens = tokens_of(looking, account_id) if may_manage else []
        units = {each.id: each.name for each in all_units(looking)}
    return page(
        "person.html",
        person=account,
        is_own=account.id == caller.account,
        may_manage=may_manage,
        sessions=sessions,
        longest=current_context().settings.accounts.longest,
        tokens=tokens,
        actions={each.id: each.title for each in the_permissions().actions},
        held=[role for role in the_permissions().roles if role.id in _role_names(account)],
        belonging=[units.get(unit, unit) for unit in _unit_ids(account)],
        notice=notice,
        password=password,
    )


def account_of(account_id: str) -> Account:
    """The account of an address, with its roles and units.

    Raises
    ------
    Problem
        Kind ``not-found``.
    """
    with current_context().database.looking() as looking:
        account = looking.get(Account, account_id)
        if account is None:
            raise Problem("not-found")
        _role_names(account), _unit_ids(account)  # read while the session is open
    return account


def field_of(error: AdministrationError) -> str:
    """Which field a refusal is about."""
    return _FIELDS.get(error.code, "roles")


def errors_of_details(form: dict[str, str]) -> dict[str, str]:
    """What is missing of a name and an address."""
    errors = {}
    if not form["name"].strip():
        errors["name"] = say("new.no_name")
    if not form["email"].strip():
        errors["email"] = say("new.no_email")
    return errors


def _role_names(account: Account) -> list[str]:
    return [each.name for each in account.held_roles]


def _unit_ids(account: Account) -> list[str]:
    return [each.unit_id for each in account.held_units]


def _filter(given: dict[str, str]) -> PeopleFilter:
    state = given.get("state", "")
    return PeopleFilter(given.get("unit", ""), given.get("role", ""), state if state in STATES else STATES[0])


def _listed(wanted: PeopleFilter, number: int) -> Response:
    with current_context().database.looking() as looking:
        units = all_units(looking)
        listed = find_people(looking, wanted, number)
    return page(
        "people.html",
        listed=listed,
        wanted=wanted,
        state_choices=[(state, say(f"state.{state}")) for state in STATES],
        role_choices=[(each, title_of_role(each)) for each in the_permissions().role_names()],
        names={each.id: each.name for each in units},
        may_manage=the_caller().may("accounts:manage"),
        parts={name: getattr(wanted, name) for name in _PARTS},
    )


def _errors_of(form: dict[str, str], roles: list[str]) -> dict[str, str]:
    errors = errors_of_details(form)
    if form["provider_only"] and not form["subject"].strip():
        errors["subject"] = say("new.no_subject")
    try:
        check_roles(roles)
    except AdministrationError as error:
        errors["roles"] = refusal(error)
    return errors


def _new_form(
    form: dict[str, str], roles: list[str], units: list[str], errors: dict[str, str] | None = None
) -> Response:
    has_provider = current_context().settings.accounts.oidc is not None
    return _form_with_roles("new_person.html", roles, units, errors, form=form, has_provider=has_provider)


def _roles_form(account: Account, roles: list[str], units: list[str], errors: dict[str, str] | None = None) -> Response:
    is_own = account.id == the_caller().account
    return _form_with_roles("roles.html", roles, units, errors, person=account, is_own=is_own)


def _form_with_roles(
    template: str, roles: list[str], units: list[str], errors: dict[str, str] | None, **more: object
) -> Response:
    """A form in which roles and units are chosen, with those that are."""
    with current_context().database.looking() as looking:
        choices = all_units(looking)
    return page(
        template,
        errors=errors,
        status=422 if errors else 200,
        chosen_roles=roles,
        chosen_units=units,
        unit_choices=choices,
        **more,
    )


def _question_of_new(form: dict[str, str], roles: list[str], units: list[str]) -> Question:
    names = _unit_names()
    listed = ", ".join(title_of_role(role) for role in roles) or say("none")
    belonging = ", ".join(names.get(unit, unit) for unit in units) or say("none")
    has_password = not form["provider_only"]
    return Question(
        say("new.ask", name=form["name"].strip()),
        say("new.button"),
        [
            say("new.logs_in_as", email=form["email"].strip()),
            say("new.gets", roles=listed, units=belonging),
            say("new.password") if has_password else say("new.provider"),
        ],
        url_for("administration.add_person"),
        url_for("administration.people"),
        [*_written(form, "name", "email", "subject", "provider_only"), *_several(roles, units)],
        can_change=True,
    )


def _question_of_roles(account: Account, roles: list[str], units: list[str]) -> Question:
    names = _unit_names()
    had_roles, had_units = _role_names(account), _unit_ids(account)
    given = [title_of_role(each) for each in roles if each not in had_roles]
    given += [names.get(each, each) for each in units if each not in had_units]
    taken = [title_of_role(each) for each in had_roles if each not in roles]
    taken += [names.get(each, each) for each in had_units if each not in units]
    consequences = [say("roles.given", what=", ".join(given))] if given else []
    consequences += [say("roles.taken", what=", ".join(taken))] if taken else []
    return Question(
        say("roles.ask", name=account.name),
        say("roles.button"),
        [*(consequences or [say("roles.same")]), say("roles.at_once")],
        url_for("administration.change_roles", account_id=account.id),
        url_for("administration.person", account_id=account.id),
        _several(roles, units),
        can_change=True,
    )


def _written(form: dict[str, str], *names: str) -> list[tuple[str, str]]:
    return [(name, form[name]) for name in names if form[name]]


def _several(roles: list[str], units: list[str]) -> list[tuple[str, str]]:
    return [*(("roles", role) for role in roles), *(("units", unit) for unit in units)]


def _unit_names() -> dict[str, str]:
    with current_context().database.looking() as looking:
        return {each.id: each.name for each in all_units(looking)}
