"""Scorecards: sums of ratings with unit weights or with a few points an item, as scikit-learn classifiers.

They are yardsticks for research: a total, weighted or not, is not how an instrument of structured professional
judgement is used. A person with a blank cannot be scored, and is refused rather than filled in.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from instruments.research.faults import ConstantOutcomeError

Floats = NDArray[np.float64]
#: Sums of weights that differ by rounding alone are the same.
_DECIMALS = 12


class _Scorecard(ClassifierMixin, BaseEstimator):
    """What the scorecards share: integer weights, their sum, and a cut that is chosen where none is given."""

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """The weighted sum of each person's ratings, less the threshold."""
        check_is_fitted(self)
        ratings = validate_data(self, X, reset=False)
        summed: Floats = ratings @ self.weights_ - self.threshold_
        return summed

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The class of each person: the second above the threshold."""
        check_is_fitted(self)
        predicted: NDArray[Any] = self.classes_[(self.decision_function(X) > 0).astype(int)]
        return predicted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True  # whole weights and one cut: not made to win
        return tags

    def _read(self, X: Any, y: Any, sample_weight: Any) -> tuple[Floats, NDArray[np.int_], Floats]:  # noqa: N803
        """Ratings, classes and weights of the rows that weigh anything."""
        ratings, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        weights = _check_sample_weight(sample_weight, ratings, dtype=np.float64, ensure_non_negative=True)
        ratings, labels, weights = ratings[weights > 0], labels[weights > 0], weights[weights > 0]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) > 2:
            message = f"Only binary classification is supported: there are {len(self.classes_)} classes."
            raise ValueError(message)
        if len(self.classes_) < 2:
            raise ConstantOutcomeError("1 class in y", name="y", n=len(labels))
        return ratings, codes, weights

    def _choose_threshold(self, summed: Floats, codes: NDArray[np.int_], weights: Floats, cut: float | None) -> None:
        """Half a step below the cut that was given, or below the one with the best sum of the two rates."""
        if cut is not None:
            self.threshold_ = cut - 0.5
            return
        false_positives, true_positives, cuts = roc_curve(codes, summed, sample_weight=weights, drop_intermediate=False)
        gains = np.round((true_positives - false_positives)[1:], _DECIMALS)
        best = 1 + int(np.argmax(gains))
        below = cuts[best + 1] if best + 1 < len(cuts) else cuts[best] - 1
        self.threshold_ = float(cuts[best] + below) / 2


class UnitWeightScorecard(_Scorecard):
    """Add up ratings, each with the weight 1 or -1.

    Parameters
    ----------
    directions : Mapping of str to {1, -1}, optional
        By column name; by default the sign of each column's covariance with the outcome.
    cut : float, optional
        From which sum on the second class is predicted; by default where sensitivity and specificity together are
        largest in the data that it is fitted on, which flatters them there.

    Attributes
    ----------
    weights_ : array, shape (items,)
    threshold_ : float
        Halfway between the cut and the sum below it.
    classes_ : array, shape (2,)

    References
    ----------
    Dawes, R. M. (1979). The robust beauty of improper linear models. American Psychologist 34.
    """

    def __init__(self, directions: Mapping[str, int] | None = None, *, cut: float | None = None) -> None:
        self.directions = directions
        self.cut = cut

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn the directions and the cut, where they are not given.

        Parameters
        ----------
        X : array or frame, shape (n, items)
        y : array, shape (n,)
        sample_weight : array of numbers, shape (n,), optional
            For how many rows each stands.

        Raises
        ------
        ConstantOutcomeError
            If everybody has the same outcome.
        ValueError
            If a rating is blank, or ``directions`` does not name the columns.
        """
        ratings, codes, weights = self._read(X, y, sample_weight)
        if self.directions is None:
            apart = ratings - np.average(ratings, axis=0, weights=weights)
            slopes = apart.T @ (weights * (codes - np.average(codes, weights=weights)))
            self.weights_ = np.where(slopes < 0, -1.0, 1.0)
        else:
            names = list(getattr(self, "feature_names_in_", range(self.n_features_in_)))
            if set(names) != set(self.directions):
                raise ValueError("directions must name every column, and no other")
            self.weights_ = np.array([float(self.directions[name]) for name in names])
        self._choose_threshold(ratings @ self.weights_, codes, weights, self.cut)
        return self


class PointsScorecard(_Scorecard):
    """Give each item a whole number of points: a logistic regression, scaled and rounded.

    Parameters
    ----------
    most_points : int
        Points of the item with the largest coefficient.
    C : float
        Inverse strength of the L2 penalty, as in `sklearn.linear_model.LogisticRegression`.
    cut : float, optional
        As for `UnitWeightScorecard`.

    Attributes
    ----------
    weights_ : array, shape (items,)
        Points for each step of a rating.
    threshold_ : float
        Halfway between the cut and the sum below it.
    classes_ : array, shape (2,)
    n_iter_ : array
        Iterations of the regression.
    """

    def __init__(self, most_points: int = 5, *, C: float = 1.0, cut: float | None = None) -> None:  # noqa: N803
        self.most_points = most_points
        self.C = C
        self.cut = cut

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn the points, and the cut where it is not given.

        Parameters
        ----------
        X : array or frame, shape (n, items)
        y : array, shape (n,)
        sample_weight : array of numbers, shape (n,), optional
            For how many rows each stands.

        Raises
        ------
        ConstantOutcomeError
            If everybody has the same outcome.
        ValueError
            If a rating is blank.
        """
        ratings, codes, weights = self._read(X, y, sample_weight)
        regression = LogisticRegression(C=self.C, max_iter=1000).fit(ratings, codes, sample_weight=weights)
        coefficients = regression.coef_[0]
        largest = np.abs(coefficients).max()
        scale = self.most_points / largest if largest > 0 else 0.0
        self.weights_ = np.rint(coefficients * scale)
        self.n_iter_ = regression.n_iter_
        self._choose_threshold(ratings @ self.weights_, codes, weights, self.cut)
        return self
