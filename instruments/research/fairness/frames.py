"""Groups that come in as frames, and figures that leave as such."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from instruments.research.datasets.groupings import BLANK_GROUP
from instruments.research.figures.figure import InsufficientEvidence, Row

_NUMBERS, _WORDS = ("value", "low", "high", "level"), ("method", "note", "insufficient_evidence")


def figures_frame(levels: tuple[str, ...], rows: list[Row]) -> pd.DataFrame:
    """Figures by their labels, a row each; numbers that are not there are NaN, and words empty."""
    told = []
    for row in rows:
        (each,) = row.figures
        data = each.as_data()
        if isinstance(each, InsufficientEvidence):
            data["insufficient_evidence"] = each.reason.code
        told.append({**dict.fromkeys(_NUMBERS, np.nan), **dict.fromkeys(_WORDS, ""), **data})
    index = pd.MultiIndex.from_tuples([row.labels for row in rows], names=levels)
    frame = pd.DataFrame(told, index=index)[[*_NUMBERS, "n", *_WORDS]].astype(dict.fromkeys(_NUMBERS, np.float64))
    return frame if len(levels) > 1 else frame.set_axis(index.get_level_values(0))


def name_of(metric: Callable[..., float]) -> str:
    """What a metric is called."""
    return str(getattr(metric, "__name__", type(metric).__name__))


def groups_frame(groups: Any) -> pd.DataFrame:
    """Groups as text, a column each; a blank is a dash."""
    if isinstance(groups, pd.DataFrame | Mapping):
        frame = pd.DataFrame(groups)
    else:
        series = pd.Series(groups)
        frame = series.to_frame("group" if series.name is None else str(series.name))
    known = frame.notna()
    return frame.astype(str).astype(object).where(known, BLANK_GROUP).reset_index(drop=True)
