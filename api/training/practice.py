"""Practice ratings: storing one, and how well everyone's first ratings of a case agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from api.cases.ratings.rating_values import Conflict, changed_by_others, merge
from api.context.unit import Unit
from api.store.account_tables import Account
from api.store.audit_chain import record_event
from api.store.training_tables import PracticeRating
from api.training.cases import Example, Training
from instruments.agreement import Agreement, agreement
from instruments.model import Instrument
from instruments.ratings import BLANK, read_ratings

#: The number of the rating that is being written.
IN_THE_MAKING = 0


def keep_practice(
    unit: Unit, training: Training, example: Example, ratings: Mapping[str, Any], summary: str, reasons: str
) -> None:
    """Store a rating that somebody made for practice; what they were writing becomes it."""
    _lock_account(unit)
    mine = _of(training, example, unit.actor.id)
    last = unit.session.scalar(select(func.max(PracticeRating.number)).where(*mine)) or 0
    unit.session.execute(delete(PracticeRating).where(*mine, PracticeRating.number == IN_THE_MAKING))
    _add(unit, training, example, number=last + 1, ratings=dict(ratings), summary=summary, reasons=reasons)
    record_event(unit.session, unit.event("write", "practice_rating"))


@dataclass(frozen=True)
class Written:
    """What somebody is writing, after a page of theirs was saved into it.

    Parameters
    ----------
    values : dict of str to str
        What is stored, by field.
    conflicts : list of Conflict
        The fields that this page and another one have both changed; nothing was taken of them.
    changed_by_others : list of str
        The fields that held something else than when the page was shown.
    before : datetime
        When the other pages were saved.
    """

    values: dict[str, str]
    conflicts: list[Conflict]
    changed_by_others: list[str]
    before: datetime


def keep_written(
    unit: Unit, training: Training, example: Example, values: dict[str, str], fields: Sequence[str]
) -> Written:
    """Store what a page changes of what somebody is writing. It is no practice yet, and the log tells nothing of it."""
    _lock_account(unit)
    row = _in_the_making(unit.session, training, example, unit.actor.id)
    stored, before = (dict(row.ratings["written"]), row.made_at) if row else ({}, unit.now)
    wanted, conflicts = merge(values, stored, fields)
    written = stored | wanted
    if row and wanted:
        row.ratings, row.made_at = {"written": written}, unit.now
    elif wanted:
        _add(unit, training, example, number=IN_THE_MAKING, ratings={"written": written}, summary="", reasons="")
    return Written(written, conflicts, changed_by_others(values, stored, fields), before)


def written_so_far(session: Session, training: Training, example: Example, account: str) -> dict[str, str]:
    """What an account is writing, by field; empty where nothing is."""
    row = _in_the_making(session, training, example, account)
    return dict(row.ratings["written"]) if row else {}


def _lock_account(unit: Unit) -> None:
    """Let no other window of this person save until this unit of work ends, so that what is read is written upon."""
    unit.session.execute(select(Account.id).where(Account.id == unit.actor.id).with_for_update(key_share=True))


def _in_the_making(session: Session, training: Training, example: Example, account: str) -> PracticeRating | None:
    mine = (*_of(training, example, account), PracticeRating.number == IN_THE_MAKING)
    return session.scalars(select(PracticeRating).where(*mine)).first()


def _of(training: Training, example: Example, account: str) -> tuple[ColumnElement[bool], ...]:
    return (
        PracticeRating.training == training.reference,
        PracticeRating.example == example.id,
        PracticeRating.account_id == account,
    )


def _add(unit: Unit, training: Training, example: Example, **parts: Any) -> None:
    row = PracticeRating(
        id=uuid4().hex,
        training=training.reference,
        example=example.id,
        account_id=unit.actor.id,
        made_at=unit.now,
        **parts,
    )
    unit.session.add(row)
    unit.session.flush()


def last_practice(session: Session, training: Training, example: Example, account: str) -> PracticeRating | None:
    """The latest practice rating that an account has made of a case."""
    chosen = select(PracticeRating).where(*_of(training, example, account), PracticeRating.number > IN_THE_MAKING)
    return session.scalars(chosen.order_by(PracticeRating.number.desc()).limit(1)).first()


def practised(session: Session, training: Training, account: str) -> tuple[set[str], set[str]]:
    """The cases that an account has rated, and those that it is rating."""
    chosen = select(PracticeRating.example, PracticeRating.number).where(
        PracticeRating.training == training.reference, PracticeRating.account_id == account
    )
    rows = session.execute(chosen).all()
    done, begun = ({example for example, number in rows if bool(number) is is_done} for is_done in (True, False))
    return done, begun


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
    practices = session.scalars(chosen).all()
    if len(practices) < training.raters_needed:
        return Together(len(practices), None, None, {})
    summaries = {level: sum(row.summary == level for row in practices) for level in ("low", "moderate", "high")}
    return Together(
        len(practices),
        agreement(_levels(practices, instrument, "risk")),
        agreement(_levels(practices, instrument, "protective")),
        summaries,
    )


def _levels(rows: Sequence[PracticeRating], instrument: Instrument, kind: str) -> list[dict[str, int]]:
    levels = []
    for row in rows:
        codes = read_ratings(row.ratings, instrument).codes
        rated = zip(instrument.items, codes, strict=True)
        levels.append({item.id: code for item, code in rated if item.kind == kind and code != BLANK})
    return levels
