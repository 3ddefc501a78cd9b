"""Which cases somebody reaches, decided in one place: for the guard of routes, for opening a case, and for lists."""

from collections.abc import Collection, Set

from sqlalchemy import Select, select

from api.store.schema import CaseUnit


def reaches(units: Set[str], ground: str, *, belongs_to: Collection[str]) -> bool:
    """Whether somebody reaches a case: it belongs to one of their secrecy units, or they state a ground for it.

    Parameters
    ----------
    units : set of str
        The secrecy units of whoever wants to reach it.
    ground : str
        The ground that they state and that holds; empty for none.
    belongs_to : collection of str
        The secrecy units that the case belongs to.
    """
    return not units.isdisjoint(belongs_to) or bool(ground.strip())


def cases_of(units: Collection[str]) -> Select[str]:
    """The keys of the cases that belong to some units: what a list shows, since a ground opens one case only."""
    return select(CaseUnit.case_id).where(CaseUnit.unit_id.in_(units))
