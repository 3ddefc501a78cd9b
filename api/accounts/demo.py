"""The accounts of the demo: one for each role, with passwords that are random and printed once."""

from dataclasses import dataclass

from api.access.permission_table import the_permissions
from api.access.users import DEMO_DOMAIN, account_by_email
from api.accounts.administration import NewAccount, add_account, new_password_for, set_roles
from api.accounts.unit_administration import add_unit
from api.context.context import current_context

UNIT = "sig"
OTHER_UNIT = "utredning"
_ACTOR = "demo"


class NotInDemoError(RuntimeError):
    """Accounts of the demo were asked for where this is not the demo."""


@dataclass(frozen=True)
class DemoAccount:
    """An account to log in with."""

    email: str
    password: str
    roles: tuple[str, ...]
    unit: str


def make_demo_accounts() -> list[DemoAccount]:
    """Set up an account for each role, and a social secretary of another unit; new passwords if they are there already.

    Works in the context of an application.

    Raises
    ------
    NotInDemoError
    """
    if not current_context().settings.accounts.demo:
        raise NotInDemoError("demo accounts are made in demo mode only")
    add_unit(UNIT, "Öppenvård, SIG", _ACTOR)
    add_unit(OTHER_UNIT, "Utredningsenheten", _ACTOR)
    people = [(role.id, role.title.sv, UNIT) for role in the_permissions().roles]
    people.append(("social_secretary", "Socialsekreterare, utredning", OTHER_UNIT))
    return [_account(role, name, unit) for role, name, unit in people]


def _account(role: str, name: str, unit: str) -> DemoAccount:
    local = role.replace("_", "-") + ("" if unit == UNIT else f"-{unit}")
    email = f"{local}@{DEMO_DOMAIN}"
    with current_context().database.looking() as session:
        is_there = account_by_email(session, email) is not None
    if is_there:
        set_roles(email, (role,), (unit,), _ACTOR)
        password = new_password_for(email, _ACTOR, without_second_step=True)
    else:
        _, made = add_account(NewAccount(email, f"{name} (demo)", (role,), (unit,)), _ACTOR)
        password = str(made)
    return DemoAccount(email, password, (role,), unit)
