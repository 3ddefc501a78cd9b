"""Item response theory: the graded response model as a scikit-learn transformer from ratings to a trait."""

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from instruments.research.estimation.roc import Floats
from instruments.research.faults import (
    AllMissingItemWarning,
    NotConvergedWarning,
    OffScaleError,
    OneLevelWarning,
    TooFewItemsError,
    UnratedWarning,
)
from instruments.research.item_response.graded_information import Errors, errors_of, item_information
from instruments.research.item_response.graded_response import (
    MOST_ROUNDS,
    POINTS,
    SETTLED,
    Parameters,
    Patterns,
    fit,
    posterior,
)
from instruments.research.limits import limits


class GradedResponse(TransformerMixin, BaseEstimator):
    """The graded response model, fitted by marginal maximum likelihood; see `graded_response`.

    ``transform`` gives each person's trait: the mean of what it can be after the ratings (EAP). Blanks say nothing.

    Parameters
    ----------
    most_rounds : int
        Passes over the data before it is given up.
    settled : float
        The largest change of a parameter in a pass that counts as none.

    Attributes
    ----------
    items_ : list of str
        The items that tell people apart; those that do not are left out, with a warning.
    levels_ : list of array
        The codes that occur in each of them.
    discriminations_ : array, shape (items,)
        The slopes a.
    locations_ : list of array
        Of each item, where on the trait each level or a higher one has a chance of one half: b.
    errors_ : Errors or None
        Covariances of slopes and intercepts; None where the data do not settle them.
    log_likelihood_ : float
    n_iter_ : int
    converged_ : bool
    """

    def __init__(self, *, most_rounds: int = MOST_ROUNDS, settled: float = SETTLED) -> None:
        self.most_rounds = most_rounds
        self.settled = settled

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Estimate the model.

        Parameters
        ----------
        X : DataFrame or array, shape (people, items)
            Codes; NaN for a blank.

        Raises
        ------
        TooFewItemsError

        Warns
        -----
        NotConvergedWarning
            No parameter is to be trusted then.
        AllMissingItemWarning, OneLevelWarning, UnratedWarning
        """
        fewest = limits().whole("trait_items")
        codes = validate_data(
            self,
            X,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            ensure_min_samples=2,
            ensure_min_features=fewest,
        )
        names = [str(name) for name in getattr(self, "feature_names_in_", range(self.n_features_in_))]
        levels = [np.unique(column[~np.isnan(column)]) for column in codes.T]
        for name, occurring in zip(names, levels, strict=True):
            if len(occurring) < 2:
                n = int(np.sum(~np.isnan(codes[:, names.index(name)])))
                where = f"column {name}"
                warning = OneLevelWarning(where, name=name, n=n) if n else AllMissingItemWarning(where, name=name)
                warnings.warn(warning, stacklevel=2)
        self._kept = np.array([len(occurring) > 1 for occurring in levels])
        self.items_ = [name for name, kept in zip(names, self._kept, strict=True) if kept]
        self.levels_ = [occurring for occurring in levels if len(occurring) > 1]
        if len(self.items_) < fewest:
            raise TooFewItemsError("", items=len(self.items_), needed=fewest)
        unrated = int(np.isnan(codes[:, self._kept]).all(axis=1).sum())
        if unrated:
            warnings.warn(UnratedWarning("", rows=unrated, of=len(codes)), stacklevel=2)
        patterns = self._patterns(codes)
        fitted = fit(patterns, most_rounds=self.most_rounds, settled=self.settled)
        self.converged_ = fitted.settled
        if not fitted.settled:
            warnings.warn(NotConvergedWarning("", name="irt", iterations=fitted.rounds), stacklevel=2)
        self.parameters_ = fitted.parameters
        self.log_likelihood_, self.n_iter_ = fitted.log_likelihood, fitted.rounds
        self.errors_ = errors_of(patterns, fitted.parameters) if fitted.settled else None
        self.discriminations_ = fitted.parameters.slopes
        self.locations_ = [
            -intercepts / slope
            for slope, intercepts in zip(fitted.parameters.slopes, fitted.parameters.intercepts, strict=True)
        ]
        return self

    def transform(self, X: Any) -> Floats:  # noqa: N803
        """Each person's trait; shape (people, 1). NaN, with a warning, for a person who was not rated at all."""
        return self.person_scores(X)[:, :1]

    def person_scores(self, X: Any) -> Floats:  # noqa: N803
        """Each person's trait and its standard deviation after the ratings; shape (people, 2).

        Raises
        ------
        OffScaleError
            If a code did not occur when the model was fitted.
        """
        check_is_fitted(self)
        codes = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        patterns = self._patterns(codes)
        posteriors, _ = posterior(patterns, self.parameters_)
        means = posteriors @ POINTS
        spreads = np.sqrt(np.maximum(posteriors @ POINTS**2 - means**2, 0))
        scores = np.column_stack([means, spreads])[patterns.of_people]
        unrated = np.isnan(codes[:, self._kept]).all(axis=1)
        if unrated.any():
            warnings.warn(UnratedWarning("", rows=int(unrated.sum()), of=len(codes)), stacklevel=2)
            scores[unrated] = np.nan
        return np.asarray(scores)

    def score(self, X: Any, y: Any = None) -> float:  # noqa: N803
        """The mean log-likelihood of a person's ratings."""
        check_is_fitted(self)
        codes = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        return posterior(self._patterns(codes), self.parameters_)[1] / len(codes)

    def information(self, points: Any = POINTS) -> pd.DataFrame:
        """How much each item tells at points of the trait: a row a point, a column an item, and ``test`` for all."""
        check_is_fitted(self)
        places = np.asarray(points, np.float64)
        levels = tuple(len(occurring) for occurring in self.levels_)
        table = pd.DataFrame(item_information(levels, self.parameters_, places).T, places, self.items_)
        return table.assign(test=table.sum(axis=1)).rename_axis("trait")

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """``trait``."""
        check_is_fitted(self)
        return np.array(["trait"], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _patterns(self, codes: Floats) -> Patterns:
        """Codes as places among the levels that occurred."""
        kept = codes[:, self._kept]
        places = np.full(kept.shape, np.nan)
        for item, levels in enumerate(self.levels_):
            known = ~np.isnan(kept[:, item])
            placed = np.searchsorted(levels, kept[known, item]).clip(max=len(levels) - 1)
            if (levels[placed] != kept[known, item]).any():
                raise OffScaleError(f"column {self.items_[item]}", name=self.items_[item], allowed=levels.tolist())
            places[known, item] = placed
        return Patterns.of(places, [len(levels) for levels in self.levels_])


def standard_errors(errors: Errors, parameters: Parameters, item: int) -> tuple[float, Floats]:
    """Standard errors of the slope of an item and of its locations, by the delta method.

    Parameters
    ----------
    errors : Errors
    parameters : Parameters
    item : int
        Its place among the items that were fitted.

    Returns
    -------
    float, array of shape (levels - 1,)
    """
    covariance = errors.of_item(item)
    slope, intercepts = parameters.slopes[item], parameters.intercepts[item]
    of_locations = np.empty(len(intercepts))
    for place, intercept in enumerate(intercepts):
        change = np.zeros(len(covariance))
        change[0], change[place + 1] = intercept / slope**2, -1 / slope
        of_locations[place] = np.sqrt(change @ covariance @ change)
    return float(np.sqrt(covariance[0, 0])), of_locations
