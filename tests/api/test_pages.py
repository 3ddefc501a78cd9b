"""The pages as they leave the service; `tests/browser` looks at them in a browser."""

import html
import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from api.evaluation.examples import examples
from tests.api.shapes import assert_says_nothing_banned, everything_shown
from tests.api.shown_words import MOST_SHOWN, ShownWords

PATHS = {
    "sv": {
        "start": "/",
        "try_out": "/prova",
        "form": "/formular",
        "summary": "/samlad-bedomning",
        "result": "/resultat",
    },
    "en": {
        "start": "/en/",
        "try_out": "/en/try-out",
        "form": "/en/form",
        "summary": "/en/summary-rating",
        "result": "/en/result",
    },
}
RATED = {"fact.reoffending_risk": "moderate", "fact.reoffending_risk.reason": "Weighed by hand."}


class Page(HTMLParser):
    """The parts of a page that these tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language = ""
        self.title = ""
        self.checked: list[tuple[str, str]] = []
        self.fields: dict[str, str] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.forms: list[tuple[str, str]] = []
        self.headings: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._within = tag
        if tag == "html":
            self.language = given["lang"]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "input" and given.get("type") == "radio":
            if "checked" in given:
                self.checked.append((given["name"], given["value"]))
        elif tag in ("input", "textarea") and "name" in given:
            self.fields[given["name"]] = given.get("value", "")
        if tag == "a":
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append((given.get("method", "get"), given["action"]))
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data
        if self._within in ("h1", "h2", "h3") and self.headings:
            self.headings[-1] += data


@pytest.fixture(params=["sv", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_first_page_says_what_this_is_and_is_not_and_leads_to_the_try_out(client: FlaskClient) -> None:
    text = client.get("/").text
    assert "beslutar aldrig" in text
    assert 'href="/prova"' in text
    assert "Logga in" not in text, "a service that keeps nothing has no accounts"
    assert 'href="/en/try-out"' in client.get("/en/").text
    assert client.get("/static/pictures/recommendation.webp").status_code == 200


def test_the_try_out_says_that_it_keeps_nothing_and_other_pages_do_not(client: FlaskClient) -> None:
    text = client.get("/prova").text
    assert "Detta är en demo" in text
    assert "Ingenting sparas" in text
    assert "påhittade personer" in text
    assert "This is a demo" in client.get("/en/try-out").text
    assert "Detta är en demo" not in client.get("/governance").text


def test_every_page_says_its_language(client: FlaskClient, language: str) -> None:
    for name, values in {"start": None, "form": {"guidance": "skl_2015"}, "summary": {"guidance": "skl_2015"}}.items():
        path = PATHS[language][name]
        response = client.post(path, data=values) if name == "summary" else client.get(path, query_string=values)
        assert Page(response.text).language == language


def test_the_language_link_keeps_the_place(client: FlaskClient) -> None:
    assert '"/en/"' in client.get("/").text
    assert '"/"' in client.get("/en/").text
    assert 'formaction="/en/form"' in client.get("/formular?guidance=skl_2015").text
    assert 'formaction="/samlad-bedomning"' in client.post("/en/summary-rating", data={"guidance": "skl_2015"}).text
    assert 'action="/resultat"' in client.post("/en/result", data={"guidance": "skl_2015", **RATED}).text


def test_nothing_is_chosen_in_an_empty_form(client: FlaskClient, language: str) -> None:
    page = Page(client.get(PATHS[language]["form"], query_string={"guidance": "stockholm_2012"}).text)
    assert page.checked == []
    assert page.fields["reference_date"] == "2026-11-21"
    del page.fields["reference_date"]
    assert set(page.fields.values()) <= {""}


def test_strengths_come_before_risks_and_danger_before_both(client: FlaskClient) -> None:
    ids = Page(client.get("/formular?guidance=stockholm_2012").text).ids
    order = [ids.index(part) for part in ("safety", "domain-protective", "domain-historical", "facts")]
    assert order == sorted(order)


def test_every_id_on_a_page_is_its_own(client: FlaskClient) -> None:
    for example in examples().values():
        values = example.values("sv")
        for text in (
            client.get("/formular", query_string={"example": example.id}).text,
            client.post("/samlad-bedomning", data=values).text,
            client.post("/resultat", data={**values, **RATED}).text,
            client.post("/resultat", data={**values, "fact.age.number": "old"}).text,
        ):
            ids = Page(text).ids
            assert len(ids) == len(set(ids))


def test_missing_material_and_not_asked_can_be_chosen_everywhere(client: FlaskClient) -> None:
    text = client.get("/formular?guidance=stockholm_2012").text
    questions = set(re.findall(r'type="radio" name="((?:item|fact)\.[a-z_]+)"', text))
    for name in questions:
        assert f'name="{name}" id="{name.replace(".", "-")}-not_asked" value="not_asked"' in text
        assert re.search(rf'name="{name}" id="[^"]+" value="not_found"', text)
    assert len([name for name in questions if name.startswith("item.")]) == 30


@pytest.mark.parametrize("name", examples())
def test_an_example_fills_the_form_except_the_summary_rating(name: str, client: FlaskClient, language: str) -> None:
    text = client.get(PATHS[language]["form"], query_string={"example": name}).text
    page = Page(text)
    assert len(page.checked) > 5
    assert "reoffending_risk" not in text
    expected = examples()[name].values(language)
    chosen = dict(page.checked)
    for field, value in expected.items():
        if field.startswith("item.") and not field.endswith(".note"):
            assert chosen[field] == value


def test_an_example_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/formular?example=nobody").status_code == 404
    assert client.get("/formular?guidance=nowhere").status_code == 404
    assert client.get("/formular?guidance=skl_2015&instrument=savry").status_code == 404


def test_a_form_without_a_guidance_begins_at_the_start(client: FlaskClient) -> None:
    for path in ("/formular", "/samlad-bedomning", "/resultat"):
        response = client.get(path)
        assert (response.status_code, response.headers["Location"]) == (302, "/prova")
    assert client.get("/en/result").headers["Location"] == "/en/try-out"


@pytest.mark.parametrize("name", examples())
def test_nothing_counted_from_ratings_is_shown_before_the_professional_has_rated(
    name: str, client: FlaskClient, language: str
) -> None:
    values = examples()[name].values(language)
    text = client.post(PATHS[language]["summary"], data=values).text
    assert Page(text).checked == []
    assert not re.search(r"\b\d+ (av|of) (6|8|11)\b", text)
    for headline in (
        "talar för",
        "pekar inte mot",
        "Mer underlag behövs",
        "supports",
        "does not match",
        "More information",
    ):
        assert headline not in text


def test_the_recommendation_is_not_shown_without_the_summary_rating(client: FlaskClient) -> None:
    values = examples()["clear"].values("sv")
    response = client.post("/resultat", data=values)
    assert response.status_code == 422
    assert "Din samlade bedömning" in response.text
    assert "Välj en nivå" in response.text
    assert "Skriv dina skäl" in response.text
    assert "talar för" not in response.text


def test_the_reasons_of_the_summary_rating_are_needed(client: FlaskClient) -> None:
    values = examples()["clear"].values("sv") | {"fact.reoffending_risk": "high", "fact.reoffending_risk.reason": "  "}
    response = client.post("/resultat", data=values)
    assert response.status_code == 422
    assert 'href="#fact-reoffending_risk-reason"' in response.text


def test_without_an_instrument_a_guidance_that_needs_no_rating_is_answered_at_once(client: FlaskClient) -> None:
    values = {"guidance": "skl_2015", "instrument": "none", "fact.recruitment_risk": "yes"}
    response = client.post("/samlad-bedomning", data=values)
    assert response.status_code == 200
    assert "Underlaget talar för att pröva" in response.text


@pytest.mark.parametrize("name", examples())
def test_the_result_shows_what_it_must(name: str, client: FlaskClient, language: str) -> None:
    values = examples()[name].values(language)
    response = client.post(PATHS[language]["result"], data={**values, **RATED})
    assert response.status_code == 200
    text = response.text
    page = Page(text)
    assert_says_nothing_banned(text)
    order = ["outcome", "strengths-title", "why-title", "gate-title", "sources-title", "basis-title"]
    places = [page.ids.index(each) for each in order]
    assert places == sorted(places)
    assert re.search(r"<code>[0-9a-f]{64}</code>", text)
    assert "Weighed by hand." in text
    assert 'lang="sv"' in text, "quotes are Swedish on every page"


@pytest.mark.parametrize("name", examples())
def test_what_a_result_shows_at_once_is_short_and_told_once(name: str, client: FlaskClient, language: str) -> None:
    page = client.post(PATHS[language]["result"], data={**examples()[name].values(language), **RATED}).text
    words = ShownWords(page)
    assert 250 < words.shown <= MOST_SHOWN
    assert words.folded > words.shown
    assert [each for each, times in words.sentences.items() if times > 1] == []


@pytest.mark.parametrize("name", examples())
def test_everything_of_the_explanation_is_on_the_page_of_the_result(
    name: str, client: FlaskClient, language: str
) -> None:
    example = examples()[name]
    body = example.body(language)
    body["facts"]["reoffending_risk"] = {"value": "moderate", "reason": "Weighed by hand."}
    told = client.post("/api/v1/evaluations", json=body).get_json()
    page = client.post(PATHS[language]["result"], data={**example.values(language), **RATED}).text
    text = " ".join(html.unescape(re.sub("<[^>]+>", "", page)).split())
    said = list(everything_shown(told, language))
    assert len(said) > 50
    assert [each for each in said if " ".join(each.split()) not in text] == []
    assert told["sha256"] in page
    assert all(digest in page for digest in told["definitions"].values())


def test_danger_stands_before_the_recommendation(client: FlaskClient) -> None:
    values = examples()["wants_to_leave"].values("sv")
    for path in ("/samlad-bedomning", "/resultat"):
        ids = Page(client.post(path, data={**values, **RATED}).text).ids
        assert ids[ids.index("main") + 1] == "safety-title"


def test_who_does_not_match_is_pointed_to_lighter_support(client: FlaskClient) -> None:
    text = client.post("/resultat", data={**examples()["no_match"].values("sv"), **RATED}).text
    assert "pröva mindre omfattande stöd" in text
    assert "Det betyder inte att stöd inte behövs" in text


def test_what_is_unknown_comes_with_what_finding_out_would_do(client: FlaskClient) -> None:
    text = client.post("/resultat", data={**examples()["missing_information"].values("sv"), **RATED}).text
    assert "Ta reda på härnäst" in text
    assert "Ett enda svar kan avgöra" in text
    assert "Vad varje svar skulle göra" in text
    assert "Går inte att klarlägga" in text


def test_statuses_are_words_and_signs_and_not_only_colours(client: FlaskClient) -> None:
    text = client.post("/resultat", data={**examples()["borderline"].values("sv"), **RATED}).text
    for status, sign, word in (("met", "✓", "Uppfyllt"), ("not_met", "✕", "Inte uppfyllt")):
        assert (
            f'<span class="status status-{status}"><span class="sign" aria-hidden="true">{sign}</span> {word}</span>'
            in text
        )


def test_the_page_and_the_api_come_to_the_same_digest(client: FlaskClient) -> None:
    example = examples()["clear"]
    body = example.body("sv")
    rating = body["facts"]["reoffending_risk"]
    values = example.values("sv") | {
        "fact.reoffending_risk": rating["value"],
        "fact.reoffending_risk.reason": rating["reason"],
    }
    answer = client.post("/api/v1/evaluations", json=body).get_json()
    assert answer["sha256"] in client.post("/resultat", data=values).text


def test_nothing_personal_is_in_an_address_or_a_title(client: FlaskClient) -> None:
    values = examples()["clear"].values("sv") | {"fact.gang_ties.source": "Hemlig Källa"}
    for path in ("/formular", "/samlad-bedomning", "/resultat"):
        page = Page(client.post(path, data={**values, **RATED}).text)
        assert "Hemlig" not in page.title
        assert all(method == "post" for method, action in page.forms)
        assert not [link for link in page.links if "?" in link]
        assert all("?" not in action for _, action in page.forms)


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "{{ 7 * 7 }}", "'; drop table", "<b>fet</b>"])
def test_what_is_written_is_shown_as_text(text: str, client: FlaskClient) -> None:
    values = examples()["clear"].values("sv") | {
        "fact.gang_ties.source": text,
        "item.substance_use.note": text,
        "fact.reoffending_risk": "high",
        "fact.reoffending_risk.reason": text,
    }
    for path in ("/formular", "/samlad-bedomning", "/resultat"):
        page = client.post(path, data=values).text
        assert "<script>alert" not in page
        assert "<b>fet" not in page
        assert ">49<" not in page


def test_what_was_filled_in_comes_along_in_every_direction(client: FlaskClient) -> None:
    values = examples()["clear"].values("sv") | RATED
    kept = {name: value for name, value in values.items() if not name.startswith(("item.", "consent."))}
    page = Page(client.post("/resultat", data=values).text)
    assert kept.items() <= page.fields.items()
    back = Page(client.post("/formular", data=values).text)
    assert dict(back.checked)["item.substance_use"] == "moderate"
    assert back.fields["fact.reoffending_risk"] == "moderate", "carried, though the form does not show it"


def test_changing_the_instrument_keeps_what_was_filled_in(client: FlaskClient) -> None:
    values = examples()["clear"].values("sv") | {"instrument": "young_adult_spj"}
    page = Page(client.post("/formular", data=values).text)
    assert page.fields["item.substance_use"] == "moderate"
    assert page.fields["fact.age.number"] == "16"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"fact.age.number": "sexton"}, "fact-age-number"),
        ({"fact.age.number": "200"}, "fact-age-number"),
        ({"fact.age.number": "16", "fact.age": "not_found", "fact.age.reason": "x"}, "fact-age-number"),
        ({"fact.age.number": "16", "fact.age": "not_asked"}, "fact-age-number"),
        ({"fact.gang_ties": "maybe"}, "fact-gang_ties"),
        ({"fact.gang_ties": "not_found"}, "fact-gang_ties-reason"),
        ({"fact.gang_ties": "none", "fact.gang_ties.observed_on": "i går"}, "fact-gang_ties-observed_on"),
        ({"fact.gang_ties": "none", "fact.gang_ties.observed_on": "2027-01-01"}, "fact-gang_ties-observed_on"),
        ({"fact.gang_ties": "none", "fact.gang_ties.source": "x" * 20_000}, "fact-gang_ties-source"),
        ({"fact.gang_ties": "none", "fact.gang_ties.source": "a\0b"}, "fact-gang_ties-source"),
        ({"fact.offence_count.number": "3", "fact.offence_count.window": "months"}, "fact-offence_count-months"),
        (
            {
                "fact.offence_count.number": "3",
                "fact.offence_count.window": "months",
                "fact.offence_count.months": "0",
            },
            "fact-offence_count-months",
        ),
        ({"fact.offence_count.number": "3", "fact.offence_count.convicted": "9"}, "fact-offence_count-convicted"),
        ({"item.substance_use": "not_found"}, "item-substance_use-note"),
        ({"item.substance_use": "sky-high"}, "item-substance_use"),
        ({"item.substance_use": "high", "item.substance_use.note": "x" * 20_000}, "item-substance_use-note"),
        ({"guardians": "1", "consent.g2.police": "given"}, "consent-g2-police"),
        ({"consent.youth.police": "maybe"}, "consent-youth-police"),
        ({"reference_date": "2026-02-30"}, "reference_date"),
        ({"reference_date": "1999-01-01"}, "guidance"),
    ],
)
def test_a_fault_is_told_at_its_field_and_in_the_summary(
    values: dict[str, str], field: str, client: FlaskClient, language: str
) -> None:
    data = {"guidance": "stockholm_2012", "instrument": "youth_spj", "reference_date": "2026-11-21", **values}
    response = client.post(PATHS[language]["summary"], data=data)
    assert response.status_code == 422
    text = response.text
    assert f'href="#{field}"' in text
    assert f'id="{field}"' in text
    if field != "guidance":
        assert f'id="{field}-error"' in text
    assert re.search(r'<div class="error-summary" role="alert" tabindex="-1" autofocus', text)
    assert Page(text).title.startswith(("Fel:", "Error:"))


def test_more_than_one_fault_is_counted(client: FlaskClient) -> None:
    data = {"guidance": "stockholm_2012", "fact.age.number": "x", "item.substance_use": "not_found"}
    assert "2 saker behöver rättas" in client.post("/samlad-bedomning", data=data).text


def test_a_form_that_is_too_large_gets_a_page_that_says_so(client: FlaskClient, language: str) -> None:
    data = {"guidance": "skl_2015", "fact.gang_ties.source": "x" * 1_100_000}
    response = client.post(PATHS[language]["result"], data=data)
    assert response.status_code == 413
    assert response.mimetype == "text/html"
    assert Page(response.text).language == language


@pytest.mark.parametrize(("path", "language"), [("/nowhere", "sv"), ("/en/nowhere", "en")])
def test_a_reader_who_is_lost_gets_a_page_in_their_language(path: str, language: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert Page(response.text).language == language


def test_a_page_that_takes_no_such_method_says_which_it_takes(client: FlaskClient) -> None:
    response = client.delete("/")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert response.mimetype == "text/html"


def test_a_form_of_nonsense_is_answered_without_a_failure(client: FlaskClient) -> None:
    for data in ({}, {"guidance": ""}, {"guidance": "\0"}, {"guidance": "x" * 10_000}, {"guidance": ["a", "b"]}):
        for path in ("/formular", "/samlad-bedomning", "/resultat"):
            assert client.post(path, data=data).status_code == 404
    assert client.post("/resultat", data=b"\xff\xfe%00%ff=%ed%a0%80").status_code == 404


def test_the_page_of_the_design_shows_every_token_of_colour_and_no_other(client: FlaskClient) -> None:
    tokens = client.get("/static/tokens.css").text
    colours = set(re.findall(r"^  --([a-z-]+): #", tokens, re.MULTILINE))
    shown = client.get("/design").text
    assert set(re.findall(r'class="colour colour-([a-z-]+)"', shown)) == colours
    assert set(re.findall(r"^\.colour-([a-z-]+)", client.get("/static/design.css").text, re.MULTILINE)) == colours
