"""Cases that a municipality writes are read with every fault in its place, and held against what comes out."""

from pathlib import Path

import pytest

from instruments.faults import Fault, InputError
from screening.worked_cases.intakes import faults_in_place
from screening.worked_cases.judging import judge
from screening.worked_cases.reading import WorkedCase, read_cases
from tests.cases.reading import library

BASES = """guidance: assignment_2011
bases:
  at_risk:
    why: Den unge riskerar att dras in.
    on: 2026-11-21
    facts: {recruitment_risk: yes}
    expect: {outcome: supports_offer, criteria: {at_risk: met}}
cases:
"""


def read(folder: Path, cases: str, name: str = "own.yaml") -> list[WorkedCase]:
    path = folder / name
    path.write_text(cases, encoding="utf-8")
    return read_cases([path])


def last(folder: Path, case: str) -> WorkedCase:
    return read(folder, BASES + case)[-1]


def faults_of(folder: Path, text: str) -> list[Fault]:
    with pytest.raises(InputError) as refused:
        read(folder, text)
    return list(refused.value.faults)


def test_a_case_says_only_what_differs_from_its_base(tmp_path: Path) -> None:
    case = last(tmp_path, "  - {name: Också ung, why: Åldern med., from: at_risk, facts: {age: 12}, expect: {}}\n")
    assert case.facts == {"recruitment_risk": "yes", "age": 12}
    assert case.expect == {"outcome": "supports_offer", "criteria": {"at_risk": "met"}}
    assert not case.is_base
    assert judge(case, library()).differences == ()


def test_a_file_builds_on_the_bases_of_the_files_before_it(tmp_path: Path) -> None:
    first, second = tmp_path / "1.yaml", tmp_path / "2.yaml"
    first.write_text(BASES.replace("cases:\n", ""), encoding="utf-8")
    second.write_text("cases:\n  - {name: Till, why: Till., from: at_risk, expect: {}}\n", encoding="utf-8")
    assert [case.name for case in read_cases([first, second])] == ["at_risk", "Till"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (BASES + "  - {name: Ett, why: Ett., from: at_rsk, expect: {}}\n", "unknown-base", 9),
        (BASES + "  - {name: Ett, why: Ett., from: at_risk, fcts: {}, expect: {}}\n", "unknown-key", 9),
        (BASES + "  - {name: Ett, why: Ett., from: at_risk}\n", "missing-key", 9),
        (BASES + "  - {name: Ett, from: at_risk, expect: {}}\n", "missing-key", 9),
        (BASES.replace("    on: 2026-11-21\n", ""), "missing-key", 3),
        (BASES.replace("guidance: assignment_2011\n", ""), "missing-key", 2),
        (BASES.replace("supports_offer", "supported"), "bad-value", 7),
        (BASES.replace("at_risk: met", "at_risk: meet"), "bad-value", 7),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    assert [(fault.code, fault.where) for fault in faults_of(tmp_path, text)] == [(code, f"own.yaml, line {line}")]


@pytest.mark.parametrize(
    ("case", "code", "line"),
    [
        ("facts: {age: twelve}", "off-range-fact", 9),
        ("facts: {motivation_to_leave: {value: none, observed: x}}", "unknown-key", 9),
        ("facts: {motivation_to_leave: {value: none, days_ago: soon}}", "unknown-key", 9),
        ("facts: {motivation_to_leave: {value: none, days_ago: true}}", "unknown-key", 9),
        ("facts: {motivation_to_leave: {value: none, days_ago: 900000}}", "before-the-calendar", 9),
        ("on: 2001-01-01", "not-in-force", 9),
        ("guidance: assignment_2012", "unknown-definition", 9),
        ("ratings: {instrument: youth_spj, protective: {present: 7}}", "more-than-items", 9),
        ("ratings: {instrument: youth_spj, own_behaviour: {high: 300000000000}}", "more-than-items", 9),
        ("ratings: {instrument: youth_spj, items: {sleep: high}}", "unknown-item", 9),
        ("consents: {youth: {polis: given}}", "unknown-recipient", 9),
    ],
)
def test_what_cannot_be_read_of_an_intake_is_told_with_its_line(
    tmp_path: Path, case: str, code: str, line: int
) -> None:
    worked = last(tmp_path, f"  - {{name: Ett, why: Ett., from: at_risk, {case}, expect: {{}}}}\n")
    refusal = judge(worked, library()).refusal
    assert refusal is not None
    assert [(each.code, each.where) for each in faults_in_place(worked, refusal)] == [(code, f"own.yaml, line {line}")]


@pytest.mark.parametrize("number", ["-3", "true", "3.0"])
def test_a_number_of_items_is_a_whole_number_from_nought(tmp_path: Path, number: str) -> None:
    told = f"ratings: {{instrument: youth_spj, own_behaviour: {{high: {number}}}}}"
    (fault,) = faults_of(tmp_path, BASES + f"  - {{name: Ett, why: Ett., from: at_risk, {told}, expect: {{}}}}\n")
    assert (fault.code, fault.where) in {(code, "own.yaml, line 9") for code in ("bad-value", "wrong-type")}


def test_what_a_case_has_from_its_base_is_told_where_the_base_says_it(tmp_path: Path) -> None:
    text = BASES.replace("recruitment_risk: yes", "recruitment_risk: ja")
    worked = read(tmp_path, text + "  - {name: Ett, why: Ett., from: at_risk, facts: {age: 15}, expect: {}}\n")[-1]
    refusal = judge(worked, library()).refusal
    assert refusal is not None
    assert [each.where for each in faults_in_place(worked, refusal)] == ["own.yaml, line 6"]


def test_what_came_out_otherwise_is_told_with_the_sentence_of_the_criterion(tmp_path: Path) -> None:
    case = last(
        tmp_path,
        "  - {name: Nej, why: Nej., from: at_risk, facts: {recruitment_risk: no}, expect: {}}\n",
    )
    outcome, status = judge(case, library()).differences
    assert (outcome.what, outcome.expected, outcome.got) == ("outcome", "supports_offer", "not_target_group")
    assert (status.criterion, status.expected, status.got) == ("at_risk", "met", "not_met")
    assert status.sentence is not None
    assert library().catalogue.render(status.sentence, "sv")


def test_a_criterion_that_the_guidance_does_not_have_comes_out_as_nothing(tmp_path: Path) -> None:
    case = last(tmp_path, "  - {name: Ett, why: Ett., from: at_risk, expect: {criteria: {age: met}}}\n")
    assert [(each.criterion, each.got) for each in judge(case, library()).differences] == [("age", None)]


def test_a_refusal_that_was_expected_and_does_not_come_is_a_difference(tmp_path: Path) -> None:
    case = last(tmp_path, "  - {name: Ett, why: Ett., from: at_risk, expect: {fault: not-in-force}}\n")
    assert [(each.what, each.got) for each in judge(case, library()).differences] == [("fault", None)]


@pytest.mark.parametrize("expected", ["{outcome: }", "{criteria: {at_risk: }}"])
def test_what_is_left_empty_is_not_filled_in_and_not_held_against_anything(tmp_path: Path, expected: str) -> None:
    case = last(tmp_path, f"  - {{name: Ett, why: Ett., from: at_risk, expect: {expected}}}\n")
    assert not case.is_filled_in
    assert judge(case, library()).differences == ()
