"""Whoever has the files, writes a plan, or sends a file in bad faith learns nothing of few and changes no figure."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from instruments.faults import InputError
from instruments.research.datasets.dataset import SUMMARY_RATING, Dataset
from instruments.research.datasets.scores import find_score
from instruments.research.datasets.splitting import first_ratings, select
from instruments.research.limits import limits
from instruments.research.pooling.faults import LeftOutWarning
from instruments.research.pooling.plan import NOT_POOLED, PoolingPlan, read_plan
from instruments.research.pooling.pooled import pool
from instruments.research.pooling.sending import make_sums
from instruments.research.pooling.sums import EVERYBODY_ELSE, Parts, Sums, files_beside, read_sums
from instruments.research.pooling.totals import totals_that_follow
from instruments.signing import public_key_of
from tests.instruments.research.data import YOUTH
from tests.instruments.research.pooling.municipalities import (
    ITEMS,
    KEYS,
    ON,
    PLACES,
    PLAN,
    TRUSTED,
    dataset_of,
    files,
    joined,
    municipalities,
    rated,
    sent,
    table_of,
    with_outcome,
)

LEAST = limits().whole("small_count")
OUTCOME_ONLY = PLAN.model_copy(
    update={"agreement": {}, "consistency": {}, "intraclass": (), "raters": (), "groups": {}, "probabilities": ()}
)


def codes_of(function: Callable[[], object]) -> set[str]:
    with pytest.raises(InputError) as refused:
        function()
    return {fault.code for fault in refused.value.faults}


def refused_by_pool(*given: Sums, trusted: Mapping[str, str] = TRUSTED) -> set[str]:
    return codes_of(lambda: pool(given, trusted))


def persons(data: Dataset, chosen: "pd.Series[bool]") -> Dataset:
    return select(data, chosen)


def without_persons(data: Dataset, number: int) -> Dataset:
    gone = set(data.persons.unique()[:number])
    return select(data, ~data.persons.isin(gone))


# --- bins and groups that single somebody out ------------------------------------------------------------------------


@pytest.mark.parametrize("few", [1, LEAST - 1])
def test_a_plan_whose_levels_single_somebody_out_is_refused(few: int) -> None:
    table = table_of(first_ratings(municipalities()["Påhittby"]))
    highest = table.index[table[ITEMS].sum(axis=1) == 12]
    data = dataset_of(table.drop(index=highest[few:]).reset_index(drop=True))
    sent(data, plan=OUTCOME_ONLY)
    with_bins = OUTCOME_ONLY.model_copy(update={"levels": (0, 4, 8, 12)})
    assert codes_of(lambda: sent(data, plan=with_bins)) <= {"sums-of-few", "sums-one-outcome"}


@pytest.mark.parametrize("few", [1, LEAST - 1])
def test_a_group_of_few_is_refused_and_so_is_what_is_left_beside_it(few: int) -> None:
    data = first_ratings(municipalities()["Påhittby"])
    for here, rest in (("x", "y"), ("y", "x")):
        sex = np.array([rest] * len(data), dtype=object)
        sex[:few] = here
        marked = dataset_of(table_of(data).assign(sex=sex))
        plan = OUTCOME_ONLY.model_copy(update={"groups": {"sex": ("x",)}})
        assert "sums-of-few" in codes_of(lambda marked=marked, plan=plan: sent(marked, plan=plan))  # type: ignore[misc]


def test_a_level_or_group_with_one_outcome_only_is_refused() -> None:
    table = table_of(first_ratings(municipalities()["Påhittby"]))
    lowest = table[ITEMS].sum(axis=1) < 4
    for outcome in (0.0, 1.0):
        data = dataset_of(table.assign(again=table["again"].where(~lowest, outcome)))
        assert codes_of(lambda data=data: sent(data, plan=OUTCOME_ONLY)) == {"sums-one-outcome"}  # type: ignore[misc]
    data = dataset_of(table.assign(again=table["again"].where(table["sex"] != "female", 1.0)))
    assert codes_of(lambda: sent(data, plan=PLAN.without(PLAN.part_names[2:]))) == {"sums-one-outcome"}


def test_a_cell_of_two_raters_with_few_is_refused_and_none_is_not() -> None:
    table = table_of(municipalities()["Påhittby"])
    plan = PLAN.without([name for name in PLAN.part_names if not name.startswith("agreement")])
    item = ITEMS[0]
    ratings = table.pivot(index="person", columns="rater", values=item).dropna()
    apart = ratings.index[(ratings["first"] == 0) & (ratings["second"] > 0)]
    for kept, code in ((0, None), (2, "sums-of-few"), (LEAST - 1, "sums-of-few")):
        gone = set(apart[kept:])
        data = dataset_of(table[~table["person"].isin(gone)].reset_index(drop=True))
        if code is None:
            sent(data, plan=plan)
        else:
            assert code in codes_of(lambda data=data: sent(data, plan=plan))  # type: ignore[misc]


# --- differences within a file ---------------------------------------------------------------------------------------


def test_parts_on_nearly_the_same_persons_are_refused() -> None:
    """All but two were rated by both: alpha less the table of both raters would tell of the two."""
    data = rated(3, 300, twice=1.0)
    second = data.raters == "second"
    alone = set(data.persons.unique()[:2])
    data = select(data, ~(second & data.persons.isin(alone)))
    plan = PLAN.without(["outcome"])
    assert "sums-persons-apart" in codes_of(lambda: sent(data, plan=plan))
    sent(data, plan=plan, left_out=[name for name in plan.part_names if name.startswith("consistency")])


@pytest.mark.parametrize(("item", "follows"), [(ITEMS[0], False), (ITEMS[1], True)])
def test_levels_of_an_item_that_follow_from_two_parts_together_are_refused(item: str, follows: bool) -> None:
    """Of those rated once three have the highest level.

    Alpha's sums tell how many have it, and the table of two raters, where it has that level, how many of the others do.
    """
    table = table_of(rated(4, 400, twice=0.6))
    once = table.groupby("person")["rater"].transform("size") == 1
    highest = table.index[once & (table[item] == 2)]
    data = dataset_of(table.drop(index=highest[3:]).reset_index(drop=True))
    plan = PLAN.without(["outcome", *(f"agreement.{each}" for each in PLAN.agreement if each != item)])
    if follows:
        assert "sums-of-few" in codes_of(lambda: sent(data, plan=plan))
    else:
        sent(data, plan=plan)


def with_totals(totals: Sequence[int]) -> Dataset:
    """Persons with these totals, in which every level of every item is common: the next items are rated high."""
    rows: list[dict[str, Any]] = []
    for number, total in enumerate(totals):
        codes = np.zeros(len(ITEMS))
        for step in range(total):
            codes[(number + step) % len(ITEMS)] += 1
        own: dict[str, Any] = {"person": str(number), "rater": "first", "again": 0.0, "sex": "female"}
        rows.append(own | dict(zip(ITEMS, codes, strict=True)))
    return dataset_of(pd.DataFrame(rows))


def test_a_total_of_few_that_follows_from_its_sums_is_refused() -> None:
    """All have a total of 6 but one of 7 and one of 5: sum and sum of squares leave no other possibility."""
    plan = PLAN.without([name for name in PLAN.part_names if name != "consistency.risk"])
    common = [6] * 60
    spread = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] * 6

    def totals_told(totals: Sequence[int]) -> set[str]:
        with pytest.raises(InputError) as refused:
            sent(with_totals(totals), plan=plan)
        return {fault.where for fault in refused.value.faults if fault.where.startswith("consistency.risk = ")}

    assert totals_told([*common, 7, 5]) == {"consistency.risk = 5", "consistency.risk = 7"}
    assert list(totals_that_follow(np.bincount([*spread, 12, 0]), LEAST)) == []
    assert list(totals_that_follow(np.array([40, 0, 0, 0, 2]), LEAST)) == [4]
    within = np.array([6, 2, 9, 6, 9, 3])
    assert list(totals_that_follow(within, LEAST)) == []
    assert list(totals_that_follow(within, LEAST, (0, 1, 2, 3, 4, 5))) == [1, 5], "levels that are told narrow it"


NOTHING_ASKED = OUTCOME_ONLY.model_copy(update={"outcome": None, "score": None, "levels": ()})


def rated_twice(first: "np.ndarray[Any, Any]", second: "np.ndarray[Any, Any] | None" = None) -> Dataset:
    """Persons with these codes by the first rater and, where given, by the second."""
    rows = [
        {"person": f"{number}", "rater": rater, "again": 0.0, "sex": "female"} | dict(zip(ITEMS, own, strict=True))
        for rater, codes in (("first", first), ("second", second))
        if codes is not None
        for number, own in enumerate(codes.tolist())
    ]
    return dataset_of(pd.DataFrame(rows))


def some_codes(n: int) -> "np.ndarray[Any, Any]":
    return np.random.default_rng(n).integers(0, 3, (n, len(ITEMS))).astype(float)


def test_alpha_of_two_items_with_few_who_have_both_is_refused() -> None:
    """Half of the square of the total less the squares of the items is how many have both."""
    codes = some_codes(300)
    codes[:, :2] = 0
    codes[:12, 0] = codes[11:22, 1] = 1  # one has both
    for sets, code in (
        ({"two": (ITEMS[0], ITEMS[1])}, "sums-of-few"),
        ({"all": tuple(ITEMS[:3]), "a": (ITEMS[0], ITEMS[2]), "b": (ITEMS[1], ITEMS[2])}, "sums-of-few"),
        ({"all": tuple(ITEMS), "most": tuple(ITEMS[1:])}, "sums-of-one-item"),
    ):
        plan = NOTHING_ASKED.model_copy(update={"consistency": sets})
        assert code in codes_of(lambda plan=plan: sent(rated_twice(codes), plan=plan))  # type: ignore[misc]


def test_unnamed_raters_beside_levels_of_the_first_rating_are_refused_where_one_cell_in_order_is_of_few() -> None:
    first = some_codes(300)
    first[:, 0] = 0
    first[:60, 0], first[60:80, 0] = 1, 2
    second = first.copy()
    second[:7, 0], second[100, 0] = 0, 1  # eight are apart, one of them upwards
    agreement = {"agreement": {ITEMS[0]: (0, 1)}}
    plan = NOTHING_ASKED.model_copy(update={**agreement, "consistency": {"two": (ITEMS[0], ITEMS[2])}})
    assert "sums-of-few" in codes_of(lambda: sent(rated_twice(first, second), plan=plan))
    sent(rated_twice(first, second), plan=NOTHING_ASKED.model_copy(update=agreement))


@pytest.mark.parametrize("raters", [("first", "second"), ()])
def test_a_score_of_two_values_is_refused_where_a_cell_of_both_raters_is_of_few(raters: tuple[str, ...]) -> None:
    n = 100
    data = rated_twice(some_codes(n), some_codes(n))
    plan = NOTHING_ASKED.model_copy(update={"raters": raters, "intraclass": ("convictions",)})

    def with_score(first: "np.ndarray[Any, Any]", second: "np.ndarray[Any, Any]") -> Dataset:
        scores = pd.DataFrame({"convictions": np.concatenate([first, second])}, index=data.keys.index)
        return replace(data, scores=scores)

    first = np.repeat([1.0, 0.0], [39, 61])
    second = first.copy()
    second[30:39] = 0.0  # nine are apart
    sent(with_score(first, second), plan=plan)
    few = first.copy()
    few[:3] = 0.0
    assert "sums-of-few" in codes_of(lambda: sent(with_score(first, few), plan=plan))
    second[50] = 1.0  # and one the other way, whom only named raters tell
    if raters:
        assert "sums-of-few" in codes_of(lambda: sent(with_score(first, second), plan=plan))
    for value in (7.5, -7.0, 101.0):
        rare = np.zeros(n)
        rare[5] = value
        refused = codes_of(lambda rare=rare: sent(with_score(rare, rare), plan=plan))  # type: ignore[misc]
        assert "sums-not-checked" in refused


def test_levels_of_one_thing_that_begin_elsewhere_in_two_parts_are_cut_wherever_either_begins() -> None:
    """The outcome by summary rating from moderate, and agreement on it from high: the difference has moderate alone."""
    words = np.array(YOUTH.scales.risk)
    first = np.repeat([0, 1, 2], [180, 1, 119])
    second = first.copy()
    second[:20], second[200:220] = 2, 0
    data = rated_twice(some_codes(300), some_codes(300))
    data = replace(
        with_outcome(data, again=np.tile(np.arange(300) % 2, 2)),
        facts=pd.DataFrame({SUMMARY_RATING: words[np.concatenate([first, second])]}, index=data.keys.index),
    )
    both = {"raters": ("first", "second"), "agreement": {SUMMARY_RATING: (0, 2)}}
    plan = OUTCOME_ONLY.model_copy(update={"score": "summary_rating", "levels": (0, 1), **both})
    assert codes_of(lambda: sent(data, plan=plan)) == {"sums-of-few"}
    sent(data, plan=plan.model_copy(update={"levels": (0, 2)}))
    common = np.repeat([0, 1, 2], [140, 40, 120])
    common = np.concatenate([common, common])
    table = table_of(data).assign(again=np.tile(np.arange(300) % 2, 2))

    def rated_as(rows: "pd.DataFrame", codes: "np.ndarray[Any, Any]") -> Dataset:
        made = dataset_of(rows)
        return replace(made, facts=pd.DataFrame({SUMMARY_RATING: words[codes]}, index=made.keys.index))

    earlier = sent(rated_as(table, common), plan=plan)
    new = table[table["person"].astype(int) < 20].assign(person=lambda rows: "new " + rows["person"])
    codes = np.tile(np.repeat([0, 1, 2], [10, 1, 9]), 2)
    more = rated_as(pd.concat([table, new], ignore_index=True), np.concatenate([common, codes]))
    assert "sums-differ" in codes_of(lambda: sent(more, plan=plan, after=[earlier]))


def test_a_part_of_nobody_is_refused_by_name() -> None:
    data = municipalities()["Påhittby"]
    alone = select(data, data.raters == "first")
    raters = PLAN.model_copy(update={"raters": ()})
    with pytest.raises(InputError) as refused:
        sent(alone, plan=raters)
    assert {fault.code for fault in refused.value.faults} == {"sums-nobody"}
    named = [fault.where for fault in refused.value.faults]
    assert named == [*(f"agreement.{item}" for item in PLAN.agreement), "intraclass.risk_total"]
    sent(alone, plan=raters, left_out=named)


def test_a_search_that_comes_to_no_end_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.array([9, 7, 8, 1])
    assert list(totals_that_follow(counts, LEAST)) == []
    monkeypatch.setattr("instruments.research.pooling.totals.milp", lambda *_, **__: SimpleNamespace(x=None))
    assert list(totals_that_follow(counts, LEAST)) == [3]


def test_nobody_without_an_outcome_is_counted_where_the_plan_has_one() -> None:
    data = municipalities()["Påhittby"]
    unknown = set(data.persons.unique()[:3])
    part = with_outcome(data, again=data.outcomes["again"].where(~data.persons.isin(unknown)).to_numpy())
    assert sent(part).parts == sent(select(data, ~data.persons.isin(unknown))).parts


def told_numbers(data: Dataset, plan: PoolingPlan) -> Iterator[pd.Series]:
    """What an attacker can know at most: every crossing of what a file tells of the same persons, counted anew."""
    first = first_ratings(data)
    level = pd.cut(find_score(first, "risk_total"), [*plan.levels, np.inf], right=False)
    yield pd.crosstab(level, [first.outcomes["again"], first.groups["sex"].eq("female")]).stack(
        [0, 1], future_stack=True
    )
    yield pd.crosstab(level, first.outcomes["again"]).stack(future_stack=True)
    twice = first.persons.isin(set(data.persons[data.persons.duplicated()]))
    yield twice.value_counts()
    for item in ITEMS:
        yield first.ratings[item].value_counts()
    for item, starts in plan.agreement.items():
        levels = np.searchsorted(starts, first.ratings[item], side="right")
        yield pd.crosstab(levels, twice.to_numpy()).stack(future_stack=True)
        both = table_of(data).pivot(index="person", columns="rater", values=item).dropna()
        codes = both.apply(lambda each, starts=starts: np.searchsorted(starts, each, side="right"))  # type: ignore[misc]
        yield codes.value_counts()
        yield pd.Series([(codes["first"] != codes["second"]).sum()])


@pytest.mark.thorough
def test_no_number_of_few_follows_from_any_file_that_is_written() -> None:
    written = 0
    for seed in range(60):
        data = rated(seed + 500, 150 + 5 * seed, twice=0.5 + 0.008 * seed)
        try:
            sent(data)
        except InputError:
            continue
        written += 1
        for numbers in told_numbers(data, PLAN):
            assert not ((numbers > 0) & (numbers < LEAST)).any(), (seed, numbers)
    assert 5 < written < 60, "some are refused and some are not"


# --- differences between files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [1, LEAST - 1])
def test_a_second_file_that_differs_by_few_persons_is_refused(gone: int) -> None:
    data = municipalities()["Påhittby"]
    earlier = sent(data)
    smaller = without_persons(data, gone)
    sent(smaller)  # by itself it could be sent
    assert "sums-differ-by-few" in codes_of(lambda: sent(smaller, after=[earlier]))


def test_a_second_file_in_which_one_rating_is_mended_is_refused() -> None:
    data = municipalities()["Påhittby"]
    table = table_of(data)
    place = table.index[(table["rater"] == "first") & (table[ITEMS[4]] == 0)][0]
    table.loc[place, ITEMS[4]] = 1.0
    assert "sums-differ-by-few" in codes_of(lambda: sent(dataset_of(table), after=[sent(data)]))


def test_the_same_file_may_be_written_again_and_one_with_many_more_persons_may() -> None:
    data = municipalities()["Påhittby"]
    earlier = sent(data)
    assert sent(data, after=[earlier]).parts == earlier.parts
    plan = PLAN.without([name for name in PLAN.part_names if name != "outcome"])
    more = joined(data, rated(900, 600, shift=0.1))
    sent(more, plan=plan, after=[sent(data, plan=plan)])


@pytest.mark.parametrize(
    "change",
    [
        {"levels": (0, 5, 8)},
        {"groups": {"sex": ("male",)}},
        {"outcome": "within_a_year"},
        {"instrument": "youth_spj@0.9"},
        {"title": "Another"},
    ],
)
def test_a_second_plan_is_refused_with_the_name_of_the_file_that_was_sent(change: dict[str, Any]) -> None:
    data = first_ratings(municipalities()["Påhittby"])
    again = data.outcomes["again"].to_numpy()
    data = with_outcome(data, again=again, within_a_year=again * (np.arange(len(data)) % 2))
    other = OUTCOME_ONLY.model_copy(update=change)
    earlier = sent(data, plan=OUTCOME_ONLY)
    forged = earlier.model_copy(update={"plan": other, "plan_sha256": other.sha256})
    with pytest.raises(InputError) as refused:
        sent(data, plan=OUTCOME_ONLY, after=[earlier, forged])
    assert [(fault.code, fault.where) for fault in refused.value.faults] == [("sums-second-plan", "earlier 1: ")]


def test_a_second_file_tells_no_part_that_the_first_left_out_and_may_leave_out_more() -> None:
    data = municipalities()["Påhittby"]
    part = f"agreement.{ITEMS[0]}"
    less = sent(data, left_out=[part])
    assert codes_of(lambda: sent(data, after=[less])) == {"sums-second-plan"}
    assert codes_of(lambda: sent(data, left_out=["outcome"], after=[less])) == {"sums-second-plan"}
    sent(data, left_out=[part, "groups.sex"], after=[less])


def newcomers(data: Dataset, codes: Sequence[Sequence[float]], again: Sequence[float]) -> Dataset:
    """The same persons and some more, each rated alike by both."""
    rows = [
        {"person": f"new {number}", "rater": rater, "again": outcome, "sex": "female"}
        | dict(zip(ITEMS, own, strict=True))
        for rater in ("first", "second")
        for number, (own, outcome) in enumerate(zip(codes, again, strict=True))
    ]
    return dataset_of(pd.concat([table_of(data), pd.DataFrame(rows)], ignore_index=True))


def test_newcomers_of_one_outcome_or_in_cells_of_few_are_refused() -> None:
    data = municipalities()["Påhittby"]
    earlier = sent(data, plan=OUTCOME_ONLY)
    alike = [[2.0, 2, 2, 2, 2, 0]] * LEAST
    same = newcomers(data, alike, [1] * LEAST)
    sent(same, plan=OUTCOME_ONLY)  # by itself it could be sent
    assert codes_of(lambda: sent(same, plan=OUTCOME_ONLY, after=[earlier])) == {"sums-differ-by-few"}
    both = newcomers(data, alike * 2, [0, 1] * LEAST)
    sent(both, plan=OUTCOME_ONLY, after=[earlier])


def test_sums_over_persons_differ_from_those_before_by_nothing() -> None:
    """Whether the sums of newcomers tell of one of them cannot be seen without the rows of that time."""
    data = municipalities()["Påhittby"]
    plan = PLAN.without([name for name in PLAN.part_names if not name.startswith(("consistency", "intraclass"))])
    more = newcomers(data, [[0.0] * 6] * 40 + [[1.0] * 6] * 40, [0] * 80)
    assert codes_of(lambda: sent(more, plan=plan, after=[sent(data, plan=plan)])) == {"sums-differ"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"# sent in November\n" + text,
    ],
)
def test_an_earlier_file_is_known_with_other_line_ends_a_mark_or_a_comment(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    own = files()[0]
    (tmp_path / "first.yaml").write_bytes(change(own.to_yaml().encode()))
    assert files_beside(tmp_path / "second.yaml", KEYS["Påhittby"]) == {"first.yaml": own}


def test_an_earlier_file_that_was_edited_is_told_and_not_passed_over(tmp_path: Path) -> None:
    text = files()[0].to_yaml().replace("place: Påhittby", "place: Pahittby")
    (tmp_path / "first.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        files_beside(tmp_path / "second.yaml", KEYS["Påhittby"])
    assert [(fault.code, fault.where) for fault in refused.value.faults] == [("sums-earlier-altered", "first.yaml")]


def test_files_that_lie_in_the_same_folder_are_the_earlier_ones(tmp_path: Path) -> None:
    own, other = files()[0], files()[1]
    (tmp_path / "first.yaml").write_text(own.to_yaml(), encoding="utf-8")
    (tmp_path / "other.yaml").write_text(other.to_yaml(), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("form: something else\n", encoding="utf-8")
    assert files_beside(tmp_path / "second.yaml", KEYS["Påhittby"]) == {"first.yaml": own}


# --- files in bad faith ----------------------------------------------------------------------------------------------


def test_a_file_that_was_changed_after_it_was_signed_is_refused() -> None:
    content = files()[0].model_dump(mode="json")

    def leaves(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        pairs = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in pairs:
            if isinstance(value, dict | list):
                yield from leaves(value, (*path, key))
            elif isinstance(value, int | float):
                yield (*path, key)

    changed = 0
    for path in leaves(content):
        copy = yaml.safe_load(yaml.safe_dump(content))
        part = copy
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = 0.21 if isinstance(part[path[-1]], float) else part[path[-1]] + 1
        assert "sums-altered" in refused_by_pool(Sums.model_validate(copy), *files()[1:]), path
        changed += 1
    assert changed > 50
    renamed = files()[0].model_copy(update={"place": "Annanstans"})
    assert refused_by_pool(renamed, *files()[1:]) == {"sums-altered"}


def test_a_key_that_nobody_has_told_is_refused_though_the_signature_holds() -> None:
    assert refused_by_pool(*files(), trusted={**TRUSTED, "Påhittby": ""}) == {"sums-key-not-trusted"}
    swapped = {**TRUSTED, "Påhittby": TRUSTED["Provstad"]}
    assert refused_by_pool(*files(), trusted=swapped) == {"sums-key-not-trusted"}, "a key is of one place"
    stranger = files()[0].signed_with(b"\x99" * 32)
    assert refused_by_pool(stranger, *files()[1:]) == {"sums-key-not-trusted"}


def test_one_place_twice_is_refused_by_key_by_name_and_by_content() -> None:
    first, second, *others = files()
    extra = b"\x77" * 32
    trusted = {**TRUSTED, "Annanstans": public_key_of(extra), "PÅHITTBY": public_key_of(extra)}
    assert refused_by_pool(first, first, *others) == {"sums-place-twice"}
    by_key = first.model_copy(update={"place": "Annanstans"}).signed_with(KEYS["Påhittby"])
    both_names = {**TRUSTED, "Annanstans": TRUSTED["Påhittby"]}
    assert refused_by_pool(first, by_key, trusted=both_names) == {"sums-place-twice"}
    by_name = second.model_copy(update={"place": "PÅHITTBY"}).signed_with(extra)
    assert refused_by_pool(first, by_name, trusted=trusted) == {"sums-place-twice"}
    by_content = first.model_copy(update={"place": "Annanstans"}).signed_with(extra)
    assert refused_by_pool(first, by_content, *others, trusted=trusted) == {"sums-same-persons"}
    nearly = sent(without_persons(municipalities()["Påhittby"], 2)).model_copy(update={"place": "Annanstans"})
    assert refused_by_pool(first, nearly.signed_with(extra), trusted=trusted) == {"sums-same-persons"}


def test_files_of_different_plans_are_refused() -> None:
    other = sent(municipalities()["Exempelås"], "Exempelås", PLAN.model_copy(update={"probabilities": (0.1, 0.2, 0.3)}))
    assert refused_by_pool(files()[0], other) == {"sums-other-plan"}
    forged = other.model_copy(update={"plan_sha256": PLAN.sha256}).signed_with(KEYS["Exempelås"])
    assert refused_by_pool(files()[0], forged) == {"sums-not-of-plan"}


def forged(change: Callable[[dict[str, Any]], None]) -> Sums:
    """A file with other sums, signed with a key that is trusted: its place has another program, or means ill."""
    content = files()[0].model_dump(mode="json")
    change(content["parts"])
    parts = Parts.model_validate(content["parts"])
    return files()[0].model_copy(update={"parts": parts}).signed_with(KEYS["Påhittby"])


def set_(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(parts: dict[str, Any]) -> None:
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
        for step in steps:
            parts = parts[step]
        parts[last] = value  # type: ignore[index]

    return change


ITEM = ITEMS[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_("outcome/everybody/without/0", 500), "sums-cannot-be"),
        (set_("outcome/everybody/without", [5]), "sums-cannot-be"),
        (set_("outcome/groups/sex/female/happened/0", 3), "sums-cannot-be"),
        (set_("outcome/groups", {}), "sums-cannot-be"),
        (set_("outcome", None), "sums-not-of-plan"),
        (set_(f"pairs/{ITEM}/0/1", 2), "sums-of-few"),
        (set_(f"pairs/{ITEM}", [[9, 9, 9], [9, 9, 9], [9, 9, 9]]), "sums-cannot-be"),
        (set_("pairs", {}), "sums-not-of-plan"),
        (set_("pairs/unheard_of", [[9, 9], [9, 9]]), "sums-not-of-plan"),
        (set_("consistency/risk/total", 5), "sums-cannot-be"),
        (set_("consistency/risk/total_squares", 10**9), "sums-cannot-be"),
        (set_("consistency/risk/squares/0", 0), "sums-cannot-be"),
        (set_("consistency/risk/sums", [1, 2]), "sums-cannot-be"),
        (set_("consistency/risk/persons", 0), "sums-cannot-be"),
        (set_("consistency/risk/levels/0", 2), "sums-cannot-be"),
        (set_("intraclass/risk_total/between", 10**9), "sums-cannot-be"),
        (set_("intraclass/risk_total/total", -1), "sums-cannot-be"),
        (set_("intraclass/risk_total/by_rater", None), "sums-cannot-be"),
        (set_("intraclass/risk_total/squared_ratings", 10**9), "sums-cannot-be"),
        (set_("intraclass/risk_total/persons", 0), "sums-cannot-be"),
    ],
)
def test_sums_that_no_persons_have_are_refused_though_signed(change: Any, code: str) -> None:
    assert refused_by_pool(forged(change), *files()[1:]) == {code}


def test_a_forged_table_with_few_or_one_outcome_is_refused() -> None:
    def few(parts: dict[str, Any]) -> None:
        for group, number in (("female", 2), (EVERYBODY_ELSE, 30)):
            parts["outcome"]["groups"]["sex"][group]["happened"][0] = number
        parts["outcome"]["everybody"]["happened"][0] = 32

    def one_outcome(parts: dict[str, Any]) -> None:
        for group in ("female", EVERYBODY_ELSE):
            parts["outcome"]["groups"]["sex"][group]["happened"][0] = 0
        parts["outcome"]["everybody"]["happened"][0] = 0

    assert refused_by_pool(forged(few), *files()[1:]) == {"sums-of-few"}
    assert refused_by_pool(forged(one_outcome), *files()[1:]) == {"sums-one-outcome"}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("      - 85\n", "      - -85\n"),
        ("      - 85\n", "      - .nan\n"),
        ("      - 85\n", "      - 85.5\n"),
        ("      - 85\n", "      - 1e400\n"),
        ("      - 85\n", "      - 99999999999999999999\n"),
        ("place: Påhittby\n", 'place: "a\\u001b[2Jb"\n'),
        ("place: Påhittby\n", "place: Påhittby\nunheard_of: 1\n"),
        ("place: Påhittby\n", "place: &a Påhittby\nstudy: *a\n"),
        ("parts:\n", "parts: " + "[" * 200 + "]" * 200 + "\nmore:\n"),
    ],
)
def test_a_file_that_is_none_is_told_with_its_line(was: str, now: str, tmp_path: Path) -> None:
    text = files()[0].to_yaml()
    assert was in text
    (tmp_path / "bad.yaml").write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_sums(tmp_path / "bad.yaml")
    assert all(fault.where.startswith("bad.yaml, line ") for fault in refused.value.faults)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "huge.yaml").write_text(
        files()[0].to_yaml() + "#" * limits().whole("sums_file_bytes"), encoding="utf-8"
    )
    assert codes_of(lambda: read_sums(tmp_path / "huge.yaml")) == {"sums-file-large"}


@pytest.mark.parametrize("digits", [17, 400, 5000])
def test_numbers_of_any_length_are_told_with_their_line(digits: int, tmp_path: Path) -> None:
    text = re.sub(r"(      squares: )[0-9]+", rf"\g<1>{'9' * digits}", files()[0].to_yaml())
    (tmp_path / "long.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_sums(tmp_path / "long.yaml")
    assert all(fault.where.startswith("long.yaml, line ") for fault in refused.value.faults)


def test_more_persons_than_a_place_has_are_refused_and_not_laid_out() -> None:
    plan = OUTCOME_ONLY.model_copy(update={"levels": (0, 6)})
    parts = {"outcome": {"everybody": {"without": [10**9, 10**9], "happened": [10**9, 10**9]}}}
    own = Sums(place="Påhittby", made_on=ON, plan=plan, plan_sha256=plan.sha256, parts=Parts.model_validate(parts))
    assert refused_by_pool(own.signed_with(KEYS["Påhittby"])) == {"sums-too-large"}


@pytest.mark.parametrize("place", ["Påhittby\u200b", "\u202eybttihåP", "a\x9b31mb", "a\u2028b", ""])
def test_a_place_has_a_name_that_can_be_seen(place: str) -> None:
    data = municipalities()["Påhittby"]
    refused = codes_of(lambda: make_sums(data, PLAN, place=place, made_on=ON, key=KEYS["Påhittby"]))
    assert refused == {"sums-place-name"}


def test_two_places_with_the_same_number_of_double_ratings_are_two() -> None:
    plan = NOTHING_ASKED.model_copy(update={"raters": ("first", "second"), "intraclass": ("risk_total",)})
    own, other = (
        sent(rated(seed, n, twice=1.0), place, plan) for seed, n, place in ((1, 90, "Påhittby"), (2, 91, "Exempelås"))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pool([own, other], TRUSTED)
    copied = own.model_copy(update={"place": "Exempelås"}).signed_with(KEYS["Exempelås"])
    assert refused_by_pool(own, copied) == {"sums-same-persons"}


def test_a_place_with_nobody_in_a_part_is_passed_over_there_and_told() -> None:
    def nobody(parts: dict[str, Any]) -> None:
        for name in parts["pairs"]:
            parts["pairs"][name] = [[0, 0], [0, 0]]
        for counts in (parts["outcome"]["everybody"], *parts["outcome"]["groups"]["sex"].values()):
            counts |= {"without": [0, 0, 0], "happened": [0, 0, 0]}

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        report = pool([forged(nobody), *files()[1:]], TRUSTED)
    parts = {"outcome", "groups.sex", *(f"agreement.{item}" for item in PLAN.agreement)}
    assert {str(each.message.fault.where) for each in told if isinstance(each.message, LeftOutWarning)} == parts
    assert [row.labels[0] for row in report.section("by_place").rows] == list(PLACES[1:])


def test_no_files_give_no_figures() -> None:
    assert refused_by_pool() == {"too-few-places"}


# --- plans -----------------------------------------------------------------------------------------------------------

NOTHING = "title: x\nresponsible: Ada Berg\nfixed_on: 2026-11-01\ninstrument: youth_spj@1.0\n"
PLAN_TEXT = f"{NOTHING}outcome: again\nscore: risk_total\nlevels: [0, 4]\n"


def plan_codes(text: str, folder: Path) -> set[str]:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return codes_of(lambda: read_plan(folder / "plan.yaml"))


@pytest.mark.parametrize(("asked", "code"), list(NOT_POOLED.items()))
def test_what_no_sums_make_is_refused_with_its_reason(asked: str, code: str, tmp_path: Path) -> None:
    assert plan_codes(f"{PLAN_TEXT}{asked}: true\n", tmp_path) == {code}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (PLAN_TEXT.replace("[0, 4]", "[4, 0]"), "plan-levels-unordered"),
        (PLAN_TEXT.replace("[0, 4]", "[0]"), "plan-levels-unordered"),
        (PLAN_TEXT + "probabilities: [0.5]\n", "plan-probabilities-differ"),
        (PLAN_TEXT + "probabilities: [0.5, 1.0]\n", "bad-value"),
        (PLAN_TEXT.replace("score: risk_total\n", ""), "plan-half-an-outcome"),
        (NOTHING, "plan-of-nothing"),
        (NOTHING + "groups: {sex: [f]}\n", "plan-half-an-outcome"),
        (PLAN_TEXT + "raters: [a]\n", "plan-one-rater"),
        (PLAN_TEXT + "raters: [a, a]\n", "plan-name-twice"),
        (PLAN_TEXT + "agreement: {a: [1, 2]}\n", "plan-levels-unordered"),
        (PLAN_TEXT + "consistency: {a: [x, x]}\n", "plan-name-twice"),
        (PLAN_TEXT + "person_key: name\n", "unknown-key"),
    ],
)
def test_a_plan_that_cannot_be_is_told_with_its_line(text: str, code: str, tmp_path: Path) -> None:
    assert code in plan_codes(text, tmp_path)


def test_rows_that_would_count_somebody_twice_are_refused() -> None:
    data = municipalities()["Påhittby"]
    table = table_of(first_ratings(data))
    doubled = dataset_of(pd.concat([table, table.head(1)], ignore_index=True))

    assert codes_of(lambda: sent(replace(doubled, raters=None), plan=OUTCOME_ONLY)) == {"duplicate-persons"}
    occasions = pd.Series(np.where(data.raters == "second", "later", "first"), index=data.keys.index)
    assert codes_of(lambda: sent(replace(data, occasions=occasions))) == {"sums-occasions"}


def test_leaving_out_what_the_plan_has_not_or_everything_is_refused() -> None:
    data = municipalities()["Påhittby"]
    assert codes_of(lambda: sent(data, left_out=["agreement.unheard_of"])) == {"sums-unknown-part"}
    assert codes_of(lambda: sent(data, left_out=PLAN.part_names)) == {"plan-of-nothing"}


def test_the_day_and_the_places_are_as_given() -> None:
    assert {each.made_on for each in files()} == {ON}
    assert [each.place for each in files()] == list(PLACES)


def test_nothing_is_counted_by_a_plan_before_it_is_fixed() -> None:
    later = PLAN.model_copy(update={"fixed_on": date(2026, 12, 1)})
    assert codes_of(lambda: sent(municipalities()["Påhittby"], plan=later)) == {"plan-after-analysis"}
