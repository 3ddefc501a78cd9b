"""Two cards of one instrument side by side; no difference is called real without a test."""

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from api.cli import main
from instruments.card_parts import CardFigure
from instruments.cards import Card
from instruments.faults import InputError
from instruments.research.card.comparing import changes, compare_cards, difference_between
from instruments.research.card.making import to_yaml
from instruments.research.figures.figure import Figure, InsufficientEvidence, Report
from tests.instruments.research.card.made import KEY, card_of, evidence_of


@pytest.fixture(scope="module")
def earlier() -> Card:
    return card_of(evidence_of(200))


@pytest.fixture(scope="module")
def later() -> Card:
    return card_of(evidence_of(400, strength=1.2), version="2.0", reporting={"setting": "Exempelby"})


def area_of_total(report: Report) -> dict[str, Figure | InsufficientEvidence]:
    rows = {row.labels: row.figures for row in report.section("areas").rows}
    return {each.name: each for each in rows["risk_total", "auc"]}


def test_figures_stand_side_by_side_with_their_intervals(earlier: Card, later: Card) -> None:
    told = area_of_total(compare_cards(earlier, later))
    for name, card in (("on_earlier", earlier), ("on_later", later)):
        (row,) = (row for each in card.sections if each.section == "areas" for row in each.rows[:1])
        figure, shown = row.figures[0], told[name]
        assert isinstance(shown, Figure)
        assert (shown.value, shown.low, shown.high, shown.n) == (figure.value, figure.low, figure.high, figure.n)


def test_without_word_that_nobody_is_on_both_no_difference_is_told(earlier: Card, later: Card) -> None:
    report = compare_cards(earlier, later)
    for section in report.sections:
        for row in section.rows:
            for each in row.figures[2:]:
                assert isinstance(each, InsufficientEvidence)
                assert each.reason.code in ("cards-not-disjoint", "card-lacks-figure")


@pytest.mark.thorough
def test_a_difference_of_other_people_has_an_interval_and_a_p_over_all_figures(earlier: Card, later: Card) -> None:
    report = compare_cards(earlier, later, disjoint=True)
    told = area_of_total(report)
    one, other, gap, p = (told[name] for name in ("on_earlier", "on_later", "later_less_earlier", "p_adjusted"))
    assert isinstance(one, Figure)
    assert isinstance(other, Figure)
    assert isinstance(gap, Figure)
    assert isinstance(p, Figure)
    assert gap.value == other.value - one.value
    alone = difference_between(one, other)
    assert (gap.low, gap.high) == (alone[0].low, alone[0].high)
    assert alone[1].value <= p.value <= 1


BOUNDS = (
    st.lists(st.floats(0.01, 0.99), min_size=3, max_size=3, unique=True)
    .map(sorted)
    .filter(lambda ends: all(after - before > 1e-6 for before, after in pairwise(ends)))
)


@given(BOUNDS, BOUNDS)
def test_p_is_below_five_in_a_hundred_just_where_the_interval_leaves_out_none(
    one: list[float], other: list[float]
) -> None:
    figures = [Figure("auc", value, low, high, n=10) for low, value, high in (one, other)]
    gap, p = difference_between(*figures)
    assert gap.low is not None
    assert gap.high is not None
    if min(abs(gap.low), abs(gap.high)) > 1e-9:
        assert (p.value < 0.05) == (not gap.low <= 0 <= gap.high)
    back, same_p = difference_between(*reversed(figures))
    assert back.value == pytest.approx(-gap.value)
    assert same_p.value == pytest.approx(p.value)


@pytest.mark.thorough
def test_a_card_beside_itself_differs_in_nothing(earlier: Card) -> None:
    assert not list(changes(earlier, earlier))
    told = area_of_total(compare_cards(earlier, earlier, disjoint=True))
    gap, p = told["later_less_earlier"], told["p_adjusted"]
    assert isinstance(gap, Figure)
    assert isinstance(p, Figure)
    assert (gap.value, p.value) == (0, 1)


def test_what_else_differs_is_told_with_what_stands_on_each_card_alone(earlier: Card, later: Card) -> None:
    found = {each.what: each for each in changes(earlier, later)}
    assert (found["persons"].earlier, found["persons"].later) == (("200",), ("400",))
    assert found["untold"].earlier == ("setting",)
    assert found["untold"].later == ()
    assert "instrument" not in found


def test_cards_on_other_instruments_are_not_compared(earlier: Card, later: Card) -> None:
    rated = later.rated_with.model_copy(update={"instrument": "SAVRY"})
    other = later.model_copy(update={"rated_with": rated})
    with pytest.raises(InputError, match="cards-of-other-instruments"):
        compare_cards(earlier, other)


def test_the_same_data_cannot_be_of_other_people(earlier: Card) -> None:
    card = earlier.model_copy(update={"sample": earlier.sample.model_copy(update={"data_sha256": "0" * 64})})
    compare_cards(card, card)
    with pytest.raises(InputError, match="cards-on-same-data"):
        compare_cards(card, card, disjoint=True)


def test_another_outcome_leaves_what_needs_none(earlier: Card, later: Card) -> None:
    other = later.model_copy(update={"outcome": later.outcome.model_copy(update={"name": "violent"})})
    report = compare_cards(earlier, other, disjoint=True)
    assert not report.sections
    assert [fault.code for fault in report.warnings] == ["cards-on-other-outcomes"]


def test_two_cards_that_differ_by_few_people_are_told_not_to_be_published_both(earlier: Card) -> None:
    for more, codes in ((0, []), (3, ["cards-differ-by-few"]), (5, [])):
        sample = earlier.sample.model_copy(update={"persons": earlier.sample.persons + more})
        report = compare_cards(earlier, earlier.model_copy(update={"sample": sample}))
        assert [fault.code for fault in report.warnings] == codes


@pytest.mark.parametrize(("events", "others", "few"), [(0, 0, False), (1, -1, True), (0, 4, True), (9, -9, False)])
def test_two_cards_of_as_many_people_differ_by_few_where_it_went_otherwise_for_few(
    events: int, others: int, few: bool, earlier: Card
) -> None:
    known = earlier.outcome.known + events + others
    outcome = earlier.outcome.model_copy(update={"events": earlier.outcome.events + events, "known": known})
    report = compare_cards(earlier, earlier.model_copy(update={"outcome": outcome}))
    assert ("cards-differ-by-few" in [fault.code for fault in report.warnings]) == few


def test_a_figure_that_one_card_lacks_stands_with_the_reason(earlier: Card, later: Card) -> None:
    sections = [each for each in later.sections if each.section == "areas"]
    rows = tuple(
        row.model_copy(update={"figures": tuple(CardFigure(figure=each.figure) for each in row.figures)})
        for row in sections[0].rows
    )
    bare = later.model_copy(update={"sections": (sections[0].model_copy(update={"rows": rows}),)})
    told = area_of_total(compare_cards(earlier, bare, disjoint=True))
    assert [name for name, each in told.items() if isinstance(each, InsufficientEvidence)] == [
        "on_later", "later_less_earlier", "p_adjusted",
    ]  # fmt: skip


# --- as a command ----------------------------------------------------------------------------------------------------


def compare(folder: Path, *options: str, cards: list[Card], language: str = "en") -> Result:
    for place, card in enumerate(cards):
        (folder / f"{place}.yaml").write_text(to_yaml(card), "utf-8")
    files = [str(folder / f"{place}.yaml") for place in range(len(cards))]
    return CliRunner().invoke(main, ["research", "compare-cards", *files, *options, "--language", language])


@pytest.mark.thorough
@pytest.mark.parametrize(("language", "said"), [("en", "What else differs"), ("sv", "Vad mer som skiljer")])
def test_the_command_tells_figures_and_changes(
    language: str, said: str, earlier: Card, later: Card, tmp_path: Path
) -> None:
    told = compare(tmp_path, "--disjoint", cards=[earlier, later], language=language)
    assert told.exit_code == 0, told.output
    assert said in told.stdout
    assert "risk_total" not in told.stdout
    assert ("Setting" if language == "en" else "Plats och verksamhet") in told.stdout


def test_the_command_gives_one_document_and_refuses_a_card_that_was_changed(
    earlier: Card, later: Card, tmp_path: Path
) -> None:
    told = compare(tmp_path, "--json", cards=[earlier, later])
    assert told.stdout.startswith('{\n  "command": "compare-cards"')
    assert later.is_signed_with(KEY)
    altered = later.model_copy(update={"responsible": "Bo Exempel"})
    refused = compare(tmp_path, cards=[earlier, altered])
    assert (refused.exit_code, refused.stdout) == (1, "")
