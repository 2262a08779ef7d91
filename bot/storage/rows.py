"""Rows: all that the tables hold, read and written as they are, whatever the database.

Tables come in the order in which they refer to one another. A row's sealed values stay sealed.
Counters are the last numbers that `outbox` and `figure` gave: a number is never given twice, even
where the rows that had it are gone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, MetaData, Table, column, func, insert, select, text, tuple_
from sqlalchemy import table as named

from bot.storage import casebook, ledgers, registers, tables
from bot.storage.types import Base

__all__ = ["casebook", "ledgers", "registers", "tables"]  # so that `Base` knows every table

CHUNK = 500
Row = Mapping[str, Any]


def all_tables() -> tuple[Table, ...]:
    """Every table; those that others refer to come first."""
    return tuple(Base.metadata.sorted_tables)


def read_rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows of a table, in the order of their keys, a chunk at a time."""
    key = tuple(table.primary_key.columns)
    chosen = select(table).order_by(*key).limit(CHUNK)
    after = chosen
    while rows := [dict(row) for row in connection.execute(after).mappings()]:
        yield rows
        last = [rows[-1][one.name] for one in key]
        after = chosen.where(tuple_(*key) > tuple_(*last))


def write_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Adds rows as they are."""
    if rows:
        connection.execute(insert(table), list(rows))


def reflected(connection: Connection, name: str) -> Table:
    """A table as the database has it, which may be of an earlier version than the code."""
    return Table(name, MetaData(), autoload_with=connection)


def is_empty(connection: Connection, names: Sequence[str]) -> bool:
    """Whether none of these tables has a row."""
    return not any(
        connection.execute(select(1).select_from(text(f'"{name}"')).limit(1)).first()
        for name in names
    )


COUNTED = ("outbox", "figure")
"""The tables whose numbers the database gives; a test compares them with the code."""


def read_counters(connection: Connection) -> dict[str, int]:
    """The last number that each of these tables gave."""
    return {name: _last_number(connection, name) for name in COUNTED}


def write_counters(connection: Connection, counters: Mapping[str, int]) -> None:
    """The next numbers are beyond these."""
    for name, last in counters.items():
        if last < 1:
            continue
        if connection.dialect.name == "postgresql":
            sequence = func.pg_get_serial_sequence(name, "id")
            connection.execute(select(func.setval(sequence, last)))
        else:
            forget = text("DELETE FROM sqlite_sequence WHERE name = :name")
            connection.execute(forget, {"name": name})
            given = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            connection.execute(given, {"name": name, "last": last})


def _last_number(connection: Connection, name: str) -> int:
    if connection.dialect.name == "postgresql":
        sequence = connection.scalar(select(func.pg_get_serial_sequence(name, "id")))
        state = named(str(sequence).partition(".")[2], column("last_value"), column("is_called"))
        called = connection.execute(select(state)).one()
        return int(called.last_value) if called.is_called else 0
    asked = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int(connection.scalar(asked, {"name": name}) or 0)
