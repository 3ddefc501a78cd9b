"""What an export holds of a young person before it is guarded: ratings, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

#: Columns that tell of the assessment, of the recommendation and its review, and of what came later.
ANSWERED = ("reoffending_risk", "violence_risk", "before_counts", "confidence", "agrees")
DECIDED = ("applies", "recommendation", "review", "deviation")
FOLLOWED = ("started", "ending", "reported_again", "new_reports", "months_after_ending")


@dataclass(frozen=True)
class RatingRow:
    """One signed assessment, or one blind second rating.

    Parameters
    ----------
    entry, occasion : str
        Its own key, and that of the first assessment of the same material.
    instrument : str
        ``id@version``.
    items : Mapping of str to str
        A level, ``saknas`` for what was looked for in vain, or nothing.
    guidance : str
        ``id@version`` of the guidance of the recommendation; empty where there is none.
    answers : Mapping of str to str
        By `ANSWERED`, `DECIDED` and `FOLLOWED`; empty where nothing is known.
    """

    entry: str
    occasion: str
    rater: str
    instrument: str
    rated_on: date
    items: Mapping[str, str]
    guidance: str
    answers: Mapping[str, str]

    @property
    def is_second(self) -> bool:
        """Whether it is a second rating of what another assessment is about."""
        return self.entry != self.occasion


@dataclass(frozen=True)
class Person:
    """A young person within a unit, with their ratings in the order in which they were made.

    Parameters
    ----------
    key : str
        Whatever is the same for all cases of the person in the unit; it leaves only as a pseudonym.
    age : int or None
        Completed years at the first rating.
    sex : str
        As registered for monitoring; empty where it is not.
    cases : tuple of str
        The keys of the cases that the ratings come from.
    """

    key: str
    unit: str
    age: int | None
    sex: str
    ratings: tuple[RatingRow, ...]
    cases: tuple[str, ...] = ()
