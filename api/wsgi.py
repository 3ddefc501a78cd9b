"""The application out of the environment, for a WSGI server: ``gunicorn 'api.wsgi:make_app()'``."""

import os
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from api.application import create_app
from api.context.settings import RecordSettings, in_demo, make_demo_keys
from api.settings.municipality import Municipality
from api.settings.service import Settings
from api.web.logs import write_json_logs
from api.wiring import begin_checkpoints

KEYS_OF_DEMO = Path("var") / "demo.keys"


def the_environment() -> Mapping[str, str]:
    """The environment; in demo mode with keys that were made for it, where it sets none."""
    return {**make_demo_keys(KEYS_OF_DEMO), **os.environ} if in_demo(os.environ) else os.environ


def make_app() -> Flask:
    """Put the application together for a server; the process then logs in JSON, and writes checkpoints.

    Raises
    ------
    SettingsError
        If a setting is missing or cannot be used.
    OtherSchemaError
        If the tables are not those of this version.
    """
    write_json_logs()
    app = app_of_environment()
    begin_checkpoints(app)
    return app


def app_of_environment() -> Flask:
    """Put the application together for a command; raises as `make_app` does."""
    environment = the_environment()
    return create_app(
        Settings.from_environment(environment),
        RecordSettings.from_environment(environment),
        municipality=Municipality.from_environment(environment),
    )
