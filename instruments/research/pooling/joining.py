"""Files of several places together: who signed them, whether they belong together, and their sums added up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from instruments.faults import Fault, InputError
from instruments.research.pooling.guarding import (
    faults_of_few,
    faults_of_sums,
    is_nearly_the_same,
    persons_of_parts,
)
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.sums import Parts, Sums


@dataclass(frozen=True)
class Joined:
    """Sums of several places.

    Parameters
    ----------
    plan : PoolingPlan
    files : tuple of Sums
        One of each place.
    parts : Parts
        The sums of the joined rows; each part of those places that tell it.
    """

    plan: PoolingPlan
    files: tuple[Sums, ...]
    parts: Parts

    def telling(self, section: str, name: str | None = None) -> list[Sums]:
        """The files that tell a part."""
        parts = ((each, getattr(each.parts, section)) for each in self.files)
        return [each for each, part in parts if (part is not None if name is None else name in part)]


def join(files: Sequence[Sums], trusted: Mapping[str, str]) -> Joined:
    """Add up the sums of places whose persons are not the same.

    Parameters
    ----------
    files : sequence of Sums
    trusted : mapping of str to str
        By place, the public key that it has told in some other way than with the file.

    Raises
    ------
    InputError
        With every reason why a file is not taken in: a signature that does not hold, a key that is not trusted, another
        plan, sums that no persons could have, numbers of few, or a place that is there twice.
    """
    if not files:
        raise InputError([Fault("too-few-places", "", {"places": 0, "needed": 1})])
    faults = [fault.under(f"{each.place}: ") for each in files for fault in _faults_of_file(each, trusted)]
    if not faults:
        faults = list(_faults_together(files))
    if faults:
        raise InputError(faults)
    plan = files[0].plan
    files = [_of_somebody(each) for each in files]
    added: Any = None
    for each in files:
        told = each.parts.model_dump(exclude_none=True)
        added = told if added is None else _added(added, told)
    for name, raters in added.get("several", {}).items():
        numbers = {each.parts.several[name].ratings_each for each in files if name in each.parts.several}
        raters["ratings_each"] = numbers.pop() if len(numbers) == 1 else None
    for name, items in added.get("consistency", {}).items():
        items["levels"] = next(each.parts.consistency[name].levels for each in files if name in each.parts.consistency)
    return Joined(plan, tuple(files), Parts.model_validate(added))


def _of_somebody(each: Sums) -> Sums:
    """A file without the parts that are of nobody, as if the place had left them out."""
    nobody = {name for name, number in persons_of_parts(each.parts).items() if not number}
    if not nobody:
        return each
    if "outcome" in nobody:
        nobody |= {f"groups.{name}" for name in each.plan.groups}
    sections = {"pairs": "agreement", "several": "agreement", "consistency": "consistency", "intraclass": "intraclass"}
    kept: dict[str, Any] = {
        section: {name: told for name, told in getattr(each.parts, section).items() if f"{title}.{name}" not in nobody}
        for section, title in sections.items()
    }
    kept["outcome"] = None if "outcome" in nobody else each.parts.outcome
    left_out = tuple(dict.fromkeys((*each.left_out, *sorted(nobody))))
    return each.model_copy(update={"parts": each.parts.model_copy(update=kept), "left_out": left_out})


def _faults_of_file(each: Sums, trusted: Mapping[str, str]) -> Iterator[Fault]:
    if not each.is_as_signed:
        yield Fault("sums-altered", "", {})
    elif each.public_key != trusted.get(each.place, "").strip().lower():
        yield Fault("sums-key-not-trusted", "", {"key": each.public_key, "place": each.place})
    elif each.plan.sha256 != each.plan_sha256:
        yield Fault("sums-not-of-plan", "plan_sha256", {})
    else:
        impossible = list(faults_of_sums(each))
        yield from impossible or faults_of_few(each.parts, each.plan.without(each.left_out))


def _faults_together(files: Sequence[Sums]) -> Iterator[Fault]:
    for each in files[1:]:
        if each.plan_sha256 != files[0].plan_sha256:
            yield Fault("sums-other-plan", each.place, {"first": files[0].place})
    for one, other in combinations(files, 2):
        if one.public_key == other.public_key or one.place.casefold() == other.place.casefold():
            yield Fault("sums-place-twice", other.place, {"first": one.place})
        elif one.plan_sha256 == other.plan_sha256 and is_nearly_the_same(one, other):
            yield Fault("sums-same-persons", other.place, {"first": one.place})
    scales: dict[str, tuple[int, ...]] = {}
    for each in files:
        for name, items in each.parts.consistency.items():
            if scales.setdefault(name, items.levels) != items.levels:
                yield Fault("sums-not-of-plan", f"{each.place}: consistency.{name}", {})


def _added(one: Any, other: Any) -> Any:
    """Two trees of numbers added up; what only one has is its own."""
    if isinstance(one, Mapping):
        names = dict.fromkeys((*one, *other))
        return {
            name: _added(one[name], other[name]) if name in one and name in other else one.get(name, other.get(name))
            for name in names
        }
    if isinstance(one, list | tuple):
        return tuple(_added(first, second) for first, second in zip(one, other, strict=True))
    return one + other
