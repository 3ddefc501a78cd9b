"""The one shape of every failure, and what may never be said."""

import re
from collections.abc import Iterator
from typing import Any

from werkzeug.test import TestResponse

from api.web.problems import KINDS

#: Words that would make a recommendation a decision, or a person a label.
BANNED = re.compile(
    r"\b(är|inte)\s+(\w+\s+)?berättigad\w*|\bberättigad till\b|\bhar rätt till\b|\bbeviljas\b|\bgodkänd för\b"
    r"|\b(is|are|be)\s+(\w+\s+)?(in)?eligible\b|\b(is|are)\s+entitled\b|\bqualif(y|ies) for\b"
    r"|\bhögriskindivid\w*|\bhigh-risk individual|\bkriminella ungdomar\b|\boffender\b",
    re.IGNORECASE,
)


def assert_problem(response: TestResponse, status: int, kind: str) -> list[tuple[str, str]]:
    """Assert the shape of RFC 9457; give the errors as pairs of place and code."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Language"] in ("sv", "en")
    body = response.get_json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors"}
    assert body["type"] == f"/problems/{kind}"
    assert kind in KINDS
    assert body["status"] == status
    assert body["instance"] == response.request.path
    assert body["title"]
    assert body["detail"]
    errors = []
    for error in body["errors"]:
        assert set(error) in ({"pointer", "code", "detail"}, {"parameter", "code", "detail"})
        assert error["detail"].rstrip().endswith((".", "?")), error["detail"]
        assert not re.search(r"[{}]", error["detail"]), "a gap that nothing was put into"
        place = error["pointer"] if "pointer" in error else f"?{error['parameter']}"
        assert place == "" or place[0] in "/?"
        errors.append((place, error["code"]))
    return errors


def assert_says_nothing_banned(text: str) -> None:
    """Assert that no sentence decides, or labels a person."""
    banned = BANNED.search(text)
    assert banned is None, text[max(0, banned.start() - 80) : banned.end() + 80]


def everything_shown(explanation: dict[str, Any], language: str) -> Iterator[str]:
    """Every text of an explanation that whoever reads it shall find, with quotes and what is cited."""
    parts = ["criteria", "gate", "notes", "not_found", "cannot_change_result", "smallest_changes", "deviations"]
    if explanation["outcome"] != "more_information_needed":
        parts.append("decisive")
    for part in parts:
        yield from _texts_of(explanation[part], language)


def _texts_of(part: Any, language: str) -> Iterator[str]:
    if isinstance(part, dict):
        if part.keys() == {"sv", "en"}:
            yield part[language]
            return
        yield from (part[name] for name in ("quote", "document", "section", "decided_by") if part.get(name))
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _texts_of(each, language)
