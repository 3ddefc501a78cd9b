"""What is told of how it went after the ending: by periods that are over, each of enough young people.

Two exports can be joined, so that whatever is new in one of them stands out. Follow-ups therefore are told when the
period in which they were recorded is over and, with those that waited before it, has brought a first follow-up of as
many young people as a group has to be. The period in which a first follow-up is told never changes by what is recorded
later, and depends on how many there were and not on what they said: it is the order in which outcomes became known.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from api.policies.research_export import UNDISCLOSED, ExportPolicy
from api.research_export.guarding import band_of, period_of
from api.research_export.rows import FIRST_FOLLOW_UP, FIRST_FOLLOW_UP_PERIOD, Person, RatingRow


@dataclass(frozen=True)
class Told:
    """Since when what is told.

    Parameters
    ----------
    periods : tuple of str
        Those that are told, rising; each holds whatever was recorded since the one before. Empty where each follow-up
        is told at once.
    waiting : int
        Persons with a first follow-up that is not told yet.
    """

    periods: tuple[str, ...]
    waiting: int

    def period_of(self, name: str) -> str | None:
        """The period in which that of a follow-up is told; None where it waits."""
        return next((each for each in self.periods if each >= name), None)


def tell_follow_ups(persons: Sequence[Person], policy: ExportPolicy, today: date) -> tuple[list[Person], Told]:
    """Tell of each rating how it went, as far as it is told by now.

    Returns
    -------
    list of Person, Told
        With the columns of the follow-ups among the answers; and what is told, and how many wait.
    """
    told = _told(persons, policy, today)
    return [
        replace(each, ratings=tuple(replace(row, answers=_answers(row, told, policy)) for row in each.ratings))
        for each in persons
    ], told


def _told(persons: Sequence[Person], policy: ExportPolicy, today: date) -> Told:
    if policy.follow_up_period is None:
        return Told((), 0)
    new_in: dict[str, set[str]] = defaultdict(set)
    for person in persons:
        for row in person.ratings:
            if row.first_follow_up is not None:
                new_in[period_of(row.first_follow_up.recorded_on, policy.follow_up_period)].add(person.key)
    periods: list[str] = []
    waiting: set[str] = set()
    for name in sorted(new_in):
        waiting |= new_in[name]
        if name < period_of(today, policy.follow_up_period) and len(waiting) >= policy.smallest_group:
            periods.append(name)
            waiting = set()
    return Told(tuple(periods), len(waiting))


def _answers(row: RatingRow, told: Told, policy: ExportPolicy) -> dict[str, str]:
    answers, first = dict(row.answers), row.first_follow_up
    follow_ups = row.follow_ups
    if policy.follow_up_period is not None:
        length = policy.follow_up_period
        follow_ups = tuple(each for each in follow_ups if told.period_of(period_of(each.recorded_on, length)))
    if not follow_ups:
        return answers
    latest = next((each for each in reversed(follow_ups) if each.is_informative), follow_ups[-1])
    answers["months_after_ending"] = band_of(latest.months, policy.months_after_ending)
    if first is None or not latest.is_informative:
        return answers
    answers["reported_again"] = latest.reported
    answers["new_reports"] = latest.new_reports.replace("-", " to ").replace("8+", "8 or more")
    answers[FIRST_FOLLOW_UP] = first.reported
    answers["months_to_first_follow_up"] = band_of(first.months, policy.months_after_ending)
    answers[FIRST_FOLLOW_UP_PERIOD] = UNDISCLOSED
    if policy.follow_up_period is not None:
        answers[FIRST_FOLLOW_UP_PERIOD] = told.period_of(period_of(first.recorded_on, policy.follow_up_period)) or ""
    return answers
