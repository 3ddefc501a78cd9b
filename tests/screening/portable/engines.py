"""The engines that exported text runs in: a table of texts and decimal numbers in, the rows of the result out."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from typing import Any

import duckdb
import polars as pl
import psycopg
import pyarrow as pa
from pyarrow.types import is_floating

from instruments.mapping import MappingFile
from screening.portable.expressions import Query
from screening.portable.polars_code import write_polars
from screening.portable.query import export_rules
from screening.portable.sql import write_sql
from screening.ruleset import RuleSet

TABLE = "intakes"
SQL_ENGINES = ("duckdb", "sqlite", "postgresql")
ENGINES = (*SQL_ENGINES, "polars")


def run_exported(
    engine: str,
    rules: RuleSet,
    on: date,
    table: pa.Table,
    server: str | None = None,
    mapping: MappingFile | None = None,
) -> pa.Table:
    """What an exported guidance says of a table; the rows in the order of the table."""
    return run_query(engine, export_rules(rules, on, mapping).query, table, server)


def run_query(engine: str, query: Query, table: pa.Table, server: str | None = None) -> pa.Table:
    """What a query says of a table, in one of the engines."""
    if engine == "polars":
        return run_polars(write_polars(query), table)
    return run_sql(engine, write_sql(query, TABLE), table, server)


def run_polars(code: str, table: pa.Table) -> pa.Table:
    module: dict[str, Any] = {}
    exec(code, module)  # noqa: S102 -- it is what was just written
    return module["screen"](pl.from_arrow(table).lazy()).collect().to_arrow()


def run_sql(engine: str, sql: str, table: pa.Table, server: str | None = None, name: str = TABLE) -> pa.Table:
    if engine == "duckdb":
        with duckdb.connect() as connection:
            connection.register(name, table)
            return connection.sql(sql).to_arrow_table()
    names = ", ".join(
        '"{}" {}'.format(column.name.replace('"', '""'), "double precision" if is_floating(column.type) else "text")
        for column in table.schema
    )
    created = f"CREATE TEMPORARY TABLE {name} ({names})"
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    with closing(sqlite3.connect(":memory:") if engine == "sqlite" else psycopg.connect(str(server))) as database:
        cursor: Any = database.cursor()
        cursor.execute(created)
        if engine == "sqlite":
            marks = ", ".join("?" * table.num_columns)
            cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608
        else:
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.execute(sql)
        answer = list(zip(*cursor.fetchall(), strict=True))
        columns = [column[0] for column in cursor.description]
    return pa.table({name: pa.array(each, pa.string()) for name, each in zip(columns, answer, strict=True)})


def words_of(table: pa.Table) -> Mapping[str, list[str | None]]:
    """The columns of a result but the key, by name; in the order of the key, which counts the rows."""
    order = sorted(range(len(table)), key=[int(key) for key in table["key"].to_pylist()].__getitem__)
    return {name: table[name].take(order).to_pylist() for name in table.column_names if name != "key"}
