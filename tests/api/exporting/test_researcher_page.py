"""The researcher's page: how double rating goes, agreement once both have signed, and exports with their decision."""

import re

import pytest

from api.research_export.pages import LOCALE, sentences
from api.store.actors import Actor
from instruments.loading import read_yaml
from instruments.messages import LANGUAGES
from tests.api.accounts.people import House, Visitor
from tests.api.exporting.town import BO, Town, twenty
from tests.api.shapes import assert_says_nothing_banned

FIA = "fia@kommun.example"
PAGE = "/research"


def fia(house: House) -> Visitor:
    house.add(FIA, "researcher")
    return house.logged_in(FIA)


def rows(text: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))


@pytest.mark.thorough
def test_agreement_is_shown_of_enough_pairs_and_says_nothing_of_a_case(house: House) -> None:
    town = twenty(house.database)
    shown = fia(house).get(PAGE).text
    told = rows(shown)
    assert (told["Begärda"], told["Underskrivna av båda"], told["Väntar på underskrift"]) == ("20", "20", "0")
    assert re.fullmatch(r"Samma nivå i \d+ % av \d+ jämförda svar\. Viktad kappa 0,\d\d\.", told["Riskfaktorer"])
    assert re.fullmatch(r"Samma i \d+ av 20 par\.", told["Samlad bedömning"])
    for name, case in town.cases.items():
        assert f"DNR-{name}" not in shown
        assert case not in shown


def test_a_pair_that_waits_is_named_by_its_rater_and_tells_no_level(house: House) -> None:
    rater = Actor(house.add("bo@kommun.example", "reviewer"))
    town = Town.founded(house.database)
    case = town.open("one")
    town.ask_again(case, rater)
    visitor = fia(house)
    assert "Båda skattningarna" in visitor.get(PAGE).text
    town.rate(case, "high")
    shown = visitor.get(PAGE).text
    assert 'data-label="Ska skatta oberoende">bo<' in shown
    assert "Andra skattningen" in shown
    assert "Samma nivå" not in shown
    assert "DNR-one" not in shown


def test_few_pairs_have_no_agreement(house: House) -> None:
    town = Town.founded(house.database)
    case = town.open("one")
    town.rate(case, "low")
    town.ask_again(case)
    town.rate(case, "high", BO)
    shown = fia(house).get(PAGE).text
    assert "Visas när minst" in shown
    assert "Samma i" not in shown


def test_an_export_is_given_and_stands_with_its_decision_for_who_made_it_only(house: House) -> None:
    twenty(house.database)
    visitor = fia(house)
    wrong = visitor.post(
        f"{PAGE}/exports", {"ground": "research_approved", "decision": "x", "study": "Å"}, shown_at=PAGE
    )
    assert wrong.status_code == 422
    assert 'href="#decision"' in wrong.text
    assert 'value="Å"' in wrong.text
    form = {"ground": "research_approved", "decision": "2026-01234-01"}
    given = visitor.post(f"{PAGE}/exports", form, shown_at=PAGE)
    assert (given.status_code, given.mimetype) == (200, "application/zip")
    shown = visitor.get(PAGE).text
    assert 'data-label="Beslut eller godkännande">2026-01234-01<' in shown
    assert 'data-label="Ärenden">20<' in shown
    house.add("gun@kommun.example", "researcher")
    assert "2026-01234-01<" not in house.logged_in("gun@kommun.example").get(PAGE).text


def test_too_few_to_export_is_said_on_the_page(house: House) -> None:
    form = {"ground": "research_approved", "decision": "2026-01234-01"}
    answer = fia(house).post(f"{PAGE}/exports", form, shown_at=PAGE)
    assert answer.status_code == 422
    assert "Ingen kan beskrivas utan att gå att peka ut" in answer.text


def test_a_researcher_begins_there_and_instruments_lead_to_what_is_known_of_them(house: House) -> None:
    visitor = fia(house)
    assert visitor.get("/").location == PAGE
    assert 'href="/instrument/youth_spj"' in visitor.get(PAGE).text
    assert house.audit(action="read", kind="ratings")[0].case_id is None


def test_every_sentence_is_said_and_stands_in_both_languages() -> None:
    by_language = {language: read_yaml(LOCALE / f"{language}.yaml").data for language in LANGUAGES}
    assert list(by_language["sv"]) == list(by_language["en"])
    page = (LOCALE.parents[1] / "templates" / "research" / "page.html").read_text(encoding="utf-8")
    said = set(re.findall(r'\ba\("([a-z_]+)"', page)) - {"lacking_"}
    said |= {f"lacking_{which}" for which in ("first", "second", "both")}
    assert said == {key.removeprefix("research_page.") for key in sentences().keys()}  # noqa: SIM118
    for key in sentences().keys():  # noqa: SIM118
        for language in LANGUAGES:
            assert_says_nothing_banned(sentences().text(key, language))
