"""A plan of an analysis, written down and dated before the data are looked at.

Whoever chooses the cut, the score or the groups after having seen the figures can find what they look for. A plan says
what was to be done; its digest on a card shows that it was not changed afterwards, where somebody else has kept the
digest since. What departs from a plan is not forbidden. It is told.

References
----------
Riley, R. D. et al. (2024). Evaluation of clinical prediction models (part 2). BMJ 384, e074820.
Collins, G. S. et al. (2024). TRIPOD+AI statement. BMJ 385, e078378, items 18c and 18d: protocol and registration.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictInt

from instruments.faults import Fault
from instruments.loading import load
from instruments.research.plans.fixed import FixedPlan, Line

Name = Annotated[str, Field(min_length=1, max_length=80)]
Number = StrictInt | Annotated[float, Field(allow_inf_nan=False)]


class Plan(FixedPlan):
    """What is to be done with data that have not been looked at. What it leaves open can be chosen, and is then told.

    Parameters
    ----------
    hypotheses : tuple of str
        What is expected, in words; one at least.
    outcome : str
        By the name that a mapping gives it.
    scores : tuple of str
        What is held against it, the most important first.
    cut : number, optional
        From where on a score points to the outcome.
    groups : tuple of str
        Columns whose groups are compared.
    seed, draws, folds : int, optional
        Of what is drawn at random.
    """

    hypotheses: Annotated[tuple[Line, ...], Field(min_length=1)]
    outcome: Name
    scores: tuple[Name, ...] = ()
    cut: Number | None = None
    groups: tuple[Name, ...] = ()
    seed: Annotated[StrictInt, Field(ge=0)] | None = None
    draws: Annotated[StrictInt, Field(ge=0)] | None = None
    folds: Annotated[StrictInt, Field(ge=2)] | None = None

    @property
    def fixed(self) -> dict[str, Any]:
        """What the plan fixes, by the names of `_PARTS`; what it leaves open is not there."""
        return {name: value for name in _PARTS if (value := getattr(self, name)) not in (None, ())}


#: What an analysis can do otherwise than planned.
_PARTS = ("outcome", "scores", "cut", "groups", "seed", "draws", "folds")
#: Of these, what somebody who has seen the figures can choose so that they come out otherwise.
_TELLING = ("outcome", "scores", "cut", "groups", "seed")


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    InputError
        With every fault of the file and its line.
    """
    return load(path, Plan)[0]


def departures(plan: Plan, abouts: Iterable[Mapping[str, Any]], on: date | None = None) -> list[Fault]:
    """What was done otherwise than a plan says, and what was chosen that it leaves open: each part once.

    Parameters
    ----------
    plan : Plan
    abouts : iterable of Mapping
        What reports say of themselves (`Report.about`). A part that none of them tells was not used.
    on : date, optional
        The day of the analysis; a plan that was fixed later than that was not fixed before it.

    Examples
    --------
    >>> said = {"title": "Study", "responsible": "Ada Berg", "hypotheses": ("The area exceeds 0.6.",)}
    >>> plan = Plan(**said, fixed_on=date(2026, 11, 1), outcome="again", seed=1)
    >>> [fault.code for fault in departures(plan, [{"outcome": "again", "seed": 2, "cut": 7}])]
    ['plan-left-open', 'plan-departed']
    """
    found = []
    if on is not None and plan.fixed_on > on:
        found.append(Fault("plan-after-analysis", "", {"fixed_on": plan.fixed_on.isoformat(), "on": on.isoformat()}))
    planned, chosen = plan.fixed, _chosen(abouts)
    for name, values in chosen.items():
        if name in planned:
            others = [value for value in values if not _is_as_planned(name, planned[name], value)]
            told = {"part": name, "planned": _words(planned[name]), "used": _words(*others)}
            found += [Fault("plan-departed", "", told)] if others else []
        elif name in _TELLING and (taken := [value for value in values if value not in (None, ())]):
            found.append(Fault("plan-left-open", "", {"part": name, "used": _words(*taken)}))
    return found


def _chosen(abouts: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """What was done by each part, every different thing once, in the order of the parts."""
    chosen: dict[str, list[Any]] = {name: [] for name in _PARTS}
    for about in abouts:
        for name, used in _used(about):
            chosen[name] += [] if used in chosen[name] else [used]
    return chosen


def _used(about: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _PARTS:
        if name in about:
            yield name, tuple(about[name]) if isinstance(about[name], list) else about[name]
    if "score" in about and "scores" not in about:
        yield "scores", (about["score"],)


def _is_as_planned(name: str, planned: Any, used: Any) -> bool:
    """Whether what was used is what was planned; one of several planned scores is, and groups have no order."""
    if name == "groups":
        return set(planned) == set(used)
    if name == "scores" and len(used) == 1:
        return used[0] in planned
    return bool(planned == used)


def _words(*values: Any) -> str:
    """Some values in words, each once."""
    parts = [part for value in values for part in ((value or (None,)) if isinstance(value, tuple) else (value,))]
    told = ("–" if part is None else f"{part:g}" if isinstance(part, float) else str(part) for part in parts)
    return ", ".join(dict.fromkeys(told))
