"""The table of who may do what, read from ``permissions/``: the code, the help page and the API are made from it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from instruments.loading import CrossFault, load
from instruments.messages import Text

FILE = Path(__file__).parent / "permissions" / "1.0.yaml"
#: The action of what concerns nobody.
PUBLIC = "public"
#: What it takes to read a case at all.
READ_CASE = "case:read"
#: In place of a role: with or without an account.
ANYONE = "anyone"
#: In place of a role: every account, whatever its roles.
ANY_ACCOUNT = "any_account"

RoleName = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
ActionName = Annotated[str, Field(pattern=r"^[a-z_]+(:[a-z_]+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Role(_Part):
    """A role, and the roles that the same account may not have beside it.

    Parameters
    ----------
    needs_ground : bool
        Whether it opens a case only on a stated ground, and only one of its own units.
    """

    id: RoleName
    title: Text
    about: Text
    never_with: tuple[RoleName, ...] = ()
    needs_ground: bool = False


class Action(_Part):
    """Something that can be done, and the roles that may do it, each with the reason why."""

    id: ActionName
    title: Text
    roles: Annotated[Mapping[RoleName, Text], Field(min_length=1)]


class Permissions(_Part):
    """One version of the table."""

    id: str
    version: str
    valid_from: date
    decided_by: str
    source: str
    roles: tuple[Role, ...]
    actions: tuple[Action, ...]

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield roles that the table does not list, and what stands in it twice; see `instruments.loading.load`."""
        listed = {key: _entries(data, key) for key in ("roles", "actions")}
        known = [each["id"] for _, each in listed["roles"] if "id" in each]
        for key, entries in listed.items():
            seen: set[object] = set()
            for place, each in entries:
                if each.get("id") in seen:
                    yield (key, place, "id"), "repeated-id", {"name": each.get("id")}
                seen.add(each.get("id"))
        named = [(("roles", place, "never_with"), each.get("never_with") or ()) for place, each in listed["roles"]]
        named += [(("actions", place, "roles"), each.get("roles") or ()) for place, each in listed["actions"]]
        for where, names in named:
            for name in names:
                if name not in (*known, ANYONE, ANY_ACCOUNT):
                    yield where, "unknown-role", {"name": name, "known": ", ".join(known)}

    def role_names(self) -> tuple[str, ...]:
        """The roles, in the order of the table."""
        return tuple(role.id for role in self.roles)

    def action_names(self) -> tuple[str, ...]:
        """The actions, in the order of the table."""
        return tuple(action.id for action in self.actions)

    def actions_of(self, roles: Iterable[str] | None) -> frozenset[str]:
        """What may be done.

        Parameters
        ----------
        roles : iterable of str or None
            The roles of an account; None for somebody without one.
        """
        held = (ANYONE,) if roles is None else (ANYONE, ANY_ACCOUNT, *roles)
        return frozenset[str]().union(*(self._actions_by_role.get(role, ()) for role in held))

    @cached_property
    def _actions_by_role(self) -> Mapping[str, frozenset[str]]:
        """What each role, everybody and every account may do."""
        named = {role for action in self.actions for role in action.roles}
        return {role: frozenset(action.id for action in self.actions if role in action.roles) for role in named}

    def needs_ground(self, roles: Iterable[str]) -> bool:
        """Whether an account with these roles opens no case without stating a ground, not even of its own units."""
        reads = {*roles} & next((action.roles.keys() for action in self.actions if action.id == READ_CASE), set())
        return bool(reads) and all(role.needs_ground for role in self.roles if role.id in reads)

    def excluded_pair(self, roles: Iterable[str]) -> tuple[str, str] | None:
        """Two of these roles that no account may have together; None if there are none."""
        held = set(roles)
        for role in self.roles:
            for other in role.never_with:
                if {role.id, other} <= held:
                    return role.id, other
        return None


def _entries(data: Any, key: str) -> list[tuple[int, Mapping[str, Any]]]:
    entries = data.get(key) if isinstance(data, Mapping) else None
    listed = enumerate(entries if isinstance(entries, list) else [])
    return [(place, each) for place, each in listed if isinstance(each, Mapping)]


@cache
def the_permissions() -> Permissions:
    """The table in force."""
    return read_permissions(FILE)


def read_permissions(path: Path) -> Permissions:
    """Read a table.

    Raises
    ------
    InputError
        With every fault of the file and its line.
    """
    return load(path, Permissions)[0]
