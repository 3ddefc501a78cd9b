"""How double rating goes: who is still to rate, how far it has come, and how well two agree once both have signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.access.users import names_of
from api.policies.research_export import ExportPolicy
from api.research_export.reading import read_double_ratings
from api.research_export.rows import RatingRow
from instruments.agreement import Agreement, agreement
from instruments.model import Instrument
from screening.library import Library


@dataclass(frozen=True)
class OpenRating:
    """A double rating that one of the two is still to sign; which case it is in is not told.

    Parameters
    ----------
    second : str
        How whoever was asked is called.
    lacking : str
        ``first``, ``second`` or ``both``: whose signature is lacking.
    """

    second: str
    asked_at: datetime
    lacking: str


@dataclass(frozen=True)
class Study:
    """The double ratings by one version of an instrument that both have signed.

    Parameters
    ----------
    risk, protective : Agreement or None
        None where there are fewer pairs than a group needs, or nothing that both rated.
    same_summary : int or None
        In how many pairs both gave the same summary rating; None where there are too few.
    """

    instrument: str
    pairs: int
    risk: Agreement | None
    protective: Agreement | None
    same_summary: int | None


@dataclass(frozen=True)
class Progress:
    """How double rating goes in some units."""

    asked: int
    withdrawn: int
    signed: int
    open: Sequence[OpenRating]
    studies: Sequence[Study]


def progress_of(session: Session, units: frozenset[str], library: Library, policy: ExportPolicy) -> Progress:
    """How double rating goes in some units. Agreement is told of as many pairs as an export needs persons."""
    double_ratings, both = read_double_ratings(session, units, library, policy)
    names = names_of(session, {pair.rater for pair in double_ratings})
    waiting = [
        OpenRating(
            names.get(pair.rater, ""),
            pair.request.made_at,
            "both" if pair.first is None and pair.second is None else "first" if pair.first is None else "second",
        )
        for pair in double_ratings
        if pair.is_open
    ]
    by_instrument: dict[str, list[tuple[RatingRow, RatingRow]]] = {}
    for first, second in both:
        if first.instrument == second.instrument:
            by_instrument.setdefault(first.instrument, []).append((first, second))
    withdrawn = sum(pair.withdrawal is not None for pair in double_ratings)
    return Progress(
        len(double_ratings),
        withdrawn,
        len(double_ratings) - withdrawn - len(waiting),
        sorted(waiting, key=lambda each: each.asked_at),
        [_study(name, pairs, library, policy) for name, pairs in sorted(by_instrument.items())],
    )


def _study(name: str, pairs: Sequence[tuple[RatingRow, RatingRow]], library: Library, policy: ExportPolicy) -> Study:
    if len(pairs) < policy.smallest_group:
        return Study(name, len(pairs), None, None, None)
    instrument = library.instruments.find(name, on=pairs[0][0].rated_on).content
    same = sum(first.answers["reoffending_risk"] == second.answers["reoffending_risk"] for first, second in pairs)
    risk, protective = (_agreement(pairs, instrument, kind) for kind in ("risk", "protective"))
    return Study(name, len(pairs), risk, protective, same)


def _agreement(pairs: Sequence[tuple[RatingRow, RatingRow]], instrument: Instrument, kind: str) -> Agreement | None:
    """The agreement over all items of a kind in all pairs, as if they were one long list that two had rated."""
    raters: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for place, pair in enumerate(pairs):
        for item in (each for each in instrument.items if each.kind == kind):
            levels = list(instrument.levels(item))
            for levels_of, row in zip(raters, pair, strict=True):
                if row.items[item.id] in levels:
                    levels_of[f"{place} {item.id}"] = levels.index(row.items[item.id])
    return agreement(raters)
