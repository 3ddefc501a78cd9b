"""The pages of whoever answers for a guidance: one as a whole with its proof, on paper, and two side by side."""

import re
from datetime import UTC, datetime, time
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from api.application import create_app
from api.settings.service import Settings
from screening.library import DEFINITIONS, Library
from tests.screening.shipped import ON

NAMES = Library().names()
#: A day of the versions that hold now.
NOW = datetime.combine(ON, time(12), UTC)


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Settings(), now=lambda: NOW)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def words_of(page: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def see(client: FlaskClient, address: str, language: str = "en") -> str:
    answer = client.get(address, query_string={"language": language})
    assert answer.status_code == 200, address
    return answer.text


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_guidance_and_its_local_versions_can_be_read_from_the_list(client: FlaskClient, language: str) -> None:
    listed = see(client, "/guidance", language)
    for name in NAMES:
        assert f'href="/guidance/{name}?language={language}"' in listed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_guidance_is_shown_whole(client: FlaskClient, name: str, language: str) -> None:
    bound = Library().bind(name, on=NOW.date())
    said = words_of(see(client, f"/guidance/{name}", language))
    guidance = bound.rules.guidance
    for criterion in guidance.walk():
        assert criterion.title.in_language(language) in said
        if criterion.reading:
            assert criterion.reading.decided_by in said
    for parameter in (*guidance.parameters, *bound.rules.flag_set.parameters):
        assert parameter.title.in_language(language) in said
        assert bound.rules.settings[parameter.id].set_by in said
    for flag in bound.rules.flag_set.flags:
        assert flag.title.in_language(language) in said
    for source in bound.sources.values():
        assert source.publisher in said
    assert {"sv": "Allt som ska gälla gäller.", "en": "Everything that must hold holds."}[language] in said


def test_what_is_open_to_local_choice_is_told_with_who_chose_what_and_why(client: FlaskClient) -> None:
    said = words_of(see(client, "/guidance/socialstyrelsen_2012/under_15"))
    assert "Lowest age In force 12 years. It takes in more than the text itself. Proposed 15 years" in said
    assert "Open to local choice 12 to 29" in said
    assert "moderate or high" in said


def test_a_rule_is_told_with_the_limits_in_force(client: FlaskClient) -> None:
    said = words_of(see(client, "/guidance/stockholm_2012/norrmalm"))
    assert "Met: when the fact is from 15 to 20 (Age)." in said
    assert "when at least 6 of 11 factors are rated moderate or high." in said
    assert "when at most 2 of 6 protective factors are present according to the rating." in said
    assert "when at least 3 offences (suspected, admitted and convicted) are counted within 24 months" in said


def test_what_the_worked_cases_try_stands_beside_the_proof(client: FlaskClient) -> None:
    for name in ("stockholm_2012", "stockholm_2012/norrmalm"):
        said = words_of(see(client, f"/guidance/{name}"))
        told = re.findall(r"Met: (\d+)\. Not met: (\d+)\. Unknown: (\d+)\.", said)
        assert len(told) == len(Library().bind(name, on=ON).rules.criteria)
        assert any(int(number) for numbers in told for number in numbers)
        assert re.search(r"The outcome Supports an offer: \d+\.", said)


def test_a_version_is_named_and_leads_to_the_others_and_to_its_base(client: FlaskClient) -> None:
    page = see(client, "/guidance/stockholm_2012/norrmalm")
    assert "Version 1.1" in page
    assert "one=stockholm_2012@1.1&amp;other=stockholm_2012/norrmalm@1.1" in page.replace("%40", "@").replace(
        "%2F", "/"
    )
    assert "one=stockholm_2012/norrmalm@1.0" in page.replace("%40", "@").replace("%2F", "/")


def test_what_is_not_there_is_not_found(client: FlaskClient) -> None:
    for address in ("/guidance/nowhere", "/guidance/skl_2015@9.0", "/guidance/nowhere.pdf", "/guidance/side-by-side"):
        assert client.get(address).status_code == 404


def test_a_guidance_is_a_paper_that_can_be_listened_to_and_is_made_once(client: FlaskClient) -> None:
    answer = client.get("/guidance/skl_2015.pdf?language=sv")
    assert answer.mimetype == "application/pdf"
    assert "skl_2015-1.1-sv.pdf" in answer.headers["Content-Disposition"]
    reader = PdfReader(BytesIO(answer.data))
    said = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))
    for part in ("Kriterier", "Gränser", "Bevis", "Källor", "Allt som ska gälla gäller."):
        assert part in said
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    assert client.get("/guidance/skl_2015.pdf?language=sv").data == answer.data


def beside(client: FlaskClient, one: str, other: str) -> str:
    answer = client.get("/guidance/side-by-side", query_string={"one": one, "other": other, "language": "en"})
    assert answer.status_code == 200
    return answer.text


def test_a_local_version_stands_beside_its_base_and_shows_the_limits_that_it_sets(client: FlaskClient) -> None:
    page = beside(client, "stockholm_2012@1.1", "stockholm_2012/norrmalm@1.1")
    limits = page.partition('id="limits"')[2].partition("</section>")[0]
    assert re.findall(r"<h3>(.*?)</h3>", limits) == ["Lowest age", "Highest age"]
    for said in ("12 years", "15 years", "29 years", "20 years"):
        assert f"<strong>{said}</strong>" in limits
    assert "The same in both (18)" in words_of(limits)


def test_a_guidance_beside_itself_differs_in_nothing(client: FlaskClient) -> None:
    page = beside(client, "skl_2015@1.1", "skl_2015@1.1")
    assert page.count("Nothing differs.") == 6
    assert "<h3>" not in page


def test_a_criterion_that_only_one_has_is_said_to_be_missing_in_the_other(client: FlaskClient) -> None:
    page = beside(client, "assignment_2011@1.0", "skl_2015@1.1")
    criteria = page.partition('id="criteria"')[2].partition("</section>")[0]
    assert "Is not here." in criteria


def test_a_version_that_is_not_in_force_yet_can_be_read_and_a_draft_tells_what_fails(tmp_path: Path) -> None:
    folder = tmp_path / "guidance" / "exempelby"
    folder.mkdir(parents=True)
    text = (DEFINITIONS / "guidance" / "skl_2015" / "1.0.yaml").read_text(encoding="utf-8")
    text = text.replace("id: skl_2015\n", "id: exempelby\n").replace("valid_from: 2015-10-23", "valid_from: 2030-01-01")
    (folder / "1.0.yaml").write_text(text, encoding="utf-8")
    need = text.replace("{fact: recruitment_risk, values: [yes]}", "{fact: coordinated_need, values: [no]}")
    draft = need.replace("status: published", "status: draft").replace('version: "1.0"', 'version: "2.0"')
    (folder / "2.0.yaml").write_text(draft, encoding="utf-8")
    client = create_app(Settings(definitions=tmp_path), now=lambda: NOW).test_client()
    assert "in force from 2030-01-01" in see(client, "/guidance/exempelby@1.0")
    said = words_of(see(client, "/guidance/exempelby@2.0"))
    assert "A draft, which may still change." in said
    assert "One and the same answer raises the flag stigma_caution" in said
    assert "“Yes” → “No”" in said
