"""Whether the service can answer is told of its database too, and told soon."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from sqlalchemy import make_url

from api.context.context import current_context
from api.store.database import Database, StoreUnavailableError
from tests.api.accounts.people import House


@contextmanager
def gone(house: House) -> Iterator[None]:
    """The database cannot be reached."""
    url = house.database.url
    house.database.close()
    with house.app.app_context():
        current_context().database.close()
    if house.database.is_sqlite:
        path = Path(str(url.database))
        away = path.rename(path.with_suffix(".away"))
        yield
        away.rename(path)
        return
    server = str(url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False))
    for allowed in ("false", "true"):
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS {allowed}')
        if allowed == "false":
            yield


def test_ready_tells_that_the_database_is_gone_and_health_that_the_process_lives(house: House) -> None:
    client = house.app.test_client()
    assert client.get("/ready").status_code == 200
    with gone(house):
        refused = client.get("/ready")
        assert (refused.status_code, refused.content_type) == (503, "application/problem+json")
        assert refused.get_json()["type"] == "/problems/store-unavailable"
        assert client.get("/health").status_code == 200
    assert client.get("/ready").status_code == 200


def test_a_database_that_takes_the_connection_and_says_nothing_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        url = make_url("postgresql+psycopg://nobody@127.0.0.1/x").set(port=port)
        database = Database(url.render_as_string())
        begun = monotonic()
        with pytest.raises(StoreUnavailableError):
            database.require_answer()
        assert monotonic() - begun < 30  # the server would never answer
