"""A witness cosigns what extends the last checkpoint that it saw, and nothing else."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from api.transparency.checkpoints import sign_checkpoint, time_of
from api.transparency.merkle import Tree, leaf_hash
from api.transparency.notes import Note, NoteError, SigningKey
from api.transparency.witnessing import LONGEST_PROOF, WitnessError, WitnessRequest, cosign, last_size
from tests.api.transparency.test_notes import NOW
from tests.api.transparency.watched import OWN, WITNESS, run

LOG = OWN.verifier()
HONEST = [leaf_hash(bytes([each])) for each in range(60)]
FORKED = [*HONEST[:5], leaf_hash(b"rewritten"), *HONEST[6:]]
# The example of c2sp.org/tlog-witness
PUBLISHED = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501 -- as it was published


def request(old: int, size: int, leaves: list[bytes] = HONEST, key: SigningKey = OWN) -> WitnessRequest:
    tree = Tree(lambda start, end: leaves[start:end])
    note = sign_checkpoint(key, size, tree.root(size), NOW)
    return WitnessRequest(old, tuple(tree.consistency_proof(old, size)), note)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A witness that has cosigned the checkpoint of ten links."""
    path = tmp_path / "own" / "seen.json"
    cosign(request(0, 10), LOG, WITNESS, path, NOW)
    return path


def refused(asked: WitnessRequest, state: Path) -> str:
    before = state.read_bytes()
    with pytest.raises(WitnessError) as raised:
        cosign(asked, LOG, WITNESS, state, NOW)
    assert state.read_bytes() == before
    return raised.value.fault.code


def test_the_published_request_is_read_and_written_as_it_was() -> None:
    asked = WitnessRequest.parse(PUBLISHED)
    assert (asked.old, len(asked.proof)) == (20852014, 4)
    assert str(asked) == PUBLISHED


def test_what_extends_the_last_one_is_cosigned_with_the_time(state: Path) -> None:
    note = cosign(request(10, 25), LOG, WITNESS, state, NOW)
    assert time_of(note, WITNESS.verifier()) == NOW
    assert note.is_signed_by(LOG)
    assert note.is_signed_by(WITNESS.verifier(4))
    assert not note.is_signed_by(WITNESS.verifier(1))
    assert last_size(state, LOG) == 25
    again = cosign(request(25, 25), LOG, WITNESS, state, NOW)
    assert again.is_signed_by(WITNESS.verifier(4))


def test_a_log_that_became_shorter_is_refused(state: Path) -> None:
    assert refused(request(0, 7), state) == "witness-rollback"
    assert refused(request(5, 9), state) == "witness-rollback"


def test_a_fork_is_refused(state: Path) -> None:
    assert refused(request(10, 25, FORKED), state) == "witness-fork"
    assert refused(request(10, 10, FORKED), state) == "witness-fork"
    honest, forked = request(10, 25), request(10, 25, FORKED)
    assert refused(WitnessRequest(10, honest.proof, forked.note), state) == "witness-fork"
    assert refused(WitnessRequest(10, (), honest.note), state) == "witness-fork"


def test_a_proof_from_another_size_is_refused_and_asked_for_anew(state: Path) -> None:
    assert refused(request(0, 25), state) == "witness-other-start"
    assert refused(request(12, 25), state) == "witness-other-start"


def test_another_log_and_an_altered_checkpoint_are_refused(state: Path) -> None:
    other = SigningKey.make("kommun.example/underlag")
    assert refused(request(10, 25, key=other), state) == "witness-other-log"
    asked = request(10, 25)
    altered = Note(asked.note.text.replace("25", "26"), asked.note.signatures)
    assert refused(WitnessRequest(10, asked.proof, altered), state) == "witness-other-log"


def test_two_logs_are_kept_apart(state: Path) -> None:
    other = SigningKey.make("annan.example/underlag")
    cosign(request(0, 4, FORKED, other), other.verifier(), WITNESS, state, NOW)
    assert (last_size(state, LOG), last_size(state, other.verifier())) == (10, 4)


@pytest.mark.parametrize("written", ["{", "[]", '{"LOG": {}}', '{"LOG": {"size": 3, "root": "x"}}'])
def test_a_witness_that_cannot_remember_cosigns_nothing(state: Path, written: str) -> None:
    state.write_text(written.replace("LOG", str(LOG)), encoding="utf-8")
    assert refused(request(10, 25), state) == "witness-state-unreadable"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("old 2", "old 02"),
        lambda text: text.replace("old ", "new "),
        lambda text: text.replace("PlRN", "?lRN"),
        lambda text: text.replace("PlRN", ""),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace(
            "\nPlRN", "\n" + "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * LONGEST_PROOF + "PlRN"
        ),
    ],
)
def test_what_is_no_request_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(NoteError):
        WitnessRequest.parse(change(PUBLISHED))


# The command.


def witness(source: str, folder: Path, **environment: str) -> tuple[int, str]:
    own = {"UNDERLAG_WITNESS_KEY": WITNESS.write(), **environment}
    files = ("--state", str(folder / "seen.json"), "-o", str(folder / "cosigned"))
    result = run("witness", source, "--log", str(LOG), *files, **own)
    return result.exit_code, result.output


def test_the_command_cosigns_from_a_file_and_says_why_it_does_not(tmp_path: Path) -> None:
    path = tmp_path / "request"
    path.write_text(str(request(0, 10)), encoding="utf-8")
    assert witness(str(path), tmp_path) == (
        0,
        "Cosigned: 10 links, cosigned. Give the file to those who have the log.\n",
    )
    assert Note.parse((tmp_path / "cosigned").read_text(encoding="utf-8")).is_signed_by(WITNESS.verifier(4))
    path.write_text(str(request(10, 25, FORKED)), encoding="utf-8")
    code, said = witness(str(path), tmp_path)
    assert code == 1
    assert "The log was rewritten. It is not cosigned." in said
    path.write_text("nothing", encoding="utf-8")
    assert "That is no checkpoint with its proof." in witness(str(path), tmp_path)[1]
    assert "UNDERLAG_WITNESS_KEY" in witness(str(path), tmp_path, UNDERLAG_WITNESS_KEY="")[1]


def test_the_command_asks_a_service_for_what_comes_after_what_it_saw(tmp_path: Path) -> None:
    asked: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = str(request(int(self.path.rpartition("=")[2]), 10 + 5 * len(asked))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        assert witness(address, tmp_path)[0] == 0
        assert witness(address, tmp_path)[0] == 0
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == ["/api/v1/audit/consistency?old=0", "/api/v1/audit/consistency?old=15"]
    assert json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))[str(LOG)]["size"] == 20
    assert "did not answer" in witness(address, tmp_path)[1]
    assert "begins with https://" in witness("http://kommun.example", tmp_path)[1]
    assert "begins with https://" in witness("file:///etc/passwd", tmp_path)[1]
