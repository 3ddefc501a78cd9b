"""Blind double rating: neither rater sees the other's assessment until both have signed.

A request names the second rater. Its first assessment is the one that it was made about or, where none was signed by
then, the first one signed after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.records.journal import entries
from api.store.schema import Draft, Entry

#: What rests on an assessment and would give it away.
_RESTS_ON_ASSESSMENT = ("screening", "review", "review_countersigned")
#: What tells who is to rate unseen.
RATED = ("assessment", "second_rating", "second_rating_requested")


@dataclass(frozen=True)
class DoubleRating:
    """A request for a second rating and the assessments that answer it, where they are signed."""

    request: Entry
    first: Entry | None
    second: Entry | None

    @property
    def rater(self) -> str:
        """The account of the second rater."""
        return str(self.request.content["rater"])

    @property
    def is_open(self) -> bool:
        """Whether one of the two is still to be signed."""
        return self.first is None or self.second is None

    def hides(self, entry: Entry, reader: str) -> bool:
        """Whether an entry must not be seen by a reader yet."""
        if not self.is_open or entry.made_by == reader:
            return False
        if reader != self.rater:
            return entry.kind == "second_rating" and entry.subject_id == self.request.id
        if entry.kind in _RESTS_ON_ASSESSMENT:
            return entry.number > min(self.request.number, self.first.number if self.first else self.request.number)
        return self.first is not None and entry.id == self.first.id


def double_ratings(session: Session, case_id: str) -> list[DoubleRating]:
    """Every double rating of a case, in the order in which they were asked for."""
    return paired(entries(session, case_id, *RATED))


def paired(found: Sequence[Entry]) -> list[DoubleRating]:
    """The double ratings among the entries of a case, in their order."""
    pairs = []
    for request in (entry for entry in found if entry.kind == "second_rating_requested"):
        firsts = [
            entry
            for entry in found
            if entry.kind == "assessment" and (entry.id == request.subject_id or entry.number > request.number)
        ]
        seconds = [entry for entry in found if entry.kind == "second_rating" and entry.subject_id == request.id]
        pairs.append(DoubleRating(request, next(iter(firsts), None), next(iter(seconds), None)))
    return pairs


def open_request_to(session: Session, case_id: str, rater: str) -> Entry | None:
    """The request that a person has not answered yet with a signed second rating."""
    return open_request_among(entries(session, case_id, *RATED), rater)


def open_request_among(found: Sequence[Entry], rater: str) -> Entry | None:
    """The same, among some entries of a case."""
    for pair in paired(found):
        if pair.rater == rater and pair.second is None:
            return pair.request
    return None


def seen_by(session: Session, case_id: str, found: Sequence[Entry], reader: str) -> list[Entry]:
    """Those of some entries of a case that a reader may see."""
    pairs = [pair for pair in double_ratings(session, case_id) if pair.is_open]
    return [entry for entry in found if not any(pair.hides(entry, reader) for pair in pairs)]


def is_unseen_draft(session: Session, draft: Draft, reader: str) -> bool:
    """Whether a draft must not be seen by a reader: a second rating by others, the first one by its second rater."""
    if draft.kind == "second_rating":
        return draft.started_by != reader
    return draft.started_by != reader and open_request_to(session, draft.case_id, reader) is not None


def cases_rated_blindly_by(session: Session, rater: str, cases: Sequence[str]) -> set[str]:
    """Those of some cases in which a person still is to see nothing of the first assessment, its outcome included."""
    asked = select(Entry.case_id).where(Entry.kind == "second_rating_requested", Entry.case_id.in_(cases)).distinct()
    return {
        case
        for case in session.scalars(asked)
        if any(pair.is_open and pair.rater == rater for pair in double_ratings(session, case))
    }
