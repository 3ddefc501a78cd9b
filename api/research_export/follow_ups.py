"""What is told of how it went after the ending: by periods that are over, each of enough young people.

Two exports can be joined, so that whatever is new in one of them stands out. Follow-ups therefore are told when the
period in which they were recorded is over and, with those that waited before it, has brought a first follow-up of as
many young people as a group has to be; of those who leave with it, since nobody else is seen. The period in which a
first follow-up is told does not change by what is recorded later, and depends on how many there were and not on what
they said: it is the order in which outcomes became known.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
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


def tell_follow_ups(
    persons: Sequence[Person], policy: ExportPolicy, today: date, shown: Collection[str] | None = None
) -> tuple[list[Person], Told]:
    """Tell of each rating how it went, as far as it is told by now.

    Parameters
    ----------
    shown : collection of str or None
        The entries of the ratings whose first follow-up can be told, which alone make a period bring enough; None where
        each can be.

    Returns
    -------
    list of Person, Told
        With the columns of the follow-ups among the answers; and what is told, and how many wait.
    """
    told = _told(persons, policy, today, shown)
    return [
        replace(each, ratings=tuple(replace(row, answers=_answers(row, told, policy)) for row in each.ratings))
        for each in persons
    ], told


def _told(persons: Sequence[Person], policy: ExportPolicy, today: date, shown: Collection[str] | None) -> Told:
    if policy.follow_up_period is None:
        return Told((), 0)
    followed: dict[str, set[str]] = defaultdict(set)
    counted: dict[str, set[str]] = defaultdict(set)
    for person in persons:
        for row in person.ratings:
            if row.first_follow_up is not None:
                name = period_of(row.first_follow_up.recorded_on, policy.follow_up_period)
                followed[name].add(person.key)
                if shown is None or row.entry in shown:
                    counted[name].add(person.key)
    periods: list[str] = []
    new: set[str] = set()
    for name in sorted(counted):
        new |= counted[name]
        if name < period_of(today, policy.follow_up_period) and len(new) >= policy.smallest_group:
            periods.append(name)
            new = set()
    waiting = {key for name, keys in followed.items() if not periods or name > periods[-1] for key in keys}
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
