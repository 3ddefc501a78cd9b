"""``If-Match``: a change says which version it is for."""

import re
from typing import Any

from flask import request

from api.web.problems import Problem

_ONE_TAG = re.compile(r'\s*"([^"]*)"\s*')
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
#: No draft has this version, so that whatever else is sent is told both versions.
_NO_VERSION = 0


def _tag() -> str:
    """The one strong tag that was sent; empty where it is weak, several, or not a tag.

    Raises
    ------
    Problem
        Kind ``precondition-required`` without one, and for ``*``: it would fit whatever somebody else has saved.
    """
    sent = request.headers.get("If-Match", "").strip()
    if sent in ("", "*"):
        raise Problem("precondition-required")
    matched = _ONE_TAG.fullmatch(sent)
    return matched[1] if matched else ""


def version_read() -> int:
    """The version of a draft that the caller has read.

    Raises
    ------
    Problem
        Kind ``precondition-required``.
    """
    tag = _tag()
    return int(tag) if _VERSION.fullmatch(tag) else _NO_VERSION


def digest_read() -> str:
    """The digest of the explanation that the caller has read: what the tag of a screening begins with.

    Raises
    ------
    Problem
        Kind ``precondition-required``.
    """
    return _tag()[:64]


def if_match(description: str) -> dict[str, Any]:
    """The header as the documentation shows it."""
    about = {"name": "If-Match", "in": "header", "required": True, "description": description}
    return {**about, "schema": {"type": "string", "minLength": 3, "maxLength": 80, "pattern": r'^"[\x21\x23-\x7e]+"$'}}
