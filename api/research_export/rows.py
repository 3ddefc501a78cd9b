"""What an export holds of a young person before it is guarded: ratings, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

#: Columns that tell of the assessment, of the recommendation and its review, and of what came later.
ANSWERED = ("reoffending_risk", "violence_risk", "before_counts", "confidence", "agrees")
DECIDED = ("applies", "recommendation", "review", "deviation")
FIRST_FOLLOW_UP = "reported_at_first_follow_up"
FIRST_FOLLOW_UP_PERIOD = "first_follow_up_period"
#: What the first follow-up after the ending told, where the policy names a period by which it is told.
FIRST_FOLLOW_UPS = (FIRST_FOLLOW_UP, "months_to_first_follow_up", FIRST_FOLLOW_UP_PERIOD)
#: Of these, what follow-ups after the ending told.
AFTER_ENDING = ("reported_again", "new_reports", "months_after_ending", *FIRST_FOLLOW_UPS)
FOLLOWED = ("started", "ending", *AFTER_ENDING)


@dataclass(frozen=True)
class FollowUp:
    """What was recorded of new police reports after the ending.

    Parameters
    ----------
    recorded_on : date
        The day on which it was recorded, which no later entry comes before; when it was looked up may be any day.
    months : int
        Since the ending.
    new_reports : str
        As it was recorded.
    """

    recorded_on: date
    months: int
    new_reports: str

    @property
    def is_informative(self) -> bool:
        """Whether anything was known."""
        return self.new_reports != "no_information"

    @property
    def reported(self) -> str:
        """Whether there were new reports."""
        return "no" if self.new_reports == "none" else "yes"


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
    follow_ups : tuple of FollowUp
        After the ending, in the order in which they were recorded, whether they are told yet or not.
    case : str
        The key of the case that it stands in.
    """

    entry: str
    occasion: str
    rater: str
    instrument: str
    rated_on: date
    items: Mapping[str, str]
    guidance: str
    answers: Mapping[str, str]
    follow_ups: tuple[FollowUp, ...] = ()
    case: str = ""

    @property
    def first_follow_up(self) -> FollowUp | None:
        """The first that knew anything: whatever comes later does not change what it says."""
        return next((each for each in self.follow_ups if each.is_informative), None)

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
