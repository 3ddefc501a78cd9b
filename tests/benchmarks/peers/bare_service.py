"""The least that can be done over HTTP, as Flask, marshmallow and SQLAlchemy do it.

Routes that do nothing; that read and write by the schemas of an evaluation, and decide nothing; that insert a row; and
that record what a screening records, word for word, after looking a key up, and work nothing out.
"""

import hashlib
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask, Response, abort, request
from marshmallow import Schema, fields
from sqlalchemy import JSON, String, create_engine, event, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from api.evaluation.schemas import EvaluationSchema
from api.store.account_tables import Account, AccountRole, AccountUnit, ApiToken
from api.store.database import Database
from api.store.schema import Audit, AuditHead, CaseSummary, Entry
from api.web.declared_schemas import schema_of
from screening.brief import Brief


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "bare_row"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    content: Mapped[dict[str, object]] = mapped_column(JSON)


class Posted(Schema):
    facts = fields.Dict(required=True)
    ratings = fields.Dict(required=True)


def make_app() -> Flask:
    """The application on the database of ``BARE_DATABASE_URL``, as durable as Underlag's."""
    app, schema = Flask(__name__), Posted()
    same = json.loads(Path(os.environ["BARE_SAME"]).read_text(encoding="utf-8"))
    engine = create_engine(os.environ["BARE_DATABASE_URL"])
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection: object, _record: object) -> None:
            for setting in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
                connection.execute(f"PRAGMA {setting}")  # type: ignore[attr-defined]

    Base.metadata.create_all(engine)

    @app.get("/nothing")
    def nothing() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/rows")
    def insert() -> tuple[dict[str, str], int]:
        content = schema.load(request.get_json())
        with Session(engine) as session:
            row = Row(id=uuid4().hex, content=content)
            session.add(row)
            session.commit()
            return {"id": row.id}, 201

    asked, answered = EvaluationSchema(), schema_of(Brief)()
    brief = {**same["evaluated"], "reference_date": date.fromisoformat(same["evaluated"]["reference_date"])}

    @app.post("/nothing")
    def nothing_of_much() -> dict[str, str]:
        request.get_data()
        return {"status": "ok"}

    @app.post("/schemas")
    def read_and_write() -> Any:
        asked.load(request.get_json())
        return answered.dump(brief)

    database = Database(os.environ["BARE_DATABASE_URL"])

    @app.post("/same/<form>/<case>")
    def record(form: str, case: str) -> Response:
        account = _look_up(database, request.headers["Authorization"].removeprefix("Bearer "))
        asked_for = request.get_json()
        with database.unit_of_work() as session:
            _record_the_same(session, account, case, same["content"])
        assert asked_for
        return Response(same[form], 201, mimetype="application/json")

    return app


def _look_up(database: Database, secret: str) -> str:
    """Whose a key is, with roles and units."""
    chosen = (
        select(Account.id, ApiToken.expires_at, AccountRole.name, AccountUnit.unit_id)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .outerjoin(AccountRole, AccountRole.account_id == Account.id)
        .outerjoin(AccountUnit, AccountUnit.account_id == Account.id)
        .where(ApiToken.digest == hashlib.sha256(secret.encode()).hexdigest(), ApiToken.revoked_at.is_(None))
    )
    with database.looking() as session:
        rows = session.execute(chosen).all()
    if not rows or rows[0].expires_at <= datetime.now(UTC):
        abort(401)
    return str(rows[0].id)


def _record_the_same(session: Session, account: str, case: str, content: dict[str, Any]) -> None:
    """The rows of a screening: the entry, the summary of its case, and two links of the log."""
    now, key = datetime.now(UTC), uuid4().hex
    summary = session.get_one(CaseSummary, case, with_for_update=True)
    summary.entries, summary.last_entry_at, summary.screening_id = summary.entries + 1, now, key
    entry = {"id": key, "case_id": case, "number": summary.entries, "kind": "screening", "content": content}
    session.add(Entry(**entry, made_by=account, made_at=now, hidden_from_guardians=False, salt=uuid4().hex))
    session.flush()
    number = session.scalars(select(AuditHead.number).with_for_update()).one()
    link = {"at": now, "actor": account, "case_id": case, "ground": "", "request_id": uuid4().hex, "outcome": "done"}
    link |= {"previous": "0" * 64, "digest": "0" * 64}
    session.execute(
        insert(Audit.__table__),  # type: ignore[arg-type]  # a table, as SQLAlchemy takes it
        [
            {**link, "number": number + 1, "action": "write", "kind": "case", "record_id": case, "seal": None},
            {**link, "number": number + 2, "action": "write", "kind": "screening", "record_id": key, "seal": "0" * 64},
        ],
    )
    session.execute(update(AuditHead).values(number=number + 2, digest="0" * 64))
