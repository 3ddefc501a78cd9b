"""`underlag research describe`: a study is asked about, what is missing is told, and what was typed is kept."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from instruments.loading import load
from instruments.research.card.reporting import reporting_items
from instruments.research.card.statement import CardStatement
from tests.api.conftest import TODAY

ASKED = reporting_items(TODAY).content.asked


def describe(form: Path, *options: str, typed: str = "", language: str = "en") -> Result:
    return CliRunner().invoke(main, ["research", "describe", str(form), *options, "--language", language], input=typed)


def test_a_form_is_begun_and_says_where_each_question_comes_from(tmp_path: Path) -> None:
    form = tmp_path / "exempelby 2026.yaml"
    begun = describe(form)
    assert (begun.exit_code, f"{len(ASKED)} questions" in begun.stdout) == (0, True)
    text = form.read_text("utf-8")
    assert "STARD 2015 13b" in text
    assert "id: exempelby_2026\n" in text


def test_a_form_without_anybody_who_answers_for_it_is_told_with_its_line(tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    describe(form)
    checked = describe(form)
    assert checked.exit_code == 2
    assert "responsible" in checked.stderr


NOTHING_SAID = ["-", "?", "n/a", "N/A.", "ej känt", " ", ".", "Vet  ej!", "{sv: ' ', en: '.'}", "2"]


@pytest.mark.parametrize("written", NOTHING_SAID)
def test_what_says_nothing_is_no_answer(written: str, tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    describe(form, "--responsible", "Anna Exempel")
    said = written if written.startswith("{") else f'"{written}"'
    form.write_text(form.read_text("utf-8").replace("  setting:", f"  setting: {said}"), "utf-8")
    assert load(form, CardStatement)[0].reporting["setting"] is None
    checked = describe(form)
    assert (checked.exit_code, f"0 of {len(ASKED)}" in checked.stdout) == (1, True)


def test_an_answer_in_one_language_stands_in_both(tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    describe(form, "--responsible", "Anna Exempel")
    form.write_text(form.read_text("utf-8").replace("  setting:", "  setting: {sv: Exempelby, en: '-'}"), "utf-8")
    answer = load(form, CardStatement)[0].reporting["setting"]
    assert answer is not None
    assert (answer.sv, answer.en) == ("Exempelby", "Exempelby")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_form_that_is_filled_in_halfway_tells_what_is_missing(language: str, tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    describe(form, "--responsible", "Anna Exempel", language=language)
    form.write_text(form.read_text("utf-8").replace("  setting:", "  setting: Exempelby"), "utf-8")
    checked = describe(form, language=language)
    assert checked.exit_code == 1
    told = checked.stdout.splitlines()
    assert f"1 {'av' if language == 'sv' else 'of'} {len(ASKED)}" in told[0]
    assert len(told) == len(ASKED)
    assert not any(line.startswith(f"  {ASKED[1].title.in_language(language)} (") for line in told)


def test_every_answer_is_kept_at_once_and_only_what_is_missing_is_asked_again(tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    broken_off = describe(form, "--ask", typed="Anna Exempel\nA new charge\nDoes it hold?\n\nAll who came\n")
    assert broken_off.exit_code == 1
    kept = load(form, CardStatement)[0]
    assert {name for name, answer in kept.reporting.items() if answer} == {"purpose", "eligibility"}
    assert kept.outcome is not None
    assert kept.outcome.sv == "A new charge"
    rest = describe(form, "--ask", typed="Told.\n" * (len(ASKED) - 2))
    assert rest.exit_code == 0
    assert ASKED[0].ask.en not in rest.stdout
    assert all(load(form, CardStatement)[0].reporting.values())


def test_a_form_that_cannot_be_read_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    form.write_text("reporting: [\n", "utf-8")
    assert describe(form, "--ask", typed="x\n" * 40).exit_code == 2
    assert form.read_text("utf-8") == "reporting: [\n"
