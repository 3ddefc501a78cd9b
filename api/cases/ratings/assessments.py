"""Assessments: signing a draft, and reading what may be seen of a case."""

from collections.abc import Sequence
from typing import Any

from api.cases.content import read_content
from api.cases.journal import append, entries, latest, open_case
from api.cases.kinds import Assessment, SecondRating
from api.cases.ratings.blind_rating import (
    DoubleRating,
    paired,
    refuse_unseen,
    seen_by,
    tells_of_ratings,
    unseen_by,
)
from api.cases.ratings.counts_shown import counts_known_of, forget_what_was_signed
from api.cases.ratings.draft_content import read_rated
from api.cases.ratings.drafts import SECOND_RATING, lock_draft
from api.context.unit import Unit
from api.store.audit_chain import record_event
from api.store.refusals import NotFoundError
from api.store.schema import Case, Draft, Entry
from instruments.faults import Fault, InputError, pointer
from instruments.profile import profile
from screening.library import Library

#: Texts that stand empty in a draft where nothing was written, and are left out of what is signed.
_OPTIONAL = ("confidence_note", "aggravating", "helping", "acute_safety", "completeness_reason", "role")


def sign_draft(unit: Unit, draft_id: str, version: int, *, hidden_from_guardians: bool = False) -> Entry:
    """Sign a draft: it becomes an assessment that is never changed, and takes the place of the one before.

    Parameters
    ----------
    version : int
        The version that the signer read.

    Raises
    ------
    StaleDraftError
        If someone saved the draft since.
    InputError
        With everything that is missing: the summary rating with its reasons, the young person's own view, the
        note on best interests, the confidence, a reason where too few items are answered, and every answer that
        was begun and is not complete.
    """
    draft = lock_draft(unit, draft_id, version)
    content = _signable(draft, unit.library)
    case = open_case(unit, draft.case_id, action="write")
    previous = latest(unit.session, case.id, content.KIND) if draft.kind != SECOND_RATING else None
    known = counts_known_of(unit.session, previous, content.ratings, unit.actor)
    if known is not None and (content.counts_shown_at is None or known[0] < content.counts_shown_at):
        content = content.model_copy(update={"counts_shown_at": known[0], "summary_before_counts": known[1]})
    entry = append(
        unit,
        case,
        content,
        subject=draft.subject_id,
        supersedes=previous.id if previous else None,
        hidden_from_guardians=hidden_from_guardians,
    )
    forget_what_was_signed(unit.session, draft, unit.actor)
    unit.session.delete(draft)
    unit.session.flush()
    return entry


def _signable(draft: Draft, library: Library) -> Assessment:
    _refuse_unfinished(draft)
    written: dict[str, Any] = {name: value for name, value in draft.content.items() if name not in ("at", "unfinished")}
    for name in _OPTIONAL:
        if not (written[name] or "").strip():
            del written[name]
    missing = [
        Fault("missing-key", f"/{name}", {"name": name})
        for name in ("assessed_on", "instrument", "ratings", "summary", "agrees", "confidence")
        if written[name] is None
    ]
    if missing:
        raise InputError([*missing, *_blank_texts(written)])
    is_second = draft.kind == SECOND_RATING
    content = read_content(
        SecondRating if is_second else Assessment,
        {
            **written,
            "summary_before_counts": draft.summary_before_counts,
            "counts_shown_at": draft.counts_shown_at,
        },
    )
    ratings, reference = read_rated(content.instrument, content.ratings, content.assessed_on, library)
    instrument = library.instruments.find(reference, on=content.assessed_on).content
    if not profile(instrument, ratings).complete_to_sign and content.completeness_reason is None:
        raise InputError([Fault("missing-key", "/completeness_reason", {"name": "completeness_reason"})])
    return content.model_copy(update={"instrument": reference})


def _refuse_unfinished(draft: Draft) -> None:
    unfinished = draft.content.get("unfinished") or {}
    if unfinished:
        raise InputError(
            [Fault("unfinished-answer", pointer("/unfinished", name), {"name": name}) for name in unfinished]
        )


def _blank_texts(written: dict[str, Any]) -> list[Fault]:
    required = ("own_view", "best_interests")
    return [Fault("text-missing", f"/{name}", {"name": name}) for name in required if not written[name].strip()]


def read_entries(unit: Unit, case_id: str, *kinds: str, after: int = 0, limit: int | None = None) -> Sequence[Entry]:
    """The entries of a case that this person may see, in the order they were made.

    Parameters
    ----------
    after : int
        The number of the last entry that was read before.
    limit : int or None
        How many at most; None for all.
    """
    open_case(unit, case_id)
    seen = seen_by(unit.session, case_id, entries(unit.session, case_id, *kinds), unit.actor.id)
    seen = [entry for entry in seen if entry.number > after][:limit]
    _record_reading(unit, seen)
    return seen


def read_journal(unit: Unit, case_id: str) -> tuple[Case, Sequence[Entry], Sequence[DoubleRating]]:
    """A case, all of its entries that this person may see, and its double ratings, which only the whole tells."""
    case = open_case(unit, case_id)
    journal = entries(unit.session, case_id)
    unseen = unseen_by(unit.actor.id, journal)
    seen = [entry for entry in journal if entry.id not in unseen]
    _record_reading(unit, seen)
    return case, seen, paired(journal)


def _record_reading(unit: Unit, seen: Sequence[Entry]) -> None:
    for entry in seen:
        if tells_of_ratings(entry):
            record_event(unit.session, unit.event("read", entry.kind, case=entry.case_id, record=entry.id))


def read_entry(unit: Unit, entry_id: str) -> Entry:
    """One entry.

    Raises
    ------
    NotFoundError
    ForbiddenError
        ``blind-until-both-signed``, or ``other-unit``.
    """
    entry = unit.session.get(Entry, entry_id)
    if entry is None:
        raise NotFoundError
    open_case(unit, entry.case_id)
    refuse_unseen(unit, entry)
    record_event(unit.session, unit.event("read", entry.kind, case=entry.case_id, record=entry.id))
    return entry
