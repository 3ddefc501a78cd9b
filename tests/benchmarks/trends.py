"""Published numbers over many cases: rebuilding, the dashboard, the API, what-if. Run as a module; see `measuring`.

``UNDERLAG_BENCH_SCREENINGS`` says over how many screenings of ten years; a hundred thousand unless it does. Each
database is measured in a process of its own, whose memory is its own.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter

from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from api.access.caller import Caller
from api.access.permission_table import the_permissions
from api.access.tokens import make_token
from api.accounts.administration import NewAccount, add_account
from api.accounts.unit_administration import add_unit
from api.application import create_app
from api.context.context import current_context
from api.context.settings import RecordSettings
from api.settings.accounts import AccountSettings
from api.settings.service import Settings
from api.store.database import Database
from api.store.schema import Entry
from api.store.trend_tables import TrendTable
from api.store.upgrade import upgrade
from api.trends.publication import publish
from tests.api.accounts.people import HOST, HOSTS, IDENTITY_KEYS, KEY, SIGNING_KEY
from tests.api.trends.histories import Histories
from tests.benchmarks.measuring import Measurement, report
from tests.benchmarks.service import databases
from tests.cases.reading import library

NOW = datetime(2033, 2, 1, tzinfo=UTC)
TEN_YEARS, ONE_YEAR, READS = 3_650, 365, 15
LIBRARY = library()
BARE, TABLE = "reading and decoding the entries", "reading one published table"
#: Of the invented histories, screenings for each case.
PER_CASE = 1.04
WHAT_IF = "before=stockholm_2012&after=stockholm_2012&limit=own_behaviour_count&value=3"


def measured(name: str, url: str, screenings: int) -> list[Measurement]:
    """Everything on one database, each beside a bare query for the same thing."""
    database, there = _town(url, screenings, TEN_YEARS)
    section = f"{there:,} screenings over ten years, {name}"
    rebuilding = _seconds(lambda: _publish(database, NOW))
    memory = _peak_memory()
    again = _night(database, screenings / TEN_YEARS)
    decoding = median(_seconds(lambda: _bare(database, select(Entry.content))) for _ in range(3))
    measurements = [
        Measurement(section, "full rebuild (goal 3 x)", "s", rebuilding, BARE, decoding, decoding / rebuilding),
        Measurement(section, "most memory meanwhile (goal 1,024 MB)", "MB", memory),
        Measurement(section, "the night after a day's work", "s", again, BARE, decoding, decoding / again),
    ]
    client, bearer = _client(url)
    tables = select(TrendTable.content).where(TrendTable.measure == "recommendations", TrendTable.across == "outcome")
    bare = median(_seconds(lambda: _bare(database, tables)) for _ in range(READS)) * 1000
    page = "/trends?language=en"
    cold = _seconds(lambda: _read(client, {}, page))
    measurements.append(Measurement(section, "dashboard page, cold (goal 500 ms)", "ms", cold * 1000, TABLE, bare))
    for task, path in {
        "dashboard page, warm (goal 60 ms)": page,
        "trends API (goal 100 ms)": "/api/v1/trends?measure=recommendations&level=month&across=outcome",
        "what-if, API (goal 5000 ms)": f"/api/v1/trends/what-if?{WHAT_IF}",
        "what-if, page (goal 5000 ms)": f"/trends/what-if?{WHAT_IF}",
    }.items():
        _read(client, bearer if "/api/" in path else {}, path)
        took = median(
            _seconds(lambda path=path: _read(client, bearer if "/api/" in path else {}, path))  # type: ignore[misc]
            for _ in range(READS)
        )
        measurements.append(Measurement(section, task, "ms", took * 1000, TABLE, bare))
    with client.application.app_context():
        current_context().database.close()
    database.close()
    return measurements


def measured_year(name: str, url: str, screenings: int) -> list[Measurement]:
    """A night in a town of one year."""
    database, there = _town(url, screenings, ONE_YEAR)
    full, night = _seconds(lambda: _publish(database, NOW)), _night(database, screenings / ONE_YEAR)
    decoding = median(_seconds(lambda: _bare(database, select(Entry.content))) for _ in range(3))
    section = f"{there:,} screenings of one year, {name}"
    database.close()
    return [
        Measurement(section, "full rebuild", "s", full, BARE, decoding, decoding / full),
        Measurement(section, "the night after a day's work (goal 2 s)", "s", night, BARE, decoding, decoding / night),
    ]


def _town(url: str, screenings: int, days: int) -> tuple[Database, int]:
    """A database with so many screenings, the last of them shortly before `NOW`, and how many there are."""
    database = Database(url)
    upgrade(database)
    with database.unit_of_work() as session:
        Histories(1, days=days, first=NOW - timedelta(days=days)).write(session, round(screenings / PER_CASE))
    with database.unit_of_work() as session:
        session.execute(text("ANALYZE"))
        return database, session.scalar(select(func.count()).where(Entry.kind == "screening")) or 0


def _night(database: Database, screenings_a_day: float) -> float:
    """Seconds that a night takes after a day's work."""
    with database.unit_of_work() as session:
        Histories(2, days=1, first=NOW).write(session, max(1, round(screenings_a_day / PER_CASE)))
    return _seconds(lambda: _publish(database, NOW + timedelta(days=1)))


def _publish(database: Database, now: datetime) -> None:
    with database.unit_of_work() as session:
        publish(session, now, LIBRARY)


def _peak_memory() -> float:
    """The most memory that this process ever had, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def _bare(database: Database, statement: object) -> None:
    with database.looking() as session:
        session.execute(statement).all()  # type: ignore[call-overload]


def _client(url: str) -> tuple[FlaskClient, dict[str, str]]:
    """A client that is logged in, and the header of a key for the API."""
    records = RecordSettings(AccountSettings(KEY), url, SIGNING_KEY, IDENTITY_KEYS)
    app = create_app(Settings(hosts=HOSTS), records, now=lambda: NOW)
    with app.test_request_context():
        add_unit("sig", "SIG", "bench")
        new = NewAccount("stina@kommun.example", "Stina", ("statistics",), ("sig",))
        account, password = add_account(new, "bench")
        actions = the_permissions().actions_of(["statistics"])
        caller = Caller(account, "Stina", frozenset({"statistics"}), frozenset({"sig"}), actions, "session")
        key = make_token(caller, "bench", ["trends:read", "trends:what_if"], 1)
    client = app.test_client()
    page = client.get("/log-in", base_url=HOST).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "email": "stina@kommun.example", "password": password}
    client.post("/log-in", base_url=HOST, data=form)
    return client, {"Authorization": f"Bearer {key.secret}"}


def _read(client: FlaskClient, headers: dict[str, str], path: str) -> None:
    answer = client.get(path, base_url=HOST, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status}")


def _seconds(run: Callable[[], object]) -> float:
    begun = perf_counter()
    run()
    return perf_counter() - begun


def main() -> None:
    screenings = int(os.environ.get("UNDERLAG_BENCH_SCREENINGS", "100000"))
    own_process = ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1)
    with databases() as each, own_process as pool:
        report(
            [
                row
                for name, url, other in each
                for run, at, number in ((measured, url, screenings), (measured_year, other, screenings // 10))
                for row in pool.submit(run, name, at, number).result()
            ]
        )


if __name__ == "__main__":
    main()
