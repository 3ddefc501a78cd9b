"""Settings that cannot be used are told; what somebody sent is never in a log."""

import logging
from pathlib import Path

import pytest
from flask import Flask

from api.application import create_app
from api.cli.records_command import RecordsCommand
from api.context.context import NoRecordsError, context_of
from api.settings.service import Settings, SettingsError
from tests.api.conftest import EVALUATIONS, NOW
from tests.api.shapes import assert_problem

PRIVATE = "Hemliga Robin 20100101-1234"


def test_nothing_has_to_be_set() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"UNDERLAG_DEFINITIONS": " ", "UNDERLAG_FORCE_HTTPS": ""}) == Settings()


def test_settings_are_read_from_the_environment(tmp_path: Path) -> None:
    settings = Settings.from_environment({"UNDERLAG_DEFINITIONS": str(tmp_path), "UNDERLAG_FORCE_HTTPS": "Yes"})
    assert settings == Settings(definitions=tmp_path, force_https=True)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"UNDERLAG_DEFINITIONS": "nowhere/at/all"}, "UNDERLAG_DEFINITIONS: There is no folder nowhere/at/all."),
        ({"UNDERLAG_FORCE_HTTPS": "perhaps"}, "UNDERLAG_FORCE_HTTPS: The value is perhaps. Write yes or no."),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_with_what_to_do(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as told:
        Settings.from_environment(environment)
    assert words in RecordsCommand.words("en").fault(told.value.fault)


def test_an_application_that_keeps_no_records_says_so_where_they_are_asked_for() -> None:
    context = context_of(create_app(Settings(), now=lambda: NOW))
    context.require_store()  # it needs none, and is ready
    for part in ("database", "settings", "policies"):
        with pytest.raises(NoRecordsError, match="keeps no records"):
            getattr(context, part)


@pytest.fixture
def failing_app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application in which something unforeseen goes wrong with what was sent."""
    app = create_app(Settings(), now=lambda: NOW)

    def fail(*_: object) -> None:
        raise KeyError(PRIVATE)

    monkeypatch.setattr("api.evaluation.evaluation_input.explain", fail)
    return app


def test_an_unforeseen_failure_tells_a_program_nothing_of_itself(failing_app: Flask) -> None:
    body = {"guidance": "skl_2015", "facts": {"district": PRIVATE}}
    response = failing_app.test_client().post(EVALUATIONS, json=body)
    assert assert_problem(response, 500, "internal-error") == []
    for leak in (PRIVATE, "KeyError", "Traceback", "api/"):
        assert leak not in response.text.replace("/api/v1/evaluations", "").replace("/api/docs", "")


def test_an_unforeseen_failure_tells_a_reader_nothing_of_itself(failing_app: Flask) -> None:
    data = {"guidance": "skl_2015", "instrument": "none", "fact.gang_ties.source": PRIVATE}
    response = failing_app.test_client().post("/samlad-bedomning", data=data)
    assert response.status_code == 500
    assert "Något gick fel hos oss" in response.text
    assert PRIVATE not in response.text


def test_the_log_tells_where_it_went_wrong_and_not_with_what(
    failing_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        failing_app.test_client().post(
            f"{EVALUATIONS}?who={PRIVATE}", json={"guidance": "skl_2015", "facts": {"district": PRIVATE}}
        )
    (entry,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "Unforeseen KeyError in POST /api/v1/evaluations" in entry
    assert "evaluation_input.py" in entry
    assert PRIVATE not in caplog.text
    assert "Robin" not in caplog.text


def test_a_refused_request_leaves_nothing_in_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        response = app.test_client().post(EVALUATIONS, json={"guidance": PRIVATE, "facts": {"age": PRIVATE}})
    assert response.status_code == 422
    assert "Robin" not in caplog.text
