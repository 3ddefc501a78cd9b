"""Finding accounts: by unit, role, whether they are open, and a part of a name or an address."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from api.store.account_tables import Account, AccountRole, AccountUnit
from api.store.schema import SecrecyUnit

#: How many people stand on a page.
ON_A_PAGE = 50
STATES = ("open", "closed", "all")
#: Where Swedish letters stand in the alphabet.
_ALPHABET = str.maketrans({"å": "{", "ä": "|", "ö": "}"})


@dataclass(frozen=True)
class PeopleFilter:
    """Which people are looked for; an empty part is all."""

    unit: str = ""
    role: str = ""
    state: str = "open"
    text: str = ""


@dataclass(frozen=True)
class PeopleFound:
    """A page of the people who were found.

    Parameters
    ----------
    total : int
        How many there are on all pages.
    """

    accounts: Sequence[Account]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // ON_A_PAGE))


def find_people(session: Session, wanted: PeopleFilter, page: int = 1) -> PeopleFound:
    """The accounts that are looked for, by name. Upper and lower case are the same, in Swedish letters too."""
    text = wanted.text.casefold()
    rows = [row for row in session.execute(_chosen(wanted)).all() if text in f"{row.name}\n{row.email}".casefold()]
    rows.sort(key=lambda row: (row.name.casefold().translate(_ALPHABET), row.email))
    keys = [row.id for row in rows[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]]
    held = (selectinload(Account.held_roles), selectinload(Account.held_units))
    accounts = {each.id: each for each in session.scalars(select(Account).where(Account.id.in_(keys)).options(*held))}
    return PeopleFound([accounts[key] for key in keys], len(rows), page)


def _chosen(wanted: PeopleFilter) -> Select[str, str, str]:
    chosen = select(Account.id, Account.name, Account.email)
    if wanted.state != "all":
        chosen = chosen.where(Account.active.is_(wanted.state == "open"))
    if wanted.unit:
        in_unit = select(AccountUnit.account_id).where(AccountUnit.unit_id == wanted.unit)
        chosen = chosen.where(Account.id.in_(in_unit))
    if wanted.role:
        chosen = chosen.where(Account.id.in_(select(AccountRole.account_id).where(AccountRole.name == wanted.role)))
    return chosen


def all_units(session: Session) -> Sequence[SecrecyUnit]:
    """Every secrecy unit, by name."""
    return session.scalars(select(SecrecyUnit).order_by(SecrecyUnit.name, SecrecyUnit.id)).all()


def people_by_unit(session: Session) -> dict[str, int]:
    """How many open accounts belong to each unit that has any."""
    counted = (
        select(AccountUnit.unit_id, func.count().label("number"))
        .join(Account, Account.id == AccountUnit.account_id)
        .where(Account.active)
        .group_by(AccountUnit.unit_id)
    )
    return {row.unit_id: row.number for row in session.execute(counted).all()}
