"""What a place does: count by the plan, look for whatever tells of few, also beside what it sent before, and sign."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from instruments.faults import Fault, InputError
from instruments.research.datasets.dataset import Dataset
from instruments.research.pooling.counting import count
from instruments.research.pooling.guarding import faults_beside, faults_of_few, faults_of_nobody
from instruments.research.pooling.plan import PoolingPlan, is_name
from instruments.research.pooling.sums import Sums


def make_sums(
    dataset: Dataset,
    plan: PoolingPlan,
    *,
    place: str,
    made_on: date,
    key: bytes,
    left_out: Iterable[str] = (),
    earlier: Mapping[str, Sums] = MappingProxyType({}),
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
    earlier : mapping of str to Sums
        Every file that the place has sent before, by the name that messages call it by; all of this plan.

    Raises
    ------
    InputError
        With everything that would tell of few, by the part of the plan; nothing is rounded or left out in silence.
        Or if an earlier file is of another plan, which would cut the same persons otherwise.
    """
    names = tuple(dict.fromkeys(left_out))
    if unknown := [name for name in names if name not in plan.part_names]:
        raise InputError(Fault("sums-unknown-part", "", {"name": name, "known": plan.part_names}) for name in unknown)
    if plan.fixed_on > made_on:
        days = {"fixed_on": plan.fixed_on.isoformat(), "on": made_on.isoformat()}
        raise InputError([Fault("plan-after-analysis", "", days)])
    if not is_name(place):
        raise InputError([Fault("sums-place-name", "", {})])
    asked = plan.without(names)
    if not asked.part_names:
        raise InputError([Fault("plan-of-nothing", "", {})])
    counted = count(dataset, asked)
    faults = list(faults_of_nobody(counted.parts)) or list(faults_of_few(counted.parts, asked, counted))
    for name, each in earlier.items():
        faults += [fault.under(f"{name}: ") for fault in faults_beside(each, counted, plan, names)]
    if faults:
        raise InputError(faults)
    made = Sums(place=place, made_on=made_on, plan=plan, plan_sha256=plan.sha256, left_out=names, parts=counted.parts)
    return made.signed_with(key)
