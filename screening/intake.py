"""One intake, or a cohort of them, in codes: what the criteria are tested on.

Codes are the same for one intake and for a cohort: a choice's position in its list, an item level's position on its
scale, a whole number itself; `BLANK` for anything not known and `NOT_APPLICABLE` for a question that does not apply.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from instruments.ratings import BLANK
from screening.facts import EVER

Codes = NDArray[np.int8]

#: Whole numbers in columns stop here. Every threshold lies far below, so no comparison changes.
LARGEST_CODE = 120
#: A window in a column: counted by the guidance's own rule, or over the whole life.
OWN_RULE_MONTHS = 0
EVER_MONTHS = 32_767


@dataclass(frozen=True, slots=True)
class CodedIntake:
    """One intake in codes.

    Parameters
    ----------
    facts : Mapping of str to int
        Code by fact id; a fact that is not there is blank.
    items : tuple of int
        Code of every item, in the instrument's order.
    on : date
        The reference date.
    offence_window : int, "ever" or None
        The months over which the offences were counted; None means by the guidance's own rule.
    """

    facts: Mapping[str, int]
    items: tuple[int, ...]
    on: date
    offence_window: int | str | None = None

    def fact(self, name: str) -> int:
        """The code of a fact."""
        return self.facts.get(name, BLANK)

    def with_fact(self, name: str, code: int) -> "CodedIntake":
        """The same intake with another code for one fact; an offence count set so is by the guidance's own rule."""
        window = None if name == "offence_count" else self.offence_window
        return CodedIntake({**self.facts, name: code}, self.items, self.on, window)

    def with_item(self, position: int, code: int) -> "CodedIntake":
        """The same intake with another code for one item."""
        items = (*self.items[:position], code, *self.items[position + 1 :])
        return CodedIntake(self.facts, items, self.on, self.offence_window)

    def as_columns(self) -> "Columns":
        """The intake as a cohort of one."""
        window = self.offence_window
        months = EVER_MONTHS if window == EVER else OWN_RULE_MONTHS if window is None else int(window)
        return Columns(
            {name: np.array([min(code, LARGEST_CODE)], dtype=np.int8) for name, code in self.facts.items()},
            np.array(self.items, dtype=np.int8)[:, None],
            self.on,
            None if months == OWN_RULE_MONTHS else np.array([months], dtype=np.int16),
        )


@dataclass(frozen=True)
class Columns:
    """A cohort in codes, one column a fact or item.

    Parameters
    ----------
    facts : Mapping of str to int8 array, shape (n,)
        A fact that is not there is blank for everyone. Numbers above `LARGEST_CODE` are held at it.
    items : int8 array, shape (items, n)
        In the instrument's order, each item's row contiguous.
    on : date
        The reference date, the same for all.
    offence_window : int16 array, shape (n,), or None
        Months, `OWN_RULE_MONTHS` or `EVER_MONTHS`; None when all counts follow the guidance's own rule.
    """

    facts: Mapping[str, Codes]
    items: Codes
    on: date
    offence_window: NDArray[np.int16] | None = field(default=None)

    def __len__(self) -> int:
        return int(self.items.shape[1])

    def rows(self, start: int, stop: int) -> "Columns":
        """Some consecutive rows, without copying."""
        return Columns(
            {name: codes[start:stop] for name, codes in self.facts.items()},
            self.items[:, start:stop],
            self.on,
            None if self.offence_window is None else self.offence_window[start:stop],
        )

    def intake(self, row: int) -> CodedIntake:
        """One row as an intake."""
        window: int | str | None = None
        if self.offence_window is not None:
            months = int(self.offence_window[row])
            window = EVER if months == EVER_MONTHS else None if months == OWN_RULE_MONTHS else months
        return CodedIntake(
            {name: int(codes[row]) for name, codes in self.facts.items()},
            tuple(int(code) for code in self.items[:, row]),
            self.on,
            window,
        )
