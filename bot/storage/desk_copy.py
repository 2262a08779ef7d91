"""Copies a whole desk into another database, SQLite or PostgreSQL: for backup, restore and migrate.

All tables are read in one snapshot, which holds up nobody, and written in one transaction. Rows go
over as they are: sealed values open with the same keys. What has arrived is read again, and counts
and digests have to agree. A digest is the sum of the hashes of all rows, for two databases do not
sort texts alike.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    Table,
    delete,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.domain.errors import StartError
from bot.storage.database import (
    all_tables,
    database_file,
    explain,
    explained,
    is_missing,
    migrate,
    snapshot,
)
from bot.storage.database_faults import DatabaseFault, fault_of
from bot.storage.tables_operations import KeyCheckRow, LeaseRow

CHUNK = 50  # rows in memory at a time: some are files of 20 MB
MODULO = 2**256
ALEMBIC = "alembic_version"
NOT_COPIED = {str(LeaseRow.__tablename__), ALEMBIC}
NO_CONTENT = {str(KeyCheckRow.__tablename__), ALEMBIC}
"""Tables that have rows in a desk that was only started."""


class CopyError(StartError):
    """A desk cannot be copied; the message says, in French, what to do."""


@dataclass(frozen=True, slots=True)
class TableDigest:
    """How many rows a table has, and the sum of their hashes."""

    rows: int = 0
    digest: int = 0

    def with_rows(self, rows: Sequence[RowMapping]) -> "TableDigest":
        added = sum(int.from_bytes(_hash(row), "big") for row in rows)
        return TableDigest(self.rows + len(rows), (self.digest + added) % MODULO)


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far one table is: `rows` of `total` have arrived."""

    table: str
    rows: int
    total: int


OnProgress = Callable[[CopyProgress], None]


def copy_desk(
    old: Connection, new: Connection, on_progress: OnProgress = lambda _: None
) -> dict[str, TableDigest]:
    """Copies every table into empty ones, reads what has arrived, and returns its digests.

    Raises:
        CopyError: the new database cannot hold it, or holds something else afterwards.
    """
    copied = {}
    for table in _copied_tables():
        copied[table.name] = _copy_table(old, new, table, on_progress)
        _copy_counter(old, new, table)
    for name, arrived in digest_desk(new).items():
        if arrived != copied[name]:
            raise CopyError(
                f"La table « {name} » n'est pas la même des deux côtés ({copied[name].rows} lignes "
                f"au départ, {arrived.rows} à l'arrivée) : rien n'a été gardé, recommencez."
            )
    return copied


def migrate_desk(
    source: Engine, target: Engine, on_progress: OnProgress = lambda _: None
) -> dict[str, TableDigest]:
    """Copies a desk that is not at work into an empty database.

    Raises:
        CopyError: the target holds something, or cannot hold what the source has.
    """
    with explained(source), snapshot(source) as old, empty_desk(target) as new:
        known = {table.name for table in all_tables()} | NOT_COPIED
        if unknown := {*inspect(old).get_table_names()} - known:
            raise CopyError(
                f"La base de départ a des tables inconnues ({', '.join(sorted(unknown))}) : elle "
                "n'est pas celle d'un guichet seul. Rien n'a été copié."
            )
        return copy_desk(old, new, on_progress)


@contextmanager
def empty_desk(engine: Engine) -> Iterator[Connection]:
    """A transaction on the tables of an empty desk, which are made for it; `CopyError` where the
    database holds something. A SQLite file made for it is deleted when the transaction fails.
    """
    check_empty(engine)
    made = database_file(engine) if is_missing(engine) else None
    try:
        migrate(engine)
        with engine.begin() as connection:
            connection.execute(delete(KeyCheckRow))
            yield connection
    except BaseException:
        if made is not None:
            engine.dispose()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{made}{suffix}").unlink(missing_ok=True)
        raise


def check_empty(engine: Engine) -> None:
    """Raises `CopyError` where a table of the database has a row."""
    if is_missing(engine):
        return
    with explained(engine), engine.connect() as connection:
        for name in {*inspect(connection).get_table_names()} - NO_CONTENT:
            if connection.scalar(select(text("1")).select_from(text(f'"{name}"')).limit(1)):
                raise CopyError(
                    "La base n'est pas vide : indiquez-en une autre (DATA_DIR ou DATABASE_URL), "
                    "rien n'a été changé."
                )


def digest_desk(connection: Connection) -> dict[str, TableDigest]:
    """Counts and digests of all tables."""
    found = {}
    for table in _copied_tables():
        digest = TableDigest()
        for rows in read_rows(connection, table):
            digest = digest.with_rows(rows)
        found[table.name] = digest
    return found


def read_rows(connection: Connection, table: Table) -> Iterator[Sequence[RowMapping]]:
    """All rows of a table in the order of their key, some at a time."""
    key = list(table.primary_key.columns)
    ordered = select(table).order_by(*key).limit(CHUNK)
    rows = connection.execute(ordered).mappings().all()
    while rows:
        yield rows
        last = [literal(rows[-1][column.name], column.type) for column in key]
        rows = connection.execute(ordered.where(tuple_(*key) > tuple_(*last))).mappings().all()


def holders_at_work(engine: Engine, now: datetime) -> list[str]:
    """Which processes hold a lease on this database."""
    running = select(col(LeaseRow.holder)).where(col(LeaseRow.held_until) > now)
    with explained(engine), snapshot(engine) as connection:
        return sorted({*connection.scalars(running)})


def _copied_tables() -> tuple[Table, ...]:
    return tuple(table for table in all_tables() if table.name not in NOT_COPIED)


def _copy_table(
    old: Connection, new: Connection, table: Table, on_progress: OnProgress
) -> TableDigest:
    total = old.scalar(select(func.count()).select_from(table)) or 0
    copied = TableDigest()
    for rows in read_rows(old, table):
        try:
            new.execute(insert(table), [dict(row) for row in rows])
        except SQLAlchemyError as error:
            if fault_of(error) is not DatabaseFault.OTHER:
                raise explain(new.engine, error) from None
            kind = type(getattr(error, "orig", None) or error).__name__  # its text quotes the row
            raise CopyError(
                f"La table « {table.name} » ne passe pas ({kind}), ligne {copied.rows + 1} ou une "
                "des suivantes : rien n'a été gardé, relancez une fois la cause levée."
            ) from None
        copied = copied.with_rows(rows)
        on_progress(CopyProgress(table.name, copied.rows, total))
    return copied


def _copy_counter(old: Connection, new: Connection, table: Table) -> None:
    """Lets the new database number new rows from where the old one stood.

    Other rows refer to these numbers (a reminder to its messages): none may be given twice, even
    where its row was deleted since.
    """
    if not table.dialect_options["sqlite"].get("autoincrement"):
        return
    (column,) = table.primary_key.columns
    name = {"name": table.name, "column": column.name}
    if old.dialect.name == "postgresql":
        asked = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, :column))"
    else:
        asked = "SELECT seq FROM sqlite_sequence WHERE name = :name"
    last = max(old.scalar(select(func.max(column))) or 0, old.scalar(text(asked), name) or 0)
    if last == 0:
        return
    there = {**name, "last": last}
    if new.dialect.name == "postgresql":
        new.execute(text("SELECT setval(pg_get_serial_sequence(:name, :column), :last)"), there)
    else:
        new.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), there)
        new.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), there)


def _hash(row: RowMapping) -> bytes:
    """Gives the same for the same values, whichever database they come from."""
    parts = [_as_bytes(value) for value in row.values()]
    return hashlib.sha256(b"".join(len(one).to_bytes(8, "big") + one for one in parts)).digest()


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return b"b" + bytes(value)
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, datetime | date):
        return b"d" + value.isoformat().encode()
    return repr(value).encode("utf-8", "surrogatepass")
