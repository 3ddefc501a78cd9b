"""What worked cases say of a guidance, on stdout."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import definitions_folder, require_file
from api.cli.reporting import DONE, FAILED, Words

if TYPE_CHECKING:
    from instruments.messages import Catalogue
    from screening.library import BoundGuidance, Library
    from screening.worked_cases.coverage import Coverage, UnderTest
    from screening.worked_cases.judging import Verdict
    from screening.worked_cases.reading import WorkedCase


def report_cases(
    library: "Library", bound: "BoundGuidance", files: Sequence[Path], missing: Path | None, language: str
) -> int:
    """Hold the cases about a guidance against what comes out, tell what they touch, and give the exit code.

    Parameters
    ----------
    files : sequence of Path
        The files of cases; those that ship and the municipality's own where there are none.
    missing : Path or None
        Where to write the cases that are missing.
    """
    from instruments.messages import Catalogue
    from screening.library import LOCALE
    from screening.worked_cases.coverage import UnderTest

    sentences = Catalogue.from_folders(LOCALE / "batch", LOCALE / "cases").words()
    report = _Report(
        UnderTest(library, bound), library.catalogue.with_words(bound.words()).with_words(sentences), Words(language)
    )
    cases = report.find(files)
    verdicts = report.judge(cases)
    report.tell_differences(verdicts)
    coverage = report.cover(verdicts)
    report.tell_coverage(coverage)
    report.tell_missing(coverage, cases, missing)
    return FAILED if any(verdict.differences for verdict in verdicts) else DONE


class _Report:
    """What is told of the cases about one version of a guidance."""

    def __init__(self, tested: "UnderTest", catalogue: "Catalogue", words: Words) -> None:
        self._tested = tested
        self._catalogue = catalogue
        self._language = words.language

    @property
    def _name(self) -> str:
        return self._tested.bound.reference.partition("@")[0]

    def _say(self, key: str, **parameters: object) -> str:
        from instruments.messages import Message

        return self._catalogue.render(Message(f"cases.{key}", parameters), self._language)

    def find(self, files: Sequence[Path]) -> "list[WorkedCase]":
        """The cases about the guidance; of the files that are found anyway, each stands for itself."""
        from instruments.faults import Fault, InputError
        from screening.worked_cases.reading import read_cases

        if not files:
            return [case for path in _found_anyway() for case in read_cases([path]) if self._is_about(case)]
        cases = read_cases([require_file(path) for path in files])
        about = [case for case in cases if self._is_about(case)]
        others = sorted({case.guidance for case in cases if not self._is_about(case)})
        if not about:
            parameters = {"name": self._name, "known": others}
            raise InputError([Fault("no-case-of-guidance", ", ".join(path.name for path in files), parameters)])
        if others:
            click.echo(self._say("others", number=len(cases) - len(about), others=others))
        return about

    def _is_about(self, case: "WorkedCase") -> bool:
        return case.guidance in (self._name, self._tested.bound.reference)

    def judge(self, cases: "Iterable[WorkedCase]") -> "list[Verdict]":
        """What came of the cases.

        Raises
        ------
        InputError
            If what was put into a case cannot be read and it did not expect that; with file and line.
        """
        from instruments.faults import InputError
        from screening.worked_cases.intakes import faults_in_place

        verdicts = [self._tested.judge(case) for case in cases]
        faults = {
            (fault.where, fault.code): fault
            for each in verdicts
            if each.refusal is not None and "fault" not in each.case.expect
            for fault in faults_in_place(each.case, each.refusal)
            if each.case.is_filled_in or fault.code != "not-in-force"
        }
        if faults:
            raise InputError(faults.values())
        return verdicts

    def tell_differences(self, verdicts: "Sequence[Verdict]") -> None:
        """Tell what came out otherwise than expected, and how many did not."""
        from api.cli.reporting import place_in

        failed = [verdict for verdict in verdicts if verdict.differences]
        unfilled = [each for each in verdicts if not each.case.is_filled_in and not each.differences]
        for verdict in failed:
            where = place_in(verdict.case.where, self._language)
            click.echo(self._say("differs", where=where, name=verdict.case.name))
            for each in verdict.differences:
                parameters = {"expected": self._written(each.expected), "got": self._written(each.got)}
                if each.criterion is None:
                    click.echo(f"  {self._say('expected', what=each.what, **parameters)}")
                    continue
                click.echo(f"  {self._say('expected', what=each.criterion, **parameters)}")
                if each.sentence is not None:
                    click.echo(f"    {self._catalogue.render(each.sentence, self._language)}")
        click.echo(
            self._say(
                "counted",
                reference=self._tested.bound.reference,
                number=len(verdicts),
                as_expected=len(verdicts) - len(failed) - len(unfilled),
                otherwise=len(failed),
                unfilled=len(unfilled),
            )
        )

    def _written(self, value: object) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value)) or self._say("nothing")
        return self._say("nothing") if value is None else str(value)

    def cover(self, verdicts: "Sequence[Verdict]") -> "Coverage":
        """What the cases touch; what an overlay leaves as it is, the cases that ship for its base touch too."""
        from screening.worked_cases.coverage import cover, judge_shipped_for_base

        bound = self._tested.bound
        return cover(bound, [*verdicts, *judge_shipped_for_base(self._tested.library, bound)])

    def tell_coverage(self, coverage: "Coverage") -> None:
        """A table of the criteria: how many cases there are of each status, and how many limits they touch."""
        from api.cli.printing import console, new_table
        from screening.truth import MET, NOT_MET, UNKNOWN, WORDS
        from screening.worked_cases.goals import TruthGoal, title_of

        truths = (MET, NOT_MET, UNKNOWN)
        columns = [*(WORDS[truth] for truth in truths), "limits"]
        table = new_table(None, [self._say("column.criterion")], [self._say(f"column.{column}") for column in columns])
        for node in (*coverage.bound.rules.criteria, coverage.bound.rules.nodes[coverage.bound.rules.outcome]):
            goals = [TruthGoal(node.name, truth) for truth in truths]
            others = [goal for goal in coverage.reached if goal.criterion == node.name and goal not in goals]
            touched = Counter(bool(coverage.reached[goal]) for goal in others)
            table.add_row(
                f"{title_of(goals[0], self._catalogue, self._language)} ({node.name})",
                *(str(coverage.reached[goal]) for goal in goals),
                f"{touched[True]}/{len(others)}" if others else "",
            )
        console(wide=True).print(table)

    def tell_missing(self, coverage: "Coverage", cases: "Sequence[WorkedCase]", missing: Path | None) -> None:
        """List what no case touches and, where that is asked for, write cases for it."""
        from screening.worked_cases.coverage import fill_gaps, nothing_recorded
        from screening.worked_cases.goals import say_goal
        from screening.worked_cases.writing import write_cases

        bound = coverage.bound
        if not coverage.missing:
            click.echo(self._say("complete"))
            return
        click.echo(self._say("missing", number=len(coverage.missing), of=len(coverage.reached)))
        for goal in coverage.missing:
            click.echo(f"  - {say_goal(goal, bound.rules, self._catalogue, self._language)}")
        if missing is None:
            click.echo(self._say("write_them"))
            return
        bases = [case for case in cases if case.is_base and "fault" not in case.expect]
        nothing = nothing_recorded(self._name, self._tested.bound.version.valid_from, self._say("nothing_recorded"))
        made, not_found = fill_gaps(coverage, bases or [nothing], self._tested)
        with missing.open("x", encoding="utf-8") as file:
            file.write(write_cases(made, bound, self._name, self._catalogue, self._language))
        click.echo(self._say("written", number=len(made), output=missing))
        for goal in not_found:
            click.echo(self._say("not_found", goal=say_goal(goal, bound.rules, self._catalogue, self._language)))


def _found_anyway() -> list[Path]:
    """The files of cases that ship, and those of the municipality."""
    from screening.worked_cases.reading import SHIPPED

    local = definitions_folder()
    own = sorted((local / "cases").glob("*.yaml")) if local is not None else []
    return [*sorted(SHIPPED.glob("*.yaml")), *own]
