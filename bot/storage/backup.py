"""Backups: a copy of the desk in a SQLite file of its own, whichever database it comes from.

Personal columns stay sealed in it: the file needs the desk's keys. Its table `backup` has one
sealed value: when it was made, and counts and digests of all tables. It shows a file that was cut
off, changed by one bit, or sealed with other keys. What is not personal (references, dates, SIRET)
stands there as it does in the database.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.storage.database import explained, migrate, open_backup_file, snapshot
from bot.storage.desk_copy import (
    CopyError,
    OnProgress,
    TableDigest,
    copy_desk,
    digest_desk,
    empty_desk,
    read_rows,
)
from bot.storage.encryption import Encryption, Place, SealError, key_of
from bot.storage.migrations import HEAD
from bot.storage.sealed_columns import sealed_tables

CONTENTS = Table("backup", MetaData(), Column("contents_sealed", LargeBinary, nullable=False))
CONTENTS_PLACE = Place("backup", "1", "contents")


class BackupError(CopyError):
    """A backup cannot be read or restored; the message says, in French, what to do."""


@dataclass(frozen=True, slots=True)
class BackupContents:
    """When a backup was made, at which version of the tables, and what each table holds."""

    made_at: datetime
    version: str
    tables: Mapping[str, TableDigest]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def write_backup(
    engine: Engine,
    encryption: Encryption,
    path: Path,
    now: datetime,
    on_progress: OnProgress = lambda _: None,
) -> BackupContents:
    """Writes all that was committed before into a file, which is there and empty.

    Raises:
        StartError: the database cannot be read, or the file not be written.
    """
    target = open_backup_file(path, read_only=False)
    try:
        with explained(engine), snapshot(engine) as old:
            with explained(target):
                migrate(target)
            with target.connect() as new:
                contents = BackupContents(now, HEAD, copy_desk(old, new, on_progress))
                sealed = encryption.seal(_to_json(contents), CONTENTS_PLACE)
                with explained(target):  # a full disk is named as the one of the file
                    CONTENTS.create(new)
                    new.execute(insert(CONTENTS).values(contents_sealed=sealed))
                    new.commit()
    finally:
        target.dispose()
    return contents


def read_backup(path: Path, encryption: Encryption) -> BackupContents:
    """Tells what a backup holds, without reading it to its end.

    Raises:
        BackupError: it is no backup, or of other keys, or of another version.
    """
    with _opened(path, encryption) as (_, contents):
        return contents


def verify_backup(path: Path, encryption: Encryption) -> BackupContents:
    """Reads a backup from end to end, and opens every sealed value in it.

    Raises:
        BackupError: it could not be restored, or not be read afterwards.
    """
    with _opened(path, encryption) as (connection, contents):
        if digest_desk(connection) != contents.tables:
            raise _unfit()
        for sealed in sealed_tables():
            columns = [column.name for column in sealed.columns]
            for row in chain.from_iterable(read_rows(connection, sealed.table)):
                for column in columns:
                    if not sealed.opens(row, column, encryption):
                        raise BackupError(
                            "La sauvegarde contient une valeur qui ne s'ouvre pas "
                            f"({sealed.table.name}.{column}) : elle était déjà abîmée dans la base "
                            "ou scellée par d'autres clés. Vérifiez par guichet doctor."
                        )
    return contents


def restore_backup(
    path: Path, engine: Engine, encryption: Encryption, on_progress: OnProgress = lambda _: None
) -> BackupContents:
    """Puts a backup into an empty database, in one transaction.

    Raises:
        CopyError: the database holds something, or the backup is unfit.
    """
    with _opened(path, encryption) as (old, contents), empty_desk(engine) as new:
        if copy_desk(old, new, on_progress) != contents.tables:
            raise _unfit()
    return contents


@contextmanager
def _opened(path: Path, encryption: Encryption) -> Iterator[tuple[Connection, BackupContents]]:
    engine = open_backup_file(path, read_only=True)
    try:
        with engine.connect() as connection:
            yield connection, _read_contents(connection, encryption)
    except (SQLAlchemyError, ValueError):  # values that no column of ours can hold among them
        raise _unfit() from None
    finally:
        engine.dispose()


def _read_contents(connection: Connection, encryption: Encryption) -> BackupContents:
    sealed: bytes | None = connection.scalar(select(CONTENTS.c.contents_sealed))
    if sealed is None or connection.scalar(text("PRAGMA quick_check(1)")) != "ok":
        raise _unfit()
    if (key_id := key_of(sealed)) not in encryption.key_ids:
        raise BackupError(
            f"La sauvegarde est scellée par la clé {key_id}, que ce guichet n'a pas : mettez à "
            "part les clés en place, puis restaurez avec la copie de celles de son temps (guichet "
            "restore FICHIER --keys CLÉS)."
        )
    try:
        contents = _from_json(encryption.open(sealed, CONTENTS_PLACE))
    except SealError:
        raise _unfit() from None
    if contents.version != HEAD:
        raise BackupError(
            f"La sauvegarde vient d'une autre version de Guichet (tables {contents.version}, ici "
            f"{HEAD}) : restaurez-la avec la version qui l'a faite."
        )
    return contents


def _unfit() -> BackupError:
    return BackupError(
        "Ce fichier n'est pas une sauvegarde entière du guichet : il est abîmé, incomplet, ou "
        "autre chose. Prenez-en une autre."
    )


def _to_json(contents: BackupContents) -> str:
    tables = {name: [one.rows, f"{one.digest:x}"] for name, one in contents.tables.items()}
    made_at = contents.made_at.isoformat()
    return json.dumps({"made_at": made_at, "version": contents.version, "tables": tables})


def _from_json(said: str) -> BackupContents:
    held = json.loads(said)
    tables = {
        name: TableDigest(rows, int(digest, 16)) for name, (rows, digest) in held["tables"].items()
    }
    return BackupContents(datetime.fromisoformat(held["made_at"]), held["version"], tables)
