"""Backups: the whole desk as it stood at one moment, written while it is at work.

All tables are read in one snapshot, which holds up nobody, and written row by row into a sealed
archive: the same for SQLite and PostgreSQL, and either can be restored from it. Its first document
says which tables at which version, the last one how many rows of each there must be. Sealed values
stay sealed inside: a backup needs the keys twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, inspect

from bot.storage.backup import ArchiveWriter, BackupError, Document, read_archive
from bot.storage.database import clear, migrate_to, read_version, snapshot
from bot.storage.encryption import Encryption, SealError
from bot.storage.migrations import HEAD
from bot.storage.rows import (
    all_tables,
    is_empty,
    read_counters,
    read_rows,
    reflected,
    write_counters,
    write_rows,
)
from bot.storage.sealed_columns import sealed_tables

ALEMBIC = "alembic_version"
MARK = "backup"
"""The subject under which the journal keeps that a backup was made."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: since when, at which version of the tables, how many rows of each."""

    made_at: datetime
    version: str
    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def write_backup(engine: Engine, vault: Encryption, file: BinaryIO, now: datetime) -> Contents:
    """Everything that was committed before this was called, and nothing in half."""
    archive = ArchiveWriter(file, vault)
    with snapshot(engine) as connection:
        archive.write({"version": HEAD, "made_at": now})
        counts = {}
        for table in all_tables():
            counts[table.name] = 0
            for rows in read_rows(connection, table):
                archive.write({"table": table.name, "rows": rows})
                counts[table.name] += len(rows)
        archive.write({"counts": counts, "counters": read_counters(connection)}, last=True)
    return Contents(now, HEAD, counts)


def verify_backup(file: BinaryIO, vault: Encryption) -> Contents:
    """Reads a backup from end to end, and opens every sealed value in it.

    Raises:
        BackupError: it could not be restored, or not be read afterwards.
    """
    opened = _Opened(read_archive(file, vault))
    sealed = {one.table.name: one for one in sealed_tables()}
    for name, rows in opened.chunks():
        for column in sealed[name].columns if name in sealed else ():
            for row in rows:
                _check(vault, row.get(column.name), sealed[name].place(row, column.name))
    return opened.contents()


def restore_backup(file: BinaryIO, engine: Engine, vault: Encryption) -> Contents:
    """Puts a backup into an empty database, in one transaction, and brings it up to date.

    Raises:
        BackupError: the database holds something, or the backup is unfit.
    """
    check_empty(engine)
    opened = _Opened(read_archive(file, vault))
    with engine.begin() as connection:
        if inspect(connection).has_table(ALEMBIC):
            clear(connection)
        migrate_to(connection, opened.version)
        for name, rows in opened.chunks():
            write_rows(connection, reflected(connection, name), rows)
        write_counters(connection, opened.counters)
        contents = opened.contents()
        migrate_to(connection, "head")
    return contents


def check_empty(engine: Engine) -> None:
    read_version(engine)  # says what is wrong where it does not answer
    with engine.connect() as connection:
        names = [name for name in _tables(connection) if name != ALEMBIC]
        if not is_empty(connection, names):
            raise BackupError(
                "La base n'est pas vide : restaurez dans un autre DATA_DIR ou une autre base "
                "(DATABASE_URL), rien n'a été changé."
            )


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def _check(vault: Encryption, value: bytes | None, place: Any) -> None:
    try:
        if value is not None:
            vault.open(value, place)
    except SealError as error:
        raise BackupError(
            f"La sauvegarde contient une valeur qui ne s'ouvre pas ({error}) : les clés en place "
            "ne sont pas celles de son temps, ou elle était déjà abîmée dans la base."
        ) from None


class _Opened:
    """A backup being read."""

    def __init__(self, documents: Iterator[Document]) -> None:
        self._documents = documents
        first = next(documents)
        self.version, self._made_at = str(first["version"]), first["made_at"]
        self.counters: Mapping[str, int] = {}
        self._counts: dict[str, int] = {}
        if self.version > HEAD:
            raise BackupError(
                f"La sauvegarde (version {self.version}) vient d'un guichet plus récent que "
                f"celui-ci (version {HEAD}) : installez la version la plus récente."
            )

    def chunks(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The rows, table by table; their number is checked at the end."""
        found: dict[str, int] = {}
        for document in self._documents:
            if "counts" in document:
                self._counts, self.counters = document["counts"], document["counters"]
                continue
            found[document["table"]] = found.get(document["table"], 0) + len(document["rows"])
            yield document["table"], document["rows"]
        if found != {name: number for name, number in self._counts.items() if number}:
            raise BackupError("La sauvegarde est incomplète : prenez-en une autre.")

    def contents(self) -> Contents:
        return Contents(self._made_at, self.version, self._counts)
