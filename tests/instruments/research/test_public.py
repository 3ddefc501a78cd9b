"""What a researcher imports: few names, lazily, and reports that a notebook can use and show."""

import subprocess
import sys
from html.parser import HTMLParser

import pytest

import instruments.research
from instruments.research import Report, report_fairness, report_missing, report_reliability, report_validity
from instruments.research.figures import Figure
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


def test_a_section_is_read_side_by_side_with_its_intervals_and_reasons() -> None:
    report = report_missing(invent(200, blanks=0.05))
    areas = report.side_by_side("missing_areas")
    assert list(areas.index) == [row.labels[0] for row in report.section("missing_areas").rows]
    assert areas.index.name == "score"
    for row in report.section("missing_areas").rows:
        for each in row.figures:
            text = areas.loc[row.labels[0], each.name]
            if isinstance(each, Figure) and each.low is not None:
                assert text == f"{each.value:.3f} ({each.low:.3f} to {each.high:.3f})"
            elif not isinstance(each, Figure):
                assert text == "insufficient evidence"
    report = report_fairness(invent(200), "again", ("place", "sex"))
    assert list(report.side_by_side("base_rates").index.names) == list(report.section("base_rates").columns)


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
