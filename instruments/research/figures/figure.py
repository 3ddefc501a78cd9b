"""Figures: every statistic with its interval, and what is said where there is too little to go on.

A figure is never NaN. Where nothing can be said, `InsufficientEvidence` says why, and stands in the same place.
"""

import json
import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from instruments.faults import Fault
from instruments.messages import Text
from instruments.research.faults import ResearchWarning
from instruments.research.figures.shown import as_html, cell_text, notes_of, reasons_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic.

    Parameters
    ----------
    name : str
        Its key; the words stand under ``figure.<name>``.
    value : float
        An ``int`` where it is a count.
    low, high : float or None
        The ends of its interval; None where there is none, which ``note`` or ``method`` explains. An interval of no
        width would tell of certainty where the data say nothing of how uncertain the figure is: it is left out, and the
        note says so.
    level : float
        The confidence of the interval, from 0 to 1.
    n : int
        How many rows it rests on.
    method : str
        Key of how it was computed, words under ``method.<method>``; empty where the name says it all.
    note : str
        Key of what should be known when reading it, words under ``note.<note>``.

    Raises
    ------
    ValueError
        If a number is not finite: that is a case for `InsufficientEvidence`.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int = 0
    method: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high) if number is not None):
            raise ValueError(f"{self.name} is not a number: {self.value} ({self.low} to {self.high})")
        if self.low is not None and self.low == self.high:
            for part, given in (("low", None), ("high", None), ("note", "no_width")):
                object.__setattr__(self, part, given)
        object.__setattr__(self, "n", int(self.n))
        for part in ("value", "low", "high"):
            number = getattr(self, part)
            if number is not None and not isinstance(number, int):
                object.__setattr__(self, part, float(number))

    def as_data(self) -> dict[str, object]:
        """Return the JSON form, in full precision."""
        data: dict[str, object] = {"figure": self.name, "value": self.value, "n": self.n}
        if self.low is not None and self.high is not None:
            data |= {"low": self.low, "high": self.high, "level": self.level}
        return data | {key: text for key, text in (("method", self.method), ("note", self.note)) if text}


@dataclass(frozen=True, slots=True)
class InsufficientEvidence:
    """What stands in the place of a figure that cannot be given.

    Parameters
    ----------
    name : str
        The figure that was asked for.
    reason : Fault
        Why there is none, and what would help; words under ``fault.<code>``.
    n : int or None
        How many rows there are; None where that is not told.
    """

    name: str
    reason: Fault
    n: int | None = 0

    def as_data(self) -> dict[str, object]:
        """Return the JSON form."""
        rows = {} if self.n is None else {"n": self.n}
        return {"figure": self.name, "insufficient_evidence": fault_data(self.reason), **rows}


Outcome = Figure | InsufficientEvidence


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a section: what the figures are about, and the figures.

    Parameters
    ----------
    labels : tuple of str
        As many as the section has columns of labels: an item's id, a group's value, a cut.
    """

    labels: tuple[str, ...]
    figures: tuple[Outcome, ...]


@dataclass(frozen=True)
class Section:
    """Figures that are read together.

    Parameters
    ----------
    name : str
        Its key; the title stands under ``section.<name>``.
    columns : tuple of str
        What the labels of a row are; words under ``column.<name>``.
    rows : tuple of Row
        All with the same figures in the same order.
    notes : tuple of str
        Keys of what should be known; words under ``note.<name>``.
    stated : Mapping of str to Text
        What somebody has said of the data, by the key of what it is about; words under ``stated.<key>``.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    stated: Mapping[str, Text] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Return the JSON form."""
        rows = [
            {**dict(zip(self.columns, row.labels, strict=True)), "figures": [each.as_data() for each in row.figures]}
            for row in self.rows
        ]
        stated = {key: text.model_dump() for key, text in self.stated.items()}
        more = {"notes": list(self.notes), "stated": stated}
        return {"section": self.name, "rows": rows, **{key: part for key, part in more.items() if part}}


@dataclass(frozen=True)
class Report:
    """The result of a research command.

    Parameters
    ----------
    command : str
    about : Mapping
        What the figures rest on: the data and its hash, the instrument, the outcome. Plain JSON values.
    sections : tuple of Section
    warnings : tuple of Fault
        What must be known before any figure is used.
    details : Mapping
        Longer results that no table shows, such as the points of a curve. Plain JSON values.
    """

    command: str
    about: Mapping[str, object]
    sections: tuple[Section, ...]
    warnings: tuple[Fault, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)

    def as_data(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "command": self.command,
            "about": dict(self.about),
            "warnings": [fault_data(each) for each in self.warnings],
            "sections": [section.as_data() for section in self.sections],
            **({"details": dict(self.details)} if self.details else {}),
        }

    def section(self, name: str) -> Section:
        """A section by name.

        Raises
        ------
        KeyError
            If the report has none of that name.
        """
        for section in self.sections:
            if section.name == name:
                return section
        raise KeyError(f"{name}; there are {', '.join(each.name for each in self.sections)}")

    def to_frame(self, section: str | None = None) -> pd.DataFrame:
        """The figures as a table, a row each, in full precision; see `to_table`.

        Parameters
        ----------
        section : str, optional
            Only the figures of the sections of this name; by default all.
        """
        if section is None:
            return to_table(self.sections)
        first = self.section(section)
        return to_table([each for each in self.sections if each.name == first.name])

    def side_by_side(self, section: str) -> pd.DataFrame:
        """A section to be read: a row for each label, a column for each figure, with its interval in the cell.

        Returns
        -------
        DataFrame of str
            Indexed by the labels, in the order of the report; empty where a row has no such figure. A figure with a
            note has an asterisk, and one that cannot be given the number of its reason; notes and reasons stand in
            ``attrs["notes"]``.
        """
        chosen = self.section(section).as_data()
        columns, reasons = self.section(section).columns, reasons_of(chosen)
        rows = [{each["figure"]: cell_text(each, reasons) for each in row["figures"]} for row in chosen["rows"]]
        frame = pd.DataFrame(rows, dtype="str").fillna("").rename_axis(columns="figure")
        frame.attrs["notes"] = notes_of(chosen)
        labels = pd.DataFrame([row.labels for row in self.section(section).rows], columns=list(columns), dtype="str")
        return frame.set_index([labels[name] for name in columns]) if columns else frame

    def _repr_html_(self) -> str:
        """The figures as a notebook shows them."""
        return as_html(self.as_data(), {section.name: section.columns for section in self.sections})


def with_warnings(make: Callable[[], Report]) -> Report:
    """Make a report, and add the named warnings that arise to those that it holds; others are shown as ever."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResearchWarning)
        report = make()
    faults = list(report.warnings)
    for each in caught:
        if isinstance(each.message, ResearchWarning):
            faults += [each.message.fault] if each.message.fault not in faults else []
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    return replace(report, warnings=tuple(faults))


def fault_data(fault: Fault) -> dict[str, object]:
    """Return a fault or warning as JSON values."""
    return {"code": fault.code, "where": fault.where, "parameters": dict(fault.parameters)}


def to_table(sections: Iterable[Section]) -> pd.DataFrame:
    """Lay figures out, a row each, in full precision.

    Returns
    -------
    DataFrame
        ``section``, the columns of the labels, ``figure``, ``value``, ``low``, ``high``, ``level``, ``n``, ``method``,
        ``note``, and ``insufficient_evidence`` with the code of the reason where there is no value.

    Raises
    ------
    ValueError
        If a column of labels is called as a part of a figure, whose place it would take.
    """
    rows: list[dict[str, Any]] = []
    for section in sections:
        for row in section.rows:
            labels = dict(zip(section.columns, row.labels, strict=True))
            for each in row.figures:
                data = each.as_data()
                if taken := labels.keys() & data.keys():
                    raise ValueError(f"{section.name}: a column of labels cannot be called {', '.join(taken)}")
                if isinstance(each, InsufficientEvidence):
                    data["insufficient_evidence"] = each.reason.code
                rows.append({"section": section.name, **labels, **data})
    return pd.DataFrame(rows)


def to_json(report: Report) -> str:
    """Write a report as one JSON document, in full precision.

    Raises
    ------
    ValueError
        If a number in it is not finite.
    """
    return json.dumps(report.as_data(), ensure_ascii=False, indent=2, allow_nan=False)
