"""Sequences: where the numbers that a database counts up by itself go on after a move.

Others remember these numbers (a reminder the messages it left by): one that was given once must
not be given again, even where its row was deleted since.
"""

from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, text


def carry_sequence(old: Connection, new: Connection, table: Table) -> None:
    """Let the new database count on from where the old one stood."""
    column = _counted(table)
    if column is None:
        return
    highest = old.scalar(select(func.max(column))) or 0
    last = max(highest, _last(old, table, column))
    if last == 0:
        return
    if new.dialect.name == "postgresql":
        there = {"name": table.name, "column": column.name, "last": last}
        new.execute(text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)"), there)
    else:
        given = {"name": table.name, "last": last}
        new.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), given)
        new.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), given)


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
