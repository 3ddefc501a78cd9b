"""What pages cost with many cases in the store, beside a page that does nothing. Run as a module; see `measuring`."""

import re
from collections.abc import Mapping
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from api.access.declarations import allowed
from api.access.users import account_by_email
from api.accounts.demo import DemoAccount, make_demo_accounts
from api.application import create_app
from api.cases.derived import derive
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

MANY, READS, ROUNDS = 10_000, 9, 3
NOTHING = "a page that does nothing"
HOST = "http://127.0.0.1"
#: What a page may cost: its median in the server, and what a browser fetches on the first visit. The compilations are
#: counted from every case and are shown without a limit.
WITHIN_MS, WITHIN_KB = 30, 100
WITHOUT_LIMIT = ("trends",)
#: As a browser asks for what somebody has typed the address of.
_BROWSER = {"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "none"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_FILES = re.compile(r'(?:href|src)="(/[^"]+\.(?:css|js|svg))"')
_FONTS = re.compile(r'url\("(fonts/[^"]+)"\)')


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
        with current_context().database.looking() as session:
            carrier = account_by_email(session, next(each.email for each in accounts if each.roles == ("coordinator",)))
    fill(url, MANY, carrier.id if carrier else "x")
    settle(app, url)

    @app.get("/nothing")
    @allowed("public")
    def nothing() -> str:
        return "<!doctype html><title>Nothing</title>"

    return app, accounts


def settle(app: Flask, url: str) -> None:
    """Derive what lists keep of every case, as the first visit does, and let the database count what it has."""
    with app.app_context(), current_context().database.unit_of_work() as session:
        derive(session, current_context().policies, current_context().today())
    database = Database(url)
    with database.unit_of_work() as session:
        session.execute(text("ANALYZE"))
    database.close()


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
        "caseworker",
        "second-rating",
    )
    return {
        "my work": "/work",
        "my work, all units": "/work?view=all",
        "my work, by reference": "/work?view=all&sort=reference",
        "my work, one step": "/work?view=all&step=close_preliminary",
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
        "account": "/account",
        "permissions": "/permissions",
    }


#: What the others begin at, or look after.
_OF_ROLES = {
    "unit_manager": {"unit overview": "/unit-overview"},
    "administrator": {
        "people": "/administration",
        "new person": "/administration/people/new",
        "units": "/administration/units",
    },
    "log_reviewer": {"log review": "/log-review"},
    "decider": {"retention": "/retention"},
    "researcher": {"research": "/research"},
}


def addresses_of_role(client: FlaskClient, role: str) -> dict[str, str]:
    """The pages of a role, by what they are called."""
    if role == "social_secretary":
        return addresses_of(client)
    addresses = dict(_OF_ROLES[role])
    if role == "administrator":
        person = re.search(
            r'href="(/administration/people/[0-9a-f]{32})"', client.get("/administration", base_url=HOST).text
        )
        if person is None:
            raise SystemExit("nobody is listed")
        addresses |= {"a person": person[1], "roles of a person": f"{person[1]}/roles"}
    return addresses


def took(client: FlaskClient, path: str) -> tuple[float, float]:
    """Milliseconds by the clock, and of the processor."""
    begun, worked = perf_counter(), process_time()
    answer = client.get(path, base_url=HOST, buffered=True)
    if answer.status_code != 200:
        raise SystemExit(f"{path} was answered with {answer.status_code}")
    return (perf_counter() - begun) * 1000, (process_time() - worked) * 1000


def latencies(client: FlaskClient, addresses: Mapping[str, str]) -> list[Measurement]:
    """Every page warm, beside the one that does nothing, each in turn: by the clock, and of the processor.

    Of three medians the best counts, since what else the machine does can only make a page slower.
    """
    section, measurements = f"pages with {MANY:,} cases in the store, SQLite", []
    for name, path in addresses.items():
        took(client, path), took(client, "/nothing")
        rounds = [[(took(client, path), took(client, "/nothing")) for _ in range(READS)] for _ in range(ROUNDS)]
        limit = "" if name in WITHOUT_LIMIT else f" (at most {WITHIN_MS})"
        for place, clock in enumerate(("", ", processor")):
            ours, peer = (min(median(pair[side][place] for pair in pairs) for pairs in rounds) for side in (0, 1))
            task = f"{name}{clock}{limit}"
            measurements.append(Measurement(section, task, "ms", ours, NOTHING, peer, peer / ours))
    return measurements


def weights(client: FlaskClient, addresses: Mapping[str, str]) -> list[Measurement]:
    """What a browser fetches on its first visit to a page, in kB as it is sent, its letters included."""
    section, measurements = "first visit, as sent", []
    for name, path in addresses.items():
        page = client.get(path, base_url=HOST, headers=_BROWSER)
        named = dict.fromkeys(_FILES.findall(client.get(path, base_url=HOST).text))
        files = [client.get(file, base_url=HOST, headers=_BROWSER) for file in named]
        fonts = {font for file in files if file.mimetype == "text/css" for font in _fonts_in(client, file)}
        sent = [page, *files, *(client.get(f"/static/{font}", base_url=HOST) for font in sorted(fonts))]
        limit = "" if name in WITHOUT_LIMIT else f" (at most {WITHIN_KB})"
        weight = sum(len(each.data) for each in sent) / 1000
        measurements.append(Measurement(section, f"{name}{limit}", "kB", weight))
    return measurements


def _fonts_in(client: FlaskClient, styles: TestResponse) -> list[str]:
    return _FONTS.findall(client.get(styles.request.path, base_url=HOST).text)


def main() -> None:
    measurements = []
    with TemporaryDirectory() as folder:
        app, accounts = filled(f"sqlite:///{folder}/underlag.sqlite")
        for role in ("social_secretary", *_OF_ROLES):
            client = logged_in(app, next(each for each in accounts if each.roles == (role,)))
            addresses = addresses_of_role(client, role)
            measurements += [*latencies(client, addresses), *weights(client, addresses)]
        with app.app_context():
            current_context().database.close()
    report(measurements)


if __name__ == "__main__":
    main()
