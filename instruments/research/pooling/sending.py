"""What a place does: count by the plan, look for whatever tells of few, also beside what it sent before, and sign."""

from collections.abc import Iterable, Iterator
from datetime import date

from instruments.faults import Fault, InputError
from instruments.research.dataset import Dataset
from instruments.research.limits import limits
from instruments.research.pooling.company import Counted
from instruments.research.pooling.counting import count, levels_of
from instruments.research.pooling.guarding import faults_between, faults_of_company, faults_of_few
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.sums import Sums
from instruments.research.scores import find_score
from instruments.research.splitting import first_ratings


def make_sums(
    dataset: Dataset,
    plan: PoolingPlan,
    *,
    place: str,
    made_on: date,
    key: bytes,
    left_out: Iterable[str] = (),
    earlier: Iterable[Sums] = (),
) -> Sums:
    """The signed sums of one place.

    Parameters
    ----------
    dataset : Dataset
        Each person is in it once for each rater.
    plan : PoolingPlan
    place : str
        Where the persons are from, in words.
    made_on : date
    key : bytes
        The private key of the place; 32 bytes.
    left_out : iterable of str
        Parts of the plan (`PoolingPlan.part_names`) that the place does not tell.
    earlier : iterable of Sums
        Every file that the place has sent before, of this plan or another.

    Raises
    ------
    InputError
        With everything that would tell of few, by the part of the plan; nothing is rounded or left out in silence.
    """
    names = tuple(dict.fromkeys(left_out))
    if unknown := [name for name in names if name not in plan.part_names]:
        raise InputError(Fault("sums-unknown-part", "", {"name": name, "known": plan.part_names}) for name in unknown)
    if plan.fixed_on > made_on:
        days = {"fixed_on": plan.fixed_on.isoformat(), "on": made_on.isoformat()}
        raise InputError([Fault("plan-after-analysis", "", days)])
    asked = plan.without(names)
    if not asked.part_names:
        raise InputError([Fault("plan-of-nothing", "", {})])
    counted = count(dataset, asked)
    faults = list(faults_of_few(counted.parts, asked, counted))
    for each in earlier:
        faults += _faults_beside(each, dataset, asked, counted)
    if faults:
        raise InputError(_by_place(faults))
    made = Sums(place=place, made_on=made_on, plan=plan, plan_sha256=plan.sha256, left_out=names, parts=counted.parts)
    return made.signed_with(key)


def _by_place(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Each fault of a place once, whichever of the earlier files it came from."""
    seen: set[tuple[str, str]] = set()
    for fault in faults:
        if (fault.code, fault.where) not in seen:
            seen.add((fault.code, fault.where))
            yield fault


def _faults_beside(earlier: Sums, dataset: Dataset, plan: PoolingPlan, counted: Counted) -> Iterator[Fault]:
    """What whoever has an earlier file could work out from both."""
    before = earlier.plan.without(earlier.left_out)
    recounted = count(dataset, before)
    yield from faults_between(earlier.parts, recounted.parts, before)
    if before == plan:
        return
    both = _joined(before, plan)
    yield from faults_of_few(count(dataset, both).parts, both)
    marked = {f"{part} ({earlier.made_on})": persons for part, persons in recounted.persons.items()}
    levels = {
        item: [*counted.levels.get(item, ()), *recounted.levels.get(item, ())]
        for item in (*counted.levels, *recounted.levels)
    }
    yield from faults_of_company({**counted.persons, **marked}, levels)
    if before.outcome and plan.outcome and before.outcome != plan.outcome:
        yield from _faults_of_outcomes(dataset, before, plan)


def _joined(one: PoolingPlan, other: PoolingPlan) -> PoolingPlan:
    """One plan with the levels, groups and parts of both: what follows from two files of the same persons."""
    parts: dict[str, object] = {}
    if one.score and one.score == other.score:
        parts["levels"] = tuple(sorted({*one.levels, *other.levels}))
    parts["groups"] = {
        name: tuple(dict.fromkeys((*one.groups.get(name, ()), *other.groups.get(name, ()))))
        for name in (*one.groups, *other.groups)
    }
    parts["agreement"] = {
        name: tuple(sorted({*one.agreement.get(name, ()), *other.agreement.get(name, ())}))
        for name in (*one.agreement, *other.agreement)
    }
    if not other.outcome:
        parts |= {name: getattr(one, name) for name in ("outcome", "score", "levels")}
    parts["consistency"] = {**{f"{name} ": each for name, each in one.consistency.items()}, **other.consistency}
    parts["intraclass"] = tuple(dict.fromkeys((*one.intraclass, *other.intraclass)))
    parts["raters"] = other.raters or one.raters
    return other.model_copy(update={**parts, "probabilities": ()})


def _faults_of_outcomes(dataset: Dataset, one: PoolingPlan, other: PoolingPlan) -> Iterator[Fault]:
    """Two outcomes by the same levels: who has the one and not the other must not be few."""
    least = limits().whole("small_count")
    first = first_ratings(dataset)
    happened = first.outcomes[[str(one.outcome), str(other.outcome)]].astype("str")
    if one.score == other.score:
        levels = other.model_copy(update={"levels": tuple(sorted({*one.levels, *other.levels}))})
        score = find_score(first, str(one.score))
        known = score.notna()
        happened = happened[known].assign(level=levels_of(score[known], levels))
    if (happened.value_counts() < least).any():
        yield Fault("sums-of-few", f"{one.outcome} × {other.outcome}", {"least": least})
