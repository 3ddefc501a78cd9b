"""Two ratings of the same material, with the same facts: what decision reliability is worked out from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from screening.batch.coded_rows import CodedRows

Places = NDArray[np.intp]
#: Two raters of the same material, or one rater who rated a person again later.
Kind = Literal["two_raters", "same_rater_again"]


@dataclass(frozen=True)
class RatingPairs:
    """Pairs of ratings of the same person. What the case says apart from the rating is the same on both sides.

    Parameters
    ----------
    first, second : CodedRows
        Row by row the two ratings of a pair. The professional's summary rating belongs to the rating.
    persons : int array, shape (pairs,)
        A number for each person. Several pairs of one person are not independent.
    unequal : int
        Pairs that were left out, because both ratings state a fact and they state it differently.
    """

    first: CodedRows
    second: CodedRows
    persons: Places
    unequal: int

    def __len__(self) -> int:
        return len(self.persons)
