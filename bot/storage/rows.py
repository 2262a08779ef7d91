"""Rows: all that the tables hold, read and written as they are, whatever the database.

Tables come in the order in which they refer to one another. A row's sealed values stay sealed.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    MetaData,
    RowMapping,
    Table,
    insert,
    literal,
    select,
    text,
    tuple_,
)

from bot.storage import tables_accounts, tables_operations, tables_requests
from bot.storage.base import Base
from bot.storage.sequences import count_on, counts, last_given

__all__ = ["casebook", "ledgers", "registers", "tables"]  # so that `Base` knows every table

CHUNK = 1000
Row = Mapping[str, Any]


def all_tables() -> tuple[Table, ...]:
    """Every table; those that others refer to come first."""
    return tuple(Base.metadata.sorted_tables)


def stream(connection: Connection, table: Table) -> Iterator[RowMapping]:
    """All rows in the order of their key, fetched a chunk at a time."""
    key = list(table.primary_key.columns)
    ordered = select(table).order_by(*key).limit(CHUNK)
    chunk: Sequence[RowMapping] = connection.execute(ordered).mappings().all()
    while chunk:
        yield from chunk
        last = [literal(chunk[-1][one.name], one.type) for one in key]
        chunk = connection.execute(ordered.where(tuple_(*key) > tuple_(*last))).mappings().all()


def read_rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """The same, as lists of as many rows as are fetched at a time."""
    rows = stream(connection, table)
    while chunk := [dict(row) for row in islice(rows, CHUNK)]:
        yield chunk


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


def read_counters(connection: Connection) -> dict[str, int]:
    """The last number that each table gave whose numbers the database gives."""
    return {one.name: last_given(connection, one) for one in all_tables() if counts(one)}


def write_counters(connection: Connection, counters: Mapping[str, int]) -> None:
    """The next numbers are beyond these."""
    for table in all_tables():
        if table.name in counters:
            count_on(connection, table, counters[table.name])
