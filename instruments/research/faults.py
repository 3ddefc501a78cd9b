"""What can be wrong with data that a statistic is asked of: named errors and warnings that say what to do.

Both carry an `instruments.faults.Fault`, so that the command line and a notebook say the same sentence. An error means
that there is no figure; a warning stands beside a figure that must be read with care.
"""

from typing import ClassVar

from instruments.faults import Fault, InputError


class ResearchError(InputError):
    """There is no such figure for these data.

    Parameters
    ----------
    where : str
        What it is about: an outcome, an item, a group; empty for the data as a whole.
    **parameters
        What the sentence ``fault.<code>`` needs.
    """

    code: ClassVar[str]

    def __init__(self, where: str = "", **parameters: object) -> None:
        super().__init__([Fault(self.code, where, parameters)])

    @property
    def fault(self) -> Fault:
        """The fault, as the warnings have it."""
        return self.faults[0]


class ConstantOutcomeError(ResearchError):
    """Everybody has the same outcome, so that nothing can tell people apart."""

    code = "constant-outcome"


class NobodyLeftError(ResearchError):
    """Nobody has both the outcome and the score that it is held against."""

    code = "nobody-left"


class TooFewEventsError(ResearchError):
    """Fewer events than the parameters need."""

    code = "too-few-events"


class TooFewRowsError(ResearchError):
    """Fewer rows than the figure needs."""

    code = "too-few-rows"


class SingleRaterError(ResearchError):
    """Agreement was asked of data in which nobody was rated by two."""

    code = "single-rater"


class FacetsConfoundedError(ResearchError):
    """Two facets of a design go together, so that nobody can tell which of them makes ratings differ."""

    code = "facets-confounded"


class NoVariationError(ResearchError):
    """Every rating is the same, where the figure rests on how they differ."""

    code = "no-variation"


class NothingLeftToChanceError(ResearchError):
    """Ratings follow so exactly from what the model has of levels that nothing is left to tell chance by."""

    code = "nothing-left-to-chance"


class NotConvergedError(ResearchError):
    """An estimation did not settle."""

    code = "not-converged"


class UnknownColumnError(ResearchError):
    """An outcome, group or item was asked for that the data do not have."""

    code = "unknown-research-column"


class ResearchWarning(UserWarning):
    """A figure must be read with care.

    Parameters
    ----------
    where, **parameters
        As for `ResearchError`.
    """

    code: ClassVar[str]

    def __init__(self, where: str = "", **parameters: object) -> None:
        self.fault = Fault(self.code, where, parameters)
        super().__init__(str(self.fault))


class AllMissingItemWarning(ResearchWarning):
    """Nobody was rated on an item; it is left out."""

    code = "item-all-missing"


class OneLevelWarning(ResearchWarning):
    """Everybody was rated alike on an item; it tells nobody apart."""

    code = "item-one-level"


class DuplicatePersonWarning(ResearchWarning):
    """The same person stands in several rows, which are not independent."""

    code = "duplicate-persons"


class DroppedRowsWarning(ResearchWarning):
    """Rows were left out because something in them is blank."""

    code = "rows-left-out"


class ConstantOutcomeWarning(ResearchWarning):
    """An outcome of the data is the same for everybody."""

    code = "constant-outcome"


class NotRatedTwiceWarning(ResearchWarning):
    """Nobody was rated by two, so that nothing is told of agreement."""

    code = "single-rater"


class TooFewItemsError(ResearchError):
    """Fewer items that tell people apart than the model needs."""

    code = "too-few-items"


class OffScaleError(ResearchError):
    """A code that did not occur in the data that the model was fitted on."""

    code = "level-not-seen"


class UnratedWarning(ResearchWarning):
    """People of whom no item was rated have no place on the trait."""

    code = "persons-unrated"


class NotConvergedWarning(ResearchWarning):
    """An estimation did not settle, and what it gives is not to be trusted."""

    code = "not-converged"


class NoCutWarning(ResearchWarning):
    """Nothing says from where a score points to the outcome, so that nothing is told of errors."""

    code = "no-cut"


class OtherSheetsWarning(ResearchWarning):
    """An Excel file has further sheets with something in them, which were not read."""

    code = "other-sheets"


class LabelWarning(ResearchWarning):
    """A label in an SPSS or Stata file says something else of a code than the mapping does."""

    code = "label-contradicts"


class LabelOrderWarning(ResearchWarning):
    """The labels of an SPSS or Stata file run the other way than the levels that the mapping counts."""

    code = "labels-run-backwards"


class SmallGroupsWarning(ResearchWarning):
    """Group values that few have were joined before anything was published of them."""

    code = "small-groups-joined"


class SmallCrossingsWarning(ResearchWarning):
    """Intersections with a small part were left out whole of what is published."""

    code = "small-crossings"


class UntoldCutWarning(ResearchWarning):
    """What is published leaves out errors by group at a cut beside which so few lie that they could be recognised."""

    code = "cut-untold"


class TooManyLevelsError(ResearchError):
    """An item has so many levels that polychoric correlations are not taken of it."""

    code = "too-many-levels"


class AlikeInPairError(ResearchError):
    """Those who were rated on two items are all alike on one of them, so that the two have no correlation."""

    code = "alike-in-pair"


class TooManyFactorsError(ResearchError):
    """More factors than the correlations of so few items can tell apart."""

    code = "too-many-factors"


class EndlessCorrelationWarning(ResearchWarning):
    """The polychoric correlation of two items goes to -1 or 1, and has no interval."""

    code = "correlation-endless"


class SmoothedWarning(ResearchWarning):
    """Correlations of different people that cannot occur together were smoothed."""

    code = "correlations-smoothed"
