"""What a second party can read of the log over HTTP, and what a person can prove of who read about them."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from api.audit.reads import reads_with_proofs, verify_reads
from api.cases.ratings.second_ratings import request_second_rating
from api.store.actors import Actor
from api.store.transactions import open_transaction
from api.transparency.checkpoints import open_checkpoint
from api.transparency.merkle import EMPTY, is_consistent
from api.transparency.notes import Note, SigningKey
from api.transparency.witnessing import WitnessRequest
from tests.api.accounts.people import House
from tests.api.oversight.cases import DANA
from tests.api.oversight.test_rights import asked
from tests.api.records.world import unit_of
from tests.api.transparency.watched import OWN, WITNESS, Watched, run, watch

LOG = OWN.verifier()


@pytest.fixture
def watched(house: House, tmp_path: Path) -> Watched:
    return watch(house, tmp_path / "checkpoints")


def test_anyone_reads_the_latest_checkpoint_and_earlier_ones_by_size(watched: Watched) -> None:
    visitor = watched.house.visitor()
    first, second = watched.folder.files()
    latest = visitor.get("/api/v1/audit/checkpoint")
    assert (latest.status_code, latest.mimetype) == (200, "text/plain")
    assert latest.text == second.path.read_text(encoding="utf-8")
    earlier = visitor.get(f"/api/v1/audit/checkpoint?size={first.size}")
    checkpoint = open_checkpoint(Note.parse(earlier.text), LOG)
    assert checkpoint is not None
    assert checkpoint.size == first.size
    assert visitor.get("/api/v1/audit/checkpoint?size=1").status_code == 404
    for wrong in ("size=x", "size=-1", "size=1&size=2", "sizes=1", "size=" + "9" * 19):
        assert visitor.get(f"/api/v1/audit/checkpoint?{wrong}").status_code == 400, wrong


def test_anyone_sees_that_the_log_was_only_added_to(watched: Watched) -> None:
    visitor = watched.house.visitor()
    first, second = watched.folder.files()
    before = open_checkpoint(Note.parse(first.path.read_text(encoding="utf-8")), LOG)
    assert before is not None
    for old, root in ((0, EMPTY), (first.size, before.root)):
        answer = visitor.get(f"/api/v1/audit/consistency?old={old}")
        request = WitnessRequest.parse(answer.text)
        now = open_checkpoint(request.note, LOG)
        assert now is not None
        assert (request.old, now.size) == (old, second.size)
        assert is_consistent(old, now.size, request.proof, root, now.root)
    of_size = visitor.get(f"/api/v1/audit/consistency?old=1&size={first.size}")
    assert WitnessRequest.parse(of_size.text).note.text == Note.parse(first.path.read_text(encoding="utf-8")).text
    assert visitor.get(f"/api/v1/audit/consistency?old={second.size + 1}").status_code == 400
    assert visitor.get("/api/v1/audit/consistency?size=1").status_code == 404


def test_cosignatures_of_the_folder_are_given_with_the_checkpoint(watched: Watched) -> None:
    last = watched.folder.files()[-1]
    note = Note.parse(last.path.read_text(encoding="utf-8"))
    cosigned = note.with_signatures([WITNESS.cosign(note.text, 1_700_000_000)])
    (watched.settings.folder / "any.cosigned").write_text(str(cosigned), encoding="utf-8")
    (watched.settings.folder / "odd.cosigned").write_text("odd", encoding="utf-8")
    answer = watched.house.visitor().get("/api/v1/audit/checkpoint")
    assert Note.parse(answer.text).is_signed_by(WITNESS.verifier(4))


def test_where_nothing_is_signed_there_is_nothing_to_read(house: House) -> None:
    for path in ("/api/v1/audit/checkpoint", "/api/v1/audit/consistency?old=0"):
        assert house.visitor().get(path).status_code == 404


def test_the_routes_are_documented_as_text(watched: Watched) -> None:
    paths = watched.house.visitor().get("/api/openapi.json").get_json()["paths"]
    for path in ("/api/v1/audit/checkpoint", "/api/v1/audit/consistency"):
        assert list(paths[path]["get"]["responses"]["200"]["content"]) == ["text/plain"]
        assert paths[path]["get"]["security"] == []


# Who read about a person.


def extract(watched: Watched, reader: str = "youth") -> dict[str, Any]:
    answer = asked(watched.town, "extract", reader, "file")
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def test_an_extract_proves_who_read_the_file(watched: Watched, tmp_path: Path) -> None:
    watched.town.visitor(DANA).get(f"/cases/{watched.town.case}")
    watched.checkpoint()
    watched.town.visitor().get(f"/cases/{watched.town.case}")
    proven_extract = extract(watched)
    readers = {read["link"]["actor"] for read in proven_extract["reads"]["reads"]}
    assert len(readers) == 2
    assert {read["link"]["case_id"] for read in proven_extract["reads"]["reads"]} == {watched.town.case}
    assert proven_extract["reads"]["since_checkpoint"] >= 1
    path = tmp_path / "extract.json"
    path.write_text(json.dumps(proven_extract), encoding="utf-8")
    result = run("verify-reads", str(path), "--key", str(LOG), UNDERLAG_DATABASE_URL="sqlite:////nowhere/at/all")
    assert result.exit_code == 0, result.output
    assert f"{len(proven_extract['reads']['reads'])} reads stand in the log" in result.output


def test_the_extract_of_the_api_carries_the_same(watched: Watched) -> None:
    visitor = watched.town.visitor()
    headers = {"X-CSRF-Token": visitor.api_token(), "Idempotency-Key": "extract-1"}
    path = f"/api/v1/cases/{watched.town.case}/extracts"
    answer = visitor.json("POST", path, {"reader": "youth"}, **headers)
    assert answer.status_code == 200, answer.text
    assert verify_reads(answer.get_json()["extract"], LOG).faults == ()


def test_a_guardian_is_not_told_who_read_what(watched: Watched) -> None:
    assert "reads" not in extract(watched, "guardian-1")


def test_an_extract_without_checkpoints_says_nothing_of_them(house: House, tmp_path: Path) -> None:
    watched = watch(house, tmp_path / "checkpoints")
    for file in watched.folder.files():
        file.path.unlink()
    assert "reads" not in extract(watched)


def proven(watched: Watched) -> dict[str, Any]:
    published = watched.folder.latest()
    assert published is not None
    with watched.database.looking() as session:
        return reads_with_proofs(session, watched.town.case, published)


def test_an_altered_proof_shows_nothing(watched: Watched) -> None:
    proof = proven(watched)
    assert verify_reads(proof, LOG).faults == ()
    assert verify_reads(proof, SigningKey.make(OWN.name).verifier()).faults == ("signature",)
    for name, value in (("actor", "x"), ("at", "2026-11-21T12:00:01+00:00"), ("number", 2), ("case_id", "y")):
        altered = deepcopy(proof)
        altered["reads"][-1]["link"][name] = value
        assert verify_reads(altered, LOG).faults == ("inclusion",), name
    altered = deepcopy(proof)
    altered["reads"][-1]["proof"] = altered["reads"][-1]["proof"][1:]
    assert verify_reads(altered, LOG).faults == ("inclusion",)
    for unreadable in ({}, {**proof, "format": "x"}, {**proof, "reads": [{}]}, {**proof, "reads": [3]}, {"reads": 1}):
        assert verify_reads(unreadable, LOG).faults == ("unreadable",)


def test_the_command_proves_and_is_told_to_the_log(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "reads.json"
    lars = watched.house.add("lars@kommun.example", "decider")
    who = ("--as", "lars@kommun.example", "--ground", "Begärd av den enskilde.")
    result = watched.run("prove", watched.town.case, "-o", str(path), *who)
    assert result.exit_code == 0, result.output
    assert "Reads with proofs: " in result.output
    (told,) = watched.house.audit(actor=lars)
    assert (told.action, told.case_id) == ("export", watched.town.case)
    assert run("verify-reads", str(path), "--key", str(LOG)).exit_code == 0
    data = json.loads(path.read_text(encoding="utf-8"))
    data["reads"][0]["link"]["actor"] = "somebody else"
    path.write_text(json.dumps(data), encoding="utf-8")
    altered = run("verify-reads", str(path), "--key", str(LOG))
    assert (altered.exit_code, "was altered" in altered.output) == (1, True)
    path.write_text("{", encoding="utf-8")
    assert run("verify-reads", str(path), "--key", str(LOG)).exit_code == 2


def test_while_a_second_rating_is_open_the_extract_carries_no_reads(watched: Watched) -> None:
    other = watched.house.add("bo@kommun.example", "social_secretary")
    anna = Actor(watched.town.anna.id, frozenset({"sig"}))
    with open_transaction(watched.database) as session:
        request_second_rating(unit_of(session, watched.house.clock(), anna), watched.town.case, other)
    assert "reads" not in extract(watched)
