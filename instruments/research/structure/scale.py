"""Everything about one set of items, each part with its own people, or with the reason why there is none."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import pandas as pd

from instruments.research.estimation.resampling import Resampling
from instruments.research.estimation.roc import Floats
from instruments.research.faults import (
    AlikeInPairError,
    EndlessCorrelationWarning,
    NotConvergedError,
    NotConvergedWarning,
    NoVariationError,
    ResearchError,
    SmoothedWarning,
    TooFewItemsError,
    TooFewRowsError,
    TooManyFactorsError,
    TooManyLevelsError,
    UnratedWarning,
)
from instruments.research.item_response.transformer import GradedResponse
from instruments.research.limits import limits
from instruments.research.structure.factors import (
    MOST_ROUNDS,
    Factors,
    Rotated,
    Rotation,
    degrees_of,
    minimum_residuals,
    rotated,
    smoothed,
)
from instruments.research.structure.item_fit import ItemFit, item_fit, residual_correlations
from instruments.research.structure.mokken import Scalability, monotonicity_violations, scalability
from instruments.research.structure.parallel import Kind, ParallelAnalysis, parallel_analysis
from instruments.research.structure.polychoric import Polychoric, polychoric

T = TypeVar("T")


@dataclass(frozen=True)
class Scale:
    """One set of items.

    Parameters
    ----------
    name : str
        ``risk`` or ``protective``.
    ratings : DataFrame, shape (people, items)
        The items that tell people apart; NaN for a blank.
    kind : "polychoric" or "pearson"
        The correlations that components and factors rest on.
    """

    name: str
    ratings: pd.DataFrame
    kind: Kind

    @cached_property
    def fewest(self) -> int:
        """The smallest number of people who were rated on two items."""
        known = self.ratings.notna().to_numpy(np.int64)
        return int((known.T @ known).min())

    @cached_property
    def complete(self) -> pd.DataFrame:
        """The people who were rated on every item.

        Raises
        ------
        TooFewRowsError, NoVariationError
        """
        self._require_items("trait_items")
        rows = self.ratings.dropna()
        if len(rows) < (needed := limits().whole("scale_persons")):
            raise TooFewRowsError("", n=len(rows), needed=needed)
        for name in rows:
            if rows[name].nunique() < 2:
                raise NoVariationError("", name=name)
        return rows

    @cached_property
    def polychoric(self) -> Polychoric:
        """The polychoric correlations.

        Raises
        ------
        TooFewItemsError, TooFewRowsError, TooManyLevelsError
        """
        self._require_pairs()
        most = limits().whole("polychoric_levels")
        levels = self.ratings.nunique()
        if levels.max() > most:
            raise TooManyLevelsError("", name=levels.idxmax(), levels=int(levels.max()), most=most)
        estimated = polychoric(self.ratings)
        for one, other in estimated.endless:
            warnings.warn(EndlessCorrelationWarning("", one=one, other=other), stacklevel=2)
        return estimated

    @cached_property
    def correlations(self) -> Floats:
        """The correlations that were asked for, smoothed where they cannot occur together, which is told.

        Raises
        ------
        ResearchError
        """
        self._require_pairs()
        matrix, was_smoothed = self._smoothed
        if was_smoothed:
            warnings.warn(SmoothedWarning("", name=self.name), stacklevel=2)
        return matrix

    @property
    def is_smoothed(self) -> bool:
        """Whether the correlations that were asked for cannot occur together; ResearchError where there are none."""
        return self._smoothed[1]

    @cached_property
    def _smoothed(self) -> tuple[Floats, bool]:
        raw = self.polychoric.matrix if self.kind == "polychoric" else self.ratings.corr().to_numpy()
        return smoothed(raw)

    def parallel(self, resampling: Resampling) -> ParallelAnalysis:
        """The parallel analysis; ResearchError where there are no correlations."""
        _ = self.correlations
        return parallel_analysis(self.ratings, self.kind, resampling)

    def factors(self, number: int) -> Factors:
        """So many factors.

        Raises
        ------
        TooManyFactorsError
            If the correlations cannot tell so many apart.
        ResearchError
        """
        matrix = self.correlations
        if degrees_of(len(matrix), number) < 0:
            raise TooManyFactorsError("", factors=number, items=len(matrix))
        found = minimum_residuals(matrix, number)
        if not found.settled:
            warnings.warn(NotConvergedWarning("", name=f"{self.name}, {number}", iterations=MOST_ROUNDS), stacklevel=2)
        return found

    def turned(self, found: Factors, rotation: Rotation) -> Rotated:
        """The factors rotated; NotConvergedError where the rotation does not settle."""
        turned = rotated(found, rotation)
        if not turned.settled:
            raise NotConvergedError("", name=rotation, iterations=MOST_ROUNDS)
        return turned

    @cached_property
    def scalability(self) -> Scalability:
        """Mokken's H, of the people rated on every item."""
        return scalability(self.complete)

    @cached_property
    def violations(self) -> list[int]:
        """Where a higher rest score goes with a lower level."""
        return monotonicity_violations(self.complete)

    @cached_property
    def model(self) -> GradedResponse:
        """The graded response model, fitted to everybody.

        Raises
        ------
        TooFewItemsError, NotConvergedError
        """
        if isinstance(self._model_or_reason, ResearchError):
            raise self._model_or_reason
        return self._model_or_reason

    @cached_property
    def _model_or_reason(self) -> GradedResponse | ResearchError:
        """Kept also where it did not settle: it takes long to find that out."""
        return attempt(self._fitted)

    def _fitted(self) -> GradedResponse:
        self._require_items("reported_trait_items")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotConvergedWarning)
            warnings.simplefilter("ignore", UnratedWarning)
            model = GradedResponse().fit(self.ratings)
        if not model.converged_:
            raise NotConvergedError("", name=self.name, iterations=model.n_iter_)
        return model

    @cached_property
    def residuals(self) -> Floats:
        """Yen's Q3, of the people rated on every item."""
        return residual_correlations(self.model, self.complete)

    @cached_property
    def fits(self) -> list[ItemFit]:
        """S-X2 of each item, of the people rated on every item."""
        return item_fit(self.model, self.complete)

    @cached_property
    def _alike_with(self) -> tuple[str, str] | None:
        """An item on which those who were rated on another one too are all alike, and the other."""
        for other in self.ratings:
            among = self.ratings[self.ratings[other].notna()].nunique()
            if (among < 2).any():
                return str(among.idxmin()), str(other)
        return None

    def _require_items(self, name: str) -> None:
        if self.ratings.shape[1] < (needed := limits().whole(name)):
            raise TooFewItemsError("", items=self.ratings.shape[1], needed=needed)

    def _require_pairs(self) -> None:
        self._require_items("trait_items")
        if self.fewest < (needed := limits().whole("scale_persons")):
            raise TooFewRowsError("", n=self.fewest, needed=needed)
        if (alike := self._alike_with) is not None:
            raise AlikeInPairError("", name=alike[0], other=alike[1])


def attempt(compute: Callable[[], T]) -> T | ResearchError:
    """What is computed, or the reason why it cannot be."""
    try:
        return compute()
    except ResearchError as error:
        return error
