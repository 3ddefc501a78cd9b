"""What a card tells in the place of a report that cannot be made of its data: why not."""

from collections.abc import Callable, Mapping
from typing import Any

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.figures.builders import insufficient, section
from instruments.research.figures.figure import Report, Row

#: By report: the section that would have held its first figures, and some of these.
_FIRST: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "validity": ("areas", ("auc",)),
    "calibrate": ("calibration", ("in_the_large", "slope")),
    "sample_size": ("sample_size", ("persons_needed",)),
    "fairness": ("base_rates", ("base_rate",)),
    "overrides": ("override_rates", ("share",)),
}


def made_or_why_not(
    name: str, make: Callable[[], Report], *, dataset: Dataset, outcome: str, score: str, about: Mapping[str, Any]
) -> Report:
    """A report, or one that says why there is none: too few, nobody apart, everybody alike.

    Parameters
    ----------
    name : str
        Of the report.
    make : function
        Makes it.
    outcome, score : str
        That it is about, and by which the reason calls them.
    about : Mapping
        What was asked for besides, such as the cut.
    """
    try:
        return make()
    except InputError as error:
        names, (part, figures) = {"outcome": outcome, "score": score}, _FIRST[name]
        reason = InputError([_called(error.faults[0], names)])
        row = Row((score,), insufficient(figures, reason, len(dataset)))
        told = {**dataset.about(), **names, **about}
        return Report(name, told, (section(part, ("score",), (row,)),))


def _called(fault: Fault, names: Mapping[str, str]) -> Fault:
    """A fault that calls outcome and score by their names, where a function that had none called them so."""

    def called(value: Any) -> Any:
        if isinstance(value, list):
            return [called(each) for each in value]
        return names.get(value, value) if isinstance(value, str) else value

    return Fault(fault.code, called(fault.where), {key: called(each) for key, each in fault.parameters.items()})
