"""`make mutants` runs by command only: that it can tell a change that is noticed from none is tried here."""

from pathlib import Path

from tests.mutants.noticing import EQUIVALENT, TARGETS, is_equivalent, is_noticed
from tests.recipes.copying import ROOT, Copy

GATE = "screening/gate.py"


def test_a_change_of_what_is_decided_is_noticed_and_none_is_not(tmp_path: Path) -> None:
    copy = Copy.make(tmp_path)
    text = (ROOT / GATE).read_text(encoding="utf-8")
    assert not is_noticed(copy, GATE, text)
    assert is_noticed(copy, GATE, text.replace("day < self.valid_from", "day > self.valid_from"))
    assert (copy.root / GATE).read_text(encoding="utf-8") == text


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
