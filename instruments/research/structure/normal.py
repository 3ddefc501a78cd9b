"""The normal distribution of two variables, for many pairs at once."""

import numpy as np
from scipy.special import ndtr, owens_t

from instruments.research.estimation.roc import Floats

#: What is nearer to zero is taken to be this, so that its sign is one and nothing overflows.
_NEARLY_ZERO = 1e-20
_NEARLY_ONE = 1 - 1e-12


def both_below(first: Floats, second: Floats, correlation: Floats) -> Floats:
    """The chance that two standard normal variables are below two finite values, by Owen's function.

    References
    ----------
    Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of Mathematical Statistics 27.

    Examples
    --------
    >>> float(both_below(np.array(0.0), np.array(0.0), np.array(0.5))).__round__(6)
    0.333333
    """
    one = np.where(np.abs(first) < _NEARLY_ZERO, _NEARLY_ZERO, first)
    other = np.where(np.abs(second) < _NEARLY_ZERO, _NEARLY_ZERO, second)
    bound = np.clip(correlation, -_NEARLY_ONE, _NEARLY_ONE)
    left = np.sqrt(1 - bound**2)
    of_one = owens_t(one, (other - bound * one) / (one * left))
    of_other = owens_t(other, (one - bound * other) / (other * left))
    halves = (ndtr(one) + ndtr(other) - (one * other < 0)) / 2
    return np.asarray(np.clip(halves - of_one - of_other, 0, 1))


def joint_density(first: Floats, second: Floats, correlation: Floats) -> Floats:
    """The density of two standard normal variables: how the chance below changes with their correlation."""
    left = 1 - correlation**2
    distance = first**2 - 2 * correlation * first * second + second**2
    return np.asarray(np.exp(-distance / (2 * left)) / (2 * np.pi * np.sqrt(left)))


def density(value: Floats) -> Floats:
    """The density of a standard normal variable; 0 where the value is infinite."""
    return np.asarray(np.exp(-(value**2) / 2) / np.sqrt(2 * np.pi))


def below_given(second: Floats, first: Floats, correlation: Floats) -> Floats:
    """The chance that the second variable is below its value where the first is at its own."""
    return np.asarray(ndtr((second - correlation * first) / np.sqrt(1 - correlation**2)))
