"""The ratings of a table, paired: two of the same material, with the same facts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from instruments.faults import Fault, InputError
from instruments.mapping import ColumnMapping, MappingFile
from instruments.ratings import BLANK
from instruments.row_faults import RowFaults, place, shown
from instruments.tables import Table
from screening.batch.coded_rows import CodedRows
from screening.batch.preparation import Preparation, Request, prepare
from screening.coding import SUMMARY_RATING
from screening.library import Library
from screening.reliability.pairs import Kind, Places, RatingPairs


@dataclass(frozen=True)
class RatedTable:
    """Every rating of a table, in codes.

    Parameters
    ----------
    prepared : Preparation
        The guidances, and what is read from the table.
    rows : CodedRows
    who : DataFrame
        ``person``, ``rater`` and ``material`` (what was rated: the occasion, else the person), a row for each rating.
    """

    prepared: Preparation
    rows: CodedRows
    who: pd.DataFrame

    @property
    def repeated(self) -> int:
        """How many ratings are left out, because the rater had rated the same material before."""
        return int(self.who.duplicated(["person", "material", "rater"]).sum())

    def pairs(self, kind: Kind = "two_raters") -> RatingPairs:
        """Every pair of ratings of one kind, the earlier row of the table first.

        Where a rater rated the same material more than once, the first counts.
        """
        alike, apart = (
            (["person", "material"], ["rater"]) if kind == "two_raters" else (["person", "rater"], ["material"])
        )
        once = self.who.assign(place=np.arange(len(self.who))).drop_duplicates(["person", "material", "rater"])
        both = once.merge(once, on=["person", *alike], suffixes=("", "_other"))
        both = both[both["place"] < both["place_other"]]
        for column in apart:
            both = both[both[column] != both[f"{column}_other"]]
        both = both.sort_values(["place", "place_other"])
        return _pair(self.rows, both["place"].to_numpy(), both["place_other"].to_numpy(), both["person"].to_numpy())


def read_ratings(library: Library, table: Table, request: Request) -> RatedTable:
    """Read a table with the ratings of several raters, as `underlag screen` would read it.

    Parameters
    ----------
    table : Table
        A row for each rating, or a row for each person with the ratings of several side by side.
    request : Request
        With a mapping that names the ``rater``, or the column of each of the ``raters``.

    Raises
    ------
    InputError
        If the mapping names no raters, or the table cannot be read.
    """
    mapping = request.mapping
    if mapping is None:
        raise InputError([Fault("single-rater", "")])
    raters = _raters_side_by_side(mapping.content)
    if not raters and mapping.content.rater is None:
        raise InputError([Fault("single-rater", mapping.document.where(()))])
    parts = [
        _read(library, table, replace(request, mapping=_mapping_of(mapping, rater)), mapping, rater)
        for rater in raters or (None,)
    ]
    prepared = parts[0].prepared
    return RatedTable(
        prepared, _joined([each.rows for each in parts]), pd.concat([each.who for each in parts], ignore_index=True)
    )


def _raters_side_by_side(content: ColumnMapping) -> tuple[str, ...]:
    return next((tuple(item.raters) for item in content.items.values() if item.raters), ())


def _mapping_of(mapping: MappingFile, rater: str | None) -> MappingFile:
    """The mapping as it is for one of several raters whose ratings stand side by side."""
    if rater is None:
        return mapping
    items = {
        name: item.model_copy(update={"column": item.raters.get(rater), "raters": {}}) if item.raters else item
        for name, item in mapping.content.items.items()
    }
    return replace(mapping, content=mapping.content.model_copy(update={"items": items}))


def _read(library: Library, table: Table, request: Request, mapping: MappingFile, rater: str | None) -> RatedTable:
    prepared = prepare(library, table, request)
    content = mapping.content
    named = {"person": content.person or content.key, "rater": content.rater, "material": content.occasion}
    wanted = {name: column for name, column in named.items() if column is not None}
    if missing := [column for column in wanted.values() if column not in table.names]:
        known = [shown(name) for name in table.names]
        raise InputError(
            Fault("column-missing", mapping.document.where(()), {"name": column, "known": known}) for column in missing
        )
    faults, chunks, frames = RowFaults(), [], []
    columns = list(dict.fromkeys((*prepared.plan.columns, *wanted.values())))
    for chunk in table.read(columns, prepared.plan.key, faults):
        coded = prepared.code(chunk, faults)
        frame = pd.DataFrame({name: _texts(chunk.batch, column) for name, column in wanted.items()})
        for name, column in wanted.items():
            for blank in np.flatnonzero(frame[name].isna() | (frame[name] == "")):
                row = chunk.row_number(int(blank))
                faults.add(row, Fault("reference-missing", place(row, column), {"name": column}))
        chunks.append(coded)
        frames.append(frame)
    faults.raise_if_any()
    who = pd.concat(frames, ignore_index=True)
    if rater is not None:
        who["rater"] = rater
    if "material" not in who:
        who["material"] = who["person"]
    return RatedTable(prepared, _joined(chunks), who)


def _texts(batch: pa.RecordBatch, column: str) -> "pd.Series[str]":
    texts: pd.Series[str] = batch.column(column).cast(pa.string()).to_pandas()
    return texts.str.strip()


def _joined(parts: Sequence[CodedRows]) -> CodedRows:
    """Rows of the same plan, one after the other. What was not found is a blank like any other here."""
    first = parts[0]
    windows = [each.offence_window for each in parts if each.offence_window is not None]
    return CodedRows(
        {name: np.concatenate([each.facts[name] for each in parts]) for name in first.facts},
        np.concatenate([each.items for each in parts], axis=1),
        first.on,
        {},
        {name: np.concatenate([each.observed_on[name] for each in parts]) for name in first.observed_on},
        np.concatenate(windows) if windows else None,
    )


def _taken(rows: CodedRows, places: Places) -> CodedRows:
    return CodedRows(
        {name: codes[places] for name, codes in rows.facts.items()},
        rows.items[:, places],
        rows.on,
        {},
        {name: days[places] for name, days in rows.observed_on.items()},
        None if rows.offence_window is None else rows.offence_window[places],
    )


def _pair(rows: CodedRows, first: Places, second: Places, persons: NDArray[np.object_]) -> RatingPairs:
    """Give both ratings of a pair what either of them knows of the case; leave out pairs that contradict each other."""
    one, other = _taken(rows, first), _taken(rows, second)
    differs = np.zeros(len(persons), dtype=np.bool_)
    facts, days = {}, {}
    for name, codes in one.facts.items():
        if name != SUMMARY_RATING:
            facts[name] = np.where(codes == BLANK, other.facts[name], codes)
            differs |= (codes != BLANK) & (other.facts[name] != BLANK) & (codes != other.facts[name])
    for name in one.observed_on:
        days[name] = np.maximum(one.observed_on[name], other.observed_on[name])
    window = one.offence_window
    if window is not None and other.offence_window is not None:
        counted, counted_again = one.facts["offence_count"], other.facts["offence_count"]
        differs |= (counted != BLANK) & (counted_again != BLANK) & (window != other.offence_window)
        window = np.where(counted == BLANK, other.offence_window, window)
    kept = np.flatnonzero(~differs)

    def completed(side: CodedRows) -> CodedRows:
        shared = replace(side, facts={**side.facts, **facts}, observed_on=days, offence_window=window)
        return _taken(shared, kept)

    return RatingPairs(completed(one), completed(other), pd.factorize(persons[kept])[0], int(differs.sum()))
