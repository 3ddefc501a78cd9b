"""A research data set: ratings, facts, outcomes and groups, as a mapping file finds them in anyone's table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from instruments.mapped_columns import OutcomeColumn
from instruments.mapping import RatedWith
from instruments.model import Instrument, Item, Prorating
from instruments.research.datasets.own_items import OwnItems
from instruments.scales import ScoreScale

#: The fact that holds the professional's own structured judgement.
SUMMARY_RATING = "reoffending_risk"


@dataclass(frozen=True)
class Source:
    """Where data came from: the names and SHA-256 of the table and of its mapping."""

    data: str
    data_sha256: str
    mapping: str
    mapping_sha256: str

    def as_data(self) -> dict[str, str]:
        """Return the JSON form."""
        return {
            "data": self.data,
            "data_sha256": self.data_sha256,
            "mapping": self.mapping,
            "mapping_sha256": self.mapping_sha256,
        }


@dataclass(frozen=True)
class Dataset:
    """Validated data: every value in it is on its scale or blank.

    All parts have the same index: a row is one rating of one person by one rater.

    Parameters
    ----------
    instrument : Instrument
    keys : Series of str
    ratings : DataFrame of float64
        A column for each mapped item, by its id and in the order of the instrument; the code of its level from 0 up,
        such as 0 absent and 1 present; NaN for a blank.
    facts : DataFrame
        A column for each mapped fact: float64 for numbers, ``str`` for words; NaN for a blank.
    outcomes : DataFrame of float64
        By the mapping's names: 1 it happened, 0 it did not, NaN not known.
    times : DataFrame of float64
        For outcomes that have it: time until it happened or, where it did not, until nobody looked any longer.
    groups : DataFrame of str
        NaN for a blank, which is a group of its own in every report.
    scores : DataFrame of float64
        Published scores, as the table has them; those that the mapping turns, from the other end of their scale.
    score_scales : Mapping of str to ScoreScale
        The levels or the ends of those scores of which the mapping tells them.
    persons : Series of str
        Who is rated; the key, where the mapping names no column of persons.
    occasions : Series of str or None
        Of what material each row is a rating, where persons were also rated anew later; None where the data do not say.
    raters : Series of str or None
        None where the data do not say who rated.
    rated_on : Series of datetime64 or None
    known_on : DataFrame of str or None
        For outcomes that have it: the day, month, quarter or year in which it became known whether it happened, as it
        is written; NaN for a blank.
    another : DataFrame of float64 or None
        For outcomes that have it: 1 another event came first, 0 none did, NaN not known.
    verified, treated : DataFrame of float64 or None
        By the outcome's name, where the mapping has a column: 1 whoever could have been seen to have it, or received
        what was to prevent it, 0 whoever not, NaN not known.
    outcome_columns : Mapping of str to OutcomeColumn
        What the mapping says of each outcome: what was read, over which period, what was to prevent it.
    prorating : Prorating or None
        A rule that the mapping states in place of the instrument's own.
    ignored : tuple of str
        Columns of the table that were not read.
    source : Source or None
    rated_with : RatedWith or None
        With what the people were rated; None where nobody has said.
    """

    instrument: Instrument
    keys: "pd.Series[str]"
    ratings: pd.DataFrame
    facts: pd.DataFrame
    outcomes: pd.DataFrame
    times: pd.DataFrame
    groups: pd.DataFrame
    scores: pd.DataFrame
    persons: "pd.Series[str]"
    score_scales: Mapping[str, ScoreScale] = field(default_factory=dict)
    occasions: "pd.Series[str] | None" = None
    raters: "pd.Series[str] | None" = None
    rated_on: "pd.Series[pd.Timestamp] | None" = None
    known_on: pd.DataFrame | None = None
    another: pd.DataFrame | None = None
    verified: pd.DataFrame | None = None
    treated: pd.DataFrame | None = None
    outcome_columns: Mapping[str, OutcomeColumn] = field(default_factory=dict)
    prorating: Prorating | None = None
    ignored: tuple[str, ...] = field(default=())
    source: Source | None = None
    rated_with: RatedWith | None = None

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items that the data have, in the order of the instrument."""
        return tuple(item for item in self.instrument.items if item.id in self.ratings.columns)

    @property
    def risk_items(self) -> list[str]:
        """The ids of the risk items that the data have."""
        return [item.id for item in self.items if item.kind == "risk"]

    @property
    def protective_items(self) -> list[str]:
        """The ids of the protective items that the data have."""
        return [item.id for item in self.items if item.kind == "protective"]

    @property
    def summary_rating(self) -> "pd.Series[float] | None":
        """The professional's summary rating: 0 low, 1 moderate, 2 high, NaN for a blank; None if not mapped."""
        if SUMMARY_RATING not in self.facts.columns:
            return None
        codes = {level: float(code) for code, level in enumerate(self.instrument.scales.risk)}
        rating: pd.Series[float] = self.facts[SUMMARY_RATING].map(codes).astype("float64")
        return rating

    def another_first(self, outcome: str) -> "pd.Series[float]":
        """Whether another event came before an outcome, after which it could no longer come; 0 where nobody says so."""
        known = self.another is not None and outcome in self.another
        return self.another[outcome] if known and self.another is not None else self.outcomes[outcome] * 0

    @property
    def rated(self) -> "pd.Series[str]":
        """What ratings are of: a person or, where the data say so, a person on an occasion.

        Only ratings of the same are held against each other. An occasion may be called alike for several persons.
        """
        return self.persons if self.occasions is None else self.persons + " " + self.occasions

    @property
    def instrument_name(self) -> str:
        """``id@version`` of the definition; of an instrument that has none, what the mapping says that it is called."""
        if isinstance(self.instrument, OwnItems) and self.rated_with is not None:
            return self.rated_with.instrument
        return f"{self.instrument.id}@{self.instrument.version}"

    def counted(self, item: Item) -> "pd.Series[float]":
        """The codes of an item as totals count them: a protective item where it is absent."""
        codes = self.ratings[item.id]
        return len(self.instrument.levels(item)) - 1 - codes if item.kind == "protective" else codes

    def about(self) -> dict[str, object]:
        """What a report says of the data: plain JSON values."""
        parts: dict[str, object] = {
            "instrument": self.instrument_name,
            "rows": len(self),
            "persons": int(self.persons.nunique()),
            "raters": int(self.raters.nunique()) if self.raters is not None else None,
            "items": len(self.items),
        }
        if self.rated_with is not None:
            parts["rated_with"] = self.rated_with.instrument
        return parts | (dict(self.source.as_data()) if self.source is not None else {})


@dataclass(frozen=True)
class FactShape:
    """What a fact's values may be, for a reader that does not know the dictionary of facts.

    Parameters
    ----------
    words : tuple of str
        The words that are values.
    numbers : (int, int) or None
        The smallest and largest whole number.
    """

    words: tuple[str, ...] = ()
    numbers: tuple[int, int] | None = None
