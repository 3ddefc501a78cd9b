"""A witness: somebody else who cosigns a checkpoint once it is proven to extend the last one that they saw.

What is handed over is the body of ``add-checkpoint`` of https://c2sp.org/tlog-witness, and what a witness promises by
a cosignature stands in https://c2sp.org/tlog-cosignature.
"""

import fcntl
import json
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api.transparency.checkpoints import Checkpoint, open_checkpoint, read_hash
from api.transparency.folder import write_whole
from api.transparency.merkle import EMPTY, is_consistent
from api.transparency.notes import Note, NoteError, SigningKey, VerifierKey
from instruments.faults import Fault

LONGEST_PROOF = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")


class WitnessError(RuntimeError):
    """A checkpoint that a witness does not cosign.

    Parameters
    ----------
    fault : Fault
        Its sentence says what was found.
    """

    def __init__(self, code: str, **parameters: object) -> None:
        self.fault = Fault(code, "", parameters)
        super().__init__(str(self.fault))


@dataclass(frozen=True)
class WitnessRequest:
    """A checkpoint, and the proof that a smaller tree is its beginning."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, written: str) -> "WitnessRequest":
        """Read a request.

        Raises
        ------
        NoteError
        """
        head, gap, note = written.partition("\n\n")
        first, *lines = head.split("\n")
        old = _OLD.fullmatch(first)
        if not gap or old is None or len(lines) > LONGEST_PROOF:
            raise NoteError("no checkpoint with its proof")
        return cls(int(old[1]), tuple(read_hash(line) for line in lines), Note.parse(note))

    def __str__(self) -> str:
        lines = [f"old {self.old}", *(b64encode(each).decode() for each in self.proof), "", str(self.note)]
        return "\n".join(lines)


def last_size(state: Path, log: VerifierKey) -> int:
    """How many links the last checkpoint had that was cosigned; 0 before the first.

    Raises
    ------
    WitnessError
        If the state cannot be read.
    """
    return _seen(state, log).size


def cosign(request: WitnessRequest, log: VerifierKey, own: SigningKey, state: Path, now: datetime) -> Note:
    """Cosign a checkpoint and remember it.

    Parameters
    ----------
    log : VerifierKey
        Whose checkpoint it must be.
    state : Path
        The witness's own file, in which it remembers the last checkpoint of each log. It is written before the
        cosignature is given out.

    Returns
    -------
    Note
        The checkpoint with the log's signatures and the witness's.

    Raises
    ------
    WitnessError
        ``witness-other-log``, ``witness-rollback``, ``witness-other-start`` or ``witness-fork``.
    """
    try:
        checkpoint = open_checkpoint(request.note, log)
    except NoteError:
        raise WitnessError("witness-other-log") from None
    if checkpoint is None:
        raise WitnessError("witness-other-log")
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.with_name(f"{state.name}.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _require_extension(request, checkpoint, _seen(state, log))
        known = {**_read(state), str(log): {"size": checkpoint.size, "root": b64encode(checkpoint.root).decode()}}
        write_whole(state, json.dumps(known, indent=1).encode())
    return request.note.with_signatures([own.cosign(request.note.text, int(now.timestamp()))])


def _require_extension(request: WitnessRequest, offered: Checkpoint, seen: Checkpoint) -> None:
    if offered.size < seen.size:
        raise WitnessError("witness-rollback", size=offered.size, seen=seen.size)
    if request.old != seen.size:
        raise WitnessError("witness-other-start", old=request.old, seen=seen.size)
    if not is_consistent(seen.size, offered.size, request.proof, seen.root, offered.root):
        raise WitnessError("witness-fork", size=offered.size, seen=seen.size)


def _seen(state: Path, log: VerifierKey) -> Checkpoint:
    known = _read(state).get(str(log))
    if known is None:
        return Checkpoint(log.name, 0, EMPTY)
    try:
        return Checkpoint(log.name, int(known["size"]), read_hash(known["root"]))
    except (KeyError, TypeError, ValueError):
        raise WitnessError("witness-state-unreadable", file=state.name) from None


def _read(state: Path) -> dict[str, Any]:
    try:
        kept = json.loads(state.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise WitnessError("witness-state-unreadable", file=state.name)
    return kept
