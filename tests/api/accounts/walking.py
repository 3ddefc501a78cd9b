"""Every route of the application, with addresses that lead to real records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from flask import Flask
from werkzeug.routing import Rule

from api.access.declarations import Declared, declared
from api.access.permission_table import PUBLIC
from api.access.units import RECORDS
from api.cases.ratings.draft_content import AssessmentDraft
from api.cases.summary import begin_summary
from api.store.audit_chain import AuditEvent, record_event, seal_of
from api.store.database import Database
from api.store.schema import Case, CaseUnit, Draft, Entry, SecrecyUnit

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
#: Stands in what the other unit has recorded, and may be in no answer.
SECRET = "hemlig uppgift ur en annan enhet"  # noqa: S105
#: Arguments that name no record of a case. A new route with another one is added here, or to `RECORDS`.
PLAIN = {
    "token_id": uuid4().hex,
    "account_id": uuid4().hex,
    "act": "close",
    "unit_id": "sig",
    "name": "youth_spj",
    "filename": "underlag.css",
    "code": "not-found",
    "kind": "correction",
    "part": "protective",
    "document": "assessment",
    "reader": "youth",
    "respondent": "youth",
    "theme": "results",
    "example": "milo",
    "form": "csv",
}


@dataclass(frozen=True)
class Route:
    """One way of calling one address."""

    rule: Rule
    method: str
    declared: Declared

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    def address(self, app: Flask, records: Mapping[str, str]) -> str:
        values = {}
        for name in self.rule.arguments:
            known = {**PLAIN, **records}
            if name not in known and self.declared.action != PUBLIC:
                raise AssertionError(
                    f"{self.rule.rule}: <{name}> names something that the tests do not know. Add it to RECORDS in "
                    "api/access/units.py if it is a record of a case, else to PLAIN in this file."
                )
            values[name] = known.get(name, "sv" if name == "language" else "x")
        return str(app.url_map.bind("x").build(self.endpoint, values, method=self.method))


def all_routes(app: Flask) -> list[Route]:
    """Every route but the automatic OPTIONS; those that log out come last."""
    every = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            about = declared(app, rule.endpoint, method)
            assert about is not None, f"{method} {rule.rule} declares no permission"
            every.append(Route(rule, method, about))
    return sorted(every, key=lambda route: (route.endpoint == "accounts.log_out", route.rule.rule, route.method))


def record_in(database: Database, unit: str) -> dict[str, str]:
    """A case of a unit with an entry and a draft; what every argument of `RECORDS` may name."""
    case, entry, draft = uuid4().hex, uuid4().hex, uuid4().hex
    with database.unit_of_work() as session:
        if session.get(SecrecyUnit, unit) is None:
            session.add(SecrecyUnit(id=unit, name=unit))
            session.flush()
        about = Case(id=case, unit_id=unit, reference=case[:12], opened_at=NOON, opened_by="x")
        session.add(about)
        session.flush()
        begin_summary(session, about)
        session.add(CaseUnit(case_id=case, unit_id=unit, since=NOON, added_by="x"))
        row = Entry(
            id=entry,
            case_id=case,
            number=1,
            kind="note",
            content={"text": SECRET},
            made_by="x",
            made_at=NOON,
            hidden_from_guardians=False,
            salt=uuid4().hex,
        )
        session.add(row)
        session.flush()
        content = AssessmentDraft(own_view=SECRET).as_data()
        session.add(
            Draft(
                id=draft,
                case_id=case,
                kind="assessment",
                content=content,
                version=1,
                started_by="x",
                saved_by="x",
                saved_at=NOON,
            )
        )
        record_event(session, AuditEvent(NOON, "x", "write", "note", case, entry, seal=seal_of(row)))
    by_table = {Case: case, Entry: entry, Draft: draft}
    return {name: by_table[table] for name, table in RECORDS.items()}
