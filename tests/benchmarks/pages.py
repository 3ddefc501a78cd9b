"""What pages cost with many cases in the store, beside a page that does nothing. Run as a module; see `measuring`."""

import re
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from flask import Flask
from flask.testing import FlaskClient

from api.access.declarations import allowed
from api.accounts.demo import DemoAccount, make_demo_accounts
from api.application import create_app
from api.context.context import current_context
from api.context.settings import RecordSettings
from api.demo.making import make_demo_cases
from api.settings.accounts import AccountSettings
from api.settings.service import Settings
from api.store.database import Database
from api.store.upgrade import upgrade
from tests.api.accounts.people import IDENTITY_KEYS, KEY, SIGNING_KEY
from tests.benchmarks.measuring import Measurement, report
from tests.benchmarks.service import fill

MANY, READS = 10_000, 15
NOTHING = "a page that does nothing"
HOST = "http://127.0.0.1"
#: What part 3 of the design asks for: a page within 300 ms, and 300 kB on the first visit.
WITHIN_MS, WITHIN_KB = 300, 300
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_FILES = re.compile(r'(?:href|src)="(/[^"]+\.(?:css|js))"')


def filled(url: str) -> tuple[Flask, list[DemoAccount]]:
    """The demo, with many other cases beside it."""
    database = Database(url)
    upgrade(database)
    database.close()
    settings = RecordSettings(AccountSettings(KEY, demo=True), url, SIGNING_KEY, IDENTITY_KEYS)
    app = create_app(Settings(), settings)
    with app.app_context():
        accounts = make_demo_accounts()
        make_demo_cases(current_context(), accounts)
    fill(url, MANY)

    @app.get("/nothing")
    @allowed("public")
    def nothing() -> str:
        return "<!doctype html><title>Nothing</title>"

    return app, accounts


def logged_in(app: Flask, account: DemoAccount) -> FlaskClient:
    client = app.test_client()
    shown = client.get("/log-in", base_url=HOST).text
    token = _TOKEN.search(shown)
    form = {"csrf_token": token[1] if token else "", "email": account.email, "password": account.password}
    answer = client.post("/log-in", base_url=HOST, data=form)
    if answer.status_code != 303:
        raise SystemExit(answer.text)
    return client


def addresses_of(client: FlaskClient) -> dict[str, str]:
    """Every page that a social secretary comes to, by what it is called."""

    def find(reference: str) -> str:
        shown = client.get("/work", base_url=HOST).text
        token = _TOKEN.search(shown)
        form = {"csrf_token": token[1] if token else "", "reference": reference}
        return client.post("/work", base_url=HOST, data=form).headers["Location"]

    def linked(page: str, pattern: str) -> str:
        link = re.search(pattern, client.get(page, base_url=HOST).text)
        if link is None:
            raise SystemExit(f"{pattern} is not in {page}")
        return link[1]

    case, drafted = find("DEMO-01"), find("DEMO-02")
    draft = linked(drafted, r'href="(/drafts/\w+)"')
    below = (
        "facts",
        "consents",
        "change",
        "follow-up",
        "documents",
        "extract",
        "view",
        "disclosure",
        "screen",
        "assess",
    )
    return {
        "my work": "/work",
        "new case": "/cases/new",
        "a case": case,
        **{name: f"{case}/{name}" for name in below},
        "assessment on paper": f"{case}/documents/assessment",
        "scoring": f"{draft}/protective",
        "summary rating": f"{draft}/summary",
        "recommendation": linked(case, r'href="(/screenings/\w+)"'),
        "training": "/training/milo",
        "trends": "/trends",
        "help": "/hjalp",
    }


def took(client: FlaskClient, path: str) -> float:
    begun = perf_counter()
    answer = client.get(path, base_url=HOST, buffered=True)
    if answer.status_code != 200:
        raise SystemExit(f"{path} was answered with {answer.status_code}")
    return (perf_counter() - begun) * 1000


def latencies(client: FlaskClient) -> list[Measurement]:
    """Every page warm, beside the one that does nothing, each in turn."""
    section, measurements = f"pages with {MANY:,} cases in the store, SQLite", []
    for name, path in addresses_of(client).items():
        took(client, path), took(client, "/nothing")
        pairs = [(took(client, path), took(client, "/nothing")) for _ in range(READS)]
        ours, peer = (median(side) for side in zip(*pairs, strict=True))
        ratio = median(nothing / page for page, nothing in pairs)
        measurements.append(Measurement(section, f"{name} (at most {WITHIN_MS})", "ms", ours, NOTHING, peer, ratio))
    return measurements


def weights(client: FlaskClient) -> list[Measurement]:
    """What a browser fetches on its first visit to a page, in kB as it is sent."""
    section, measurements = "first visit, as sent", []
    for name, path in addresses_of(client).items():
        page = client.get(path, base_url=HOST, headers={"Accept-Encoding": "gzip, br"})
        files = [
            client.get(file, base_url=HOST, headers={"Accept-Encoding": "gzip, br"})
            for file in _FILES.findall(page.text)
        ]
        weight = sum(len(each.data) for each in (page, *files)) / 1000
        measurements.append(Measurement(section, f"{name} (at most {WITHIN_KB})", "kB", weight))
    return measurements


def main() -> None:
    with TemporaryDirectory() as folder:
        app, accounts = filled(f"sqlite:///{folder}/underlag.sqlite")
        account = next(each for each in accounts if each.roles == ("social_secretary",))
        client = logged_in(app, account)
        measurements = [*latencies(client), *weights(client)]
        with app.app_context():
            current_context().database.close()
    report(measurements)


if __name__ == "__main__":
    main()
