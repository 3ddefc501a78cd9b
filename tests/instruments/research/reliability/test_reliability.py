"""Reliability: the figures of R where the definitions are the same, and no figure where there is none."""

import warnings
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pingouin
import pytest
from sklearn.decomposition import FactorAnalysis
from sklearn.metrics import cohen_kappa_score

from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.reading import read_dataset
from instruments.research.faults import (
    AllMissingItemWarning,
    DuplicatePersonWarning,
    NotRatedTwiceWarning,
    OneLevelWarning,
    SingleRaterError,
)
from instruments.research.figures.figure import Figure, InsufficientEvidence, Outcome
from instruments.research.reliability.agreement import (
    Ratings,
    agreement,
    krippendorff_alpha,
    percent_agreement,
    weighted_kappa,
)
from instruments.research.reliability.consistency import Covariances, cronbach_alpha, item_rows, omega_total
from instruments.research.reliability.intraclass import FORMS, intraclass_correlations
from instruments.research.reliability.report import reliability
from tests.instruments.research.data import (
    CATALONIA,
    REAL,
    YOUTH,
    needs_real,
    read,
    reference,
    write_rows,
)

SAME = {"rel": 1e-9, "abs": 1e-9}


def levels(seed: int = 3, n: int = 300, raters: int = 3, missing: float = 0.0) -> pd.DataFrame:
    """Raters who see the same person a little differently."""
    random = np.random.default_rng(seed)
    seen = random.normal(size=n)[:, None] + 0.6 * random.normal(size=(n, raters))
    codes = np.digitize(seen, [-0.4, 0.7]).astype(float)
    codes[random.random(codes.shape) < missing] = np.nan
    return pd.DataFrame(codes, columns=[f"r{place}" for place in range(raters)])


def value(outcome: Outcome) -> float:
    assert isinstance(outcome, Figure), outcome
    return outcome.value


def figures(outcomes: object) -> dict[str, Outcome]:
    return {each.name: each for each in outcomes}  # type: ignore[attr-defined]


# --- the figures of R ------------------------------------------------------------------------------------------------


def test_weighted_kappa_of_two_raters_is_that_of_irr() -> None:
    ratings = Ratings.of(reference("raters_1000.csv")[["r1", "r2"]], 3)
    assert value(weighted_kappa(ratings, "quadratic")) == pytest.approx(0.630539826976, **SAME)
    assert value(weighted_kappa(ratings, "linear")) == pytest.approx(0.5142690878, **SAME)


def test_intraclass_correlations_and_their_intervals_are_those_of_irr_and_psych() -> None:
    table = reference("raters_1000.csv")[["t1", "t2", "t3"]]
    forms = figures(intraclass_correlations(table, agreement="satterthwaite"))
    expected = (0.865858982999, 0.865853631597, 0.865750017294, 0.950894997701, 0.950892846312, 0.950851187624)
    for name, psych in zip(FORMS, expected, strict=True):
        assert value(forms[name]) == pytest.approx(psych, **SAME)
    intervals = {
        "icc_a1": (0.852265834279, 0.878522095788),
        "icc_c1": (0.852153023231, 0.878427263755),
    }
    for name, irr in intervals.items():
        assert (forms[name].low, forms[name].high) == pytest.approx(irr, **SAME)  # type: ignore[union-attr]


def test_alpha_is_that_of_psych() -> None:
    alpha = cronbach_alpha(Covariances.of(reference("items_1000.csv")))
    assert value(alpha) == pytest.approx(0.902946819431, **SAME)


@needs_real
def test_alpha_of_the_catalan_file_is_the_published_one() -> None:
    data = read_dataset(REAL, CATALONIA, YOUTH)
    alpha = cronbach_alpha(Covariances.of(data.ratings[data.risk_items]))
    assert f"{value(alpha):.4f}" == "0.8840"


def test_alpha_of_the_published_example_with_missing_raters_is_the_published_one() -> None:
    """Krippendorff (2011), Computing Krippendorff's alpha-reliability, part D: four observers, twelve units."""
    observers = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    codes = [[np.nan if value == "." else int(value) - 1 for value in row.split()] for row in observers]
    figure = krippendorff_alpha(Ratings.of(pd.DataFrame(codes).T, 5))
    assert f"{value(figure):.3f}" == "0.815"
    assert figure.n == 11


def test_kappa_and_alpha_hold_in_a_table_worked_out_by_hand() -> None:
    pairs = [(0, 0)] * 4 + [(0, 1)] * 2 + [(1, 1)] * 3 + [(1, 0)]
    ratings = Ratings.of(pd.DataFrame(pairs), 2)
    assert percent_agreement(ratings).value == pytest.approx(0.7)
    # expected by chance: 0.6 * 0.5 + 0.4 * 0.5 = 0.5
    assert value(weighted_kappa(ratings, "linear")) == pytest.approx((0.7 - 0.5) / 0.5)


# --- the figures of other libraries ----------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_alpha_for_ordinal_levels_is_that_of_the_library_with_and_without_missing_raters(missing: float) -> None:
    table = levels(missing=missing)
    expected = krippendorff.alpha(table.to_numpy().T, level_of_measurement="ordinal", value_domain=[0, 1, 2])
    figure = krippendorff_alpha(Ratings.of(table, 3))
    assert isinstance(figure, Figure)
    assert figure.value == pytest.approx(expected, **SAME)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high


def test_kappa_of_several_raters_is_the_mean_over_pairs() -> None:
    table = levels()
    pairs = [("r0", "r1"), ("r0", "r2"), ("r1", "r2")]
    for weights in ("linear", "quadratic"):
        expected = np.mean([cohen_kappa_score(table[a], table[b], weights=weights) for a, b in pairs])
        figure = weighted_kappa(Ratings.of(table, 3), weights)
        assert value(figure) == pytest.approx(expected, **SAME)
        assert isinstance(figure, Figure)
        assert figure.method == "light"


def test_raters_who_differ_from_person_to_person_are_exchangeable() -> None:
    random = np.random.default_rng(8)
    pair = levels(raters=2)
    table = pd.DataFrame(np.nan, index=pair.index, columns=range(60))
    for row in table.index:
        table.loc[row, random.choice(60, 2, replace=False)] = pair.loc[row].to_numpy()
    figure = weighted_kappa(Ratings.of(table, 3), "quadratic")
    both_ways = np.concatenate([pair.to_numpy(), pair.to_numpy()[:, ::-1]])
    expected = cohen_kappa_score(*both_ways.T, weights="quadratic")
    assert isinstance(figure, Figure)
    assert figure.method == "exchangeable_raters"
    assert figure.value == pytest.approx(expected, **SAME)


def test_omega_is_that_of_a_factor_analysis_by_maximum_likelihood() -> None:
    random = np.random.default_rng(4)
    items = pd.DataFrame(random.normal(size=(400, 1)) * [0.9, 0.7, 0.5, 0.8] + random.normal(size=(400, 4)))
    fitted = FactorAnalysis(1, tol=1e-12, max_iter=20_000, svd_method="lapack").fit(items)
    common = fitted.components_[0].sum() ** 2
    figure = omega_total(Covariances.of(items))
    assert value(figure) == pytest.approx(common / (common + fitted.noise_variance_.sum()), abs=1e-6)


def test_alpha_and_its_interval_are_those_of_pingouin_also_with_blanks() -> None:
    items = levels(raters=6)
    alpha = cronbach_alpha(Covariances.of(items), method="feldt")
    expected, interval = pingouin.cronbach_alpha(items)
    assert value(alpha) == pytest.approx(expected, **SAME)
    assert [alpha.low, alpha.high] == pytest.approx(interval, abs=6e-4)  # type: ignore[union-attr]
    blank = levels(raters=6, missing=0.2)
    assert value(cronbach_alpha(Covariances.of(blank))) == pytest.approx(pingouin.cronbach_alpha(blank)[0], **SAME)


def test_an_item_against_the_rest_is_a_correlation_with_the_sum_of_the_others() -> None:
    items = levels(raters=5)
    for row in item_rows(Covariances.of(items)):
        rest = items.drop(columns=row.labels[0])
        correlation, dropped = row.figures
        assert value(correlation) == pytest.approx(items[row.labels[0]].corr(rest.sum(axis=1)), **SAME)
        assert value(dropped) == pytest.approx(pingouin.cronbach_alpha(rest)[0], **SAME)


# --- missing raters --------------------------------------------------------------------------------------------------


def test_variance_components_with_one_missing_rating_are_close_to_those_with_none() -> None:
    table = levels(n=400).astype(float) + np.array([0, 0.3, -0.2])
    whole = figures(intraclass_correlations(table))
    table.iloc[0, 0] = np.nan
    lacking = figures(intraclass_correlations(table))
    for name in FORMS:
        assert value(lacking[name]) == pytest.approx(value(whole[name]), abs=0.01)
        assert lacking[name].method == whole[name].method  # type: ignore[union-attr]
        ends = [(each[name].low, each[name].high) for each in (whole, lacking)]  # type: ignore[union-attr]
        assert ends[1] == pytest.approx(ends[0], abs=0.01)


def test_missing_ratings_at_random_leave_the_correlations_where_they_were() -> None:
    random = np.random.default_rng(1)
    table = pd.DataFrame(random.normal(size=(3000, 1)) + random.normal(0, 0.5, (3000, 4)) + [0, 0.4, -0.4, 0.2])
    truth = 1 / (1 + 0.25 + np.var([0, 0.4, -0.4, 0.2], ddof=1))
    table = table.mask(random.random(table.shape) < 0.4)
    forms = figures(intraclass_correlations(table))
    assert value(forms["icc_a1"]) == pytest.approx(truth, abs=0.02)
    assert value(forms["icc_c1"]) == pytest.approx(1 / 1.25, abs=0.02)


def test_raters_who_share_nobody_cannot_be_told_apart_from_their_persons() -> None:
    table = pd.DataFrame(np.nan, index=range(40), columns=range(4))
    random = np.random.default_rng(2)
    table.iloc[:20, :2] = random.normal(size=(20, 2))
    table.iloc[20:, 2:] = random.normal(size=(20, 2))
    forms = figures(intraclass_correlations(table))
    assert isinstance(forms["icc_1"], Figure)
    assert isinstance(forms["icc_a1"], InsufficientEvidence)
    assert forms["icc_a1"].reason.code == "raters-not-crossed"
    many = pd.DataFrame(np.nan, index=range(50), columns=range(100))
    for row in range(50):
        many.iloc[row, 2 * row : 2 * row + 2] = random.normal(size=2)
    reason = figures(intraclass_correlations(many))["icc_a1"]
    assert isinstance(reason, InsufficientEvidence)
    assert reason.reason.code == "many-raters"


# --- what has no figure ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("raters", [2, 3])
def test_perfect_agreement_is_one(raters: int, level: int) -> None:
    column = np.r_[np.zeros(10), np.full(10, level)]
    table = pd.DataFrame(dict.fromkeys(range(raters), column))
    for outcome in (*agreement(table, 3), *intraclass_correlations(table)):
        assert value(outcome) == 1, outcome.name
    assert (percent_agreement(Ratings.of(table, 3)).low or 1) < 0.9, "twenty people do not settle it"
    table.iloc[0, 0] = np.nan
    for outcome in intraclass_correlations(table):
        assert value(outcome) == 1


def test_raters_who_differ_by_a_fixed_step_are_consistent_without_agreeing() -> None:
    ratings = np.random.default_rng(0).normal(size=30)
    forms = figures(intraclass_correlations(pd.DataFrame({"a": ratings, "b": ratings + 1})))
    assert value(forms["icc_c1"]) == pytest.approx(1)
    assert forms["icc_c1"].note == "no_interval"  # type: ignore[union-attr]
    assert value(forms["icc_a1"]) < 0.9


def test_single_raters_are_refused_by_name() -> None:
    table = levels(raters=1)
    with pytest.raises(SingleRaterError):
        agreement(table, 3)
    with pytest.raises(SingleRaterError):
        intraclass_correlations(table)


def test_too_few_people_or_items_give_a_reason_instead_of_a_figure() -> None:
    few = intraclass_correlations(levels(n=2))
    assert {each.reason.code for each in few if isinstance(each, InsufficientEvidence)} == {"too-few-rows"}
    for items, code in ((levels(raters=1), "too-few-items"), (levels(n=5, raters=4), "too-few-rows")):
        given = Covariances.of(items)
        for outcome in (cronbach_alpha(given), omega_total(given)):
            assert isinstance(outcome, InsufficientEvidence)
            assert outcome.reason.code == code
    two = item_rows(Covariances.of(levels(raters=2)))[0].figures[1]
    assert isinstance(two, InsufficientEvidence)


def test_a_figure_is_never_nan() -> None:
    with pytest.raises(ValueError, match="not a number"):
        Figure("auc", float("nan"))


# --- the whole report ------------------------------------------------------------------------------------------------


def rated_twice(folder: Path, rows: list[tuple[object, ...]]) -> Dataset:
    mapping = "instrument: youth_spj\nkey: k\nperson: p\nrater: r\ncodes: {risk: {0: low, 1: moderate, 2: high}}\n"
    mapping += "items: {substance_use: a, peer_rejection: b, anger_management: c}\n"
    return read(write_rows(folder, rows, ("k", "p", "r", "a", "b", "c")), mapping)


def test_the_report_tells_of_every_item_and_total_that_was_rated_twice(tmp_path: Path) -> None:
    table = levels(raters=6).astype(int)
    rows: list[tuple[object, ...]] = []
    for person, codes in enumerate(table.to_numpy().tolist()):
        rows += [(f"{person}a", person, "anna", *codes[:3]), (f"{person}b", person, "bo", *codes[3:])]
    report = reliability(rated_twice(tmp_path, rows))
    by_name = {section.name: section for section in report.sections}
    items = ["anger_management", "peer_rejection", "substance_use"]
    assert sorted(row.labels[0] for row in by_name["agreement"].rows) == items
    assert "risk_total" in {row.labels[0] for row in by_name["intraclass"].rows}
    assert by_name["intraclass"].notes == ("research_total", "random_raters", "raters_crossed")
    assert report.warnings == ()
    percent = by_name["agreement"].rows[0].figures[0]
    assert percent.n == 300


def test_what_the_report_leaves_out_is_told(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(row, row, "anna", row % 3, "", 1) for row in range(30)]
    rows.append((30, 0, "anna", 1, "", 1))
    data = rated_twice(tmp_path, rows)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        reliability(data)
    assert {type(each.message) for each in caught} == {NotRatedTwiceWarning, AllMissingItemWarning, OneLevelWarning}
    data = rated_twice(tmp_path, [*rows, (31, 0, "bo", 1, "", 1)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        report = reliability(data)
    assert {type(each.message) for each in caught} == {DuplicatePersonWarning, AllMissingItemWarning, OneLevelWarning}
    percent, *corrected = report.sections[0].rows[0].figures
    assert percent.n == 1
    assert {each.reason.code for each in corrected if isinstance(each, InsufficientEvidence)} == {"too-few-rows"}


def test_a_rater_who_gives_everybody_the_same_level_leaves_a_kappa_without_an_interval() -> None:
    table = pd.DataFrame({"a": np.zeros(20), "b": np.r_[np.zeros(10), np.ones(10)]})
    kappa = weighted_kappa(Ratings.of(table, 3), "linear")
    assert isinstance(kappa, Figure)
    assert (kappa.value, kappa.low, kappa.note) == (0, None, "not_resampled")


def test_a_sum_that_is_the_same_for_everybody_has_no_alpha() -> None:
    one = np.tile([0.0, 1.0, 2.0], 10)
    table = pd.DataFrame({"a": one, "b": 2 - one})
    alpha = cronbach_alpha(Covariances.of(table))
    assert isinstance(alpha, InsufficientEvidence)
    assert alpha.reason.code == "constant-sum"
    rows = item_rows(Covariances.of(table.assign(c=np.tile([0.0, 1.0], 15))))
    dropped = {row.labels[0]: row.figures[-1] for row in rows}
    assert isinstance(dropped["c"], InsufficientEvidence)
    assert isinstance(dropped["a"], Figure)


def test_only_ratings_of_the_same_occasion_are_held_against_each_other(tmp_path: Path) -> None:
    rows = []
    for person in range(20):
        level = person % 3
        for rater in ("anna", "bo"):
            rows.append((f"{person}-1-{rater}", person, f"{person}-1", rater, level))
        rows.append((f"{person}-2", person, f"{person}-2", "carl", (level + 1) % 3))
    data = write_rows(tmp_path, rows, ("k", "p", "o", "r", "a"))
    mapping = """\
instrument: youth_spj
key: k
person: p
rater: r
codes: {risk: {0: low, 1: moderate, 2: high}}
items: {substance_use: a}
"""

    def agreed(text: str) -> float:
        report = reliability(read(data, text))
        section = next(each for each in report.sections if each.name == "agreement")
        return value(figures(section.rows[0].figures)["percent_agreement"])

    assert agreed(mapping + "occasion: o\n") == 1
    assert agreed(mapping) == pytest.approx(1 / 3)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_covariances_without_each_person_are_those_of_pandas_without_them(missing: float) -> None:
    ratings = levels(n=40, raters=4, missing=missing)
    together = Covariances.of(ratings).without_each
    assert len(together) == 40
    for person, covariances in enumerate(together):
        assert covariances == pytest.approx(ratings.drop(index=person).cov().to_numpy(), **SAME)


def test_many_people_are_left_out_in_parts_and_give_nearly_the_same_interval() -> None:
    items = levels(n=1600, raters=4)
    ends = []
    for most in (400, 1600):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("instruments.research.reliability.consistency._PARTS", most)
            alpha = cronbach_alpha(Covariances.of(items))
            assert isinstance(alpha, Figure)
            ends.append((alpha.low, alpha.high))
    assert ends[0] == pytest.approx(ends[1], abs=0.004)


def test_a_blank_rating_narrows_no_interval_of_a_correlation() -> None:
    """Raters who differ much: what is told of raters like them cannot become surer by a rating that is lost."""
    random = np.random.default_rng(6)
    for _ in range(20):
        table = pd.DataFrame(random.normal(size=(30, 1)) + [0.9, 0, -0.9] + 0.7 * random.normal(size=(30, 3)))
        whole = figures(intraclass_correlations(table))
        table.iloc[3, 1] = np.nan
        blank = figures(intraclass_correlations(table))
        for name in FORMS:
            width = [each[name].high - each[name].low for each in (whole, blank)]  # type: ignore[union-attr,operator]
            assert width[1] > 0.9 * width[0], name


def test_raters_are_random_in_every_interval_of_agreement() -> None:
    """With three raters who differ much even a thousand persons leave an interval that is wide."""
    random = np.random.default_rng(7)
    table = pd.DataFrame(random.normal(size=(1000, 1)) + [0.9, 0, -0.9] + 0.7 * random.normal(size=(1000, 3)))
    for given in (table, table.mask(random.random(table.shape) < 0.2)):
        forms = figures(intraclass_correlations(given))
        agreed, consistent = forms["icc_a1"], forms["icc_c1"]
        assert agreed.high - agreed.low > 0.3  # type: ignore[union-attr,operator]
        assert consistent.high - consistent.low < 0.1  # type: ignore[union-attr,operator]


def test_a_set_of_too_few_items_is_told_and_does_not_vanish(tmp_path: Path) -> None:
    mapping = "instrument: youth_spj\nkey: k\nscores: {total: t}\ngroups: {sex: s}\n"
    data = read(write_rows(tmp_path, [(row, row % 7, "f") for row in range(40)], ("k", "t", "s")), mapping)
    with pytest.warns(NotRatedTwiceWarning):
        report = reliability(data)
    (section,) = report.sections
    assert section.name == "consistency"
    assert {row.labels[0] for row in section.rows} >= {"risk", "protective"} or len(section.rows) == 1
    told = [each for row in section.rows for each in row.figures]
    assert {each.reason.code for each in told if isinstance(each, InsufficientEvidence)} == {"too-few-items"}
    assert len(told) == 2 * len(section.rows)


def test_a_mark_in_a_table_has_its_footnote(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = []
    for person in range(30):
        rows += [(f"{person}a", person, "anna", person % 3, 1, 0), (f"{person}b", person, "bo", person % 3, 0, 1)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OneLevelWarning)
        report = reliability(rated_twice(tmp_path, rows))
    for section in report.sections:
        notes = {each.note for row in section.rows for each in row.figures if isinstance(each, Figure) and each.note}
        assert notes <= set(section.notes)
    agreed = next(each for each in report.sections if each.name == "agreement")
    assert "perfect_agreement" in agreed.notes
