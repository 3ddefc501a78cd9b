"""A cohort is decided block by block, and only as far as is asked."""

from datetime import date

import numpy as np
import pytest

from screening import evaluation
from screening.evaluation import decide, decide_columns
from screening.invented.cohort import invent_columns
from tests.cases.reading import library

ON = date(2026, 11, 21)
LIBRARY = library()


@pytest.mark.parametrize("name", LIBRARY.names())
def test_blocks_are_decided_as_single_intakes_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = LIBRARY.bind(name, on=ON).rules
    columns = invent_columns(250, seed=3, rules=rules, on=ON)
    monkeypatch.setattr(evaluation, "BLOCK", 100)
    truths = decide_columns(rules, columns)
    assert truths.T.tolist() == [decide(rules, columns.intake(row)) for row in range(250)]


def test_the_first_nodes_alone_are_decided_alike() -> None:
    rules = LIBRARY.bind("stockholm_2012", on=ON).rules
    columns = invent_columns(250, seed=3, rules=rules, on=ON)
    truths = decide_columns(rules, columns, rules.decision)
    assert len(truths) == rules.outcome + 1
    assert np.array_equal(truths, decide_columns(rules, columns)[: len(truths)])
