"""From ratings to counts, totals and bounds, as a scikit-learn transformer. For research only.

A total of structured professional judgement items is a device of validity studies: it has no cut-off, and it is not how
an instrument is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from instruments.faults import Fault, InputError
from instruments.model import Instrument
from instruments.row_faults import RowFaults, place, shown

#: The checks of `sklearn.utils.estimator_checks` that a scorer cannot pass, and why. The others need a scale that is
#: wide enough for what they send: ``InstrumentScorer(highest=100)``.
EXPECTED_FAILURES: Mapping[str, str] = {
    "check_positive_only_tag_during_fit": "it sends -1, which is on no scale and is refused with its row and column",
}


@dataclass(frozen=True)
class _Set:
    """Items that are counted together: the places of their columns, and the levels of each."""

    name: str
    places: tuple[int, ...]
    scales: tuple[tuple[str, ...], ...]

    @property
    def highest(self) -> NDArray[np.float64]:
        """The highest code of each item."""
        return np.array([len(levels) - 1 for levels in self.scales], dtype=np.float64)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of all items; those of a set in which they differ are not counted, and there are none."""
        return self.scales[0] if len(set(self.scales)) == 1 else ()


class InstrumentScorer(TransformerMixin, BaseEstimator):
    """Count levels and sum codes over the items of an instrument, and say what the blanks leave open.

    Nothing is imputed: where an item is blank, the total is NaN, and the bounds tell between which values it lies.

    Parameters
    ----------
    instrument : Instrument, optional
        Its items are the columns, by id; a table without names has all of them, in order. Without an instrument every
        column is a risk item whose codes run from 0 to ``highest``.
    highest : int
        The highest code, where there is no instrument.
    parts : tuple of {"total", "bounds", "counts"}
        What is given for all risk items, for all protective items, and for each domain. Levels are counted where the
        items have the same.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : array of str
        Only where the columns have names.
    absent_items_ : list of str
        Items of the instrument that the table does not have. Totals are over those that it has.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, float("nan")]})
    >>> InstrumentScorer(highest=2).set_output(transform="pandas").fit_transform(ratings)
       risk_total  risk_lowest  risk_highest  risk_rated
    0         1.0          1.0           1.0         2.0
    1         NaN          2.0           4.0         1.0
    """

    def __init__(
        self,
        instrument: Instrument | None = None,
        *,
        highest: int = 2,
        parts: tuple[str, ...] = ("total", "bounds"),
    ) -> None:
        self.instrument = instrument
        self.highest = highest
        self.parts = parts

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Learn which columns are which items.

        Raises
        ------
        InputError
            If a column is no item of the instrument, or a code is off its scale.
        """
        codes = validate_data(self, X, dtype="numeric", ensure_all_finite="allow-nan")
        if unknown := set(self.parts) - {"total", "bounds", "counts"}:
            raise ValueError(f"parts are total, bounds and counts, not {', '.join(sorted(unknown))}")
        self._items = self._names()
        self.absent_items_ = (
            [] if self.instrument is None else sorted(set(self.instrument.positions) - set(self._items))
        )
        self._sets = tuple(self._all_sets())
        self._require_on_scale(codes)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Score ratings.

        Parameters
        ----------
        X : DataFrame or array, shape (people, items)
            Codes; NaN for a blank.

        Returns
        -------
        array, shape (people, features)
            As `get_feature_names_out` names them.

        Raises
        ------
        InputError
            With the row and column of each code that is off its scale.
        """
        check_is_fitted(self)
        codes = np.asarray(validate_data(self, X, reset=False, dtype="numeric", ensure_all_finite="allow-nan"), float)
        self._require_on_scale(codes)
        columns = [column for each in self._sets for column in self._score(each, codes[:, list(each.places)])]
        return np.column_stack(columns)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """The names of the scores: ``<set>_total``, ``_lowest``, ``_highest``, ``_rated`` and ``<set>_<level>``."""
        check_is_fitted(self)
        return np.array([f"{each.name}_{part}" for each in self._sets for part in self._features(each)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _names(self) -> list[str]:
        if self.instrument is None:
            return [str(place) for place in range(self.n_features_in_)]
        known = [item.id for item in self.instrument.items]
        if not hasattr(self, "feature_names_in_"):
            if self.n_features_in_ != len(known):
                parameters = {"columns": self.n_features_in_, "items": len(known), "instrument": self.instrument.id}
                raise InputError([Fault("not-as-many-items", "", parameters)])
            return known
        unknown = [name for name in self.feature_names_in_ if name not in self.instrument.positions]
        if unknown:
            raise InputError(
                Fault("unknown-item", f"column {shown(name)}", {"name": shown(name), "instrument": self.instrument.id})
                for name in unknown
            )
        return list(self.feature_names_in_)

    def _all_sets(self) -> Iterator[_Set]:
        instrument = self.instrument
        if instrument is None:
            levels = tuple(str(code) for code in range(self.highest + 1))
            yield _Set("risk", tuple(range(len(self._items))), (levels,) * len(self._items))
            return
        places = {name: place for place, name in enumerate(self._items)}
        sets = [("risk", instrument.risk_items), ("protective", instrument.protective_items)]
        sets += [(domain.id, instrument.items_of(domain.id)) for domain in instrument.domains]
        for name, items in dict(sets).items():
            if rated := [item for item in items if item.id in places]:
                yield _Set(name, tuple(places[item.id] for item in rated), tuple(map(instrument.levels, rated)))

    def _features(self, given: _Set) -> list[str]:
        names = ["total"] if "total" in self.parts else []
        names += ["lowest", "highest", "rated"] if "bounds" in self.parts else []
        return names + (list(given.levels) if "counts" in self.parts else [])

    def _score(self, given: _Set, codes: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        known = np.nansum(codes, axis=1)
        blanks = np.isnan(codes).sum(axis=1)
        if "total" in self.parts:
            yield np.where(blanks == 0, known, np.nan)
        if "bounds" in self.parts:
            yield known
            yield known + np.isnan(codes) @ given.highest
            yield (codes.shape[1] - blanks).astype(np.float64)
        if "counts" in self.parts:
            for code in range(len(given.levels)):
                yield (codes == code).sum(axis=1).astype(np.float64)

    def _require_on_scale(self, codes: NDArray[Any]) -> None:
        faults = RowFaults()
        highest = np.empty(len(self._items))
        for each in self._sets:
            highest[list(each.places)] = each.highest
        blank = np.isnan(codes)
        wrong = ~blank & ((codes < 0) | (codes > highest) | (codes != np.rint(np.where(blank, 0, codes))))
        for row, column in np.argwhere(wrong):
            parameters = {"name": self._items[column], "value": shown(codes[row, column])}
            allowed = {"allowed": list(range(int(highest[column]) + 1))}
            faults.add(row + 1, Fault("cell-off-scale", place(row + 1, self._items[column]), parameters | allowed))
        faults.raise_if_any()


def totals(ratings: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """The research totals of ratings: of the risk items, of the protective items and of each domain.

    Parameters
    ----------
    ratings : DataFrame
        A column an item, as in `instruments.research.datasets.dataset.Dataset`.

    Returns
    -------
    DataFrame
        ``<set>_total``; NaN where an item of the set is blank.
    """
    scorer = InstrumentScorer(instrument, parts=("total",)).set_output(transform="pandas")
    scored: pd.DataFrame = scorer.fit_transform(ratings)
    return scored
