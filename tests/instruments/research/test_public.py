"""What a researcher imports: few names, lazily, and reports that a notebook can use and show."""

import subprocess
import sys
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest

import instruments.research
from instruments.faults import Fault
from instruments.research import Report, report_fairness, report_missing, report_reliability, report_validity
from instruments.research.figures.builders import section
from instruments.research.figures.figure import Figure, InsufficientEvidence, Row
from tests.instruments.research.invented import invent


def test_every_public_name_is_there_has_a_docstring_and_is_listed() -> None:
    for name in instruments.research._PUBLIC:
        thing = getattr(instruments.research, name)
        assert thing.__doc__, name
        assert name in dir(instruments.research)
    with pytest.raises(AttributeError, match="no attribute 'unheard_of'"):
        instruments.research.unheard_of  # noqa: B018


def test_importing_the_package_imports_no_statistics() -> None:
    """The service may have it imported, and has none of the libraries."""
    code = "import sys, instruments.research; print('scipy' in sys.modules, 'sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["False", "False"]


def test_a_report_is_a_frame_of_one_section_or_of_all() -> None:
    report = report_validity(invent(200))
    whole, areas = report.to_frame(), report.to_frame("areas")
    assert set(whole["section"]) == {section.name for section in report.sections}
    assert set(areas["section"]) == {"areas"}
    (row,) = areas[(areas["score"] == "risk_total") & (areas["figure"] == "auc")].to_dict("records")
    figure = report.section("areas").rows[0].figures[0]
    assert isinstance(figure, Figure)
    assert (row["value"], row["low"], row["high"]) == (figure.value, figure.low, figure.high)
    with pytest.raises(KeyError, match="unheard_of; there are"):
        report.to_frame("unheard_of")


@pytest.mark.thorough
def test_a_section_is_read_side_by_side_with_its_intervals_and_reasons() -> None:
    report = report_missing(invent(200, blanks=0.05))
    areas = report.side_by_side("missing_areas")
    assert list(areas.index) == [row.labels[0] for row in report.section("missing_areas").rows]
    assert areas.index.name == "score"
    for row in report.section("missing_areas").rows:
        for each in row.figures:
            text = areas.loc[row.labels[0], each.name]
            if isinstance(each, Figure) and each.low is not None:
                mark = "*" if each.note else ""
                assert text == f"{each.value:.3f}{mark} ({each.low:.3f} to {each.high:.3f})"
            elif not isinstance(each, Figure):
                assert text.startswith("insufficient evidence (")
    report = report_fairness(invent(200), "again", ("place", "sex"))
    assert list(report.side_by_side("base_rates").index.names) == list(report.section("base_rates").columns)


def test_marks_reasons_levels_and_counts_are_not_lost_in_a_cell() -> None:
    few = InsufficientEvidence("auc", Fault("group-too-small", "", {"n": 2, "needed": 30}), 2)
    figures = (
        Figure("rows", 0, n=9),
        Figure("events", 1, n=9),
        Figure("persons_there", 12345, n=9),
        Figure("auc", 0.75, 0.5, 0.9, n=9, note="weak_interval"),
        Figure("flagged_difference", 0.25, 0.125, 0.5, 0.99, 9),
    )
    rows = [Row(("a",), (*figures, replace(few, name="slope"))), Row(("b",), (few,))]
    report = Report("test", {}, (section("areas", ("score",), rows),))
    shown = report.side_by_side("areas")
    assert shown.loc["a"].to_dict() == {
        "rows": "0",
        "events": "1",
        "persons_there": "12,345",
        "auc": "0.750* (0.500 to 0.900)",
        "flagged_difference": "0.250 (0.125 to 0.500, 99 %)",
        "slope": "insufficient evidence (1)",
    }
    assert shown.loc["b", "auc"] == "insufficient evidence (1)"
    assert any(note.startswith("(1) Insufficient evidence: 2 people are too few") for note in shown.attrs["notes"])
    html = report._repr_html_()
    for text in (*shown.loc["a"], *shown.attrs["notes"]):
        assert escape(text) in html


def test_a_section_without_labels_is_read_side_by_side_as_well() -> None:
    report = report_fairness(invent(200), "again", ("place",))
    for name in ("overall", "overall_errors"):
        (row,) = report.section(name).rows
        shown = report.side_by_side(name)
        assert shown.shape == (1, len(row.figures))
        assert list(shown.columns) == [each.name for each in row.figures]


class Tables(HTMLParser):
    """The captions and the number of cells of what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.captions: list[str] = []
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.opened.append(tag)
        self.cells += tag == "td"

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.opened[-1:] == ["caption"]:
            self.captions.append(data)


@pytest.mark.thorough
@pytest.mark.parametrize("make", [report_validity, report_missing, report_reliability])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_notebook_shows_every_section_and_figure(make: object) -> None:
    report: Report = make(invent(200, blanks=0.02))  # type: ignore[operator]
    shown = Tables()
    shown.feed(report._repr_html_())
    shown.close()
    assert len(shown.captions) == len(report.sections)
    assert shown.cells >= sum(len(row.figures) for section in report.sections for row in section.rows)


def test_what_the_data_say_is_shown_as_text() -> None:
    data = invent(120, groups=("<b>a", "b"))
    html = report_fairness(data, "again", ("place",))._repr_html_()
    assert "<b>a" not in html
    assert "&lt;b&gt;a" in html
