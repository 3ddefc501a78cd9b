"""What is told of a person by the mean of several ratings: coefficients, and how many raters are enough.

The coefficients are those of Brennan (2001, section 4.1): of generalizability where people are put in order by the same
raters, of dependability where a rating stands for itself. Raters and occasions are random, in a study to come as in the
one that was made; items are either a sample of items like them or the very items that are to be used.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from instruments.research.estimation.roc import Floats
from instruments.research.generalizability.designs import ITEM, OCCASION, PERSON, RATER, Design, Effect


@dataclass(frozen=True)
class Plan:
    """Ratings as they would be gathered.

    Parameters
    ----------
    raters, occasions : int
        How many rate each person, and how often.
    items : int
        How many items there are.
    fixes_items : bool
        Whether these are the very items that are to be used, and not a sample of items like them.
    """

    raters: int = 1
    occasions: int = 1
    items: int = 1
    fixes_items: bool = False

    def parts(self, design: Design, components: Mapping[Effect, float] | Mapping[Effect, Floats]) -> "Parts":
        """What of the variance of a mean is the persons', and what is error.

        Parameters
        ----------
        design : Design
        components : dict of frozenset to float or float64 array
        """
        numbers = {RATER: self.raters, OCCASION: self.occasions, ITEM: self.items}
        kept = {PERSON, ITEM} if self.fixes_items else {PERSON}
        none = np.zeros_like(components[design.residual])
        parts = dict.fromkeys(("universe", "relative", "absolute", "of_raters"), none)
        for effect, variance in components.items():
            share = np.asarray(variance) / float(np.prod([numbers[letter] for letter in effect - {PERSON}]))
            if effect <= kept:
                if PERSON in effect:  # of items alone: the same for everybody, where items are fixed
                    parts["universe"] = parts["universe"] + share
                continue
            parts["absolute"] = parts["absolute"] + share
            if PERSON in effect:
                parts["relative"] = parts["relative"] + share
            if RATER in effect:
                parts["of_raters"] = parts["of_raters"] + share
        return Parts(**parts)


@dataclass(frozen=True)
class Parts:
    """The variance of a mean of ratings, in parts.

    Parameters
    ----------
    universe : float64 array
        Of the scores that people would have by all raters, on all occasions.
    relative, absolute : float64 array
        Of the errors of differences between people, and of a rating by itself.
    of_raters : float64 array
        What of the absolute error more raters make smaller.
    """

    universe: Floats
    relative: Floats
    absolute: Floats
    of_raters: Floats

    @property
    def generalizability(self) -> Floats:
        """The share of the persons' in the variance of differences; NaN where there is none of either."""
        return _share(self.universe, self.relative)

    @property
    def dependability(self) -> Floats:
        """The share of the persons' in the variance of ratings by themselves; NaN where there is none of either."""
        return _share(self.universe, self.absolute)

    def raters_for(self, wanted: float) -> Floats:
        """How many raters make the dependability reach what is wanted, before it is rounded up.

        Infinity where no number does.

        Parameters
        ----------
        wanted : float
            Between 0 and 1. The parts are those of a plan with one rater.
        """
        room = self.universe * (1 - wanted) / wanted - (self.absolute - self.of_raters)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(room > 0, self.of_raters / room, np.inf)


def _share(part: Floats, rest: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(np.divide(part, part + rest), 0, 1)
