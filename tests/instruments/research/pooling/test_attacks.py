"""Whoever has the files, writes a plan, or sends a file in bad faith learns nothing of few and changes no figure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from instruments.faults import InputError
from instruments.research.dataset import Dataset
from instruments.research.limits import limits
from instruments.research.pooling.plan import NOT_POOLED, PoolingPlan, read_plan
from instruments.research.pooling.pooled import pool
from instruments.research.pooling.sums import EVERYBODY_ELSE, Parts, Sums, files_beside, read_sums
from instruments.research.pooling.totals import totals_that_follow
from instruments.research.scores import find_score
from instruments.research.splitting import first_ratings, select
from instruments.signing import public_key_of
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


def refused_by_pool(*given: Sums, trusted: Sequence[str] = TRUSTED) -> set[str]:
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
    assert "sums-differ-by-few" in codes_of(lambda: sent(smaller, earlier=[earlier]))


def test_a_second_file_in_which_one_rating_is_mended_is_refused() -> None:
    data = municipalities()["Påhittby"]
    table = table_of(data)
    place = table.index[(table["rater"] == "first") & (table[ITEMS[4]] == 0)][0]
    table.loc[place, ITEMS[4]] = 1.0
    assert "sums-differ-by-few" in codes_of(lambda: sent(dataset_of(table), earlier=[sent(data)]))


def test_the_same_file_may_be_written_again_and_one_with_many_more_persons_may() -> None:
    data = municipalities()["Påhittby"]
    earlier = sent(data)
    assert sent(data, earlier=[earlier]).parts == earlier.parts
    plan = PLAN.without([name for name in PLAN.part_names if name != "outcome"])
    more = joined(data, rated(900, 600, shift=0.1))
    sent(more, plan=plan, earlier=[sent(data, plan=plan)])


def test_a_second_plan_whose_levels_differ_by_few_persons_is_refused() -> None:
    """Levels from 4 and from 4.5 differ by those who have 4: with the outcome or without, by group, some are few."""
    table = table_of(first_ratings(municipalities()["Påhittby"]))
    of_four = table.index[table[ITEMS].sum(axis=1) == 4]
    data = dataset_of(table.drop(index=of_four[3:]).reset_index(drop=True))
    other = OUTCOME_ONLY.model_copy(update={"levels": (0, 4.5, 8)})
    earlier = sent(data, plan=OUTCOME_ONLY)
    sent(data, plan=other)  # by itself it could be sent
    assert codes_of(lambda: sent(data, plan=other, earlier=[earlier])) & {"sums-of-few", "sums-one-outcome"}


def test_a_second_plan_whose_outcome_differs_by_few_persons_is_refused() -> None:
    data = first_ratings(municipalities()["Påhittby"])
    again = data.outcomes["again"].to_numpy()
    within_a_year = again.copy()
    within_a_year[np.flatnonzero(again)[:2]] = 0
    data = with_outcome(data, again=again, within_a_year=within_a_year)
    other = OUTCOME_ONLY.model_copy(update={"outcome": "within_a_year"})
    earlier = sent(data, plan=OUTCOME_ONLY)
    sent(data, plan=other)
    assert "sums-of-few" in codes_of(lambda: sent(data, plan=other, earlier=[earlier]))


def test_a_second_plan_on_nearly_the_same_persons_is_refused() -> None:
    """All but three have an outcome: a file with the outcome and one without tell of the three together."""
    data = municipalities()["Påhittby"]
    unknown = set(data.persons.unique()[:3])
    data = with_outcome(data, again=data.outcomes["again"].where(~data.persons.isin(unknown)).to_numpy())
    alpha = PLAN.without([name for name in PLAN.part_names if not name.startswith("consistency")])
    earlier = sent(data, plan=OUTCOME_ONLY)
    sent(data, plan=alpha)
    assert "sums-persons-apart" in codes_of(lambda: sent(data, plan=alpha, earlier=[earlier]))


def test_files_that_lie_in_the_same_folder_are_the_earlier_ones(tmp_path: Path) -> None:
    own, other = files()[0], files()[1]
    (tmp_path / "first.yaml").write_text(own.to_yaml(), encoding="utf-8")
    (tmp_path / "other.yaml").write_text(other.to_yaml(), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("form: something else\n", encoding="utf-8")
    assert files_beside(tmp_path / "second.yaml", KEYS["Påhittby"]) == [own]


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
    assert refused_by_pool(*files(), trusted=TRUSTED[1:]) == {"sums-key-not-trusted"}
    stranger = files()[0].signed_with(b"\x99" * 32)
    assert refused_by_pool(stranger, *files()[1:]) == {"sums-key-not-trusted"}


def test_one_place_twice_is_refused_by_key_by_name_and_by_content() -> None:
    first, second, *others = files()
    extra = b"\x77" * 32
    trusted = [*TRUSTED, public_key_of(extra)]
    assert refused_by_pool(first, first, *others) == {"sums-place-twice"}
    by_key = first.model_copy(update={"place": "Annanstans"}).signed_with(KEYS["Påhittby"])
    assert refused_by_pool(first, by_key, trusted=trusted) == {"sums-place-twice"}
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
