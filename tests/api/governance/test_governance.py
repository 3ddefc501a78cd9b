"""The documents of governance: whole in both languages, resting on dated law, and true of this product."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel

from api.access.permission_table import the_permissions
from api.application import create_app
from api.cli import main
from api.governance.documents import FOLDER, LAW, ORDER, Governance
from api.settings.service import Settings
from instruments.faults import InputError
from instruments.messages import LANGUAGES, Text
from tests.api.conftest import NOW, TODAY
from tests.api.shapes import assert_problem, assert_says_nothing_banned

SHIPPED = Governance()
#: When every version that ships is in force: what has taken the place of another is locked, and stays as it is.
LATEST = date.max


def texts_in(part: object) -> Iterator[Text]:
    if isinstance(part, Text):
        yield part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from texts_in(getattr(part, name))
    elif isinstance(part, tuple):
        for each in part:
            yield from texts_in(each)


def all_texts() -> list[Text]:
    return [text for document in SHIPPED.documents(LATEST) for text in texts_in(document.content)]


def test_every_document_is_listed_and_none_is_forgotten() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == set(ORDER)
    assert [each.content.id for each in SHIPPED.documents(TODAY)] == list(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_every_part_rests_on_law_that_is_there_and_dated(name: str) -> None:
    shown = SHIPPED.find(name, TODAY)
    cited = [source for section in shown.document.content.sections for source in section.sources]
    assert set(cited) <= set(shown.law)
    assert cited or name == LAW
    for reference in shown.law.values():
        assert reference.read_on <= TODAY
        # what was read only as told says so, and a statute says in which wording
        assert reference.read == "account" or reference.caution is not None


def test_no_reference_is_there_that_no_document_cites() -> None:
    cited = {
        source for each in SHIPPED.documents(TODAY) for section in each.content.sections for source in section.sources
    }
    assert set(SHIPPED.find(LAW, TODAY).law) == cited


def test_nothing_decides_or_labels_and_both_languages_differ() -> None:
    assert len(all_texts()) > 200
    for text in all_texts():
        for language in LANGUAGES:
            assert_says_nothing_banned(text.in_language(language))
    assert [text.sv for text in all_texts() if text.sv == text.en] == []


def test_law_enforcement_is_ruled_out_in_words_where_it_is_looked_for(client: FlaskClient) -> None:
    for path in ("/", "/governance", "/governance/instructions_for_use"):
        for language, words in (("sv", "av eller för brottsbekämpande"), ("en", "by or for law enforcement")):
            address = "/en/" if (path, language) == ("/", "en") else f"{path}?language={language}"
            assert words in client.get(address).text, address


def test_the_commands_that_are_named_are_there() -> None:
    named = {match for text in all_texts() for match in re.findall(r"underlag ((?:[a-z]+ ?){2})", text.en)}
    assert {each.strip() for each in named} == {"audit verify", "research drift"}
    for each in named:
        command: click.Command = main
        for word in each.split():
            assert isinstance(command, click.Group)
            below = command.get_command(click.Context(command), word)
            assert below is not None, word
            command = below


def test_what_is_said_of_roles_is_true() -> None:
    table = the_permissions()
    assert table.excluded_pair(["log_reviewer", "administrator"]) is not None
    assert "purge:confirm" in table.actions_of(["decider"])
    assert "deviation:confirm" in table.actions_of(["decider"])
    assert "audit:read" in table.actions_of(["log_reviewer"])
    assert not [action for action in table.actions_of(["administrator"]) if action.startswith(("case:", "audit:"))]


@pytest.mark.parametrize("name", ["instructions_for_use", "human_oversight"])
def test_whoever_leads_a_unit_is_among_those_who_use_it(name: str) -> None:
    title = next(role.title for role in the_permissions().roles if role.id == "unit_manager")
    texts = list(texts_in(SHIPPED.find(name, LATEST).document.content))
    for language in LANGUAGES:
        assert any(title.in_language(language).lower() in text.in_language(language).lower() for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ORDER)
def test_every_document_is_a_page_and_two_kinds_of_file(name: str, language: str, client: FlaskClient) -> None:
    title = SHIPPED.find(name, TODAY).document.content.title.in_language(language)
    page = client.get(f"/governance/{name}", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert title in page.text
    assert page.headers["Vary"] == "Accept-Language"
    markdown = client.get(f"/governance/{name}/download?format=markdown&language={language}")
    assert markdown.mimetype == "text/markdown"
    assert markdown.text.startswith(f"# {title}\n")
    assert f'filename="{name}-1.0-{language}.md"' in markdown.headers["Content-Disposition"]
    file = client.get(f"/governance/{name}/download?format=html&language={language}")
    assert file.headers["Content-Disposition"].endswith('.html"')
    assert "/static/" not in file.text


def test_the_list_leads_to_every_document_and_the_footer_to_the_list(client: FlaskClient) -> None:
    page = client.get("/governance").text
    for name in ORDER:
        assert f'href="/governance/{name}"' in page
    assert 'href="/governance"' in client.get("/").text


def test_a_template_asks_the_municipality_and_says_what_is_true_of_the_product(client: FlaskClient) -> None:
    for name in ("dpia_template", "fria_template"):
        sections = client.get(f"/api/v1/governance/{name}").get_json()["sections"]
        assert sum(len(section["asks"]) for section in sections) >= 8
        assert sum(len(section["body"]) + len(section["rows"]) for section in sections) >= 6


def test_every_hazard_says_what_the_product_does_and_what_remains() -> None:
    sections = SHIPPED.find("risk_file", TODAY).document.content.sections
    assert len(sections) >= 8
    for section in sections:
        assert [row.label.en for row in section.rows] == ["Hazard", "The product", "Remains for the municipality"]


def test_the_documents_are_data_too_with_the_law_that_they_cite(client: FlaskClient) -> None:
    listed = client.get("/api/v1/governance").get_json()["documents"]
    assert [each["id"] for each in listed] == list(ORDER)
    answer = client.get("/api/v1/governance/what_is_logged@1.0")
    data = answer.get_json()
    assert {each["id"] for each in data["references"]} >= {"solpul", "gdpr_security"}
    assert "fria" not in {each["id"] for each in data["references"]}
    assert (data["version"], data["versions"]) == ("1.0", ["1.0", "1.1"])
    again = client.get("/api/v1/governance/what_is_logged", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["nothing", "risk_file@9", "../risk_file"])
def test_a_document_that_is_not_there_is_not_found(name: str, client: FlaskClient) -> None:
    assert client.get(f"/governance/{name}").status_code == 404
    answer = client.get(f"/api/v1/governance/{name.replace('../', '')}x")
    assert_problem(answer, 404, "not-found")


def test_an_unknown_version_or_format_is_not_found(client: FlaskClient) -> None:
    assert client.get("/governance/risk_file?version=9.9").status_code == 404
    assert client.get("/governance/risk_file/download?format=exe").status_code == 404


OWN = """\
id: {name}
version: "{version}"
status: published
valid_from: {since}
valid_to: null
title: {{sv: Bedömning i Påhittsköping, en: Assessment in Pahittskoping}}
about: {{sv: Ifylld mall., en: The template filled in.}}
decided_by: Påhittsköpings kommun
decided_on: 2026-05-20
sections:
  - id: purpose
    title: {{sv: Ändamål, en: Purpose}}
    body: [{{sv: Så här gör vi., en: This is how we do it.}}]
    sources: [{source}]
"""


USUAL = {"source": "gdpr_security", "since": "2026-12-01"}


def governed_by(folder: Path, **own: str) -> Governance:
    place = folder / "governance" / own["name"]
    place.mkdir(parents=True)
    (place / f"{own['version']}.yaml").write_text(
        OWN.format(**{"source": "gdpr_security", "since": "2026-12-01", **own}), "utf-8"
    )
    return Governance(folder)


def test_a_municipality_fills_a_template_in_and_the_shipped_one_is_still_there(tmp_path: Path) -> None:
    governance = governed_by(tmp_path, name="dpia_template", version="1.0.1")
    shown = governance.find("dpia_template", date(2026, 12, 1))
    assert shown.document.content.decided_by == "Påhittsköpings kommun"
    assert shown.versions == ("1.0", "1.1", "1.0.1")
    assert [each.content.id for each in governance.documents(date(2026, 12, 1))] == list(ORDER)
    assert governance.find("dpia_template", TODAY).document.content.version == "1.0"


def test_a_municipality_adds_a_document_of_its_own_which_is_listed_last(tmp_path: Path) -> None:
    governed_by(tmp_path, name="routines", version="1.0", since="2026-11-01")
    client = create_app(Settings(definitions=tmp_path), now=lambda: NOW).test_client()
    assert [each["id"] for each in client.get("/api/v1/governance").get_json()["documents"]] == [*ORDER, "routines"]
    page = client.get("/governance/routines").text
    assert "Så här gör vi." in page
    assert "Påhittsköpings kommun" in page


def test_a_document_that_begins_later_is_not_listed_yet(tmp_path: Path) -> None:
    governance = governed_by(tmp_path, name="routines", version="1.0")
    assert [each.content.id for each in governance.documents(date(2026, 11, 30))] == list(ORDER)


def test_a_reference_to_law_that_is_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        governed_by(tmp_path, name="routines", version="1.0", source="hearsay")
    [fault] = refused.value.faults
    assert (fault.code, fault.where) == ("unknown-source", "routines/1.0.yaml: /sections/0/sources")
    assert fault.parameters["name"] == "hearsay"
    assert "gdpr_security" in fault.parameters["known"]


def test_the_impact_assessment_names_what_is_worked_out_about_the_young_person_and_the_staff() -> None:
    [data] = [each for each in SHIPPED.find("dpia_template", LATEST).document.content.sections if each.id == "data"]
    for language in LANGUAGES:
        said = " ".join(row.text.in_language(language) for row in data.rows)
        for named in ("trend_fold", "stands_through"):
            assert named in said
    staff = next(row.text.en for row in data.rows if row.label.en == "On the staff")
    assert "is shown to nobody else" in staff
    published = next(row.text.en for row in data.rows if row.label.en == "Published numbers")
    assert "only when at least five have rated" in published
