"""The headers that every answer carries, whatever it is."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.application import create_app
from api.settings.service import Settings, SettingsError
from tests.api.conftest import EVALUATIONS, NOW

#: One address for every rule, so that a new route is tested or the test says that it is not.
ADDRESSES = {
    "/": "/",
    "/en/": "/en/",
    "/formular": "/formular?example=clear",
    "/en/form": "/en/form?example=clear",
    "/samlad-bedomning": "/samlad-bedomning",
    "/en/summary-rating": "/en/summary-rating",
    "/resultat": "/resultat",
    "/en/result": "/en/result",
    "/prova": "/prova",
    "/en/try-out": "/en/try-out",
    "/instrument/<name>": "/instrument/youth_spj",
    "/en/instruments/<name>": "/en/instruments/youth_spj",
    "/design": "/design",
    "/en/design": "/en/design",
    "/hjalp": "/hjalp",
    "/hjalp/<topic>": "/hjalp/three_values",
    "/en/help": "/en/help",
    "/en/help/<topic>": "/en/help/three_values",
    "/guidance": "/guidance",
    "/guidance/side-by-side": "/guidance/side-by-side?one=skl_2015@1.0&other=assignment_2011@1.0",
    "/guidance/<path:name>": "/guidance/skl_2015",
    "/guidance/<path:name>.pdf": "/guidance/skl_2015.pdf",
    "/governance": "/governance",
    "/governance/<name>": "/governance/risk_file",
    "/manual": "/manual",
    "/manual/<name>": "/manual/operating",
    "/governance/<name>/download": "/governance/risk_file/download?format=markdown",
    "/api/v1/governance": "/api/v1/governance",
    "/api/v1/governance/<name>": "/api/v1/governance/risk_file",
    "/problems/": "/problems/",
    "/problems/<code>": "/problems/not-json",
    "/municipality/mark": "/municipality/mark",
    "/health": "/health",
    "/ready": "/ready",
    "/api/v1/evaluations": "/api/v1/evaluations",
    "/api/v1/evaluations/result": "/api/v1/evaluations/result",
    "/api/v1/evaluations/<any(sv, en):language>": "/api/v1/evaluations/sv",
    "/api/v1/instruments": "/api/v1/instruments",
    "/api/v1/instruments/<name>": "/api/v1/instruments/youth_spj",
    "/api/v1/instruments/<name>/cards": "/api/v1/instruments/youth_spj/cards",
    "/api/v1/guidance": "/api/v1/guidance",
    "/api/v1/guidance/<path:name>": "/api/v1/guidance/stockholm_2012/farsta",
    "/api/openapi.json": "/api/openapi.json",
    "/api/docs": "/api/docs",
    "/api/docs/<name>": "/api/docs/evaluateIntake",
    "/api/docs/schemas/<name>": "/api/docs/schemas/Problem",
    "/static/<path:filename>": "/static/underlag.css",
    "/bootstrap/static/<path:filename>": "/bootstrap/static/css/bootstrap.min.css",
}


def assert_guarded(response: TestResponse) -> None:
    headers = response.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "script-src" not in policy, "scripts come from the own origin, by default-src"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers
    assert "Server" not in headers or "werkzeug" not in headers["Server"].lower()
    assert headers.get("Cache-Control"), "whether an answer may be kept is always said"


def test_every_rule_has_an_address_in_this_test(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules()} == set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES.values())
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_every_answer_of_every_route_is_guarded(address: str, method: str, client: FlaskClient) -> None:
    response = client.open(address, method=method)
    assert response.status_code < 500
    assert_guarded(response)


@pytest.mark.parametrize("address", ["/nowhere", "/api/nowhere", "/en/nowhere", "/static/nowhere", "/problems/nowhere"])
def test_every_answer_to_a_lost_caller_is_guarded(address: str, client: FlaskClient) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert_guarded(response)
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/", "/formular?example=clear", "/health", "/api/docs", "/problems/"])
def test_pages_are_not_kept_by_browsers_or_between(address: str, client: FlaskClient) -> None:
    assert client.get(address).headers["Cache-Control"] == "no-store"


def test_what_is_answered_about_a_person_is_never_kept(client: FlaskClient) -> None:
    assert client.post(EVALUATIONS, json={"guidance": "skl_2015"}).headers["Cache-Control"] == "no-store"
    assert client.post("/resultat", data={"guidance": "skl_2015"}).headers["Cache-Control"] == "no-store"


def test_files_may_be_kept_for_an_hour(client: FlaskClient) -> None:
    assert client.get("/static/underlag.css").headers["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("name", ["/bootstrap/static/css/bootstrap.min.css", "/static/work.css", "/static/autosave.js"])
def test_files_are_compressed_and_asked_for_again_only_when_they_have_changed(client: FlaskClient, name: str) -> None:
    asked = {"Accept-Encoding": "gzip, deflate, br"}
    plain, small = client.get(name), client.get(name, headers=asked)
    assert small.headers["Content-Encoding"] == "br"
    assert len(small.data) < len(plain.data) / 2
    assert "Accept-Encoding" in small.headers["Vary"]
    assert client.get(name, headers={**asked, "If-None-Match": small.headers["ETag"]}).status_code == 304
    assert client.get(name, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("site", [None, "cross-site", "same-site", "", "none, cross-site"])
@pytest.mark.parametrize("address", ["/", "/formular?example=clear", "/api/v1/instruments", "/problems/", "/nowhere"])
def test_no_page_that_another_site_asks_for_is_compressed_since_its_length_would_tell_of_what_is_secret_in_it(
    client: FlaskClient, address: str, site: str | None
) -> None:
    asked = {"Accept-Encoding": "gzip, br"} | ({} if site is None else {"Sec-Fetch-Site": site})
    assert "Content-Encoding" not in client.get(address, headers=asked).headers


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_that_its_reader_or_another_of_our_pages_asks_for_is_compressed(client: FlaskClient, site: str) -> None:
    asked = {"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": site}
    plain, small = client.get("/formular?example=clear"), client.get("/formular?example=clear", headers=asked)
    assert small.headers["Content-Encoding"] == "br"
    assert len(small.data) < len(plain.data) / 5
    assert small.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in client.get("/api/v1/instruments", headers=asked).headers


@pytest.fixture
def https_client() -> FlaskClient:
    return create_app(Settings(force_https=True), now=lambda: NOW).test_client()


def test_plain_http_is_redirected_where_that_is_set(https_client: FlaskClient) -> None:
    response = https_client.get("/health")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://")


def test_behind_tls_browsers_are_told_to_stay_there(https_client: FlaskClient) -> None:
    response = https_client.get("/health", headers={"X-Forwarded-Proto": "https"})
    assert response.status_code == 200
    assert "max-age=" in response.headers["Strict-Transport-Security"]


def test_no_page_holds_a_script_or_a_style_of_its_own(client: FlaskClient) -> None:
    for address in ("/", "/formular?example=clear", "/api/docs", "/problems/", "/nowhere"):
        page = client.get(address).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert all("src=" in part.split(">", 1)[0] for part in page.split("<script")[1:])


@pytest.fixture(scope="module")
def strict_clients() -> list[FlaskClient]:
    chosen = (Settings(), Settings(force_https=True), Settings(hosts=("underlag.kommun.example",)))
    return [create_app(settings, now=lambda: NOW).test_client() for settings in chosen]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "xlocalhost", "a b", "["]
)
@pytest.mark.parametrize("address", ["/", "/health", "/api/nowhere", "/static/underlag.css"])
def test_a_request_by_another_name_is_refused_in_words_before_anything_else(
    address: str, host: str, strict_clients: list[FlaskClient]
) -> None:
    for client in strict_clients:
        answer = client.get(address, headers={"Host": host, "Accept-Language": "en"}, buffered=True)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "evil" not in answer.text
        assert "UNDERLAG_HOSTS" in answer.text
        assert_guarded(answer)


@pytest.mark.parametrize("host", ["underlag.kommun.example", "UNDERLAG.kommun.example:8443", "[::1]:8000", "10.0.0.7"])
def test_the_names_that_are_set_are_answered_and_a_redirect_follows_them(host: str) -> None:
    environment = {"UNDERLAG_HOSTS": "underlag.kommun.example [::1] 10.0.0.7", "UNDERLAG_FORCE_HTTPS": "yes"}
    client = create_app(Settings.from_environment(environment), now=lambda: NOW).test_client()
    answer = client.get("/health", headers={"Host": host})
    assert answer.headers["Location"].lower() == f"https://{host}/health".lower()
    assert client.get("/health", headers={"Host": "localhost"}).status_code == 400


@pytest.mark.parametrize("name", ["https://underlag.example", "underlag.example:8000", "*", ".example", "a/b"])
def test_what_is_no_name_of_a_host_is_told_by_its_setting(name: str) -> None:
    with pytest.raises(SettingsError, match="UNDERLAG_HOSTS"):
        Settings.from_environment({"UNDERLAG_HOSTS": name})
