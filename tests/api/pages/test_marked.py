"""Words that a further language lacks stand in Swedish on a page, in an element that says so."""

import pytest
from flask import Flask, render_template_string

from api.web.translator import Translator
from instruments.messages import Catalogue, Message, Text

PAGE = '{% from "marked.html" import marked %}<p>{{ marked(speech, words) }}</p>'
SCHOOL = Text(sv="Skola & fritid", en="School & leisure")
CATALOGUE = Catalogue({"asked": Text(sv="Fråga {who}.", en="Ask {who}.").with_words("so", "Weydii {who}.")})


@pytest.mark.parametrize(
    ("language", "words", "shown"),
    [
        ("sv", SCHOOL, "<p>Skola &amp; fritid</p>"),
        ("en", SCHOOL, "<p>School &amp; leisure</p>"),
        ("so", SCHOOL, '<p><span lang="sv">Skola &amp; fritid</span></p>'),
        ("so", SCHOOL.with_words("so", "Dugsi"), "<p>Dugsi</p>"),
        ("so", Message("asked", {"who": "<Ada>"}), "<p>Weydii &lt;Ada&gt;.</p>"),
        ("ar", Message("asked", {"who": "<Ada>"}), '<p><span lang="sv">Fråga &lt;Ada&gt;.</span></p>'),
    ],
)
def test_a_gap_is_marked(app: Flask, language: str, words: Text | Message, shown: str) -> None:
    with app.test_request_context():
        assert render_template_string(PAGE, speech=Translator(CATALOGUE, language), words=words) == shown
