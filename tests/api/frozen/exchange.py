"""A request and its answer as they are kept, sent again, and held against each other.

Kept of an answer is what a program can rely on: status, media type, ``ETag``, ``Location`` and the content. Sentences
are kept as there being one in both languages, since wording may be improved; what people wrote themselves is kept word
by word. A key of something that is made anew is called by the order in which it first appears.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from api.store.columns import Model
from api.store.database import Database
from tests.api.accounts.people import HOST, House, Visitor

#: Stands for a sentence in both languages, or for one in the language of the request.
SAID = "(in words)"
#: Names that answers have got since, which no answer of before holds.
ADDED: frozenset[str] = frozenset(
    {
        *("caseworker", "co_worker"),
        *("severity", "no_information_since", "school_or_work", "free_time", "health", "family"),
        "certificate",
        "answers_left",
    }
)
#: Lists that have got another order since (DECISIONS 144): the same parts, by their id.
REORDERED = ("open_questions",)
_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_NEW = re.compile(r"new-[0-9]+")
_WITH_REVIEW = re.compile(r"([0-9a-f]{64})-([0-9a-f]{12})")
_PROSE = ("title", "detail")
Row = dict[str, Any]


@dataclass
class Names:
    """What keys that were not there at first are called."""

    known: set[str]
    given: dict[str, str] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        def name(matched: re.Match[str]) -> str:
            key = matched[0]
            return key if key in self.known else self.given.setdefault(key, f"new-{len(self.given) + 1}")

        return _KEY.sub(name, text)

    def reveal(self, text: str) -> str:
        keys = {name: key for key, name in self.given.items()}
        return _NEW.sub(lambda new: keys.get(new[0], new[0]), text)

    def hide_tag(self, tag: str) -> str:
        """A tag, of which a review that was made anew is a part."""
        matched = _WITH_REVIEW.fullmatch(tag)
        if matched and not any(key.startswith(matched[2]) for key in self.known):
            return f"{matched[1]}-new"
        return tag


def names_on(database: Database) -> Names:
    """For a database: every key that stands anywhere in it is known."""
    known = {"0" * 32}
    with database.engine.connect() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                known.update(_KEY.findall(str(row)))
    return Names(known)


@dataclass
class Sender:
    """Sends requests to a house, in the name of its people, and keeps what came back."""

    house: House
    people: dict[str, dict[str, str]]
    names: Names
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def send(self, row: Row) -> TestResponse:
        """Send a request as it is kept."""
        path = self.names.reveal(row["path"])
        if row.get("page"):
            return self._visitor(row["by"]).get(path)
        headers = {name: self.names.reveal(value) for name, value in row.get("headers", {}).items()}
        if row["by"] is not None:
            headers["Authorization"] = f"Bearer {self.people[row['by']]['key']}"
        sent: dict[str, Any] = {}
        if "body" in row:
            sent["json"] = json.loads(self.names.reveal(json.dumps(row["body"])))
        if "raw" in row:
            sent["data"] = row["raw"]
        return self.house.app.test_client().open(
            path, method=row["method"], base_url=HOST, headers=headers, buffered=True, **sent
        )

    def _visitor(self, name: str) -> Visitor:
        if name not in self.visitors:
            self.visitors[name] = self.house.logged_in(self.people[name]["email"])
        return self.visitors[name]

    def kept(self, answer: TestResponse, row: Row) -> Row:
        """What is kept of an answer."""
        kept: Row = {"status": answer.status_code, "type": answer.headers.get("Content-Type")}
        if row.get("page"):
            return {**kept, "shows": [each for each in row["looked_for"] if each in answer.text]}
        tag = answer.headers.get("ETag", "").strip('"')
        if tag:
            is_digest = tag == hashlib.sha256(answer.data).hexdigest()
            kept["etag"] = "digest of the answer" if is_digest else self.names.hide_tag(tag)
        if "Location" in answer.headers:
            kept["location"] = self.names.hide(answer.headers["Location"])
        if answer.is_json:
            told = without_words(answer.get_json(), is_problem="problem" in answer.mimetype)
            written = json.dumps(told, sort_keys=True, ensure_ascii=False)
            if row.get("by_digest"):
                kept["sha256"] = hashlib.sha256(written.encode()).hexdigest()
            else:
                kept["json"] = json.loads(self.names.hide(written))
        elif answer.mimetype == "application/zip":
            with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
                kept["files"] = {
                    name: archive.read(name).decode() if name.endswith(".csv") else None
                    for name in sorted(archive.namelist())
                }
        else:
            kept["text"] = self.names.hide(answer.text)
        return kept


def without_words(value: Any, *, is_problem: bool = False) -> Any:
    """An answer in which sentences, and the version that answers, are replaced by there being one."""
    if isinstance(value, dict):
        if value.keys() >= {"sv", "en"} and all(isinstance(each, str) for each in value.values()):
            return SAID if value["sv"].strip() and value["en"].strip() else value
        return {
            name: SAID
            if each and (name == "engine" or (is_problem and name in _PROSE))
            else without_words(each, is_problem=is_problem)
            for name, each in value.items()
        }
    return [without_words(each, is_problem=is_problem) for each in value] if isinstance(value, list) else value


def differences(before: Any, now: Any, *, grows: bool = False, at: str = "") -> Iterator[str]:
    """Where an answer is not what it was.

    Parameters
    ----------
    grows : bool
        Whether lists may have got more since, as one of definitions may.
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(before.keys() | now.keys()):
            if name not in before:
                if name not in ADDED:
                    yield f"{at}/{name} is new: {now[name]!r:.200}"
            elif name not in now:
                yield f"{at}/{name} is gone: {before[name]!r:.200}"
            else:
                one, other = (_by_id(each) if name in REORDERED else each for each in (before[name], now[name]))
                yield from differences(one, other, grows=grows, at=f"{at}/{name}")
    elif isinstance(before, list) and isinstance(now, list) and grows:
        for each in before:
            if all(list(differences(each, other, grows=True)) for other in now):
                yield f"{at} has no more: {each!r:.200}"
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from differences(one, other, at=f"{at}/{place}")
    elif before != now or type(before) is not type(now):
        yield f"{at}: {before!r:.300} became {now!r:.300}"


def _by_id(parts: Any) -> Any:
    return sorted(parts, key=lambda part: str(part["id"])) if isinstance(parts, list) else parts
