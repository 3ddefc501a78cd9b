"""The three truth values and how they combine (Kleene's strong logic).

A criterion is *met* or *not met* when every way of filling in what is blank agrees, and *unknown* otherwise. With the
values as the numbers 0, 1 and 2, "all of" is the minimum, "any of" the maximum, and "not" is two minus the value.
"""

from enum import IntEnum
from typing import Literal

#: A truth in files, columns and answers.
Status = Literal["met", "not_met", "unknown"]


class Truth(IntEnum):
    """Whether a criterion is met, in order of support."""

    NOT_MET = 0
    UNKNOWN = 1
    MET = 2

    @property
    def word(self) -> Status:
        """The name in files, columns and answers: ``not_met``, ``unknown`` or ``met``."""
        return WORDS[self]


# Plain integers for the hot paths: an IntEnum member costs several times as much to compare.
NOT_MET, UNKNOWN, MET = 0, 1, 2
WORDS: tuple[Status, ...] = ("not_met", "unknown", "met")
