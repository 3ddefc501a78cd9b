"""What a person's ratings look like together: counts beside what the blanks leave open, never a score."""

from collections.abc import Iterable
from dataclasses import dataclass

from instruments.messages import Message
from instruments.model import Instrument, Item, Kind
from instruments.ratings import BLANK, BlankKind, Ratings, require_ratings_of


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest value over every way of filling the blanks; equal when nothing is open."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many items have a level, and how many could come to have it."""

    rated: int
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class GroupProfile:
    """The counts of a group of items of one kind.

    Parameters
    ----------
    kind : {"risk", "protective"}
    of : int
        Number of items in the group, rated or not.
    levels : tuple of (str, LevelCount)
        In rising order: low, moderate, high; or absent, present.
    blank : tuple of (BlankKind, int)
        Items without a level, by the kind of blank: not asked, not found.
    """

    kind: Kind
    of: int
    levels: tuple[tuple[str, LevelCount], ...]
    blank: tuple[tuple[BlankKind, int], ...]

    @property
    def rated(self) -> int:
        """Number of items with a level."""
        return sum(count.rated for _, count in self.levels)

    @property
    def answered(self) -> int:
        """Number of items with a level, or not found with a reason: somebody has looked."""
        return self.rated + dict(self.blank)[BlankKind.NOT_FOUND]

    def count(self, level: str) -> LevelCount:
        """Return the count of one level.

        Raises
        ------
        KeyError
            If items of this kind have no such level.
        """
        return dict(self.levels)[level]


@dataclass(frozen=True, slots=True)
class OwnBehaviour:
    """The risk items of the person's own behaviour: how many are moderate or high, rated, and in all."""

    moderate_or_high: LevelCount
    rated: int
    of: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's ratings of one instrument, counted.

    Every count is over all items of its group, never over the rated ones. No count is a level of risk, and
    extra factors and critical marks are in none.

    Parameters
    ----------
    domains : tuple of (str, GroupProfile)
        By domain id, in the order of the instrument.
    risk, protective : GroupProfile
        All items of the kind.
    own_behaviour : OwnBehaviour
    complete_to_sign : bool
        Whether enough items are answered for a summary rating to be signed without a written reason.
    notes : tuple of Message
        What a reader should know before leaning on the counts.
    """

    domains: tuple[tuple[str, GroupProfile], ...]
    risk: GroupProfile
    protective: GroupProfile
    own_behaviour: OwnBehaviour
    complete_to_sign: bool
    notes: tuple[Message, ...]


def profile(instrument: Instrument, ratings: Ratings) -> Profile:
    """Count a person's ratings.

    Parameters
    ----------
    instrument : Instrument
    ratings : Ratings
        Of this instrument.

    Returns
    -------
    Profile

    Raises
    ------
    ValueError
        If the ratings are not as many as the items.
    """
    require_ratings_of(instrument, ratings)
    risk = _group(instrument, ratings, "risk", instrument.risk_items)
    protective = _group(instrument, ratings, "protective", instrument.protective_items)
    own_behaviour = _own_behaviour(instrument, ratings)
    required = instrument.completeness_to_sign
    complete = risk.answered >= required.risk and protective.answered >= required.protective
    return Profile(
        domains=tuple(
            (domain.id, _group(instrument, ratings, domain.kind, instrument.items_of(domain.id)))
            for domain in instrument.domains
        ),
        risk=risk,
        protective=protective,
        own_behaviour=own_behaviour,
        complete_to_sign=complete,
        notes=tuple(_notes(instrument, risk, protective, own_behaviour, complete)),
    )


def summary_check(instrument: Instrument, ratings: Ratings, summary_rating: str) -> Message | None:
    """Ask for one more sentence when a summary rating is far from the items. It never blocks.

    Parameters
    ----------
    instrument : Instrument
        Holds the thresholds, and who set them.
    ratings : Ratings
        Of this instrument.
    summary_rating : {"low", "moderate", "high"}
        The professional's own rating. Nothing is computed in its place.

    Returns
    -------
    Message or None
        None when there is nothing to ask.

    Raises
    ------
    ValueError
        If the summary rating is no level, or the ratings are not as many as the items.
    """
    require_ratings_of(instrument, ratings)
    levels = instrument.scales.risk
    if summary_rating not in levels:
        raise ValueError(f"a summary rating is one of {', '.join(levels)}, not {summary_rating!r}")
    high = sum(ratings.codes[instrument.positions[item.id]] == levels.index("high") for item in instrument.risk_items)
    limits = instrument.summary_check
    if summary_rating == "high" and high < limits.high_below:
        return Message("summary_check.high", {"high": high, "limit": limits.high_below})
    if summary_rating == "low" and high >= limits.low_from:
        return Message("summary_check.low", {"high": high, "limit": limits.low_from})
    return None


def research_total_bounds(instrument: Instrument, ratings: Ratings) -> Bounds:
    """Sum the codes of the risk items, for research only.

    A total of structured professional judgement items is a device of validity studies. It has no cut-off, it
    is not how the instrument is used, and it must not reach a screen or a recommendation. That is why it
    stands apart from `Profile`.

    Parameters
    ----------
    instrument : Instrument
    ratings : Ratings
        Of this instrument.

    Returns
    -------
    Bounds
        Of the sum of 0 for low, 1 for moderate and 2 for high, over every way of filling the blanks.

    Raises
    ------
    ValueError
        If the ratings are not as many as the items.
    """
    require_ratings_of(instrument, ratings)
    codes = _codes(instrument, ratings, instrument.risk_items)
    known = sum(code for code in codes if code != BLANK)
    highest = len(instrument.scales.risk) - 1
    return Bounds(known, known + highest * codes.count(BLANK))


def _codes(instrument: Instrument, ratings: Ratings, items: Iterable[Item]) -> list[int]:
    return [ratings.codes[instrument.positions[item.id]] for item in items]


def _group(instrument: Instrument, ratings: Ratings, kind: Kind, items: tuple[Item, ...]) -> GroupProfile:
    codes = _codes(instrument, ratings, items)
    blanks = [
        ratings.blanks.get(item.id, BlankKind.NOT_ASKED)
        for item, code in zip(items, codes, strict=True)
        if code == BLANK
    ]
    return GroupProfile(
        kind=kind,
        of=len(items),
        levels=tuple((level, _count(codes.count(code), len(blanks))) for level, code in instrument.codes[kind].items()),
        blank=tuple((each, blanks.count(each)) for each in (BlankKind.NOT_ASKED, BlankKind.NOT_FOUND)),
    )


def _count(rated: int, blank: int) -> LevelCount:
    """Count items of a level: each blank could come to have it, or not."""
    return LevelCount(rated, Bounds(rated, rated + blank))


def _own_behaviour(instrument: Instrument, ratings: Ratings) -> OwnBehaviour:
    codes = _codes(instrument, ratings, instrument.own_behaviour_items)
    moderate = instrument.codes["risk"]["moderate"]
    blank = codes.count(BLANK)
    counted = sum(code >= moderate for code in codes)
    return OwnBehaviour(_count(counted, blank), len(codes) - blank, len(codes))


def _notes(
    instrument: Instrument,
    risk: GroupProfile,
    protective: GroupProfile,
    own_behaviour: OwnBehaviour,
    complete: bool,
) -> Iterable[Message]:
    thin = instrument.thin_below
    if own_behaviour.rated < thin.own_behaviour:
        parameters = {"rated": own_behaviour.rated, "of": own_behaviour.of, "limit": thin.own_behaviour}
        yield Message("profile.thin_own_behaviour", parameters)
    if protective.rated < thin.protective:
        parameters = {"rated": protective.rated, "of": protective.of, "limit": thin.protective}
        yield Message("profile.thin_protective", parameters)
    if not complete:
        required = instrument.completeness_to_sign
        yield Message(
            "profile.incomplete_to_sign",
            {
                "risk": risk.answered,
                "risk_of": risk.of,
                "risk_limit": required.risk,
                "protective": protective.answered,
                "protective_of": protective.of,
                "protective_limit": required.protective,
            },
        )
