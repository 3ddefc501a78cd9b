"""Blind double rating: neither rater is told anything of the other's rating until both have signed.

A request names the second rater. Its first assessment is the one that it was made about or, where none was signed by
then, the first one signed after it. While one of the two is still to be signed and the request stands,

- its rater sees no rating, screening or review that somebody else has made since, no draft of an assessment, and
  nothing that is about any of them or takes its place;
- nobody else sees the second rating, its draft, or anything about it.

That somebody was asked, and that something exists, is no secret. Whatever shows entries of a case asks `seen_by`, and
whatever does something about one asks `seen_entry`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, literal_column, select
from sqlalchemy.orm import Session, load_only

from api.cases.event_kinds import CaseClosed, PositionTaken
from api.cases.journal import entries, entry_of
from api.cases.plans.kinds import PLANS
from api.cases.reviews.applicable_result import BEARING
from api.context.unit import Unit
from api.store.refusals import ForbiddenError
from api.store.schema import Case, Draft, Entry
from instruments.research.limits import limits

REQUESTED = "second_rating_requested"
WITHDRAWN = "second_rating_withdrawn"
#: What tells who is to rate unseen.
RATED = ("assessment", "second_rating", REQUESTED, WITHDRAWN)
#: Kinds that tell of a rating, whatever they refer to; everything that refers to one of them tells of it too.
_TELLING = frozenset({"assessment", "second_rating", WITHDRAWN, *BEARING, PositionTaken.KIND, CaseClosed.KIND, *PLANS})
_REFERRING = frozenset({"correction", "counter_statement"})


@dataclass(frozen=True)
class DoubleRating:
    """A request for a second rating and the assessments that answer it, where they are signed."""

    request: Entry
    first: Entry | None
    second: Entry | None
    withdrawal: Entry | None = None

    @property
    def rater(self) -> str:
        """The account of the second rater."""
        return str(self.request.content["rater"])

    @property
    def is_open(self) -> bool:
        """Whether one of the two is still to be signed, and the request stands."""
        return self.withdrawal is None and (self.first is None or self.second is None)

    @property
    def is_unanswered(self) -> bool:
        """Whether the second rater is still to sign, and the request stands."""
        return self.withdrawal is None and self.second is None

    @property
    def since(self) -> int:
        """The number from which on entries tell of what is rated."""
        return min(self.request.number, self.first.number if self.first else self.request.number)

    @property
    def compared(self) -> tuple[Entry, Entry] | None:
        """The first and the second rating, where they can be told from two readings of the same.

        Both are signed, by the same version of an instrument and soon after each other.
        """
        first, second = self.first, self.second
        if first is None or second is None:
            return None
        is_same = first.content["instrument"] == second.content["instrument"]
        apart = abs(first.made_at - second.made_at)
        return (first, second) if is_same and apart <= timedelta(days=limits().whole("double_rating_days")) else None


def double_ratings(session: Session, case_id: str) -> list[DoubleRating]:
    """Every double rating of a case, in the order in which they were asked for."""
    return paired(entries(session, case_id, *RATED))


def paired(among: Sequence[Entry]) -> list[DoubleRating]:
    """The double ratings among the entries of a case, in their order."""
    pairs = []
    for request in (entry for entry in among if entry.kind == REQUESTED):
        firsts = [
            entry
            for entry in among
            if entry.kind == "assessment" and (entry.id == request.subject_id or entry.number > request.number)
        ]
        seconds, withdrawals = (
            [entry for entry in among if entry.kind == kind and entry.subject_id == request.id]
            for kind in ("second_rating", WITHDRAWN)
        )
        answers = (next(iter(each), None) for each in (firsts, seconds, withdrawals))
        pairs.append(DoubleRating(request, *answers))
    return pairs


def tells_of_ratings(entry: Entry) -> bool:
    """Whether an entry may disclose a rating, so that it is logged who has read it in a list."""
    return entry.kind in _TELLING or entry.kind in _REFERRING


def telling_since(journal: Sequence[Entry], number: int) -> list[Entry]:
    """What tells of the ratings that are made in a case from a number on, by itself or by what it refers to."""
    return _with_what_refers(
        journal, {entry.id for entry in journal if entry.number >= number and entry.kind in _TELLING}
    )


def _with_what_refers(journal: Sequence[Entry], keys: Collection[str]) -> list[Entry]:
    """Some entries and all that is about them or takes their place, except requests, which say nothing of a rating.

    One pass finds all, since an entry only ever refers to earlier ones.
    """
    reached = set(keys)
    for entry in journal:
        if not reached.isdisjoint((entry.subject_id, entry.supersedes_id)):
            reached.add(entry.id)
    return [entry for entry in journal if entry.id in reached and entry.kind != REQUESTED]


def unseen_by(reader: str, journal: Sequence[Entry]) -> set[str]:
    """Which entries of a case's whole journal a reader must not see yet; never what they made themselves."""
    pairs = [pair for pair in paired(journal) if pair.is_open]
    numbers = [pair.since for pair in pairs if pair.rater == reader]
    unseen = telling_since(journal, min(numbers)) if numbers else []
    others = {pair.second.id for pair in pairs if pair.second is not None and pair.rater != reader}
    unseen += _with_what_refers(journal, others)
    return {entry.id for entry in unseen if entry.made_by != reader}


def seen_by(session: Session, case_id: str, among: Sequence[Entry], reader: str) -> list[Entry]:
    """Those of some entries of a case that a reader may see."""
    if not any(pair.is_open for pair in double_ratings(session, case_id)):
        return list(among)
    unseen = unseen_by(reader, entries(session, case_id))
    return [entry for entry in among if entry.id not in unseen]


def seen_entry(unit: Unit, case: Case, entry_id: str, *kinds: str) -> Entry:
    """One entry of a case that was opened, for somebody who is about to do something about it.

    Raises
    ------
    NotFoundError
        If the case has no such entry of these kinds.
    ForbiddenError
        ``blind-until-both-signed``; the attempt is recorded in the audit log.
    """
    entry = entry_of(unit.session, case, entry_id, *kinds)
    refuse_unseen(unit, entry, action="write")
    return entry


def refuse_unseen(unit: Unit, entry: Entry, *, action: str = "read") -> None:
    """Refuse whoever must not see an entry yet.

    Raises
    ------
    ForbiddenError
        ``blind-until-both-signed``; the attempt is recorded in the audit log.
    """
    if not seen_by(unit.session, entry.case_id, [entry], unit.actor.id):
        refusal = unit.event(action, entry.kind, case=entry.case_id, record=entry.id, outcome="refused")
        raise ForbiddenError("blind-until-both-signed", event=refusal)


def open_request_to(session: Session, case_id: str, rater: str) -> Entry | None:
    """The request that a person has not answered yet with a signed second rating."""
    return open_request_among(entries(session, case_id, *RATED), rater)


def open_request_among(among: Sequence[Entry], rater: str) -> Entry | None:
    """The same, among some entries of a case."""
    return next((pair.request for pair in paired(among) if pair.rater == rater and pair.is_unanswered), None)


def is_blind(pairs: Iterable[DoubleRating], rater: str) -> bool:
    """Whether a person still is to see nothing of what others rate, also after their own signature.

    Parameters
    ----------
    pairs : iterable of DoubleRating
        Those of the case.
    """
    return any(pair.is_open and pair.rater == rater for pair in pairs)


def is_unseen_draft(pairs: Iterable[DoubleRating], draft: Draft, reader: str) -> bool:
    """Whether a draft must not be seen by a reader: a second rating by others, an assessment by who rates unseen."""
    if draft.kind == "second_rating":
        return draft.started_by != reader
    return is_blind(pairs, reader)


#: Written out, since only so the index of requests is used.
_IS_REQUEST = Entry.kind == literal_column(f"'{REQUESTED}'")


def cases_rated_blindly_by(session: Session, rater: str, cases: Collection[str]) -> set[str]:
    """Those of some cases in which a person still is to see nothing of the first assessment, its outcome included."""
    asked = select(Entry.case_id).where(_IS_REQUEST, Entry.case_id.in_(cases))
    return {pair.request.case_id for pair in _double_ratings_in(session, asked) if pair.rater == rater and pair.is_open}


def asked_of(session: Session, rater: str) -> list[DoubleRating]:
    """Every double rating of whatever case in which a person was ever asked to rate, in the order of the requests.

    Of what answers them only the keys are read.
    """
    asked = select(Entry.case_id).where(_IS_REQUEST, Entry.content["rater"].as_string() == rater)
    pairs = [pair for pair in _double_ratings_in(session, asked) if pair.rater == rater]
    return sorted(pairs, key=lambda pair: (pair.request.made_at, pair.request.id))


def unseen_among(asked: Sequence[DoubleRating]) -> set[str]:
    """The cases of which whoever was asked is told nothing that follows from a rating; see `asked_of`."""
    return {pair.request.case_id for pair in asked if pair.is_open}


def _double_ratings_in(session: Session, cases: Select[str]) -> list[DoubleRating]:
    """The double ratings of some cases, by two queries for all of them."""
    keys = (Entry.case_id, Entry.number, Entry.kind, Entry.subject_id)
    is_answer = Entry.kind.in_([kind for kind in RATED if kind != REQUESTED])
    entries_by_case: dict[str, list[Entry]] = {}
    for chosen in (select(Entry).where(_IS_REQUEST), select(Entry).where(is_answer).options(load_only(*keys))):
        for entry in session.scalars(chosen.where(Entry.case_id.in_(cases)).order_by(Entry.case_id, Entry.number)):
            entries_by_case.setdefault(entry.case_id, []).append(entry)
    return [pair for entries_of_case in entries_by_case.values() for pair in paired(entries_of_case)]
