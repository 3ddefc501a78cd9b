"""Every criterion, flag and outcome is what every completion agrees on (architecture 3.2 to 3.4)."""

from unittest.mock import patch

from screening import evaluation
from screening.evaluation import decide, decide_columns
from screening.truth import WORDS
from tests.screening.brute_force import Known
from tests.screening.strategies import Case, in_codes, in_columns, on_small_guidances, on_small_intakes


@on_small_intakes(guidances=200)
def test_an_intake_is_decided_as_all_its_completions_agree(case: Case, known: Known) -> None:
    truths = decide(case.rules, in_codes(known, case))
    assert {node.name: WORDS[truths[node.position]] for node in case.rules.nodes} == case.brute.statuses(known)


@on_small_guidances(guidances=150)
def test_a_cohort_is_decided_row_by_row_as_its_intakes_are(case: Case, cohort: list[Known]) -> None:
    with_windows = any(known.window is not None for known in cohort)
    columns = in_columns(cohort, case, with_windows=with_windows)
    with patch.object(evaluation, "BLOCK", 4):
        truths = decide_columns(case.rules, columns)
    for row, known in enumerate(cohort):
        in_cohort = {node.name: WORDS[truths[node.position, row]] for node in case.rules.nodes}
        assert in_cohort == case.brute.statuses(known)
        assert truths[:, row].tolist() == decide(case.rules, columns.intake(row))
