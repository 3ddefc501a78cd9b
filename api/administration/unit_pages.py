"""Secrecy units: which there are, a new one, and what one is called."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from api.access.caller import the_caller
from api.access.declarations import allowed
from api.accounts.names_and_addresses import AdministrationError
from api.accounts.unit_administration import add_unit, rename_unit
from api.administration.frame import Errors, Question, ask, blueprint, leave_notice, page, refusal, say
from api.administration.people import all_units, people_by_unit
from api.context.context import current_context
from api.frame.accounts import read_form, redirect_to
from api.store.schema import SecrecyUnit
from api.web.problems import Problem


@blueprint.get("/units")
@allowed("units:manage")
def units() -> ResponseReturnValue:
    """List units, with a form for a new one."""
    return _listed({})


@blueprint.post("/units")
@allowed("units:manage")
def new_unit() -> ResponseReturnValue:
    """Ask before a unit is set up; then set it up."""
    form = read_form("unit", "name", optional=["sure", "change"])
    unit, name = form["unit"].strip(), form["name"].strip()
    errors = _errors_of(unit, name)
    if errors or form["change"]:
        return _listed(form, errors)
    if not form["sure"]:
        return ask(_question("unit_new", name, url_for("administration.new_unit"), [("unit", unit), ("name", name)]))
    try:
        is_new = add_unit(unit, name, the_caller().actor)
    except AdministrationError as error:
        return _listed(form, {"name" if error.code == "bad-name" else "unit": refusal(error)})
    if not is_new:
        return _listed(form, {"unit": say("unit_new.taken")})
    leave_notice(say("unit_new.done", name=name))
    return redirect_to(url_for("administration.units"))


@blueprint.get("/units/<unit_id>")
@allowed("units:manage", plain=["unit_id"])
def unit(unit_id: str) -> ResponseReturnValue:
    """Show the form for another name of a unit."""
    return _name_form(_unit_of(unit_id), _unit_of(unit_id).name)


@blueprint.post("/units/<unit_id>")
@allowed("units:manage", plain=["unit_id"])
def name_unit(unit_id: str) -> ResponseReturnValue:
    """Ask before a unit is called something else; then call it so."""
    form = read_form("name", optional=["sure", "change"])
    secrecy_unit, name = _unit_of(unit_id), form["name"].strip()
    if not name:
        return _name_form(secrecy_unit, name, {"name": say("unit_new.no_name")})
    if form["change"]:
        return _name_form(secrecy_unit, name)
    address = url_for("administration.name_unit", unit_id=unit_id)
    if not form["sure"]:
        return ask(_question("unit_name", name, address, [("name", name)], before=secrecy_unit.name))
    try:
        rename_unit(unit_id, name, the_caller().actor)
    except AdministrationError as error:
        return _name_form(secrecy_unit, name, {"name": refusal(error)})
    leave_notice(say("unit_name.done", name=name))
    return redirect_to(url_for("administration.units"))


def _question(words: str, name: str, address: str, fields: list[tuple[str, str]], **more: str) -> Question:
    return Question(
        say(f"{words}.ask", name=name, **more),
        say(f"{words}.button"),
        [say(f"{words}.means"), say(f"{words}.undone")],
        address,
        url_for("administration.units"),
        fields,
        can_change=True,
    )


def _errors_of(unit: str, name: str) -> dict[str, str]:
    errors = {}
    if not unit:
        errors["unit"] = say("unit_new.no_unit")
    if not name:
        errors["name"] = say("unit_new.no_name")
    return errors


def _listed(form: dict[str, str], errors: Errors | None = None) -> Response:
    with current_context().database.looking() as looking:
        listed, counts = all_units(looking), people_by_unit(looking)
    return page("units.html", errors=errors, status=422 if errors else 200, listed=listed, counts=counts, form=form)


def _name_form(secrecy_unit: SecrecyUnit, name: str, errors: Errors | None = None) -> Response:
    return page("unit.html", errors=errors, status=422 if errors else 200, unit=secrecy_unit, name=name)


def _unit_of(unit_id: str) -> SecrecyUnit:
    with current_context().database.looking() as looking:
        unit = looking.get(SecrecyUnit, unit_id)
    if unit is None:
        raise Problem("not-found")
    return unit
