"""What cases touch of a guidance is counted, and a case that can be filled in is made for what they do not."""

from datetime import date
from pathlib import Path

import pytest

from instruments.messages import Catalogue
from instruments.ratings import BLANK
from screening.intake import CodedIntake
from screening.library import LOCALE, BoundGuidance, Library
from screening.ruleset import Node
from screening.truth import MET, NOT_MET, UNKNOWN
from screening.witnesses import edges, intakes_with, nearest, truth_of
from screening.worked_cases.coverage import (
    Coverage,
    UnderTest,
    UnfilledCase,
    cover,
    fill_gaps,
    judge_shipped,
    judge_shipped_for_base,
    nothing_recorded,
)
from screening.worked_cases.goals import AnswerGoal, CountGoal, FreshnessGoal, TruthGoal, goals_of, say_goal
from screening.worked_cases.judging import Verdict
from screening.worked_cases.reading import WorkedCase, read_cases
from screening.worked_cases.writing import write_cases
from tests.cases.reading import all_cases, library
from tests.thoroughness import a_few

ON = date(2026, 11, 28)
NAMES = library().names()
#: The first day of every published version of a guidance or an overlay, those that have been replaced among them.
FIRST_DAYS = {
    f"{each.content.id}@{each.content.version}": each.content.valid_from
    for each in (*library().guidances, *library().overlays)
    if each.content.status == "published"
}
SENTENCES = Catalogue.from_folders(LOCALE / "batch", LOCALE / "cases").words()


def bound_of(name: str) -> BoundGuidance:
    return library().bind(name, on=ON)


def shipped(name: str) -> list[WorkedCase]:
    return [case for case in all_cases() if case.guidance == name]


def verdicts_of(name: str, cases: list[WorkedCase]) -> list[Verdict]:
    tested = UnderTest(library(), bound_of(name))
    return [tested.judge(case) for case in cases]


def coverage_of(name: str, cases: list[WorkedCase]) -> Coverage:
    return cover(bound_of(name), verdicts_of(name, cases))


def catalogue_of(bound: BoundGuidance) -> Catalogue:
    return library().catalogue.with_words(bound.words()).with_words(SENTENCES)


def constant(node: Node) -> bool:
    return node.kind == "after_valid_to"


@pytest.mark.parametrize("name", NAMES)
def test_every_status_is_reached_from_nothing_known_and_what_differs_cannot_be_less(name: str) -> None:
    rules = bound_of(name).rules
    nothing = CodedIntake({}, (BLANK,) * len(rules.instrument.items), ON)
    for node in (*rules.criteria, rules.nodes[rules.outcome]):
        for truth in (MET, NOT_MET, UNKNOWN) if not constant(node) else ():

            def holds(intake: CodedIntake, node: Node = node, truth: int = truth) -> bool:
                return truth_of(rules, node, intake) == truth

            found = nearest(rules, nothing, next(intakes_with(rules, node, truth, nothing)), holds)
            assert holds(found)
            assert nearest(rules, nothing, found, holds) == found


def test_both_sides_of_the_limits_of_several_guidances_are_tried() -> None:
    ages = edges(bound_of("stockholm_2012").rules, bound_of("stockholm_2019").rules)["age"]
    assert {11, 12, 18, 19, 29, 30} <= set(ages)
    assert ages[-1] == 0


@pytest.mark.parametrize("reference", a_few(sorted(FIRST_DAYS)))
def test_no_version_that_ships_lacks_a_case(reference: str) -> None:
    bound = library().bind(reference, on=FIRST_DAYS[reference])
    verdicts = [*judge_shipped(library(), bound), *judge_shipped_for_base(library(), bound)]
    assert [say_goal(goal, bound.rules, catalogue_of(bound), "en") for goal in cover(bound, verdicts).missing] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_number_beyond_which_a_fact_cannot_be_is_a_limit(name: str) -> None:
    rules = bound_of(name).rules
    for goal in goals_of(bound_of(name)):
        if isinstance(goal, AnswerGoal) and rules.describe(goal.fact).kind != "choice":
            assert goal.code != BLANK
            assert goal.code not in {end for end in rules.describe(goal.fact).domain() if end > 1}
            assert "None" not in str(goal.message(rules).parameters["value"])


def test_what_no_case_touches_any_more_is_missing() -> None:
    cases = [case for case in shipped("skl_2015") if case.expect["criteria"].get("at_risk") != "unknown"]
    assert TruthGoal("at_risk", UNKNOWN) in coverage_of("skl_2015", cases).missing


def test_a_case_that_nobody_has_filled_in_touches_nothing() -> None:
    nothing = nothing_recorded("skl_2015", ON, "Inget är antecknat.")
    assert set(coverage_of("skl_2015", [nothing]).reached.values()) == {0}


def test_a_status_that_a_case_reaches_and_does_not_expect_is_not_touched() -> None:
    (base, *_) = shipped("assignment_2011")
    reached = coverage_of("assignment_2011", [base]).reached
    assert reached[TruthGoal("at_risk", MET)] == 1
    silent = WorkedCase(**{**vars(base), "expect": {"outcome": "supports_offer", "criteria": {}}})
    assert coverage_of("assignment_2011", [silent]).reached[TruthGoal("at_risk", MET)] == 0


def test_a_case_under_another_version_counts_where_that_tests_the_same() -> None:
    before = [case for case in shipped("stockholm_2012") if case.on < ON]
    reached = coverage_of("stockholm_2012", before).reached
    numbers = {goal.criterion: number for goal, number in reached.items() if isinstance(goal, TruthGoal)}
    assert numbers["at_risk"] > 0
    assert numbers["several_offences"] == 0, "from 1.1 on it can be set which offences count"


def test_what_is_to_be_touched_of_each_kind_of_limit() -> None:
    goals = list(coverage_of("stockholm_2012", []).reached)
    assert [each.code for each in goals if isinstance(each, AnswerGoal) and each.criterion == "age"] == [11, 12, 29, 30]
    counts = [(each.counted, each.blank) for each in goals if isinstance(each, CountGoal)]
    assert counts == [(5, 0), (6, 0), (5, 1), (2, 0), (3, 0), (2, 1)]
    assert [each.days for each in goals if isinstance(each, FreshnessGoal)] == [30, 31, None]


# --- cases to fill in ---


def made_for(name: str, bases: list[WorkedCase]) -> list[UnfilledCase]:
    tested = UnderTest(library(), bound_of(name))
    start = bases or [nothing_recorded(name, tested.bound.version.valid_from, "Inget är antecknat.")]
    made, not_found = fill_gaps(coverage_of(name, bases), start, tested)
    assert not_found == []
    return made


def written(made: list[UnfilledCase], name: str, language: str) -> str:
    return write_cases(made, bound_of(name), name, catalogue_of(bound_of(name)), language)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", a_few(library().guidances.ids()))
def test_what_is_written_from_nothing_is_read_again_and_touches_all_once_a_person_has_filled_it_in(
    name: str, language: str, tmp_path: Path
) -> None:
    path = tmp_path / "missing.yaml"
    path.write_text(written(made_for(name, []), name, language), encoding="utf-8")
    cases = read_cases([path])
    assert not any(case.is_filled_in for case in cases)
    assert not any(verdict.differences for verdict in verdicts_of(name, cases))
    assert coverage_of(name, [filled_in(case) for case in cases]).missing == []


def filled_in(case: WorkedCase) -> WorkedCase:
    """What somebody would say ought to come out, if they agreed with everything."""
    (verdict,) = verdicts_of(case.guidance, [case])
    explanation = verdict.explanation
    if explanation is None:
        return WorkedCase(**{**vars(case), "expect": {"fault": "not-in-force", "criteria": {}}})
    statuses = {node.name: explanation.status(node) for node in explanation.bound.rules.criteria}
    criteria = {name: statuses[name] for name in case.expect["criteria"]}
    return WorkedCase(**{**vars(case), "expect": {"outcome": explanation.outcome, "criteria": criteria}})


def eleven(base: WorkedCase) -> UnfilledCase:
    """The case for eleven years, where that alone is missing."""
    cases = [case for case in shipped("stockholm_2012") if case.facts.get("age") != 11]
    made, _ = fill_gaps(coverage_of("stockholm_2012", cases), [base], UnderTest(library(), bound_of("stockholm_2012")))
    return next(each for each in made if AnswerGoal("age", "age", 11) in each.goals)


def test_a_case_made_from_a_base_says_only_what_differs_and_what_is_to_be_said_anew() -> None:
    below = eleven(next(case for case in shipped("stockholm_2012") if case.is_base and case.on >= ON))
    assert (below.edit.facts, below.edit.ratings, below.edit.on) == ({"age": 11}, {}, None)
    assert set(below.expect["criteria"]) == {"age", "offences_or_ties", "several_offences", "observed_age"}
    assert below.expect["outcome"] is None


def test_a_base_of_an_earlier_version_is_moved_and_everything_is_to_be_said_anew() -> None:
    below = eleven(next(case for case in shipped("stockholm_2012") if case.is_base and "flags" in case.expect))
    assert (below.edit.facts, below.edit.on) == ({"age": 11}, ON)
    assert set(below.expect["criteria"]) == {node.name for node in bound_of("stockholm_2012").rules.criteria}
    assert {"outcome", "flags", "flags_open", "gate"} <= set(below.expect)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_nothing_that_is_written_tells_what_the_program_answers(language: str) -> None:
    text = written(made_for("stockholm_2012", []), "stockholm_2012", language)
    words = [SENTENCES[f"cli.outcome.{outcome}"] for outcome in ("supports_offer", "not_target_group")]
    words += [library().catalogue.words()[f"status.{status}"] for status in ("not_met", "unknown")]
    body = text.partition("cases:")[2]
    assert not [word for word in words if word.in_language(language) in body]
    assert "met" not in {word.strip(",}") for line in body.splitlines() if "expect" in line for word in line.split()}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_where_a_status_is_missing_it_is_told_of_what_and_nothing_of_which(language: str) -> None:
    bound = bound_of("stockholm_2012")
    catalogue = catalogue_of(bound)
    for truth in (MET, NOT_MET, UNKNOWN):
        told = say_goal(TruthGoal("age", truth), bound.rules, catalogue, language, tells_truth=False)
        assert told == bound.words()["criterion.age"].in_language(language)


def test_a_draft_is_tested_from_its_first_day_on_and_the_version_before_it_until_then(tmp_path: Path) -> None:
    folder = tmp_path / "guidance"
    folder.mkdir()
    shown = (Path(LOCALE).parent / "definitions/guidance/assignment_2011/1.0.yaml").read_text(encoding="utf-8")
    draft = shown.replace("status: published", "status: draft").replace("id: assignment_2011", "id: exempelby")
    (folder / "1.0.yaml").write_text(draft.replace("valid_from: 2011-03-03", "valid_from: 2027-01-01"), "utf-8")
    local = Library(tmp_path)
    tested = UnderTest(local, local.bind("exempelby@1.0", on=date(2027, 1, 1)))
    base = next(case for case in shipped("assignment_2011") if case.is_base)
    own = WorkedCase(**{**vars(base), "guidance": "exempelby"})
    assert tested.judge(own).refusal is not None
    later = WorkedCase(**{**vars(own), "on": date(2027, 1, 1)})
    assert tested.judge(later).explanation is not None
