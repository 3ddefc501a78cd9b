"""The least that can be done over HTTP: Flask reads JSON, marshmallow checks it, SQLAlchemy inserts a row."""

import os
from uuid import uuid4

from flask import Flask, request
from marshmallow import Schema, fields
from sqlalchemy import JSON, String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


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

    return app
