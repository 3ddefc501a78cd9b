"""Instruments and guidances as programs read them."""

import hashlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.application import create_app
from api.context.context import Context, current_context
from api.settings.service import Settings
from instruments.faults import AlteredDefinitionError, InputError
from screening.library import DEFINITIONS
from tests.api.conftest import NOW
from tests.api.shapes import assert_problem

INSTRUMENTS = Path(__file__).parents[2] / "instruments" / "definitions"
PATHS = [
    "/api/v1/instruments",
    "/api/v1/instruments/youth_spj",
    "/api/v1/guidance",
    "/api/v1/guidance/skl_2015",
    "/api/v1/guidance/stockholm_2012/norrmalm",
]


def context_of(app: Flask) -> Context:
    with app.app_context():
        return current_context()


def test_every_instrument_is_listed_with_its_versions(client: FlaskClient) -> None:
    listed = client.get("/api/v1/instruments").get_json()["instruments"]
    assert {each["id"]: each["items"] for each in listed} == {
        "youth_spj": {"risk": 24, "protective": 6},
        "young_adult_spj": {"risk": 16, "protective": 6},
    }
    assert all(
        version["reference"] == f"{each['id']}@{version['version']}" for each in listed for version in each["versions"]
    )


def test_an_instrument_is_shown_whole_with_the_digest_of_its_file(client: FlaskClient) -> None:
    response = client.get("/api/v1/instruments/youth_spj")
    shown = response.get_json()
    file = INSTRUMENTS / "youth_spj" / f"{shown['version']}.yaml"
    assert shown["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert response.headers["ETag"] == f'"{shown["sha256"]}"'
    assert len(shown["items"]) == 30
    item = next(each for each in shown["items"] if each["id"] == "substance_use")
    assert item["title"] == {"sv": "Alkohol och droger", "en": "Alcohol and drugs"}
    assert set(item["anchors"]) == {"low", "moderate", "high"}


def test_a_version_is_pinned_by_its_number(client: FlaskClient) -> None:
    latest = client.get("/api/v1/instruments/youth_spj").get_json()
    pinned = client.get(f"/api/v1/instruments/youth_spj@{latest['version']}").get_json()
    assert pinned == latest


def test_every_guidance_and_local_version_is_listed(client: FlaskClient, app: Flask) -> None:
    listed = client.get("/api/v1/guidance").get_json()["guidance"]
    assert [each["id"] for each in listed] == context_of(app).library.names()
    assert {each["base"] for each in listed if each["id"].startswith("stockholm_2012/")} == {"stockholm_2012@1.1"}


def test_a_guidance_is_shown_with_quotes_readings_limits_and_sources(client: FlaskClient) -> None:
    shown = client.get("/api/v1/guidance/stockholm_2012").get_json()
    age = next(each for each in shown["criteria"] if each["id"] == "age")
    assert age["quote"] == "Inget beslut har tagits om en nedre åldersgräns."
    assert age["reading"]["decided_by"] == "Underlag"
    assert age["rule"] == {"kind": "between", "fact": "age", "min": "age_min", "max": "age_max"}
    limits = {each["id"]: each for each in shown["parameters"]}
    assert limits["age_min"]["value"] == 12
    assert limits["age_min"]["set_by"]
    assert {flag["id"] for flag in shown["flags"]} >= {"safety_first", "other_track", "stigma_caution"}
    cited = {source["title"] for source in shown["sources"]}
    assert age["source"]["document"] in cited
    assert shown["base"] is None


def test_a_local_version_is_shown_on_its_base_with_what_it_sets(client: FlaskClient) -> None:
    shown = client.get("/api/v1/guidance/stockholm_2012/norrmalm").get_json()
    base = client.get("/api/v1/guidance/stockholm_2012").get_json()
    assert shown["base"] == {"reference": "stockholm_2012@1.0", "sha256": base["sha256"]}
    assert [each["id"] for each in shown["criteria"]] == [each["id"] for each in base["criteria"]]
    limits = {each["id"]: each for each in shown["parameters"]}
    assert (limits["age_min"]["value"], limits["age_max"]["value"]) == (15, 20)
    assert limits["age_min"]["quote"] == "Målgruppens ålder kommer att vara 15-20 år."


def test_every_guidance_can_be_shown(client: FlaskClient, app: Flask) -> None:
    for name in context_of(app).library.names():
        assert client.get(f"/api/v1/guidance/{name}").get_json()["id"] == name


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(path: str, client: FlaskClient) -> None:
    first = client.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)


def test_tags_differ_between_guidances(client: FlaskClient) -> None:
    tags = [client.get(path).headers["ETag"] for path in PATHS]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    ("path", "errors"),
    [
        ("/api/v1/instruments/savry", [("?name", "unknown-definition")]),
        ("/api/v1/instruments/youth_spj@7", [("?name", "unknown-version")]),
        ("/api/v1/instruments/youth_spj?on=2001-01-01", [("?name", "not-in-force")]),
        ("/api/v1/guidance/nowhere", [("?name", "unknown-definition")]),
        ("/api/v1/guidance/stockholm_2012/solna", [("?name", "unknown-definition")]),
        ("/api/v1/guidance/stockholm_2019?on=2018-12-31", [("?name", "not-in-force")]),
    ],
)
def test_a_definition_that_is_not_there_is_told(path: str, errors: list[tuple[str, str]], client: FlaskClient) -> None:
    assert assert_problem(client.get(path), 404, "not-found") == errors


@pytest.mark.parametrize("path", ["/api/v1/instruments/youth_spj", "/api/v1/guidance/skl_2015"])
@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("on=yesterday", [("?on", "impossible-date")]),
        ("on=2026-02-30", [("?on", "impossible-date")]),
        ("on=", [("?on", "text-missing")]),
        ("at=2026-11-21", [("?at", "unknown-key")]),
        ("on=2026-11-21&on=2026-11-22", [("?on", "repeated-key")]),
    ],
)
def test_a_question_that_cannot_be_understood_is_told(
    path: str, query: str, errors: list[tuple[str, str]], client: FlaskClient
) -> None:
    assert assert_problem(client.get(f"{path}?{query}"), 400, "bad-request") == errors


def test_the_service_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/health").get_json() == {"status": "ok"}
    ready = client.get("/ready").get_json()
    assert ready["status"] == "ready"
    assert {"youth_spj@1.0", "stockholm_2012/norrmalm@1.0", "facts@1.0"} <= set(ready["definitions"])


def test_a_service_whose_definitions_do_not_fit_says_that_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(), now=lambda: NOW)

    def altered(*_: object, **__: object) -> None:
        from instruments.faults import Fault

        raise AlteredDefinitionError(Fault("base-altered", "file", {}))

    monkeypatch.setattr(context_of(app).library, "bind", altered)
    assert_problem(app.test_client().get("/ready"), 503, "not-ready")
    assert app.test_client().get("/health").status_code == 200


def test_a_local_folder_of_definitions_is_mounted(tmp_path: Path) -> None:
    folder = tmp_path / "instruments" / "local_spj"
    folder.mkdir(parents=True)
    text = (INSTRUMENTS / "youth_spj" / "1.0.yaml").read_text(encoding="utf-8")
    (folder / "1.0.yaml").write_text(text.replace("id: youth_spj", "id: local_spj", 1), encoding="utf-8")
    client = create_app(Settings(definitions=tmp_path), now=lambda: NOW).test_client()
    listed = client.get("/api/v1/instruments").get_json()["instruments"]
    assert "local_spj" in [each["id"] for each in listed]


def test_a_service_with_an_altered_definition_does_not_start(tmp_path: Path) -> None:
    folder = tmp_path / "instruments" / "local_spj"
    folder.mkdir(parents=True)
    text = (INSTRUMENTS / "youth_spj" / "1.0.yaml").read_text(encoding="utf-8")
    (folder / "1.0.yaml").write_text(text.replace("id: youth_spj", "id: local_spj", 1), encoding="utf-8")
    (tmp_path / "instruments" / "lock.yaml").write_text(f'local_spj@1.0: "{"0" * 64}"\n', encoding="utf-8")
    with pytest.raises(AlteredDefinitionError):
        create_app(Settings(definitions=tmp_path), now=lambda: NOW)


def test_a_service_with_a_new_guidance_that_is_not_proved_does_not_start(tmp_path: Path) -> None:
    folder = tmp_path / "guidance" / "exempelby"
    folder.mkdir(parents=True)
    text = (DEFINITIONS / "guidance" / "skl_2015" / "1.0.yaml").read_text(encoding="utf-8")
    text = text.replace("id: skl_2015\n", "id: exempelby\n").replace("    required: true\n", "    required: false\n")
    (folder / "1.0.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="takes-in-everyone"):
        create_app(Settings(definitions=tmp_path), now=lambda: NOW)
    (folder / "1.0.yaml").write_text(text.replace("status: published", "status: draft"), encoding="utf-8")
    assert create_app(Settings(definitions=tmp_path), now=lambda: NOW).test_client().get("/health").status_code == 200
