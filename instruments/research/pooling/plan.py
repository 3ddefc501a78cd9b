"""The plan of a study over several places: levels and bins that are fixed before anyone sends anything.

What a place tells is counts by the plan's levels and nothing else, so that nobody can choose bins after having seen the
data. The digest of the plan stands in every file; files of different plans are not pooled.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from instruments.loading import CrossFault, Place, load
from instruments.research.plans.fixed import FixedPlan

#: No character that is not seen: a name with one looks like another, or turns the line around. (Text that is read has
#: no surrogates.)
Name = Annotated[str, Field(pattern=r"^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,80}$")]
Number = Annotated[StrictInt, Field(ge=-(10**15), le=10**15)] | Annotated[float, Field(allow_inf_nan=False)]
Chance = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Code = Annotated[StrictInt, Field(ge=0, le=1000)]


class FrozenPart(BaseModel):
    """A part of a file: it is not changed once it is read, and knows its own keys only."""

    model_config = ConfigDict(frozen=True, extra="forbid")


#: What a plan cannot ask for, since no sums of places make it, and the code of the reason.
NOT_POOLED = {
    "person_bootstrap": "not-pooled-bootstrap",
    "cluster_robust": "not-pooled-clusters",
    "unbalanced_two_way": "not-pooled-two-way",
    "graded_response": "not-pooled-graded-response",
    "censored_area": "not-pooled-censored-area",
    "continuous_predictions": "not-pooled-continuous",
}


def _refuse(value: object, info: ValidationInfo) -> object:
    raise PydanticCustomError(NOT_POOLED[str(info.field_name)], "no sums make this figure")


NotPooled = Annotated[Any, BeforeValidator(_refuse), Field(exclude=True)]


class PoolingPlan(FixedPlan):
    """What every place counts.

    Parameters
    ----------
    instrument : str
        ``id@version`` of the definition by which the items are read.
    outcome, score : str, optional
        By the mapping's names and those of `instruments.research.datasets.scores.scores_of`.
    levels : tuple of numbers
        Where each level of the score begins, ascending; a score below the first one is refused.
    probabilities : tuple of float
        A prediction for each level, fixed beforehand: a frozen function of the level. There may be none.
    groups : mapping of str to tuple of str
        By column, the values that are told; everybody else is one more group.
    raters : tuple of str
        The raters who rate everybody, by the same names everywhere; none where raters differ from person to person.
    agreement : mapping of str to tuple of int
        By item (or ``reoffending_risk``), the codes at which its levels begin, from 0.
    consistency : mapping of str to tuple of str
        By name, the items of a set.
    intraclass : tuple of str
        Scores whose intraclass correlation is told.

    Notes
    -----
    The other fields are what no sums make (`NOT_POOLED`): a plan that asks for one is refused with the reason.

    Examples
    --------
    >>> from datetime import date
    >>> plan = PoolingPlan(
    ...     title="Four municipalities",
    ...     responsible="Ada Berg",
    ...     fixed_on=date(2026, 11, 29),
    ...     instrument="youth_spj@1.0",
    ...     outcome="again",
    ...     score="risk_total",
    ...     levels=(0, 4, 8),
    ...     groups={"sex": ("female",)},
    ... )
    >>> plan.part_names
    ['outcome', 'groups.sex']
    >>> plan.without(["groups.sex"]).sha256 == plan.sha256
    False
    """

    title: Name
    responsible: Name
    instrument: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_/]*@[0-9]+(\.[0-9]+)*$")]
    outcome: Name | None = None
    score: Name | None = None
    levels: tuple[Number, ...] = ()
    probabilities: tuple[Chance, ...] = ()
    groups: Mapping[Name, Annotated[tuple[Name, ...], Field(min_length=1)]] = Field(default_factory=dict)
    raters: tuple[Name, ...] = ()
    agreement: Mapping[Name, Annotated[tuple[Code, ...], Field(min_length=2)]] = Field(default_factory=dict)
    consistency: Mapping[Name, Annotated[tuple[Name, ...], Field(min_length=2)]] = Field(default_factory=dict)
    intraclass: tuple[Name, ...] = ()
    person_bootstrap: NotPooled = None
    cluster_robust: NotPooled = None
    unbalanced_two_way: NotPooled = None
    graded_response: NotPooled = None
    censored_area: NotPooled = None
    continuous_predictions: NotPooled = None

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts; see `instruments.loading.load`."""
        if not isinstance(data, Mapping):
            return
        given = [name for name in ("outcome", "score", "levels") if data.get(name)]
        if 0 < len(given) < 3 or (data.get("groups") and not given):
            yield (), "plan-half-an-outcome", {}
        if not given and not any(data.get(name) for name in ("agreement", "consistency", "intraclass")):
            yield (), "plan-of-nothing", {}
        levels, chances = _listed(data.get("levels")), _listed(data.get("probabilities"))
        if levels and (len(levels) < 2 or not _rises(levels)):
            yield ("levels",), "plan-levels-unordered", {}
        if chances and len(chances) != len(levels):
            yield ("probabilities",), "plan-probabilities-differ", {"levels": len(levels), "given": len(chances)}
        agreement = data.get("agreement")
        for name, starts in agreement.items() if isinstance(agreement, Mapping) else ():
            if not _rises(_listed(starts)) or _listed(starts)[:1] != [0]:
                yield ("agreement", name), "plan-levels-unordered", {}
        if len(_listed(data.get("raters"))) == 1:
            yield ("raters",), "plan-one-rater", {}
        yield from _repeated(data)

    @property
    def part_names(self) -> list[str]:
        """Every part that can be left out by itself: ``outcome``, ``groups.<column>``, ``agreement.<item>``, ..."""
        names = ["outcome"] if self.outcome else []
        for section in ("groups", "agreement", "consistency", "intraclass"):
            names += [f"{section}.{name}" for name in getattr(self, section)]
        return names

    def without(self, names: Iterable[str]) -> "PoolingPlan":
        """The plan without some of its `part_names`; groups go with the outcome."""
        left_out = set(names)
        parts: dict[str, Any] = {
            section: {
                name: each for name, each in getattr(self, section).items() if f"{section}.{name}" not in left_out
            }
            for section in ("groups", "agreement", "consistency")
        }
        parts["intraclass"] = tuple(each for each in self.intraclass if f"intraclass.{each}" not in left_out)
        if "outcome" in left_out:
            parts |= {"outcome": None, "score": None, "levels": (), "probabilities": (), "groups": {}}
        return self.model_copy(update=parts)


def is_name(text: str) -> bool:
    """Whether a text can stand as a name in a plan or a file of sums."""
    try:
        TypeAdapter(Name).validate_python(text)
    except ValidationError:
        return False
    return True


def read_plan(path: Path) -> PoolingPlan:
    """Read a plan.

    Raises
    ------
    InputError
        With every fault of the file and its line; what sums cannot make is refused with the reason.
    """
    return load(path, PoolingPlan)[0]


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else []


def _rises(numbers: list[Any]) -> bool:
    are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)
    return not are_numbers or all(one < other for one, other in pairwise(numbers))


def _repeated(data: Mapping[str, Any]) -> Iterator[CrossFault]:
    """Names that stand twice in a list would count persons twice."""
    lists: list[tuple[Place, Any]] = [((name,), data.get(name)) for name in ("raters", "intraclass")]
    for section in ("groups", "consistency"):
        parts = data.get(section)
        lists += [((section, name), each) for name, each in parts.items()] if isinstance(parts, Mapping) else []
    for place, listed in lists:
        names = [str(each) for each in _listed(listed)]
        for name in {each for each in names if names.count(each) > 1}:
            yield place, "plan-name-twice", {"name": name}
