"""The help pages: open to all, complete in both languages, and computed where they show an answer."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from api.evaluation.help_pages import PATHS, the_help
from tests.api.shapes import assert_says_nothing_banned

TOPICS = [topic.id for topic in the_help().topics]


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize(("language", "path"), PATHS)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_told_in_both_languages(client: FlaskClient, language: str, path: str, topic: str) -> None:
    page = client.get(f"{path}/{topic}")
    shown = next(each for each in the_help().topics if each.id == topic)
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    for section in shown.sections:
        for text in section.text:
            assert text.in_language(language) in words(page.text)
            assert text.sv != text.en
            assert_says_nothing_banned(text.in_language(language))


@pytest.mark.parametrize(("language", "path"), PATHS)
def test_the_list_leads_to_every_topic(client: FlaskClient, language: str, path: str) -> None:
    page = client.get(path).text
    assert all(f'href="{path}/{topic}"' in page for topic in TOPICS)


def test_the_worked_example_has_a_yes_an_unknown_and_a_no(client: FlaskClient) -> None:
    rows = re.findall(
        r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", client.get("/en/help/three_values").text, re.S
    )
    became = {(first, second): words(third).split()[1] for first, second, third in rows}
    assert len(became) == 9
    assert became["5", "Not asked"] == "Met"
    assert became["1", "No known ties"] == "Not"
    assert became["1", "Not asked"] == "Unclear"
    assert became["Not asked", "Suspected ties"] == "Met"


def test_the_limits_name_what_they_rest_on(client: FlaskClient) -> None:
    page = words(client.get("/hjalp/limits").text)
    assert "SBU, rapport 303 (2019)" in page
    assert "82 procent gjorde det inte" in page


def test_the_accessibility_statement_says_what_was_not_tested(client: FlaskClient) -> None:
    assert "Ingen skärmläsare har prövats." in words(client.get("/hjalp/accessibility").text)
    assert "No screen reader was tried." in words(client.get("/en/help/accessibility").text)


def test_an_unknown_topic_is_not_found(client: FlaskClient) -> None:
    assert client.get("/hjalp/nowhere").status_code == 404
