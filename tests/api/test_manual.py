"""The manual: whole in both languages where a municipality reads it, and the same in the package and on the pages."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from api.manual.rendering import FOLDER, NAMES, manual_page
from instruments.messages import LANGUAGES
from tests.api.shapes import assert_says_nothing_banned

#: Read by developers, in the language of the code.
ENGLISH_ONLY = {"architecture"}
BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
both = pytest.mark.parametrize("name", [name for name in NAMES if name not in ENGLISH_ONLY])


def written(name: str, language: str) -> str:
    return (FOLDER / f"{name}.{language}.md").read_text(encoding="utf-8")


def test_every_file_of_the_manual_is_a_page() -> None:
    complete = {f"{name}.{language}.md" for name in NAMES for language in LANGUAGES}
    assert {path.name for path in FOLDER.glob("*.md")} == complete - {f"{name}.sv.md" for name in ENGLISH_ONLY}


@both
def test_both_languages_have_the_same_parts_and_the_same_commands(name: str) -> None:
    swedish, english = written(name, "sv"), written(name, "en")
    assert BLOCK.findall(swedish) == BLOCK.findall(english)
    shapes = [re.findall(r"^#+", BLOCK.sub("", text), re.MULTILINE) for text in (swedish, english)]
    assert shapes[0] == shapes[1]


@both
def test_both_languages_name_the_same_settings_and_commands(name: str) -> None:
    def named(language: str) -> set[str]:
        text = BLOCK.sub("", written(name, language))
        return {re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", text)}

    assert named("sv") == named("en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_what_the_file_says(client: FlaskClient, name: str, language: str) -> None:
    page = client.get(f"/manual/{name}?language={language}")
    assert page.status_code == 200
    content = manual_page(name, language)
    assert f'<html lang="{language}"' in page.text
    assert f"<h1>{content.title}</h1>" in page.text
    assert ('lang="en"' in page.text.partition('<article class="manual"')[2].partition(">")[0]) == (
        content.language != language
    )
    shown = unescape(page.text)
    for heading in re.findall(r"^## (.*)$", written(name, content.language), re.MULTILINE):
        assert f"<h2>{heading}</h2>" in shown
    for block in BLOCK.findall(written(name, content.language)):
        assert block.partition("\n")[2].removesuffix("```") in shown
    assert_says_nothing_banned(re.sub(r"<[^>]+>", " ", content.html))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_leads_to_every_page_and_every_page_to_the_list(client: FlaskClient, language: str) -> None:
    listed = client.get(f"/manual?language={language}").text
    assert all(f'href="/manual/{name}"' in listed for name in NAMES)
    assert 'href="/manual"' in client.get("/manual/operating").text


def test_a_page_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/manual/rendering").status_code == 404
    assert client.get("/manual/operating.en.md").status_code == 404
