"""Researchers fetch the export over HTTP."""

import io
import zipfile

import pytest
import yaml

from api.store.actors import Actor
from api.store.transactions import open_transaction
from api.training.cases import the_training
from api.training.practice import keep_practice
from tests.api.accounts.people import House
from tests.api.exporting.town import twenty
from tests.api.records.world import unit_of
from tests.api.routes.records.desk import Desk, Person

EXPORTS = "/api/v1/research/exports"
POLICY = "/api/v1/research/export-policy"
PURPOSE = {"ground": "research_approved", "decision": "2026-01234-01"}


@pytest.fixture
def researcher(house: House) -> Person:
    return Desk(house).person("fia", "researcher")


def test_a_researcher_fetches_an_archive_and_the_log_knows(house: House, researcher: Person) -> None:
    shown = researcher.get(POLICY).get_json()
    assert shown["policy"] == "research_export@1.0"
    assert PURPOSE["ground"] in {each["id"] for each in shown["grounds"]}
    assert researcher.post(EXPORTS, PURPOSE).status_code == 409, "there is nobody yet"
    twenty(house.database)
    practised = {"instrument": "youth_spj", "items": {"peer_rejection": "high"}}
    with open_transaction(house.database) as session:
        by, training = Actor(researcher.account), the_training()
        keep_practice(unit_of(session, house.clock(), by), training, training.cases[0], practised, "high", "x")
    answer = researcher.post(EXPORTS, PURPOSE)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        about = yaml.safe_load(archive.read("about.yaml"))
    assert (about["persons"], about["ratings"]) == (20, 40), "what was rated for practice is not among them"
    lines = house.audit(kind="ratings", outcome="done")
    assert {line.record_id for line in lines} == {about["export"]}
    assert len(lines) == 21
    assert house.audit(kind="ratings", outcome="refused")


def test_what_is_asked_for_wrongly_is_told_by_place(researcher: Person) -> None:
    answer = researcher.post(EXPORTS, {"ground": "curiosity", "decision": "", "study": "Å"})
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.get_json()["errors"]} == {"/ground", "/decision", "/study"}
    assert researcher.post(EXPORTS, {"ground": "research_approved"}).status_code == 422


@pytest.mark.parametrize("role", ["social_secretary", "administrator", "statistics"])
def test_nobody_but_a_researcher_may(role: str, house: House) -> None:
    person = Desk(house).person("sam", role)
    assert person.post(EXPORTS, PURPOSE).status_code == 403
    assert person.get(POLICY).status_code == 403
    assert house.visitor().get(POLICY).status_code == 401
