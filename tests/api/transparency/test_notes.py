"""Notes, keys, cosignatures and checkpoints against published ones."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.transparency.checkpoints import Checkpoint, open_checkpoint, read_checkpoint, sign_checkpoint, time_of
from api.transparency.notes import COSIGNATURE, Note, NoteError, Signature, SigningKey, VerifierKey, is_name

# golang.org/x/mod/sumdb/note, note_test.go
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_OWN = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
SAID = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = f"""{SAID}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
# The example of c2sp.org/signed-note
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
MESSAGE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# A checkpoint of the public staging log of transparency.dev, signed by the log and cosigned by four witnesses (2026)
LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
PUBLIC = (Path(__file__).parent / "published.checkpoint").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OWN = SigningKey.make("kommun.example/underlag")


def test_a_published_key_signs_the_published_note_byte_for_byte() -> None:
    key = SigningKey.parse(PETERS_OWN)
    assert str(key.verifier()) == PETER
    assert key.write() == PETERS_OWN
    assert str(Note(SAID, (key.sign(SAID),))) == SIGNED


@pytest.mark.parametrize(("written", "key"), [(SIGNED, PETER), (MESSAGE, FOO), (PUBLIC, LOG), (PUBLIC, REMORA)])
def test_a_published_note_is_read_verified_and_written_as_it_was(written: str, key: str) -> None:
    note, verifier = Note.parse(written), VerifierKey.parse(key)
    assert note.is_signed_by(verifier)
    assert str(note) == written
    assert str(verifier) == key
    with pytest.raises(NoteError, match="does not hold"):
        Note(note.text.replace("i", "j").replace("1", "2"), note.signatures).is_signed_by(verifier)


def test_a_published_checkpoint_is_opened_with_the_time_of_its_witness() -> None:
    note = Note.parse(PUBLIC)
    checkpoint = open_checkpoint(note, VerifierKey.parse(LOG))
    assert checkpoint is not None
    assert (checkpoint.size, checkpoint.root.hex()[:8]) == (1432088532, "53b58cef")
    assert checkpoint.text == note.text
    assert time_of(note, VerifierKey.parse(REMORA)) == datetime.fromtimestamp(0x6A122120, UTC)


def test_a_time_is_read_as_it_was_published() -> None:
    # transparency-dev/formats, note/note_cosigv1_test.go
    raw = "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=="
    note = Note.parse(f"x\n\n— somebody {raw}\n")
    assert int.from_bytes(note.signatures[0].signed[:8]) == 1727964367


@pytest.mark.parametrize("key", [PETER, REMORA])
def test_a_mangled_key_is_refused(key: str) -> None:
    cut = [key[:at] + key[at + 1 :] for at in range(len(key))]
    changed = [key[:at] + ("A" if key[at] != "A" else "B") + key[at + 1 :] for at in range(len(key))]
    for wrong in (*cut, *changed, "", "x", "a b+00000000+AAAA", key.replace("+", " ")):
        with pytest.raises(NoteError):
            VerifierKey.parse(wrong)


@pytest.mark.parametrize("wrong", [PETER, PETERS_OWN[:-2], PETERS_OWN.replace("c74f", "c74e"), "", "PRIVATE+KEY+"])
def test_a_mangled_private_key_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(NoteError) as raised:
        SigningKey.parse(wrong)
    assert "AYEK" not in str(raised.value)
    assert "AYEK" not in repr(SigningKey.parse(PETERS_OWN))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "text\n",
        "text\n\n",
        SIGNED[:-1],
        SIGNED.replace("— ", "- "),
        SIGNED.replace("\nthen", "\r\nthen"),
        SIGNED.replace("x08g", "x0?g"),
        SAID + "\n" + SIGNED.splitlines(keepends=True)[-1] * 101,
    ],
)
def test_what_is_no_note_is_refused(written: str) -> None:
    with pytest.raises(NoteError):
        Note.parse(written)


def test_signatures_by_others_are_passed_over() -> None:
    stranger = SigningKey.make("kommun.example/underlag")
    note = Note("x\n", (stranger.sign("x\n"),))
    assert not note.is_signed_by(OWN.verifier())
    assert note.with_signatures([OWN.sign("x\n")]).is_signed_by(OWN.verifier())


def test_our_checkpoint_states_its_time_and_both_signatures_hold() -> None:
    note = Note.parse(str(sign_checkpoint(OWN, 7, b"r" * 32, NOW)))
    assert open_checkpoint(note, OWN.verifier()) == Checkpoint("kommun.example/underlag", 7, b"r" * 32)
    assert time_of(note, OWN.verifier()) == NOW
    assert note.is_signed_by(OWN.verifier(COSIGNATURE))
    later = (int(NOW.timestamp()) + 60).to_bytes(8)
    signed, cosigned = note.signatures
    forged = Note(note.text, (signed, Signature(OWN.name, cosigned.key_id, later + cosigned.signed[8:])))
    with pytest.raises(NoteError, match="does not hold"):
        time_of(forged, OWN.verifier())


@pytest.mark.parametrize(
    "text", ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "a\n1\n" + "A" * 43 + "=\n\n", "\n1\nx\n"]
)
def test_a_note_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_checkpoint(Note(text, (OWN.sign(text),)))


def test_a_checkpoint_of_another_log_by_the_same_key_is_refused() -> None:
    text = Checkpoint("elsewhere", 1, b"r" * 32).text
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(Note(text, (OWN.sign(text),)), OWN.verifier())


def test_names_have_no_spaces_and_no_plus() -> None:
    assert is_name("kommun.example/underlag")
    assert not any(map(is_name, ("", "a b", "a+b", "a\u00a0b", "a\nb", "x" * 201)))
