"""A card says what a study tells and, in words, everything that it does not."""

from pathlib import Path

import pytest

from instruments.cards import read_card
from instruments.faults import InputError
from instruments.loading import load
from instruments.research.card.evidence import Evidence
from instruments.research.card.form import with_answers, write_form
from instruments.research.card.making import to_yaml
from instruments.research.card.page import render_page
from instruments.research.card.reporting import StudyReporting, reporting_items
from instruments.research.card.statement import CardStatement
from tests.instruments.research.card.made import KEY, card_of, evidence_of
from tests.instruments.research.data import ON, REFERENCE

ASKED = reporting_items(ON).content
NEEDED = {
    *("setting", "eligibility", "recruitment", "follow_up", "ascertainment", "blinding_of_outcome"),
    *("blinding_of_raters", "rater_training", "missing_data", "sample_size", "cut", "funding", "ethics", "access"),
}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return evidence_of()


def test_everything_that_a_card_needs_to_be_signed_is_asked_and_cited() -> None:
    assert {item.id for item in ASKED.asked} >= NEEDED
    used = {name for item in (*ASKED.asked, *ASKED.told_by_card) for name in item.items}
    assert used == set(ASKED.sources)
    assert all(
        any(year in source.citation for year in ("2011", "2015", "2019", "2024")) for source in ASKED.sources.values()
    )


def test_an_item_of_a_guideline_that_is_not_cited_is_told_with_its_line(tmp_path: Path) -> None:
    text = reporting_items(ON).path.read_text("utf-8").replace('grras: ["8", "9"]', 'grass: ["8", "9"]', 1)
    (tmp_path / "1.0.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError, match="unknown-definition"):
        load(tmp_path / "1.0.yaml", StudyReporting)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_card_of_which_nobody_said_anything_tells_each_thing_that_is_missing(
    language: str, evidence: Evidence
) -> None:
    card = card_of(evidence)
    assert card.reporting is not None
    assert len(card.reporting.missing) == len(ASKED.asked)
    assert f"{len(ASKED.asked)}" in card.plain.in_language(language).rpartition(". ")[2]
    page = render_page(card, evidence, language)
    for item in ASKED.asked:
        assert f"<li>{item.title.in_language(language)}</li>" in page


def test_an_answer_stands_on_the_card_with_where_its_question_comes_from(evidence: Evidence) -> None:
    answers = {"setting": "Tre kontor i Exempelby", "funding": {"sv": "Ingen.", "en": "None."}, "ethics": "  "}
    card = card_of(evidence, reporting=answers)
    assert card.reporting is not None
    assert set(card.reporting.answers) == {"setting", "funding"}
    assert "ethics" in card.reporting.missing
    page = render_page(card, evidence, "en")
    assert '<dt>Setting <span class="note">TRIPOD+AI 5b, 6a; STARD 2015 8</span></dt><dd>Tre kontor' in page
    assert "<dd>None.</dd>" in page


def test_a_card_with_every_answer_says_that_nothing_is_missing(evidence: Evidence) -> None:
    card = card_of(evidence, reporting={item.id: "Told." for item in ASKED.asked})
    assert card.reporting is not None
    assert not card.reporting.missing
    assert "Everything that was asked about the study is answered." in render_page(card, evidence, "en")
    assert "not told" not in card.plain.en


def test_an_answer_cannot_be_taken_away_or_added_once_the_card_is_signed(evidence: Evidence) -> None:
    card = card_of(evidence, reporting={"setting": "Exempelby"})
    assert card.is_as_signed
    assert card.reporting is not None
    assert not card.model_copy(update={"reporting": None}).is_as_signed
    told = card.reporting.model_copy(update={"missing": ()})
    assert not card.model_copy(update={"reporting": told}).is_as_signed
    old = read_card(REFERENCE / "card_format_2.yaml")
    assert not old.model_copy(update={"reporting": card.reporting}).is_as_signed


def test_a_card_from_before_the_questions_is_read_and_verified(evidence: Evidence, tmp_path: Path) -> None:
    old = read_card(REFERENCE / "card_format_2.yaml")
    assert old.is_signed_with(KEY)
    assert "were not asked about the study" in render_page(old, evidence, "en")
    (tmp_path / "card.yaml").write_text(to_yaml(old), "utf-8")
    assert (tmp_path / "card.yaml").read_bytes() == (REFERENCE / "card_format_2.yaml").read_bytes()


def test_an_answer_to_nothing_that_is_asked_is_told_with_its_line(tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    form.write_text('id: a\nversion: "1"\nresponsible: Anna Exempel\nreporting:\n  seting: Exempelby\n', "utf-8")
    with pytest.raises(InputError, match=r"form\.yaml, line 5"):
        load(form, CardStatement)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_form_is_read_back_with_every_answer_whatever_is_in_it(language: str, tmp_path: Path) -> None:
    said = {item.id: f'"{item.id}": {{x}} # år \\ \' - ok' for item in ASKED.asked}
    form = write_form(ASKED, language, id="exempelby")
    assert all(item.ask.in_language(language).split()[0] in form for item in ASKED.asked)
    written = tmp_path / "form.yaml"
    written.write_text(with_answers(form, {"responsible": "Anna Exempel", **said}), "utf-8")
    read = load(written, CardStatement)[0]
    assert {name: answer.en for name, answer in read.reporting.items() if answer is not None} == said
    assert [line for line in form.splitlines() if "#" in line] == [
        line for line in written.read_text("utf-8").splitlines() if line.strip().startswith("#")
    ]


@pytest.mark.parametrize(
    "before",
    [
        "reporting:\n  setting: null # mine\n  funding: Ingen\n",
        "reporting: {}\n",
        "",
        "reporting:\n  funding: Ingen\n",
        'reporting:\n  setting: ""\n',
    ],
)
def test_an_answer_finds_its_place_in_any_form_and_leaves_the_rest(before: str, tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    begun = f'id: a\nversion: "1"\nresponsible: Anna Exempel\n{before}'
    form.write_text(with_answers(begun, {"setting": "Exempelby"}), "utf-8")
    read = load(form, CardStatement)[0].reporting
    assert read["setting"] is not None
    assert read["setting"].sv == "Exempelby"
    assert ("funding" in read) == ("funding" in before)
    assert ("# mine" in form.read_text("utf-8")) == ("# mine" in before)


def test_shares_by_level_have_two_decimals_on_the_page(evidence: Evidence) -> None:
    card = card_of(evidence)
    page = render_page(card, evidence, "en")
    for each in card.levels:
        assert f"(95 % interval {each.low:.2f}–{each.high:.2f})" in page
