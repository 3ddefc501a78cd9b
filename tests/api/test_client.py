"""A client that somebody else's generator makes from the documentation takes a case the whole way."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from subprocess import run
from typing import Any

import httpx
import pytest

from api.store.database import Database
from api.trends.publication import publish
from screening.library import Library
from tests.api.accounts.people import HOST, Clock, House
from tests.api.frozen.service import house_on
from tests.api.records.world import FACTS, assessment
from tests.api.routes.records.desk import Desk, Person

#: The generator saves an archive as it comes.
SETTINGS = {
    "package_name_override": "underlag_client",
    "post_hooks": [],
    "content_type_overrides": {"application/zip": "application/octet-stream"},
}
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def house(sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("client")
    database = Database(f"sqlite:///{copy(sqlite_with_tables, folder / 'underlag.sqlite')}")
    yield house_on(database, Clock(), folder)
    database.close()


@pytest.fixture(scope="module")
def call(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Calls an operation of the generated client by its name, in the name of somebody with a key."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_bytes(house.app.test_client().get("/api/openapi.json").data)
    (folder / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    words = ["generate", "--meta", "none", "--fail-on-warning", "--path", "openapi.json", "--config", "settings.json"]
    generator = [sys.executable, "-m", "openapi_python_client", *words, "--output-path", "underlag_client"]
    made = run(generator, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    assert made.returncode == 0, made.stdout + made.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)

        def operate(
            by: Person, group: str, operation: str, *keys: str, body: tuple[str, Any] = ("", None), **more: Any
        ) -> Any:
            module = importlib.import_module(f"underlag_client.api.{group}.{operation}")
            transport = httpx.WSGITransport(app=house.app)
            client = importlib.import_module("underlag_client").AuthenticatedClient(
                base_url=HOST, token=by.key, httpx_args={"transport": transport}, raise_on_unexpected_status=True
            )
            name, content = body
            if name:
                more["body"] = getattr(importlib.import_module("underlag_client.models"), name).from_dict(content)
            with client:
                answer = module.sync_detailed(*keys, client=client, **more)
            assert answer.status_code < 300, answer.content
            return answer

        yield operate
    for name in [name for name in sys.modules if name.partition(".")[0] == "underlag_client"]:
        del sys.modules[name]


def test_a_generated_client_takes_a_case_the_whole_way(house: House, call: Call) -> None:
    desk = Desk(house)
    anna, rita = desk.anna, desk.rita
    assert call(anna, "accounts_api", "show_account").parsed.account == anna.account
    opened = {"unit": "sig", "reference": "2026-117", "birth_date": "2010-03-14"}
    case = call(anna, "cases", "open_case", body=("NewCase", opened), idempotency_key="one").parsed.id
    assert call(anna, "cases", "open_case", body=("NewCase", opened), idempotency_key="one").parsed.id == case
    came = {"reporter": "police", "received_on": "2026-11-20", "preliminary_assessment": "open"}
    assert call(anna, "journal", "record_intake", case, body=("Intake", came)).parsed.number == 1
    call(anna, "facts", "record_facts", case, body=("NewFacts", {"facts": FACTS}))
    draft = call(anna, "drafts", "start_assessment_draft", case, body=("AssessmentDraft", assessment()))
    signature = ("Signature", {"draft": draft.parsed.id})
    signed = call(anna, "drafts", "sign_assessment", case, body=signature, if_match=draft.headers["ETag"]).parsed
    assert signed.kind == "assessment"
    screening = ("NewScreening", {"guidance": "stockholm_2012"})
    screened = call(anna, "screenings", "make_screening", case, body=screening)
    agreed = ("Review", {"verdict": "agree", "reasons": "Stämmer."})
    tag = screened.headers["ETag"]
    call(rita, "reviews", "sign_review", case, screened.parsed.id, body=agreed, if_match=tag)
    shown = call(rita, "screenings", "show_screening", case, screened.parsed.id).parsed
    assert shown.explanation.sha256 == screened.parsed.explanation.sha256
    assert (shown.review, shown.applies) == ("agree", shown.outcome)
    kinds = [each.kind for each in call(anna, "journal", "list_entries", case, limit=200).parsed.entries]
    assert kinds == ["intake", *["fact"] * len(FACTS), "assessment", "screening", "review"]
    assert call(anna, "cases", "show_case", case).parsed.review == "agree"


def test_a_generated_client_reads_published_numbers_and_their_catalogue(house: House, call: Call) -> None:
    with house.database.unit_of_work() as session:
        publish(session, house.clock(), Library())
    stina = Desk(house).person("stina", "statistics")
    numbers = call(stina, "trends", "read_trends", measure="intakes").parsed
    assert numbers.measure == "intakes"
    assert json.loads(call(stina, "trends", "show_trend_catalogue").content)["@graph"][0]["@type"] == "dcat:Catalog"
