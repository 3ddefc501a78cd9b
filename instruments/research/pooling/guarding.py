"""What may not leave a place, and what is not taken in: numbers of few, told or worked out, and sums that cannot be.

Nothing is rounded and nothing left out in silence: a part with a number of few is refused, and whoever sends leaves it
out by name or makes the plan coarser.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from instruments.faults import Fault
from instruments.research.limits import limits
from instruments.research.pooling.company import Counted, alike, apart, together
from instruments.research.pooling.plan import PoolingPlan
from instruments.research.pooling.sums import ItemSums, LevelCounts, Parts, RatingSums, SeveralRaters, Sums

#: Sums of fractions add up but for rounding.
_ROUNDING = 1e-9


def told_cells(parts: Parts, plan: PoolingPlan) -> Iterator[tuple[str, int]]:
    """Every number of persons that a file tells, or that follows from its sums alone, by where it stands."""
    for name, start, cells in _level_cells(parts, plan):
        yield from ((f"{name}, {start}, {plan.outcome} = {side}", cell) for side, cell in enumerate(cells))
    for item, table in parts.pairs.items():
        for one, other in product(range(len(table)), repeat=2):
            yield f"agreement.{item}, {one} × {other}", table[one][other]
    for item, raters in parts.several.items():
        yield f"agreement.{item}", raters.persons
        if raters.ratings_each == 2:  # two alike make four, two apart two
            alike = (raters.squares - 2 * raters.persons) // 2
            yield f"agreement.{item}, =", alike
            yield f"agreement.{item}, ≠", raters.persons - alike
    for name, items in parts.consistency.items():
        yield f"consistency.{name}", items.persons
        told = zip(plan.consistency[name], items.levels, items.sums, items.squares, strict=True)
        for item, levels, total, squares in told:
            if levels <= 3:  # three levels and three numbers: how many have each level
                of_each = (items.persons - (3 * total - squares) // 2, 2 * total - squares, (squares - total) // 2)
                yield from ((f"consistency {item}, {code}", each) for code, each in enumerate(of_each[:levels]))
    for name, ratings in parts.intraclass.items():
        yield f"intraclass.{name}", ratings.persons


def _level_counts(parts: Parts) -> Iterator[tuple[str, LevelCounts]]:
    if parts.outcome is not None:
        yield "outcome", parts.outcome.everybody
        for column, values in parts.outcome.groups.items():
            yield from ((f"groups.{column} = {value}", counts) for value, counts in values.items())


def _level_cells(parts: Parts, plan: PoolingPlan) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Whose table it is, where the level begins, and how many are without the outcome and with it."""
    for name, counts in _level_counts(parts):
        for start, *cells in zip(plan.levels, counts.without, counts.happened, strict=True):
            yield name, f"{plan.score} ≥ {start}", (cells[0], cells[1])


def faults_of_few(parts: Parts, plan: PoolingPlan, counted: Counted | None = None) -> Iterator[Fault]:
    """What is of few: cells that are told or follow, levels with one outcome only, persons in parts of their own.

    Parameters
    ----------
    counted : Counted, optional
        What the place itself knows beside what it tells.
    """
    least = limits().whole("small_count")
    few = {name for name, number in told_cells(parts, plan) if 0 < number < least}
    if counted is not None:
        few |= {name for name, number in counted.cells.items() if 0 < number < least}
        few |= {names for names, size in apart(counted.levels, least) if 0 < size < least}
    yield from (Fault("sums-of-few", name, {"least": least}) for name in sorted(few))
    for name, start, cells in _level_cells(parts, plan):
        if sum(cells) and not all(cells):
            yield Fault("sums-one-outcome", f"{name}, {start}", {})
    if counted is not None:
        yield from counted.faults
        yield from (
            Fault("sums-persons-apart", names, {"least": least})
            for names, size in together(counted.persons)
            if size < least
        )


def persons_of_parts(parts: Parts) -> dict[str, int]:
    """How many persons each part is of, by its name in the plan."""
    numbers = {}
    if parts.outcome is not None:
        numbers["outcome"] = sum(parts.outcome.everybody.without) + sum(parts.outcome.everybody.happened)
    numbers |= {f"agreement.{item}": sum(map(sum, table)) for item, table in parts.pairs.items()}
    for section, told in (
        ("agreement", parts.several),
        ("consistency", parts.consistency),
        ("intraclass", parts.intraclass),
    ):
        numbers |= {f"{section}.{name}": each.persons for name, each in told.items()}
    return numbers


def faults_of_nobody(parts: Parts) -> Iterator[Fault]:
    """Parts that are of nobody."""
    yield from (Fault("sums-nobody", name, {}) for name, number in persons_of_parts(parts).items() if not number)


def faults_beside(earlier: Sums, counted: Counted, plan: PoolingPlan, left_out: Sequence[str]) -> Iterator[Fault]:
    """What a file would tell to whoever has an earlier one of the same place, and takes the difference.

    Notes
    -----
    The difference is a file of its own, of those who have come since, and must not tell of few either. That can be
    seen of tables, which tell their rows whole; of sums over persons and of two tables of the same thing it cannot,
    since the rows of that time are not known, so that they must be the same. Another plan would cut the same persons
    otherwise, and is refused.
    """
    told_before = set(plan.part_names) - set(earlier.left_out)
    told_now = set(plan.part_names) - set(left_out)
    if earlier.plan.sha256 != plan.sha256 or told_now - told_before or ("outcome" in told_before - told_now):
        yield Fault("sums-second-plan", "", {"made_on": earlier.made_on.isoformat()})
        return
    least = limits().whole("small_count")
    asked, now = plan.without(left_out), counted.parts
    before = dict(told_cells(earlier.parts, plan.without(earlier.left_out)))
    more = {name: number - before[name] for name, number in told_cells(now, asked)}
    few = {name for name, number in more.items() if 0 < abs(number) < least}
    for name, start, _ in _level_cells(now, asked):
        sides = [more[f"{name}, {start}, {asked.outcome} = {side}"] for side in (0, 1)]
        if any(sides) and not all(sides):
            few.add(f"{name}, {start}")
    persons_before = persons_of_parts(earlier.parts)
    added = {name: number - persons_before[name] for name, number in persons_of_parts(now).items()}
    for one, other in combinations(added, 2):
        if 0 < abs(added[one] - added[other]) < least:
            few.add(f"{one} - {other}")
    yield from (Fault("sums-differ-by-few", name, {"least": least}) for name in sorted(few))
    for section, title in (("several", "agreement"), ("consistency", "consistency"), ("intraclass", "intraclass")):
        old, new = getattr(earlier.parts, section), getattr(now, section)
        yield from (Fault("sums-differ", f"{title}.{name}", {}) for name in new if old[name] != new[name])
    told_twice = {other.variable for one, other in alike(counted.levels, least) if one.part == "outcome"}
    for name in sorted(told_twice & now.pairs.keys()):
        if earlier.parts.outcome != now.outcome and earlier.parts.pairs[name] != now.pairs[name]:
            yield Fault("sums-differ", f"agreement.{name}", {})


def is_nearly_the_same(one: Sums, other: Sums) -> bool:
    """Whether two files could be of the same persons but for few: every table that both tell differs by few at most.

    Where they tell no table, whether all sums are the same.
    """
    least = limits().whole("small_count")
    first, second = dict(told_cells(one.parts, one.plan)), dict(told_cells(other.parts, other.plan))
    differ: dict[str, int] = {}
    for name in first.keys() & second.keys():
        part = name.split(",")[0]
        differ[part] = differ.get(part, 0) + abs(first[name] - second[name])
    has_tables = any("," in name for name in first.keys() & second.keys())
    return one.parts == other.parts or (has_tables and all(number < least for number in differ.values()))


# --- sums that cannot be ---------------------------------------------------------------------------------------------


def faults_of_sums(sums: Sums) -> Iterator[Fault]:
    """What no persons could have: tables of another shape than the plan's, parts that do not add up to their whole."""
    plan = sums.plan
    asked = plan.without(sums.left_out)
    parts = sums.parts
    expected: dict[str, Mapping[str, Any]] = {
        "pairs": asked.agreement if len(plan.raters) == 2 else {},
        "several": asked.agreement if len(plan.raters) != 2 else {},
        "consistency": asked.consistency,
        "intraclass": dict.fromkeys(asked.intraclass),
    }
    wrong = {section for section, names in expected.items() if getattr(parts, section).keys() != set(names)}
    if (parts.outcome is None) != (asked.outcome is None) or set(sums.left_out) - set(plan.part_names):
        wrong.add("outcome")
    if wrong:
        yield from (Fault("sums-not-of-plan", section, {}) for section in sorted(wrong))
        return
    persons = limits().whole("place_persons")
    most = persons * limits().highest_total.value ** 2
    if any(abs(number) > most for number in _numbers(parts.model_dump())):
        yield Fault("sums-too-large", "", {"persons": persons})
        return
    checks = [("outcome", _adds_up(parts, asked))]
    for item, table in parts.pairs.items():
        levels = len(plan.agreement[item])
        checks.append((f"agreement.{item}", len(table) == levels and all(len(row) == levels for row in table)))
    checks += [(f"agreement.{item}", _several_can_be(each, plan, item)) for item, each in parts.several.items()]
    checks += [(f"consistency.{name}", _items_can_be(each, plan, name)) for name, each in parts.consistency.items()]
    checks += [(f"intraclass.{name}", _ratings_can_be(each, plan)) for name, each in parts.intraclass.items()]
    broken = [name for name, can_be in checks if not can_be]
    broken = broken or [name for name, number in told_cells(parts, plan) if number < 0]
    yield from (Fault("sums-cannot-be", name, {}) for name in broken)
    if not broken and max(persons_of_parts(parts).values(), default=0) > persons:
        yield Fault("sums-too-large", "", {"persons": persons})


def _numbers(told: Any) -> Iterator[float]:
    if isinstance(told, Mapping | list | tuple):
        for each in told.values() if isinstance(told, Mapping) else told:
            yield from _numbers(each)
    elif told is not None:
        yield told


def _adds_up(parts: Parts, plan: PoolingPlan) -> bool:
    if parts.outcome is None:
        return True
    groups = parts.outcome.groups
    if groups.keys() != plan.groups.keys():
        return False
    levels = len(plan.levels)
    if any(len(side) != levels for _, each in _level_counts(parts) for side in (each.without, each.happened)):
        return False
    whole = parts.outcome.everybody
    for column, values in groups.items():
        if values.keys() - set(plan.groups[column]) - {"…"} or len(values) != len(plan.groups[column]) + 1:
            return False
        for side in ("without", "happened"):
            if tuple(map(sum, zip(*(getattr(each, side) for each in values.values()), strict=True))) != getattr(
                whole, side
            ):
                return False
    return True


def _several_can_be(given: SeveralRaters, plan: PoolingPlan, item: str) -> bool:
    levels, persons, ratings = len(plan.agreement[item]), given.persons, sum(given.category_totals)
    matrix = given.coincidences
    if len(given.category_totals) != levels or len(matrix) != levels or any(len(row) != levels for row in matrix):
        return False
    together = np.array(matrix, dtype=np.float64)
    near = _ROUNDING * (1 + ratings)
    adds_up = np.allclose(together, together.T, rtol=0, atol=near) and np.allclose(
        together.sum(axis=1), given.category_totals, rtol=0, atol=near
    )
    each = given.ratings_each
    if each is None:
        return bool(adds_up and ratings >= 2 * persons and ratings <= given.squares <= ratings**2)
    if each < 2 or ratings != persons * each:
        return False
    # what is alike is the diagonal: n_ij (n_ij - 1) summed, by one rater less
    alike = abs(float(np.trace(together)) * (each - 1) - (given.squares - ratings)) <= near * each
    return bool(adds_up and alike)


def _items_can_be(given: ItemSums, plan: PoolingPlan, name: str) -> bool:
    n, items = given.persons, len(plan.consistency[name])
    if {len(given.levels), len(given.sums), len(given.squares)} != {items} or sum(given.sums) != given.total:
        return False
    each = all(
        (squares - total) % 2 == 0 and total <= squares <= total * (levels - 1) and total**2 <= squares * n
        for levels, total, squares in zip(given.levels, given.sums, given.squares, strict=True)
    )
    # no covariance is larger than the deviations allow
    spread = sum(
        (max(squares * n - total**2, 0)) ** 0.5 for total, squares in zip(given.sums, given.squares, strict=True)
    )
    of_total = given.total_squares * n - given.total**2
    return each and 0 <= of_total <= spread**2 * (1 + _ROUNDING)


def _ratings_can_be(given: RatingSums, plan: PoolingPlan) -> bool:
    n, ratings = given.persons, given.ratings
    near = _ROUNDING * (1 + abs(given.squares))
    if ratings < 2 * n or given.squared_ratings * n < ratings**2 or (n == 0 and (ratings or given.squares)):
        return False
    middle = given.total**2 / ratings if ratings else 0.0
    ordered = middle <= given.between + near and given.between <= given.squares + near
    if not plan.raters:
        return bool(ordered and given.by_rater is None)
    k = len(plan.raters)
    crossed = given.by_rater is not None and len(given.by_rater) == k and ratings == n * k
    if not crossed or given.squared_ratings != n * k * k:
        return False
    by_rater = given.by_rater or ()
    explained = sum(each**2 for each in by_rater) / n - middle if n else 0.0
    return bool(
        ordered and abs(sum(by_rater) - given.total) <= near and explained <= given.squares - given.between + near
    )
