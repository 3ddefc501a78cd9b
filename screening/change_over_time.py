"""Change between two screenings of one young person, split by what brought it about.

A difference can come from the definitions (another version of an item, a guidance or a limit), from time alone (age, an
answer past its freshness limit), from another person having rated, or from the young person and what is known of them.
The last two can be told apart only where the same person rated both times, or where the later rater has also rated the
earlier material; otherwise the difference is said to be either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from instruments.model import Instrument, Item
from instruments.ratings import BLANK, BlankKind, Ratings
from screening.coding import SUMMARY_RATING, Intake
from screening.explanation import Explanation, explain
from screening.facts import NOT_APPLICABLE, FactDictionary, Facts, FactValue
from screening.library import BoundGuidance

AGE = "age"


class Cause(StrEnum):
    """What brought a difference about."""

    DEFINITION = "definition"
    TIME = "time"
    RATER = "rater"
    PERSON = "person"
    PERSON_OR_RATER = "person_or_rater"


@dataclass(frozen=True)
class Occasion:
    """One screening: what was put in, by which definitions, and who rated.

    Parameters
    ----------
    rater : str or None
        The account; None where no instrument was used.
    """

    bound: BoundGuidance
    intake: Intake
    rater: str | None


@dataclass(frozen=True)
class Rated:
    """Every item rated once: by which instrument, and by whom; None for both of the last where no instrument was used.

    Parameters
    ----------
    rater : str or None
        The account.
    """

    instrument: Instrument
    ratings: Ratings | None
    rater: str | None


@dataclass(frozen=True)
class SecondRating:
    """The later rater's own view of the earlier material: ratings by the earlier instrument, and the summary rating."""

    ratings: Ratings
    summary: FactValue


@dataclass(frozen=True)
class Difference:
    """Something that is not what it was.

    Parameters
    ----------
    what : str
        ``item.<id>``, ``fact.<id>``, ``criterion.<id>``, ``flag.<id>`` or ``outcome``.
    before, after : str or None
        Level, value, status or outcome; the kind of blank where there is none; None where there is no such thing.
    """

    what: str
    before: str | None
    after: str | None
    cause: Cause

    def as_data(self) -> dict[str, str | None]:
        """The JSON form."""
        return {"what": self.what, "before": self.before, "after": self.after, "cause": self.cause.value}


@dataclass(frozen=True)
class ChangeOverTime:
    """Every difference in what was put in, and in what came out.

    ``results`` are taken one cause at a time, in the order of `Cause`: first the definitions, then time, then the rater
    and last the person. Causes that work only together are told at the last of them.
    """

    inputs: tuple[Difference, ...]
    results: tuple[Difference, ...]
    is_rater_told_apart: bool


def compare_occasions(earlier: Occasion, later: Occasion, second_rating: SecondRating | None = None) -> ChangeOverTime:
    """Split the change between two occasions.

    Parameters
    ----------
    second_rating : SecondRating or None
        With it the rater and the young person can be told apart although another person rated.

    Returns
    -------
    ChangeOverTime
    """
    same_rater = earlier.rater == later.rater or earlier.intake.ratings is None or later.intake.ratings is None
    last = Cause.PERSON if same_rater or second_rating is not None else Cause.PERSON_OR_RATER
    bridge = None if same_rater else second_rating
    return ChangeOverTime(
        (*_changed_items(earlier, later, bridge, last), *_facts(earlier, later, bridge, last)),
        tuple(_results(earlier, later, bridge, last)),
        last is Cause.PERSON,
    )


def compare_ratings(first: Rated, last: Rated, second: Ratings | None = None) -> tuple[tuple[Difference, ...], bool]:
    """Split the change of ratings alone, without anything that was tested of them.

    Parameters
    ----------
    second : Ratings or None
        Of the first material by whoever rated last, made unseen and by the first instrument.

    Returns
    -------
    differences : tuple of Difference
    is_rater_told_apart : bool
    """
    is_same_rater = first.rater == last.rater
    cause = Cause.PERSON if is_same_rater or second is not None else Cause.PERSON_OR_RATER
    return tuple(_items(first, last, None if is_same_rater else second, cause)), cause is Cause.PERSON


def _changed_items(
    earlier: Occasion, later: Occasion, bridge: SecondRating | None, last: Cause
) -> Iterator[Difference]:
    old, new = (Rated(each.bound.rules.instrument, each.intake.ratings, each.rater) for each in (earlier, later))
    return _items(old, new, bridge.ratings if bridge is not None else None, last)


def _items(first: Rated, last: Rated, bridge: Ratings | None, cause: Cause) -> Iterator[Difference]:
    before = _levels(first.instrument, first.ratings)
    between = _levels(first.instrument, bridge) if bridge is not None else before
    after = _levels(last.instrument, last.ratings)
    one, other = _by_id(first.instrument), _by_id(last.instrument)
    for name in dict.fromkeys([*before, *after]):
        what = f"item.{name}"
        if one.get(name) != other.get(name):
            if before.get(name) != after.get(name):
                yield Difference(what, before.get(name), after.get(name), Cause.DEFINITION)
            continue
        if before.get(name) != between.get(name):
            yield Difference(what, before.get(name), between.get(name), Cause.RATER)
        if between.get(name) != after.get(name):
            yield Difference(what, between.get(name), after.get(name), cause)


def _by_id(instrument: Instrument) -> dict[str, Item]:
    return {item.id: item for item in instrument.items}


def _levels(instrument: Instrument, ratings: Ratings | None) -> dict[str, str]:
    if ratings is None:
        return {}
    return {
        item.id: instrument.levels(item)[code] if code != BLANK else ratings.blanks[item.id].value
        for item, code in zip(instrument.items, ratings.codes, strict=True)
    }


def _facts(earlier: Occasion, later: Occasion, bridge: SecondRating | None, last: Cause) -> Iterator[Difference]:
    old, new = earlier.bound.rules.dictionary, later.bound.rules.dictionary
    for name in dict.fromkeys([*earlier.intake.facts.values, *later.intake.facts.values]):
        what = f"fact.{name}"
        before, after = _in_words(old, name, earlier.intake.facts[name]), _in_words(new, name, later.intake.facts[name])
        cause = Cause.TIME if name == AGE else Cause.PERSON
        if name == SUMMARY_RATING:  # a rating, although it is tested as a fact
            cause = last
            between = _in_words(old, name, bridge.summary) if bridge is not None else before
            if before != between:
                yield Difference(what, before, between, Cause.RATER)
            before = between
        if before != after:
            yield Difference(what, before, after, cause)


def _in_words(dictionary: FactDictionary, name: str, value: FactValue) -> str | None:
    if name not in dictionary.by_id:
        return None
    if value.code == BLANK:
        return (value.blank or BlankKind.NOT_ASKED).value
    return str(dictionary.by_id[name].value_of(value.code))


def _results(earlier: Occasion, later: Occasion, bridge: SecondRating | None, last: Cause) -> Iterator[Difference]:
    old, new = earlier.bound.rules, later.bound.rules
    moved = replace(
        earlier.intake,
        facts=_facts_in(new.dictionary, old.dictionary, earlier.intake.facts),
        ratings=_ratings_in(new.instrument, old.instrument, earlier.intake.ratings),
    )
    steps: list[tuple[Cause, Intake]] = [(Cause.DEFINITION, moved)]
    aged = replace(moved, on=later.intake.on, facts=Facts({**moved.facts.values, AGE: later.intake.facts[AGE]}))
    steps.append((Cause.TIME, aged))
    if bridge is not None:
        summary = _facts_in(new.dictionary, old.dictionary, Facts({SUMMARY_RATING: bridge.summary}))
        facts = Facts({**aged.facts.values, **summary.values})
        ratings = _ratings_in(new.instrument, old.instrument, bridge.ratings)
        steps.append((Cause.RATER, replace(aged, facts=facts, ratings=ratings)))
    steps.append((last, later.intake))
    known = _outcomes(explain(earlier.bound, earlier.intake))
    for cause, intake in steps:
        after = _outcomes(explain(later.bound, intake))
        for what in dict.fromkeys([*known, *after]):
            if known.get(what) != after.get(what):
                yield Difference(what, known.get(what), after.get(what), cause)
        known = after


def _outcomes(explanation: Explanation) -> Mapping[str, str]:
    rules = explanation.bound.rules
    outcomes: dict[str, str] = {"outcome": explanation.outcome}
    for node in rules.nodes:
        if node.criterion is not None:
            outcomes[f"criterion.{node.criterion.id}"] = explanation.status(node)
        elif node.flag is not None:
            outcomes[f"flag.{node.flag.id}"] = explanation.status(node)
    return outcomes


def _facts_in(new: FactDictionary, old: FactDictionary, facts: Facts) -> Facts:
    """The same values in the codes of another dictionary; what it does not know is left out."""
    if new == old:
        return facts
    moved: dict[str, FactValue] = {}
    for name, value in facts.values.items():
        if name not in new.by_id:
            continue
        code = value.code
        if old.by_id[name].kind == "choice" and code not in (BLANK, NOT_APPLICABLE):
            code = new.by_id[name].codes.get(str(old.by_id[name].value_of(code)), BLANK)
        blank = value.blank if code != BLANK or value.blank else BlankKind.NOT_ASKED
        moved[name] = replace(value, code=code, blank=blank)
    return Facts(moved)


def _ratings_in(new: Instrument, old: Instrument, ratings: Ratings | None) -> Ratings | None:
    """The same levels in the codes of another instrument; an item that it does not have is left out."""
    if ratings is None or new == old:
        return ratings
    levels = _levels(old, ratings)
    codes: list[int] = []
    blanks: dict[str, BlankKind] = {}
    for item in new.items:
        level = levels.get(item.id, BlankKind.NOT_ASKED.value)
        code = new.codes[item.kind].get(level, BLANK)
        codes.append(code)
        if code == BLANK:
            is_blank = level in (BlankKind.NOT_ASKED.value, BlankKind.NOT_FOUND.value)
            blanks[item.id] = BlankKind(level) if is_blank else BlankKind.NOT_ASKED
    return Ratings(tuple(codes), blanks)


def causes_of(differences: Sequence[Difference]) -> dict[Cause, int]:
    """How many differences each cause has, in the order of `Cause`."""
    return {cause: sum(each.cause is cause for each in differences) for cause in Cause}
