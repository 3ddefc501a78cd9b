"""The best-before date of a result: the first day on which time alone changes it.

The record stays as it is; the day moves on. A birthday, an answer that has become too old, a consent that begins or
ends, and a rule that ends or is followed by another may then change a status, the outcome, a flag or the consents.
Between the days on which one of these happens nothing can change, so that only those days are tried.

The counts of offences within a window move with time too, but when depends on the dates of the offences, which are not
recorded: they are named as undated, and never given a day.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from instruments.ratings import BLANK
from screening.birthdays import birth_dates_of, birthday, born_near
from screening.coding import Intake, code_intake, days_fresh
from screening.evaluation import decide
from screening.fact_reading import AGE, completed_years
from screening.facts import Facts
from screening.gate import assess_gate
from screening.library import BoundGuidance, Library
from screening.recommendation import name_outcome, open_flags, raised_flags
from screening.truth import WORDS
from screening.turns import Cause, State, Turn, shared_turn

OFFENCES = "offence_count"
_DAY = date.resolution


@dataclass(frozen=True)
class BestBefore:
    """How long a result stands if nobody adds anything.

    Parameters
    ----------
    earliest, latest : Turn or None
        The same where the birth date is known or does not matter. Where only the age is known they are the first and
        the last day over every birth date that agrees with it. None for a result that time alone never changes.
    undated : tuple of str
        Facts that time may change on a day that nobody can tell: a count of offences within a window, and an age that
        was not learned.
    """

    earliest: Turn | None
    latest: Turn | None
    undated: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether it is one day, or never."""
        return self.earliest == self.latest


def find_best_before(
    library: Library | None, bound: BoundGuidance, intake: Intake, birth_date: date | None = None
) -> BestBefore:
    """Find the first day after the reference date on which the unchanged record gives another result.

    Parameters
    ----------
    library : Library or None
        Where the rules of later days are found. None to go on with those of ``bound`` until they end: the answer is
        then the same whatever is published later.
    bound : BoundGuidance
        What the result was reached by, on ``intake.on``.
    birth_date : date or None
        None where only the age is known, or not that either.

    Returns
    -------
    BestBefore
    """
    record = _Record(library, bound, intake)
    undated = tuple(record.undated(has_birth_date=birth_date is not None))
    if birth_date is not None or intake.facts[AGE].code == BLANK:
        turn = record.first_turn(birth_date)
        return BestBefore(turn, turn, undated)
    turns = [record.first_turn(born) for born in record.telling_birth_dates()]
    dated = [turn for turn in turns if turn is not None]
    if not dated:
        return BestBefore(None, None, undated)
    first_day, last_day = min(turn.on for turn in dated), max(turn.on for turn in dated)
    earliest = shared_turn([turn for turn in dated if turn.on == first_day], record.open_age)
    if len(dated) < len(turns):
        return BestBefore(earliest, None, undated)
    if last_day == first_day:
        return BestBefore(earliest, earliest, undated)
    return BestBefore(earliest, shared_turn([turn for turn in dated if turn.on == last_day], record.open_age), undated)


@dataclass
class _Record:
    """A record that stays as it is, looked at on other days."""

    library: Library | None
    bound: BoundGuidance
    intake: Intake
    _states: dict[tuple[int, int], State | None] = field(default_factory=dict)

    def undated(self, *, has_birth_date: bool) -> Iterator[str]:
        """Yield the facts that time may change on a day that nobody can tell."""
        inputs = self.bound.rules.inputs
        value = self.intake.facts[OFFENCES]
        if OFFENCES in inputs and value.code > 0 and value.window_months != "ever":
            yield OFFENCES
        if not has_birth_date and self.intake.facts[AGE].code == BLANK and AGE in inputs:
            yield AGE

    def first_turn(self, birth_date: date | None) -> Turn | None:
        """The first day on which the result is another; None for never."""
        before = self.state_on(self.intake.on, None)
        if before is None:
            return None
        birthdays = (birthday(birth_date, age) for age in self.ages if birth_date is not None)
        # the next day among them: who has had a birthday since the age was recorded is older than the record says
        days = {*self.days, *birthdays, self.intake.on + _DAY}
        for day in sorted(day for day in days if day > self.intake.on):
            after = self.state_on(day, birth_date)
            if after != before:
                return Turn(day, tuple(self._causes(day, birth_date)), before, after)
        return None

    @property
    def open_age(self) -> Cause:
        """What is missing where birth dates that agree with the recorded age do not turn alike."""
        value = self.intake.facts[AGE]
        _, last = birth_dates_of(value.code, value.observed_on or self.intake.on)
        is_outdated = completed_years(last, self.intake.on) > value.code
        return Cause("age", "outdated" if is_outdated else "birth_date")

    def telling_birth_dates(self) -> list[date]:
        """The birth dates that agree with the recorded age and among which the earliest and the latest answer are.

        Between two of them no birthday passes any other day that counts, so that the first day of change is either the
        same for all, or a birthday, which is the later the later somebody is born.
        """
        value = self.intake.facts[AGE]
        first, last = birth_dates_of(value.code, value.observed_on or self.intake.on)
        chosen = {first, last}
        for day in (*self.days, self.intake.on, self.intake.on + _DAY):
            for age in self.ages:
                chosen.update(born for born in born_near(day, age) if first <= born <= last)
        return sorted(chosen)

    @cached_property
    def days(self) -> list[date]:
        """Every later day, in order, on which something else than the age may change the result."""
        days = {day for day, _ in (*self._definition_days, *self._stale_days, *self._consent_days)}
        return sorted(day for day in days if day > self.intake.on)

    @cached_property
    def ages(self) -> list[int]:
        """The ages at which some version of the rules tells people apart."""
        ages: set[int] = set()
        for bound in self._versions:
            ages.add(bound.consent_rules.adult_age)
            for node in bound.rules.nodes:
                if node.test is not None and AGE in node.test.inputs:
                    ages.update(node.test.cuts(AGE))
        return sorted(age for age in ages if age >= 0)

    @cached_property
    def _definition_days(self) -> list[tuple[date, str]]:
        if self.library is None:
            last = self.bound.rules.guidance.last_day
            days = [(last + _DAY, self.bound.reference)] if last else []
        else:
            days = self.library.days_of_change()
        return [(day, name) for day, name in days if day > self.intake.on]

    @cached_property
    def _versions(self) -> list[BoundGuidance]:
        """The rules of the reference date and of every later day on which others may be in force."""
        days = [self.intake.on, *(day for day, _ in self._definition_days)]
        bound = (self.bound_on(day) for day in days)
        return list({id(each): each for each in bound if each is not None}.values())

    @cached_property
    def _stale_days(self) -> list[tuple[date, str]]:
        return [
            (value.observed_on + timedelta(days=days_fresh(bound.rules, row) + 1), row.fact)
            for bound in self._versions
            for row in bound.rules.guidance.freshness
            for value in (self.intake.facts[row.fact],)
            if value.code != BLANK and value.observed_on is not None
        ]

    @cached_property
    def _consent_days(self) -> list[tuple[date, str]]:
        return [
            (day, f"{consent.person}:{consent.recipient}")
            for bound in self._versions
            for consent in self.intake.consents
            for day in consent.days_of_change(bound.consent_rules.longest_months)
        ]

    def bound_on(self, day: date) -> BoundGuidance | None:
        """The rules in force on a day; None where there are none."""
        if day == self.intake.on or self.library is None:
            return self.bound
        rules = self.bound.rules
        instrument = f"{rules.instrument.id}@{rules.instrument.version}"
        try:
            return self.library.bind(
                self.bound.name, on=day, instrument=instrument, is_rated=self.intake.ratings is not None
            )
        except (UnknownDefinitionError, AlteredDefinitionError, InputError):
            return None

    def state_on(self, day: date, birth_date: date | None) -> State | None:
        """The result on a day; each is worked out once for each age and each stretch of days."""
        age = self.intake.facts[AGE].code if birth_date is None else completed_years(birth_date, day)
        key = (bisect_right(self.days, day), age)
        if key not in self._states:
            bound = self.bound_on(day)
            self._states[key] = None if bound is None else _state_of(bound, self.intake_on(day, age))
        return self._states[key]

    def intake_on(self, day: date, age: int) -> Intake:
        """The intake with another reference date and the age on it."""
        value = self.intake.facts[AGE]
        if value.code == BLANK or value.code == age:
            return replace(self.intake, on=day)
        return replace(self.intake, on=day, facts=Facts({**self.intake.facts.values, AGE: replace(value, code=age)}))

    def _causes(self, day: date, birth_date: date | None) -> Iterator[Cause]:
        if birth_date is not None:
            is_next_day = day == self.intake.on + _DAY
            before = self.intake.facts[AGE].code if is_next_day else completed_years(birth_date, day - _DAY)
            age = completed_years(birth_date, day)
            if any(before < limit <= age for limit in self.ages):
                yield Cause("birthday", str(age))
        yield from (Cause("stale", name) for name in _named(self._stale_days, day))
        yield from (Cause("consent", name) for name in _named(self._consent_days, day))
        used = {name for bound in (self.bound, self.bound_on(day)) if bound is not None for name in bound.definitions}
        yield from (Cause("definition", name) for name in _named(self._definition_days, day) if name in used)


def _named(days: Iterable[tuple[date, str]], on: date) -> list[str]:
    return list(dict.fromkeys(name for day, name in days if day == on))


def _state_of(bound: BoundGuidance, intake: Intake) -> State:
    rules = bound.rules
    coding = code_intake(rules, intake)
    truths = decide(rules, coding.intake)
    gate = assess_gate(
        bound.consent_rules,
        age=coding.intake.fact(AGE),
        guardians=intake.guardians,
        consents=intake.consents,
        on=intake.on,
    )
    return State(
        {node.name: WORDS[truths[node.position]] for node in rules.decision[:-1]},
        name_outcome(truths[rules.outcome]),
        tuple(raised_flags(rules, truths)),
        tuple(open_flags(rules, truths)),
        tuple((each.person, each.recipient, each.status, each.is_mandatory) for each in gate.parties),
        gate.overall.word,
        gate.guardians_open,
    )
