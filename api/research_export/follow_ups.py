"""What is told of how it went after the ending: by periods that are over, each of enough young people.

Two exports can be joined, so that whatever is new in one of them stands out. Follow-ups therefore are told when the
period in which they were recorded is over and, with those that waited before it, has brought a first follow-up of as
many young people as a group has to be; of those who leave with it, since nobody else is seen. The period in which a
first follow-up is told does not change by what is recorded later, and depends on how many there were and not on what
they said: it is the order in which outcomes became known. What an export has told stays told, whoever has left the
records since, and counts no more among those who are new.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from api.policies.research_export import UNDISCLOSED, ExportPolicy
from api.research_export.guarding import band_of, period_of
from api.research_export.rows import FIRST_FOLLOW_UP, FIRST_FOLLOW_UP_PERIOD, Person, RatingRow


@dataclass(frozen=True)
class Earlier:
    """What earlier exports, of whatever study, have held and told, as the log knows it.

    Parameters
    ----------
    cases : frozenset of str
        Those whose ratings they have held.
    periods : Mapping of str to str
        The period in which the first follow-up was told, by the entry of the rating; empty where no period was told.
    told_at_once : Mapping of str to date
        By case, the last day of an export that told each follow-up at once and did not log which.
    """

    cases: frozenset[str] = frozenset()
    periods: Mapping[str, str] = field(default_factory=dict)
    told_at_once: Mapping[str, date] = field(default_factory=dict)

    def has_told(self, row: RatingRow) -> bool:
        """Whether an export has told what the first follow-up of a rating found."""
        if row.first_follow_up is None:
            return False
        return row.entry in self.periods or row.first_follow_up.recorded_on <= self.told_at_once.get(row.case, date.min)


@dataclass(frozen=True)
class Told:
    """What is told of first follow-ups.

    Parameters
    ----------
    periods : Mapping of str to str
        The period in which that of a rating is told, by the entry of the rating.
    until : str
        The last period that is over and in which any is told; empty for none.
    waiting : int
        Persons with a first follow-up that is not told yet.
    """

    periods: Mapping[str, str]
    until: str
    waiting: int


def tell_follow_ups(
    persons: Sequence[Person],
    policy: ExportPolicy,
    today: date,
    earlier: Earlier,
    shown: Collection[str] | None = None,
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
    told = _told(persons, policy, today, earlier, shown)
    return [
        replace(each, ratings=tuple(replace(row, answers=_answers(row, told, policy)) for row in each.ratings))
        for each in persons
    ], told


def _told(
    persons: Sequence[Person], policy: ExportPolicy, today: date, earlier: Earlier, shown: Collection[str] | None
) -> Told:
    if policy.follow_up_period is None:
        return Told({}, "", 0)
    now = period_of(today, policy.follow_up_period)
    followed = [
        (each.key, row, period_of(row.first_follow_up.recorded_on, policy.follow_up_period))
        for each in persons
        for row in each.ratings
        if row.first_follow_up is not None
    ]
    new_in: dict[str, set[str]] = defaultdict(set)
    for person, row, name in followed:
        if not earlier.has_told(row) and (shown is None or row.entry in shown):
            new_in[name].add(person)
    ends: list[str] = []
    new: set[str] = set()
    for name in sorted(new_in):
        new |= new_in[name]
        if name < now and len(new) >= policy.smallest_group:
            ends.append(name)
            new = set()
    periods: dict[str, str] = {}
    for _, row, name in followed:
        if earlier.has_told(row):
            periods[row.entry] = earlier.periods.get(row.entry) or name
        elif end := next((each for each in ends if each >= name), None):
            periods[row.entry] = end
    until = max((name for name in periods.values() if name < now), default="")
    return Told(periods, until, len({person for person, row, _ in followed if row.entry not in periods}))


def _answers(row: RatingRow, told: Told, policy: ExportPolicy) -> dict[str, str]:
    answers, first = dict(row.answers), row.first_follow_up
    follow_ups, period = row.follow_ups, UNDISCLOSED
    if policy.follow_up_period is not None:
        length, period = policy.follow_up_period, told.periods.get(row.entry, "")
        follow_ups = tuple(
            each
            for each in follow_ups
            if (period and each == first)
            or ((period or not each.is_informative) and period_of(each.recorded_on, length) <= told.until)
        )
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
    answers[FIRST_FOLLOW_UP_PERIOD] = period
    return answers
