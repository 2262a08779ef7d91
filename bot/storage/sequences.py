"""Sequences: where the numbers that a database counts up by itself go on, elsewhere.

Others remember these numbers (a reminder the messages it left by): one that was given once must
not be given again, even where its row was deleted since.
"""

from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, text


def carry_sequence(old: Connection, new: Connection, table: Table) -> None:
    """Let the new database count on from where the old one stood."""
    if counts(table):
        count_on(new, table, last_given(old, table))


def counts(table: Table) -> bool:
    """Whether the database gives this table's numbers."""
    return _counted(table) is not None


def last_given(connection: Connection, table: Table) -> int:
    """The last number that this table gave; 0 before the first."""
    column = _counted(table)
    if column is None:
        return 0
    highest = connection.scalar(select(func.max(column))) or 0
    return int(max(highest, _last(connection, table, column)))


def count_on(connection: Connection, table: Table, last: int) -> None:
    """The next number is the one after `last`."""
    column = _counted(table)
    if column is None or last == 0:
        return
    if connection.dialect.name == "postgresql":
        there = {"name": table.name, "column": column.name, "last": last}
        asked = text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)")
        connection.execute(asked, there)
    else:
        given = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), given)
        kept = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
        connection.execute(kept, given)


def _counted(table: Table) -> Column[Any] | None:
    """The column that counts up by itself; the tables with one say so for SQLite."""
    is_counted = table.dialect_options["sqlite"].get("autoincrement")
    return next(iter(table.primary_key.columns)) if is_counted else None


def _last(old: Connection, table: Table, column: Column[Any]) -> int:
    """The last number that was given; 0 before the first."""
    if old.dialect.name == "postgresql":
        asked = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, :column))")
    else:
        asked = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return old.scalar(asked, {"name": table.name, "column": column.name}) or 0
