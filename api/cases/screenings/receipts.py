"""Receipts: what an auditor needs to work a screening out again, offline and without personal data.

A receipt holds what the digest covers, which is codes and definitions and no free text, name, number or date of
birth. It is signed with the service's own key, so that nobody can make one up.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.cases.kinds import Screening
from api.cases.ratings.assessments import read_entry
from api.context.unit import Unit
from api.store.audit_chain import record_event
from api.store.refusals import NotFoundError
from instruments.canonical import canonical_json
from instruments.faults import AlteredDefinitionError, InputError, UnknownDefinitionError
from screening.library import Library
from screening.replay import replay_covered

FORMAT = "underlag-receipt-1"
_PARTS = frozenset({"format", "issued_on", "covered", "sha256"})


@dataclass(frozen=True)
class ReceiptReport:
    """The result of verifying a receipt.

    Parameters
    ----------
    faults : tuple of str
        Any of ``unreadable``, ``signature``, ``digest``, ``definitions`` and ``replay``; empty where all holds.
    outcome : str or None
        The outcome that was worked out again.
    """

    faults: tuple[str, ...]
    outcome: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the receipt is genuine and replays to the digest that was signed."""
        return not self.faults


def signing_key(seed: bytes) -> Ed25519PrivateKey:
    """The key that signs receipts.

    Raises
    ------
    ValueError
        If the seed is not 32 bytes.
    """
    return Ed25519PrivateKey.from_private_bytes(seed)


def export_receipt(unit: Unit, screening_id: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The receipt of a stored screening, as JSON; the export is recorded in the audit log."""
    entry = read_entry(unit, screening_id)
    if entry.kind != Screening.KIND:
        raise NotFoundError
    record_event(unit.session, unit.event("export", "receipt", case=entry.case_id, record=entry.id))
    receipt: dict[str, Any] = {
        "format": FORMAT,
        "issued_on": unit.now.date().isoformat(),
        "covered": entry.content["covered"],
        "sha256": entry.content["sha256"],
    }
    return {**receipt, "signature": base64.b64encode(key.sign(canonical_json(receipt))).decode()}


def verify_receipt(receipt: Mapping[str, Any], public_key: Ed25519PublicKey, library: Library) -> ReceiptReport:
    """Hold a receipt against its signature, its digest, and the screening worked out again.

    Parameters
    ----------
    library : Library
        The definitions; the very files that the screening rested on must be among them.
    """
    parts = {name: value for name, value in receipt.items() if name != "signature"}
    covered, digest = parts.get("covered"), parts.get("sha256")
    if set(parts) != _PARTS or parts["format"] != FORMAT or not isinstance(covered, dict):
        return ReceiptReport(("unreadable",))
    faults = []
    try:
        public_key.verify(base64.b64decode(str(receipt.get("signature")), validate=True), canonical_json(parts))
    except (InvalidSignature, ValueError):
        faults.append("signature")
    if hashlib.sha256(canonical_json(covered)).hexdigest() != digest:
        faults.append("digest")
    try:
        explanation = replay_covered(library, covered)
    except (UnknownDefinitionError, AlteredDefinitionError):
        return ReceiptReport((*faults, "definitions"))
    except (InputError, LookupError, TypeError, ValueError, AttributeError):
        return ReceiptReport((*faults, "unreadable"))
    if explanation.sha256 != digest:
        faults.append("replay")
    return ReceiptReport(tuple(faults), explanation.outcome)
