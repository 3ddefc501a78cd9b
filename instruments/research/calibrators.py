"""Estimators that turn a score into a probability, in scikit-learn's form.

Each works on one column that is a published score or total. Of several columns the one is named, or it is said that
they are to be summed with unit weights; they are never summed in silence. They are for two classes, and the class with
the greater label is the outcome.
"""

import warnings
from abc import ABC, abstractmethod
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from instruments.faults import Fault, InputError
from instruments.research.estimation.logistic import fit_logistic
from instruments.research.estimation.outcomes import PerfectSeparationError, require_events
from instruments.research.estimation.roc import Floats
from instruments.research.faults import TooFewEventsError

#: What an update may change of a published score's intercept and slope.
Update = Literal["intercept", "intercept_and_slope"]


class TooFewEventsWarning(UserWarning):
    """A fit rests on fewer events for each parameter than was asked for."""


class SeparatedClassesWarning(UserWarning):
    """A score parts the classes without error, so that no slope is steep enough."""


class _Calibrator(ClassifierMixin, BaseEstimator, ABC):
    """What the calibrators share: reading their input, and probabilities from a curve over the summed score.

    Parameters
    ----------
    column : str, optional
        The column of a frame that is the score; needed where there are several and they are not to be summed.
    sums : bool
        Whether several columns are summed with unit weights to one score.
    events_per_parameter : float
        With fewer events for each fitted parameter there is a `TooFewEventsWarning`.
    strict : bool
        Whether too few events, and classes that the score parts without error, are errors instead of warnings.

    Attributes
    ----------
    column_ : str or None
        The column that was used; None where columns were summed, or have no names.
    """

    _parameters = 2
    _place: int | None = None  # of the column that is the score; None for the sum of all

    def __init__(
        self,
        *,
        column: str | None = None,
        sums: bool = False,
        events_per_parameter: float = 10,
        strict: bool = False,
    ) -> None:
        self.column = column
        self.sums = sums
        self.events_per_parameter = events_per_parameter
        self.strict = strict

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Those of before a column could be named summed theirs in silence, and go on doing so."""
        fitted = {"column_": None} if "classes_" in state else {}
        super().__setstate__({"column": None, "sums": True, **fitted, **state})

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True  # one score with unit weights does not part every made-up cloud
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 -- scikit-learn's own name
        """Fit the curve.

        Parameters
        ----------
        X : array or frame of numbers, shape (n, columns)
            A score, or several columns of which ``column`` or ``sums`` says what the score is.
        y : array, shape (n,)
            Two classes.
        sample_weight : array of numbers, shape (n,), optional
            For how many rows each stands: a weight of 3 is the row three times, and one of 0 is no row at all.

        Raises
        ------
        ConstantOutcomeError, TooFewEventsError, PerfectSeparationError, NotConvergedError
        InputError
            If the score never varies, there is no such column, or several and nothing, or two things, say which is
            meant.
        """
        columns, labels = validate_data(self, X, y, dtype=np.float64)
        kind = type_of_target(labels, input_name="y")
        if kind != "binary":
            check_classification_targets(labels)
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        weights = _check_sample_weight(sample_weight, columns, dtype=np.float64, ensure_non_negative=True)
        columns, labels, weights = columns[weights > 0], labels[weights > 0], weights[weights > 0]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"{type(self).__name__} needs two classes, but there is only one class in the outcome.")
        happened = codes == 1
        try:
            require_events(happened, self._parameters, self.events_per_parameter, weights)
        except TooFewEventsError as error:
            if self.strict:
                raise
            lacking = error.faults[0].parameters
            warnings.warn(
                f"{lacking['events']} events for {lacking['parameters']} parameters: {lacking['missing']} more are "
                "needed. Gather more, or fit fewer parameters.",
                TooFewEventsWarning,
                stacklevel=2,
            )
        self._place = self._place_of_score()
        names = getattr(self, "feature_names_in_", None)
        self.column_ = None if self._place is None or names is None else str(names[self._place])
        self._fit(happened, self._score(columns), weights)
        return self

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Probabilities of both classes, shape (n, 2)."""
        check_is_fitted(self)
        score = self._score(validate_data(self, X, dtype=np.float64, reset=False))
        chance = self._chance(score)
        return np.column_stack([1 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The likelier class."""
        likely = self.predict_proba(X)[:, 1] > 0.5
        return np.asarray(self.classes_[likely.astype(int)])

    def _place_of_score(self) -> int | None:
        names = list(getattr(self, "feature_names_in_", ()))
        if self.column is not None and self.sums:
            raise InputError([Fault("column-and-sum", "column", {"name": self.column})])
        if self.sums or (self.column is None and self.n_features_in_ == 1):
            return 0 if self.n_features_in_ == 1 else None
        if not names:
            raise InputError([Fault("several-nameless-columns", "X", {"columns": self.n_features_in_})])
        if self.column is None:
            raise InputError([Fault("several-columns", "X", {"columns": len(names), "names": names})])
        if self.column not in names:
            raise InputError([Fault("unknown-score", "column", {"name": self.column, "known": sorted(names)})])
        return names.index(self.column)

    def _score(self, columns: Floats) -> Floats:
        return np.asarray(columns.sum(axis=1) if self._place is None else columns[:, self._place])

    @abstractmethod
    def _fit(self, happened: NDArray[np.bool_], score: Floats, weights: Floats) -> None: ...

    @abstractmethod
    def _chance(self, score: Floats) -> Floats: ...


class _Line(_Calibrator):
    """A calibrator with a straight line for the log odds."""

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """Log odds, shape (n,)."""
        check_is_fitted(self)
        score = self._score(validate_data(self, X, dtype=np.float64, reset=False))
        return self._odds(score)

    def _odds(self, score: Floats) -> Floats:
        return np.asarray(self.intercept_ + self.coef_ * score)

    def _chance(self, score: Floats) -> Floats:
        odds = self._odds(score)
        return np.asarray(np.exp(-np.logaddexp(0, -odds)))


class LogisticCalibrator(_Line):
    """Logistic calibration, or the update of a published score.

    Parameters
    ----------
    published_intercept, published_slope : float
        The published log odds: intercept + slope x score. Their values do not matter where both are fitted anew.
    update : {"intercept_and_slope", "intercept"}
        What is fitted: both, or the intercept alone with the published slope kept.
    column, sums, events_per_parameter, strict
        Which column is the score, and what is asked of the data; see `fit`.

    Attributes
    ----------
    intercept_, coef_ : float
        Log odds = intercept_ + coef_ x score.
    covariance_ : float64 array
        Of what was fitted.
    """

    def __init__(
        self,
        *,
        published_intercept: float = 0.0,
        published_slope: float = 1.0,
        update: Update = "intercept_and_slope",
        column: str | None = None,
        sums: bool = False,
        events_per_parameter: float = 10,
        strict: bool = False,
    ) -> None:
        super().__init__(column=column, sums=sums, events_per_parameter=events_per_parameter, strict=strict)
        self.published_intercept = published_intercept
        self.published_slope = published_slope
        self.update = update

    @property
    def _parameters(self) -> int:  # type: ignore[override]
        return 1 if self.update == "intercept" else 2

    def _fit(self, happened: NDArray[np.bool_], score: Floats, weights: Floats) -> None:
        if self.update not in ("intercept", "intercept_and_slope"):
            raise InputError([Fault("unknown-update", "update", {"value": str(self.update)})])
        published = self.published_intercept + self.published_slope * score
        if self.update == "intercept":
            fit = fit_logistic(happened, np.empty((len(score), 0)), (), offset=published, weights=weights)
            self.intercept_ = self.published_intercept + float(fit.coefficients[0])
            self.coef_ = float(self.published_slope)
        else:
            try:
                fit = fit_logistic(happened, score[:, None], ("score",), weights=weights)
            except PerfectSeparationError:
                if self.strict:
                    raise
                self._fit_separated(happened, score, weights)
                return
            self.intercept_, self.coef_ = map(float, fit.coefficients)
        self.covariance_ = fit.covariance

    def _fit_separated(self, happened: NDArray[np.bool_], score: Floats, weights: Floats) -> None:
        warnings.warn(
            "The score parts the classes without error, so that no slope is steep enough; Platt's targets were used. "
            "Look for a column that already holds the outcome, or gather more persons.",
            SeparatedClassesWarning,
            stacklevel=4,
        )
        self.intercept_, self.coef_ = _platt(happened, score, weights)
        self.covariance_ = np.full((2, 2), np.nan)


class PlattCalibrator(_Line):
    """Platt scaling: logistic, towards targets drawn in by one person in each class.

    It has an answer where classes are perfectly separated. Platt (1999), Advances in Large Margin Classifiers, 61-74.

    Parameters
    ----------
    column, sums, events_per_parameter, strict
        Which column is the score, and what is asked of the data; see `fit`.

    Attributes
    ----------
    intercept_, coef_ : float
        Log odds = intercept_ + coef_ x score.
    """

    def _fit(self, happened: NDArray[np.bool_], score: Floats, weights: Floats) -> None:
        self.intercept_, self.coef_ = _platt(happened, score, weights)


class IsotonicCalibrator(_Calibrator):
    """Isotonic calibration: the likeliest curve that never falls.

    It needs many persons: with fewer than about a thousand it fits chance (Niculescu-Mizil & Caruana 2005, ICML,
    625-632).

    Parameters
    ----------
    column, sums, events_per_parameter, strict
        Which column is the score, and what is asked of the data; see `fit`.

    Attributes
    ----------
    scores_, chances_ : float64 arrays
        The corners of the curve; straight between them, level outside.
    """

    def _fit(self, happened: NDArray[np.bool_], score: Floats, weights: Floats) -> None:
        curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        fitted = curve.fit(score, happened.astype(np.float64), sample_weight=weights)
        self.scores_, self.chances_ = fitted.X_thresholds_, fitted.y_thresholds_

    def _chance(self, score: Floats) -> Floats:
        return np.asarray(np.interp(score, self.scores_, self.chances_))


def _platt(happened: NDArray[np.bool_], score: Floats, weights: Floats) -> tuple[float, float]:
    """Intercept and slope towards Platt's targets: a target between 0 and 1 is a person in each class, by weight."""
    center = np.average(score, weights=weights)
    scale = np.average((score - center) ** 2, weights=weights) ** 0.5
    if np.ptp(score) == 0:
        raise InputError([Fault("constant-column", "score")])
    events, others = weights[happened].sum(), weights[~happened].sum()
    target = np.where(happened, (events + 1) / (events + 2), 1 / (others + 2))
    standard = ((score - center) / scale)[:, None]
    weighted = np.concatenate([weights * target, weights * (1 - target)])
    line = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000, solver="newton-cholesky")
    with warnings.catch_warnings():  # where the last digits cannot be bettered so, another search ends it
        warnings.filterwarnings("ignore", "Line search of Newton solver", ConvergenceWarning)
        fitted = line.fit(np.vstack([standard, standard]), np.repeat([1, 0], len(score)), sample_weight=weighted)
    slope = float(fitted.coef_[0, 0] / scale)
    return float(fitted.intercept_[0] - slope * center), slope
