"""Which cases somebody reaches, decided in one place: for the guard of routes, for opening a case, and for lists."""

from collections.abc import Collection, Set

from sqlalchemy import Select, select

from api.store.schema import CaseUnit


def reaches(units: Set[str], ground: str, *, belongs_to: Collection[str], needs_ground: bool = False) -> bool:
    """Whether somebody reaches a case: it belongs to one of their secrecy units, or they state a ground for it.

    Whoever needs a ground within their own units reaches those cases by it and no others.

    Parameters
    ----------
    units : set of str
        The secrecy units of whoever wants to reach it.
    ground : str
        The ground that they state and that holds; empty for none.
    belongs_to : collection of str
        The secrecy units that the case belongs to.
    needs_ground : bool
        See `api.access.permission_table.Role`.
    """
    is_own, is_stated = not units.isdisjoint(belongs_to), bool(ground.strip())
    return is_own and is_stated if needs_ground else is_own or is_stated


def cases_of(units: Collection[str]) -> Select[str]:
    """The keys of the cases that belong to some units: what a list shows, since a ground opens one case only."""
    return select(CaseUnit.case_id).where(CaseUnit.unit_id.in_(units))
