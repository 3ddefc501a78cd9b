"""The result that applies of a screening, with the computed one beside it.

A screening computes an outcome. What applies is worked out here, and nowhere else, from what was signed about it:

============================  ==================  =============================================================
state                         what applies        how it came about
============================  ==================  =============================================================
``not_reviewed``              the computed one    nobody has signed a review
``agree``                     the computed one    a review agrees
``awaits_second_person``      the computed one    a review deviates and waits for its second person: the computed
                                                  outcome is not yet replaced, and the recommendation counts as
                                                  not fully reviewed
``deviate``                   the stated one      a deviation is in force: confirmed, or one that needs nobody else
``rejected``                  the computed one    the second person rejected the deviation; a new review is asked for
``outcome_not_stated``        none ("ej angivet") a deviation signed before reviews stated an outcome; a reviewer is
                                                  asked to state it by a new review, and none is invented
``returned``                  the computed one    the reviewer asks a question, and nobody has answered it
``answered``                  the computed one    the question is answered; the review is still to be signed
============================  ==================  =============================================================

The explanation and its digest remain the computed result; what applies instead stands in the signed review. Whatever
applies is a recommendation and nothing more. A new screening begins anew, whatever was signed about those before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from api.store.schema import Entry


class ReviewState(StrEnum):
    """Where the review of a screening stands."""

    NOT_REVIEWED = "not_reviewed"
    AGREED = "agree"
    AWAITS_SECOND_PERSON = "awaits_second_person"
    DEVIATES = "deviate"
    REJECTED = "rejected"
    OUTCOME_NOT_STATED = "outcome_not_stated"
    RETURNED = "returned"
    ANSWERED = "answered"


#: What a second person signs: a confirmation, or a rejection.
SECOND_PERSON = ("review_countersigned", "review_rejected")
#: What a reviewer asks instead of signing, and the answer.
QUESTIONS = ("review_returned", "review_answered")
#: Every kind of entry that bears on what applies.
BEARING = ("screening", "review", *SECOND_PERSON, *QUESTIONS)
#: How numbers and exports say that a deviation does not state which outcome applies.
NOT_STATED = "not_stated"
#: In these states a reviewer is asked for a review.
REVIEW_WANTED = (
    ReviewState.NOT_REVIEWED,
    ReviewState.REJECTED,
    ReviewState.OUTCOME_NOT_STATED,
    ReviewState.ANSWERED,
)
#: In these states a reviewer may ask a question instead. A deviation that does not say what applies is in force: only a
#: new review settles it.
RETURNABLE = (ReviewState.NOT_REVIEWED, ReviewState.REJECTED, ReviewState.ANSWERED)


@dataclass(frozen=True)
class ApplicableResult:
    """A computed outcome and what a review makes of it.

    Parameters
    ----------
    computed : str
        The outcome of the explanation.
    state : ReviewState
        Where its review stands.
    stated : str or None
        The outcome that a deviation states instead, also while it waits for its second person or was rejected.
    """

    computed: str
    state: ReviewState = ReviewState.NOT_REVIEWED
    stated: str | None = None

    @property
    def applies(self) -> str | None:
        """The outcome that applies; None where a deviation is in force without saying which."""
        if self.state is ReviewState.OUTCOME_NOT_STATED:
            return None
        return self.stated if self.state is ReviewState.DEVIATES else self.computed

    @property
    def is_reviewed(self) -> bool:
        """Whether everybody who is to sign has signed, and what applies is known."""
        return self.state in (ReviewState.AGREED, ReviewState.DEVIATES)

    @property
    def is_replaced(self) -> bool:
        """Whether something else than the computed outcome applies, or it is not stated what does."""
        return self.applies != self.computed

    def after_review(self, content: Mapping[str, Any]) -> "ApplicableResult":
        """What applies once a review with this content is signed; it takes the place of any review before it."""
        stated = content.get("applies")
        if content["verdict"] == "agree":
            return ApplicableResult(self.computed, ReviewState.AGREED)
        if stated is None:
            return ApplicableResult(self.computed, ReviewState.OUTCOME_NOT_STATED)
        waits = content["needs_second_person"]
        return ApplicableResult(
            self.computed, ReviewState.AWAITS_SECOND_PERSON if waits else ReviewState.DEVIATES, stated
        )

    def after_second_person(self, kind: str) -> "ApplicableResult":
        """What applies once the second person has signed an entry of a kind in `SECOND_PERSON` under the review."""
        if self.state is not ReviewState.AWAITS_SECOND_PERSON:
            return self
        is_rejected = kind == SECOND_PERSON[1]
        return replace(self, state=ReviewState.REJECTED if is_rejected else ReviewState.DEVIATES)

    def after_question(self) -> "ApplicableResult":
        """What applies once a reviewer has asked a question instead of signing."""
        return replace(self, state=ReviewState.RETURNED) if self.state in RETURNABLE else self

    def after_answer(self) -> "ApplicableResult":
        """What applies once that question is answered."""
        return replace(self, state=ReviewState.ANSWERED) if self.state is ReviewState.RETURNED else self


class Recorded(Protocol):
    """An entry of a case that was read in another way, as far as it is needed here."""

    @property
    def id(self) -> str:
        """Its key."""

    @property
    def kind(self) -> str:
        """Its kind, one of `api.cases.kinds.KINDS`."""

    @property
    def subject_id(self) -> str | None:
        """The entry that it is about."""

    @property
    def content(self) -> Mapping[str, Any]:
        """What it holds."""


# SQLAlchemy's columns are descriptors, which no protocol takes.
E = TypeVar("E", Entry, Recorded)


@dataclass(frozen=True)
class Reviewed(Generic[E]):
    """A screening with the entries that its result rests on.

    Parameters
    ----------
    review : entry or None
        The review that stands.
    second : entry or None
        The second person's confirmation (``review_countersigned``) or rejection (``review_rejected``) of that review.
    last : entry or None
        What the state of the result follows from: a review, a second person's answer, or a question and its answer.
    """

    screening: E
    result: ApplicableResult
    review: E | None = None
    second: E | None = None
    last: E | None = None

    @property
    def question(self) -> E | None:
        """The reviewer's question that waits for its answer."""
        return self.last if self.result.state is ReviewState.RETURNED else None


@dataclass
class ResultFolder(Generic[E]):
    """Folds the entries of one case, in the order in which they were made, into the result of each screening."""

    by_screening: dict[str, Reviewed[E]] = field(default_factory=dict)
    _screening_of: dict[str, str] = field(default_factory=dict)

    def add(self, entry: E) -> Reviewed[E] | None:
        """Take in the next entry.

        Returns
        -------
        Reviewed or None
            The screening whose result it bears on, as it stands now; None for any other entry.
        """
        subject = entry.subject_id or ""
        if entry.kind == "screening":
            reviewed: Reviewed[E] | None = Reviewed(entry, ApplicableResult(entry.content["outcome"]))
        elif entry.kind in ("review", "review_returned") and subject in self.by_screening:
            self._screening_of[entry.id] = subject
            reviewed = _after(self.by_screening[subject], entry)
        elif subject in self._screening_of:
            reviewed = _after_what_it_is_about(self.by_screening[self._screening_of[subject]], entry)
        else:
            return None
        if reviewed is not None:
            self.by_screening[reviewed.screening.id] = reviewed
        return reviewed


def _after(before: Reviewed[E], entry: E) -> Reviewed[E] | None:
    """The result of a screening after a review of it, or a question about it."""
    if entry.kind == "review":
        return Reviewed(before.screening, before.result.after_review(entry.content), entry, last=entry)
    if before.result.state not in RETURNABLE:
        return None
    return replace(before, result=before.result.after_question(), last=entry)


def _after_what_it_is_about(before: Reviewed[E], entry: E) -> Reviewed[E] | None:
    """The same after an answer to the review or the question that stands; an answer to any other changes nothing."""
    stands = before.review is not None and before.review.id == entry.subject_id
    if entry.kind in SECOND_PERSON and stands and before.second is None:
        return replace(before, result=before.result.after_second_person(entry.kind), second=entry, last=entry)
    if entry.kind == "review_answered" and before.question is not None and before.question.id == entry.subject_id:
        return replace(before, result=before.result.after_answer(), last=entry)
    return None


def results_among(entries: Iterable[E]) -> dict[str, Reviewed[E]]:
    """The result of every screening among the entries of a case, by its key, in the order they were made.

    Parameters
    ----------
    entries : iterable
        Entries of one case in the order in which they were made: those of the kinds in `BEARING` are read, all others
        passed over.
    """
    folder: ResultFolder[E] = ResultFolder()
    for entry in entries:
        folder.add(entry)
    return folder.by_screening


def latest_result(entries: Iterable[E]) -> Reviewed[E] | None:
    """The result of the last screening among the entries of a case; earlier ones apply no more."""
    return next(reversed(results_among(entries).values()), None)
