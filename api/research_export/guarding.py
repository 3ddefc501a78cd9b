"""Keeping company: nobody is described more closely than others are who share the description.

Everybody starts on the first step of the policy. Who shares their whole description with too few goes on to the next,
coarser one, where some who could be told more closely keep them company, as far as those that they leave have enough
without them. Whoever has too little company on the last step is left out. A description is everything that somebody
else could know of a young person: unit, sex, age, and of each rating the instrument, the time, the guidance and when
it was first followed up after the ending. Where the time of that is not told, whether there was a first follow-up is
still seen, and still part of the description, until what came after the ending is withheld altogether.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.policies.research_export import UNDISCLOSED, WITHHELD, ExportPolicy, Step
from api.research_export.rows import FIRST_FOLLOW_UP_PERIOD, Person, RatingRow

Description = tuple[object, ...]


@dataclass(frozen=True)
class Described:
    """A person on the step on which they have company enough.

    Parameters
    ----------
    step : int
        Its place in the policy.
    """

    person: Person
    step: int
    unit: str
    sex: str
    age_band: str
    ratings: tuple["DescribedRating", ...]


@dataclass(frozen=True)
class DescribedRating:
    """A rating as closely as it is told."""

    row: RatingRow
    period: str
    guidance: str
    follow_up: str


def describe(person: Person, place: int, policy: ExportPolicy) -> Described:
    """A person as a step describes them."""
    step = policy.steps[place]
    kept = person.ratings
    if step.later_ratings == "left_out":
        kept = tuple(each for each in kept if each.occasion == kept[0].occasion)
    return Described(
        person,
        place,
        person.unit if step.unit == "told" else UNDISCLOSED,
        person.sex if step.sex == "told" else UNDISCLOSED,
        _age_band(person.age, step, policy),
        tuple(
            DescribedRating(
                each,
                period_of(each.rated_on, step.period),
                each.guidance if step.guidance == "told" else UNDISCLOSED,
                _follow_up(each, step, policy),
            )
            for each in kept
        ),
    )


def describe_in_company(persons: Iterable[Person], policy: ExportPolicy) -> tuple[list[Described], list[Person]]:
    """Describe everybody as closely as they have company.

    Returns
    -------
    list of Described, list of Person
        Everybody who has company, and those who are left out.
    """
    left, fewest = list(persons), policy.smallest_group
    placed: dict[tuple[int, Description], list[Described]] = {}
    for place in range(len(policy.steps)):
        groups: dict[Description, list[Described]] = defaultdict(list)
        for person in left:
            described = describe(person, place, policy)
            groups[_description(described)].append(described)
        finer: dict[Description, list[list[Described]]] = defaultdict(list)
        for members in placed.values():
            # A finer description settles the coarser one, so that the first member speaks for all.
            finer[_description(describe(members[0].person, place, policy))].append(members)
        left = []
        for description, group in groups.items():
            if len(group) < fewest:
                joining = _companions(finer[description], fewest - len(group), fewest)
                group += [describe(each.person, place, policy) for each in joining]
            if len(group) >= fewest:
                placed[place, description] = group
            else:
                left += [each.person for each in group]
        placed = {key: members for key, members in placed.items() if members}
    return [each for members in placed.values() for each in members], left


def _companions(groups: Sequence[list[Described]], needed: int, fewest: int) -> list[Described]:
    """Take so many out of groups that are described more closely, and leave each of them with enough or nobody."""
    if sum(map(len, groups)) < needed:
        return []
    taken: list[Described] = []
    for members in sorted(groups, key=len, reverse=True):
        spare = min(len(members) - fewest, needed - len(taken))
        taken += [members.pop() for _ in range(spare)]
    for members in sorted(groups, key=len):
        if len(taken) < needed:
            taken += members
            members.clear()
    return taken


def _description(described: Described) -> Description:
    ratings = tuple(
        (each.row.instrument, each.period, each.guidance, each.follow_up)
        for each in described.ratings
        if not each.row.is_second
    )
    return (described.unit, described.sex, described.age_band, ratings)


def rare_values(values: Sequence[tuple[str, str]], fewest: int) -> frozenset[str]:
    """The values of a column that too few persons have.

    So many are taken together that nobody can tell by elimination which of them somebody has.

    Parameters
    ----------
    values : sequence of (str, str)
        A person and a value; empty values are not counted.
    """
    persons: Counter[str] = Counter(value for _, value in set(values) if value)
    rising = sorted(persons, key=lambda value: (persons[value], value))
    rare = {value for value in rising if persons[value] < fewest}
    for value in rising:
        if not rare or len({person for person, each in values if each in rare}) >= fewest:
            break
        rare.add(value)
    return frozenset(rare)


def few_raters(ratings: Iterable[tuple[str, str]], fewest: int) -> frozenset[str]:
    """The raters who have rated too few persons to have a pseudonym of their own.

    Parameters
    ----------
    ratings : iterable of (str, str)
        A rater and a person.
    """
    persons = Counter(rater for rater, _ in set(ratings))
    return frozenset(rater for rater, number in persons.items() if number < fewest)


def band_of(number: int, bounds: Sequence[int]) -> str:
    """The band that a number lies in, by the first number of each: ``12 to 14``, ``under 12``, ``25 or more``."""
    if number < bounds[0]:
        return f"under {bounds[0]}"
    place = sum(number >= bound for bound in bounds)
    return f"{bounds[-1]} or more" if place == len(bounds) else f"{bounds[place - 1]} to {bounds[place] - 1}"


def coarse_count(number: int, fewest: int) -> int | str:
    """How many, where that is none or not few; else only that they are few."""
    return number if number == 0 or number >= fewest else f"under {fewest}"


def _follow_up(row: RatingRow, step: Step, policy: ExportPolicy) -> str:
    if step.follow_up == WITHHELD:
        return WITHHELD
    if policy.follow_up_period is None:
        return UNDISCLOSED
    period = row.answers.get(FIRST_FOLLOW_UP_PERIOD, "")
    return period if step.follow_up == "told" or not period else UNDISCLOSED


def _age_band(age: int | None, step: Step, policy: ExportPolicy) -> str:
    if step.age == UNDISCLOSED:
        return UNDISCLOSED
    bounds = policy.age_bands.fine if step.age == "fine" else policy.age_bands.coarse
    return "" if age is None else band_of(age, bounds)


def period_of(day: date, precision: str) -> str:
    """The period that a day lies in; periods of one precision rise as their names do."""
    names: Mapping[str, str] = {
        "month": f"{day:%Y-%m}",
        "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}",
        "year": f"{day:%Y}",
    }
    return names.get(precision, UNDISCLOSED)
