"""Whom a card is about: how many, when, how old and of which groups, none of it of few."""

import pandas as pd

from instruments.card_parts import Ages, Period, Sample
from instruments.research.card.statement import CardStatement
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.groupings import groups_of
from instruments.research.limits import limits
from instruments.research.wording import in_both


def describe_sample(data: Dataset, statement: CardStatement, raters: "pd.Series[str] | None") -> Sample:
    """Describe the sample of a card.

    Parameters
    ----------
    data : Dataset
        The first rating of each person.
    raters : Series of str or None
        Of all ratings.
    """
    described = statement.sample or in_both("card.sample", rows=len(data), persons=int(data.persons.nunique()))
    groups: dict[str, dict[str, int]] = {}
    for group in groups_of(data, crossed=False) if len(data.groups.columns) else ():
        groups.setdefault(group.column, {})[group.value] = int(group.rows.sum())
    return Sample(
        description=described,
        rows=len(data),
        persons=int(data.persons.nunique()),
        raters=int(raters.nunique()) if raters is not None else None,
        period=_period(data, statement),
        ages=ages_of(data),
        groups=groups,
        data_sha256=data.source.data_sha256 if data.source is not None else None,
        mapping_sha256=data.source.mapping_sha256 if data.source is not None else None,
    )


def _period(data: Dataset, statement: CardStatement) -> Period | None:
    if statement.period is not None:
        return Period(first=str(statement.period.first), last=str(statement.period.last))
    if data.rated_on is None or data.rated_on.isna().all():
        return None
    months = data.rated_on.dropna().dt.strftime("%Y-%m")  # the first and the last day would be those of one person
    return Period(first=str(months.min()), last=str(months.max()))


def ages_of(data: Dataset) -> Ages | None:
    """The range of ages, without the few who are youngest and oldest."""
    if "age" not in data.facts:
        return None
    ages = pd.to_numeric(data.facts["age"]).dropna()
    least = limits().whole("small_count")
    if len(ages) < 2 * least:
        return None
    ordered = ages.sort_values()
    low, high, middle = (float(each) for each in (ordered.iloc[least - 1], ordered.iloc[-least], ages.median()))
    return Ages(min=low, max=high, median=middle, known=len(ages))
