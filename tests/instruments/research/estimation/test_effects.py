"""Effects between places are those of R's metafor, and chance alone never narrows their interval."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.faults import InputError
from instruments.research.estimation.effects import combine
from tests.instruments.research.data import REFERENCE

REFERENCES = pd.read_csv(REFERENCE / "effects.csv")
SETS = {
    "apart": ([0.62, 1.10, 0.35, 1.48, 0.81, 0.20, 0.97], [0.040, 0.022, 0.065, 0.031, 0.018, 0.090, 0.027]),
    "alike": ([0.80, 0.86, 0.78, 0.83, 0.81], [0.040, 0.022, 0.065, 0.031, 0.018]),
    "four": ([-0.41, 0.12, -0.78, 0.33], [0.010, 0.025, 0.030, 0.012]),
    "three": ([2.1, 1.2, 1.9], [0.2, 0.1, 0.4]),
    "two": ([0.5, 0.9], [0.01, 0.02]),
}
BETWEEN = {"FE": "reml", "REML": "reml", "DL": "dersimonian_laird"}
places = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.001, 2)), min_size=2, max_size=8)


@pytest.mark.parametrize(
    "row", REFERENCES.to_dict("records"), ids=lambda row: f"{row['set']}-{row['method']}-{row['test']}"
)
def test_every_figure_is_that_of_metafor(row: dict[str, float]) -> None:
    values, variances = SETS[str(row["set"])]
    told = combine(
        values,
        variances,
        prediction="higgins",
        between=BETWEEN[str(row["method"])],
        never_narrower=row["test"] == "adhoc",  # type: ignore[arg-type]
    )
    if row["method"] == "FE":
        assert (told.fixed, *told.fixed_interval) == pytest.approx([row["estimate"], row["low"], row["high"]], abs=1e-9)
        assert (told.q, told.p) == pytest.approx([row["q"], row["q_p"]], abs=1e-9)
        return
    ours = [told.mean, told.error, *told.interval, told.between, told.inconsistency]
    theirs = [row[name] for name in ("estimate", "error", "low", "high", "tau_squared", "i_squared")]
    assert ours == pytest.approx(theirs, abs=1e-9)
    if told.prediction is None:
        assert np.isnan(row["predicted_low"])
    else:
        assert told.prediction == pytest.approx([row["predicted_low"], row["predicted_high"]], abs=1e-9)


@given(places)
def test_the_order_of_the_places_does_not_matter_and_another_place_is_less_certain_than_the_mean(
    given_places: list[tuple[float, float]],
) -> None:
    values, variances = zip(*given_places, strict=True)
    told, turned = combine(values, variances), combine(values[::-1], variances[::-1])
    assert turned.mean == pytest.approx(told.mean, abs=1e-7)
    assert turned.between == pytest.approx(told.between, abs=1e-7)
    assert told.between >= 0
    assert 0 <= told.inconsistency <= 1
    if told.prediction is not None:
        assert turned.prediction == pytest.approx(told.prediction, abs=1e-6)
        assert told.prediction == combine(values, variances).prediction, "the same estimates have the same interval"
        by_higgins = combine(values, variances, prediction="higgins").prediction
        assert by_higgins is not None
        width = told.interval[1] - told.interval[0]
        assert by_higgins[1] - by_higgins[0] >= width
        assert told.prediction[0] < told.mean < told.prediction[1]


@given(places)
def test_the_interval_of_the_mean_is_never_narrower_than_with_the_usual_error(
    given_places: list[tuple[float, float]],
) -> None:
    values, variances = (np.array(each) for each in zip(*given_places, strict=True))
    told = combine(values, variances)
    assert told.error >= (1 / (variances + told.between)).sum() ** -0.5 * (1 - 1e-12)


def test_places_that_are_all_alike_have_no_variance_between_them() -> None:
    told = combine([0.4, 0.4, 0.4], [0.1, 0.2, 0.3])
    assert (told.between, told.inconsistency, told.p) == (0, 0, 1)
    assert told.mean == told.fixed == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("values", "variances", "code"),
    [
        ([0.5], [0.1], "too-few-places"),
        ([], [], "too-few-places"),
        ([0.5, 0.6], [0.1, 0.0], "variance-not-positive"),
        ([0.5, 0.6], [0.1, -1.0], "variance-not-positive"),
        ([0.5, float("nan")], [0.1, 0.1], "score-missing"),
        ([0.5, 0.6], [0.1, float("inf")], "score-missing"),
        ([0.5, 0.6], [0.1], "lengths-differ"),
    ],
)
def test_what_cannot_be_combined_is_refused(values: list[float], variances: list[float], code: str) -> None:
    with pytest.raises(InputError) as refused:
        combine(values, variances)
    assert [fault.code for fault in refused.value.faults] == [code]
