"""Practice ratings: storing one, and how well everyone's first ratings of a case agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.context.unit import Unit
from api.store.audit_chain import record_event
from api.store.training_tables import PracticeRating
from api.training.cases import Example, Training
from instruments.agreement import Agreement, agreement
from instruments.model import Instrument
from instruments.ratings import BLANK, read_ratings


def keep_practice(
    unit: Unit, training: Training, example: Example, ratings: Mapping[str, Any], summary: str, reasons: str
) -> None:
    """Store a rating that somebody made for practice."""
    made = PracticeRating.__table__.c
    mine = (made.training == training.reference, made.example == example.id, made.account_id == unit.actor.id)
    last = unit.session.scalar(select(func.max(made.number)).where(*mine)) or 0
    row = PracticeRating(
        id=uuid4().hex,
        training=training.reference,
        example=example.id,
        account_id=unit.actor.id,
        number=last + 1,
        ratings=dict(ratings),
        summary=summary,
        reasons=reasons,
        made_at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    record_event(unit.session, unit.event("write", "practice_rating"))


def last_practice(session: Session, training: Training, example: Example, account: str) -> PracticeRating | None:
    """The latest practice rating that an account has made of a case."""
    chosen = select(PracticeRating).where(
        PracticeRating.training == training.reference,
        PracticeRating.example == example.id,
        PracticeRating.account_id == account,
    )
    return session.scalars(chosen.order_by(PracticeRating.number.desc()).limit(1)).first()


def practised(session: Session, training: Training, account: str) -> set[str]:
    """The cases that an account has rated."""
    chosen = select(PracticeRating.example).where(
        PracticeRating.training == training.reference, PracticeRating.account_id == account
    )
    return set(session.scalars(chosen.distinct()))


@dataclass(frozen=True)
class Together:
    """How everyone who practised on a case rated it, by their first rating, before they saw the reference.

    Parameters
    ----------
    raters : int
    risk, protective : Agreement or None
        None where there are too few raters, or nothing that two of them rated.
    summaries : Mapping of str to int
        How many gave each summary rating; empty where there are too few raters.
    """

    raters: int
    risk: Agreement | None
    protective: Agreement | None
    summaries: Mapping[str, int]


def rated_together(session: Session, training: Training, example: Example, instrument: Instrument) -> Together:
    """The agreement over the first practice ratings of a case."""
    chosen = select(PracticeRating).where(
        PracticeRating.training == training.reference,
        PracticeRating.example == example.id,
        PracticeRating.number == 1,
    )
    found = session.scalars(chosen).all()
    if len(found) < training.raters_needed:
        return Together(len(found), None, None, {})
    summaries = {level: sum(row.summary == level for row in found) for level in ("low", "moderate", "high")}
    return Together(
        len(found),
        agreement(_levels(found, instrument, "risk")),
        agreement(_levels(found, instrument, "protective")),
        summaries,
    )


def _levels(rows: Sequence[PracticeRating], instrument: Instrument, kind: str) -> list[dict[str, int]]:
    levels = []
    for row in rows:
        codes = read_ratings(row.ratings, instrument).codes
        rated = zip(instrument.items, codes, strict=True)
        levels.append({item.id: code for item, code in rated if item.kind == kind and code != BLANK})
    return levels
