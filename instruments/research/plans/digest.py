"""The digest of a plan: the same for the same content, however its file is written."""

import hashlib

from pydantic import BaseModel

from instruments.canonical import canonical_json


def digest_of(plan: BaseModel) -> str:
    """SHA-256 of what a plan says, in hexadecimal: of its canonical JSON (RFC 8785), without what it leaves open."""
    content = plan.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return hashlib.sha256(canonical_json(content)).hexdigest()
