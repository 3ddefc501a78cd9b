"""`make mutants` runs by command only: that it can tell a change that is noticed from none is tried here."""

import pytest

from tests.mutants import noticing
from tests.mutants.noticing import EQUIVALENT, TARGETS, Trial, is_equivalent
from tests.recipes.copying import ROOT, Copy

GATE = "screening/gate.py"
ITS_TESTS = "tests/screening/test_gate.py"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy.make(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def trial(copy: Copy) -> Trial:
    return Trial([copy], {GATE: [ITS_TESTS], "README": ["tests/not_there.py"]})


@pytest.mark.thorough
def test_a_change_of_what_is_decided_is_noticed_and_none_is_not(trial: Trial, copy: Copy) -> None:
    text = (ROOT / GATE).read_text(encoding="utf-8")
    assert trial.try_change(GATE, text) == "survived"
    assert trial.try_change(GATE, text.replace("day < self.valid_from", "day > self.valid_from")) == "killed"
    assert (copy.root / GATE).read_text(encoding="utf-8") == text


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("line", "limit"), [("while True: pass", "ENDLESS"), ("__import__('time').sleep(60)", "WAITING")]
)
def test_tests_that_work_or_wait_for_ever_are_told_apart(
    line: str, limit: str, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(trial.seconds, ITS_TESTS, 1)
    monkeypatch.setattr(noticing, limit, 1)
    text = (ROOT / GATE).read_text(encoding="utf-8")
    assert trial.try_change(GATE, f"{text}\n{line}\n") == "timed_out"


@pytest.mark.thorough
def test_nothing_is_told_by_tests_that_fail_without_a_change(trial: Trial) -> None:
    with pytest.raises(RuntimeError, match=r"tests/not_there\.py fails without any change"):
        trial.try_change("README", "")


def test_every_module_and_every_test_that_the_sample_is_drawn_from_is_there() -> None:
    named = [*TARGETS, *(test for tests in TARGETS.values() for test in tests)]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_each_change_that_nobody_could_notice_is_of_one_place_that_is_there_and_says_why() -> None:
    for each in EQUIVALENT:
        text = (ROOT / each.module).read_text(encoding="utf-8")
        assert each.module in TARGETS
        assert text.count(each.was) == 1, each.was
        assert each.because
        assert each.was not in each.becomes


def test_a_change_is_known_as_one_that_nobody_could_notice_however_it_is_spaced() -> None:
    each = EQUIVALENT[0]
    text = (ROOT / each.module).read_text(encoding="utf-8")
    changed = text.replace(each.was, each.becomes[0])
    assert is_equivalent(each.module, text, changed + "\n\n")
    assert not is_equivalent(each.module, text, text)
    assert not is_equivalent(GATE, text, changed) or each.module == GATE


def test_text_that_is_no_python_is_no_change() -> None:
    assert is_equivalent(GATE, "if a := b:\n    pass\n", "if not a := b:\n    pass\n")
