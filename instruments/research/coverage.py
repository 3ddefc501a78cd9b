"""How often each kind of interval holds the true value, as simulations found it.

The table stands in ``coverage.yaml``; `tests.instruments.research.simulating` makes it. It holds the share of simulated
samples, of those that had an interval at all, whose interval held the true value. Where 95 % was promised and much less
was reached, the figure says so.
"""

from datetime import date
from functools import cache
from math import log
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from instruments.loading import load
from instruments.research.limits import limits

PATH = Path(__file__).parent / "coverage.yaml"
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Setting(_Part):
    """What was reached in one kind of data.

    Parameters
    ----------
    figure, method : str
        As a `Figure` has them.
    setting : str
        Key of what the data were like; words under ``label.<setting>``.
    n : int
        Persons in each sample.
    simulations : int
    given : int
        Samples that had an interval.
    reached : float
        Share of these whose interval held the true value; of a test, share in which it rejected what was true.
    """

    figure: str
    method: str
    setting: str
    n: Annotated[int, Field(gt=0)]
    simulations: Annotated[int, Field(ge=2000)]
    given: Annotated[int, Field(ge=0)]
    reached: Share


class Coverage(_Part):
    """The table.

    Parameters
    ----------
    made_on : date
    seed : int
    promised : float
        What every interval promised; tests promise that they reject a truth in the rest.
    intervals, tests : tuple of Setting
    """

    made_on: date
    seed: int
    promised: Share
    intervals: tuple[Setting, ...]
    tests: tuple[Setting, ...]


@cache
def coverage() -> Coverage:
    """The table that ships with Underlag."""
    return load(PATH, Coverage)[0]


@cache
def is_weak(figure: str, method: str, n: int) -> bool:
    """Whether so few persons made such an interval hold the true value too seldom in some simulation.

    The simulations that count are those of the number of persons that is nearest by ratio. A figure that goes by
    another name, such as the area of a group, is known by its method.
    """
    alike = [each for each in coverage().intervals if each.method == method and each.given]
    own = [each for each in alike if each.figure == figure] or alike
    if not own or n < 1:
        return False
    nearest = min({each.n for each in own}, key=lambda size: abs(log(size / n)))
    return min(each.reached for each in own if each.n == nearest) < limits().coverage.value
