"""Totals of items with blanks, prorated by the rule of the instrument, or by ours where it has none.

References
----------
Mazza, G. L., Enders, C. K. & Ruehlman, L. S. (2015). Addressing item-level missing data: a comparison of proration and
full information maximum likelihood estimation. Multivariate Behavioral Research 50, 504-519. Prorating assumes that the
items have the same mean and go together alike.
"""

from dataclasses import dataclass

import pandas as pd

from instruments.faults import Fault, InputError
from instruments.model import Item, Prorating
from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import PROTECTIVE_ABSENT, RISK_TOTAL
from instruments.research.limits import limits


@dataclass(frozen=True)
class Rule:
    """By what rule totals are prorated.

    Parameters
    ----------
    stated : Prorating or None
        That of the instrument or of the mapping; None where neither has one, and the share in ``limits.yaml`` holds.
    by : str
        ``mapping``, ``instrument`` or ``ours``.
    """

    stated: Prorating | None
    by: str

    def as_data(self) -> dict[str, object]:
        """What a report tells of it."""
        if self.stated is None:
            return {"by": self.by, **limits().as_data("prorated_share")}
        return {"by": self.by, **self.stated.model_dump(exclude_none=True)}

    def most_blank(self, score: str, items: int) -> float:
        """How many of so many items may be blank.

        Raises
        ------
        InputError
            If the rule says nothing of a domain by itself.
        """
        if self.stated is None:
            return limits().prorated_share.value * items
        if score in (RISK_TOTAL, PROTECTIVE_ABSENT):
            return self.stated.most_blank
        if self.stated.most_blank_in_domain is None:
            raise InputError([Fault("no-rule-for-domain", "", {"name": score, "source": self.stated.source})])
        return self.stated.most_blank_in_domain


def rule_of(dataset: Dataset) -> Rule:
    """The rule that holds for some data: the mapping's, else the instrument's, else ours."""
    if dataset.prorating is not None:
        return Rule(dataset.prorating, "mapping")
    own = dataset.instrument.prorating
    return Rule(own, "ours" if own is None else "instrument")


def prorated(dataset: Dataset, score: str) -> "pd.Series[float]":
    """A total of items as the mean of those rated times all of them, where few enough are blank; else NaN.

    Parameters
    ----------
    score : str
        The name of a total of items.

    Raises
    ------
    InputError
        If the rule of the instrument says nothing of such a total, or its items have different numbers of levels: the
        mean of those that are rated says nothing of one that reaches further.
    """
    items = items_of(dataset, score)
    if len(sizes := {len(dataset.instrument.levels(item)) for item in items}) > 1:
        told = {"name": score, "fewest": min(sizes), "most": max(sizes)}
        raise InputError([Fault("prorating-unequal-items", "", told)])
    counted = pd.DataFrame({item.id: dataset.counted(item) for item in items})
    most = rule_of(dataset).most_blank(score, len(items))
    total = counted.mean(axis=1) * len(items)
    return total.where(counted.isna().sum(axis=1) <= most)


def items_of(dataset: Dataset, score: str) -> list[Item]:
    """The items that a total is summed of; none for a score that is not summed here."""
    if score in (RISK_TOTAL, PROTECTIVE_ABSENT):
        return [item for item in dataset.items if (item.kind == "risk") == (score == RISK_TOTAL)]
    return [item for item in dataset.items if item.domain == score and item.kind == "risk"]
