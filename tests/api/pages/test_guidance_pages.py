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
from tests.thoroughness import a_few

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


@pytest.mark.parametrize("name", a_few(NAMES))
@pytest.mark.parametrize("language", a_few(["sv", "en"]))
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


@pytest.mark.thorough
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


def number(name: str, value: int) -> str:
    """A limit of a guidance of somebody's own."""
    owner = "set_by: Exempelby, set_on: 2026-01-01"
    title = f"{{sv: Gräns {name}, en: Limit {name}}}"
    return f"{{id: {name}, kind: whole_number, title: {title}, default: {value}, permitted: [0, 120], {owner}}}"


def own_guidance(**more: str) -> str:
    """A guidance of somebody's own, with no source but its own."""
    written = {"id": "exempelby", "version": "1.0", "status": "published", "valid_from": "2026-01-01", **more}
    head = "\n".join(f"{key}: {value!r}" if key == "version" else f"{key}: {value}" for key, value in written.items())
    return f"""{head}
{"" if "valid_to" in more else "valid_to: null"}
title: {{sv: Exempelbys egen, en: Exempelby's own}}
summary: {{sv: Prov., en: Test.}}
issuer: Exempelby
instrument: youth_spj
sources:
  - {{id: stockholm_report_2012, title: En annan skrift, publisher: Exempelbys förlag, published: "2026"}}
parameters: [{number("age_min", 12)}, {number("age_max", 20)}]
criteria:
  - id: age
    required: true
    title: {{sv: Ålder, en: Age}}
    rule: {{between: {{fact: age, min: age_min, max: age_max}}}}
  - id: recruited
    required: true
    title: {{sv: Värvning, en: Recruitment}}
    rule: {{is_one_of: {{fact: recruitment_risk, values: [yes]}}}}
"""


def with_own(tmp_path: Path, *files: str) -> FlaskClient:
    """The service with these guidances of somebody's own."""
    folder = tmp_path / "guidance"
    folder.mkdir()
    for number, text in enumerate(files):
        (folder / f"own-{number}.yaml").write_text(text, encoding="utf-8")
    return create_app(Settings(definitions=tmp_path), now=lambda: NOW).test_client()


def test_a_guidance_with_sources_of_its_own_is_shown_and_its_flags_cite_their_own(tmp_path: Path) -> None:
    client = with_own(tmp_path, own_guidance())
    page = see(client, "/guidance/exempelby")
    flags, _, sources = page.partition('id="flags"')[2].partition('id="sources"')
    bound = Library(tmp_path).bind("exempelby", on=ON)
    for flag in bound.rules.flag_set.flags:
        if flag.quote and flag.source:
            assert bound.rules.flag_set.sources_by_id[flag.source.document].title in unescape(flags)
    assert "En annan skrift" not in flags
    cited = {flag.source.document for flag in bound.rules.flag_set.flags if flag.source is not None}
    for source in (*bound.sources.values(), *(bound.rules.flag_set.sources_by_id[name] for name in cited)):
        assert source.title in unescape(sources)
    beside(client, "exempelby@1.0", "skl_2015@1.1")
    data = client.get("/api/v1/guidance/exempelby").get_json()
    assert {each["title"] for each in data["sources"]} > {"En annan skrift"}
    assert client.get("/guidance/exempelby.pdf").status_code == 200


def way(name: str, fact: str) -> str:
    """One of several ways in."""
    return (
        f"{{id: {name}, title: {{sv: {name}, en: Way {name}}}, rule: {{is_one_of: {{fact: {fact}, values: [yes]}}}}}}"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("en: Recruitment}", "en: Being recruited}", "Being recruited"),
        ("title: {sv: Värvning", "note: {sv: Ny, en: A new note}\n    title: {sv: Värvning", "A new note"),
        ("must_be_dated: []", "must_be_dated: [yes]", "Without a day it counts as too old when it is “Yes”"),
        (way("need", "coordinated_need") + ", ", "", "Way left, Way heavy"),
    ],
)
def test_what_differs_is_shown_side_by_side(tmp_path: Path, old: str, new: str, said: str) -> None:
    ways = [way("need", "coordinated_need"), way("left", "leave_support_need")]
    ways.append(way("heavy", "socially_heavy_circumstances"))
    more = f"""  - id: ways
    required: true
    title: {{sv: Vägar, en: Ways}}
    rule: {{any_of: [{", ".join(ways)}]}}
freshness: [{{fact: recruitment_risk, days: age_max, must_be_dated: []}}]
"""
    before = own_guidance() + more
    after = own_guidance(version="2.0", valid_from="2026-02-01") + more
    assert after.count(old) == 1
    page = beside(with_own(tmp_path, before, after.replace(old, new)), "exempelby@1.0", "exempelby@2.0")
    assert f"<strong>{said}" in unescape(page)


@pytest.mark.thorough
def test_the_list_shows_what_holds_and_marks_what_is_only_a_draft(tmp_path: Path) -> None:
    later = own_guidance(version="2.0", valid_from="2026-10-01", status="draft").replace("Exempelby's own", "Not yet")
    only = own_guidance(id="tried", status="draft").replace("Exempelby's own", "Only tried")
    coming = own_guidance(id="coming", valid_from="2030-01-01").replace("Exempelby's own", "Coming")
    overlay = (DEFINITIONS / "overlays" / "stockholm_2012" / "norrmalm" / "1.0.yaml").read_text(encoding="utf-8")
    overlay = re.sub(r"sha256: \"?[0-9a-f]{64}", lambda found: found[0][:-64] + "0" * 64, overlay)
    overlay = overlay.replace("status: published", "status: draft").replace(
        "stockholm_2012/norrmalm", "exempelby/other"
    )
    (tmp_path / "overlays").mkdir()
    (tmp_path / "overlays" / "other.yaml").write_text(overlay, encoding="utf-8")
    client = with_own(tmp_path, own_guidance(), later, only, coming)
    page = see(client, "/guidance")
    assert "Exempelby's own" in unescape(page)
    assert "Not yet" not in page
    own, tried = (page.partition(f'id="{name}"')[2].partition("</section>")[0] for name in ("exempelby", "tried"))
    assert "A draft, which may still change." not in own
    assert "A draft, which may still change." in tried
    for address in re.findall(r'href="(/guidance/[^"]*)"', page):
        assert client.get(unescape(address)).status_code in (200, 404 if "other" in address else 200), address
    assert client.get("/guidance/exempelby/other@1.0").status_code == 404


def test_the_end_of_a_version_is_not_said_to_be_the_end_of_the_text(tmp_path: Path) -> None:
    client = with_own(tmp_path, own_guidance(valid_to="2030-12-31"))
    said = words_of(see(client, "/guidance/exempelby"))
    assert "The version is in force through 2030-12-31." in said
    assert "The text ended" not in said
    ended = words_of(see(client, "/guidance/pilot_2011"))
    assert "The text ended on 2012-09-30." in ended
