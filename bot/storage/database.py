"""The database: how it is opened, and how its tables come to be.

SQLite and PostgreSQL run the same queries. SQLite needs two things for that: the driver's own
transactions off and an explicit `BEGIN IMMEDIATE`, without which a row written inside the first
savepoint survives the outer rollback, and a read-then-write beside another writer fails at once
in spite of the busy timeout. `synchronous=FULL` is what keeps a committed ticket through a power
cut; its cost is shared by committing several turns at once, not saved by dropping it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import DatabaseError as SQLAlchemyDatabaseError

from bot.domain.errors import StartError
from bot.storage.migrations import HEAD
from bot.storage.pinging import ping_after_rest

BUSY_TIMEOUT = 15_000  # ms a writer waits for another one on SQLite
SNAPSHOT = "guichet_snapshot"  # how a connection is marked that only reads
_MIGRATION_LOCK = 0x6775_6963  # any constant; only we take it


class DatabaseError(StartError):
    """The database cannot be used; the message says, in French, what to do."""


class DatabaseAheadError(DatabaseError):
    """The tables are of a later version than the code."""


class LostTurnError(Exception):
    """What an earlier turn had written could not be said: all turns of the transaction are lost.

    Taken again one by one, the turn at fault fails alone.
    """


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///…` or `postgresql+psycopg://…`; nothing is read yet.

    Raises:
        DatabaseError: the address cannot be read, or its driver is not installed.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _open_sqlite(address)
        return ping_after_rest(create_engine(address, hide_parameters=True))
    except (ArgumentError, ImportError, OSError, ValueError) as error:
        raise DatabaseError(
            f"Le réglage DATABASE_URL ne mène à aucune base ({type(error).__name__}) : écrivez "
            "sqlite:///chemin ou postgresql+psycopg://compte@machine/base (avec guichet[postgres])."
        ) from None


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed in a moment: a deadlock, a lost connection, a lock."""
    return isinstance(error, OperationalError | InterfaceError | TimeoutError | LostTurnError)


def migrate(engine: Engine) -> None:
    """Brings the tables to the present version; quick where they have it already."""
    version = read_version(engine)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise DatabaseAheadError(
            f"La base de données (version {version}) vient d'un guichet plus récent que celui-ci "
            f"(version {HEAD}) : installez la version la plus récente, puis relancez."
        )
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Several processes start together: the first migrates, the others wait and find it.
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        _upgrade(connection)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it stands at this moment, for reading; it holds up nobody who writes."""
    options: dict[str, Any] = {SNAPSHOT: True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        connection.execute(text("SELECT version_num FROM alembic_version"))  # the moment is now
        yield connection


def migrate_to(connection: Connection, version: str) -> None:
    """Brings tables without content to a given version, `head` for the present one."""
    _upgrade(connection, version)


def clear(connection: Connection) -> None:
    """Takes tables without content away."""
    _alembic("downgrade", connection, "base")


def read_version(engine: Engine) -> str | None:
    """The version of the tables; None in an empty database.

    Raises:
        DatabaseError: it does not answer, or is no database.
    """
    try:
        return _read_version(engine)
    except SQLAlchemyDatabaseError as error:
        raise DatabaseError(
            f"La base ne répond pas ({type(error.orig).__name__}) : vérifiez DATABASE_URL, "
            "les droits du dossier, et que le serveur tourne."
        ) from None


def _read_version(engine: Engine) -> str | None:
    options: dict[str, Any] = {SNAPSHOT: True}  # to ask for the version locks nothing
    with engine.connect().execution_options(**options) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def _upgrade(connection: Connection, version: str = "head") -> None:
    _alembic("upgrade", connection, version)


def _alembic(what: str, connection: Connection, version: str) -> None:
    # Imported only where there is something to do: most starts have nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("bot.storage") / "migrations"))
    config.attributes["connection"] = connection
    getattr(command, what)(config, version)


def _open_sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        _make_private(Path(address.database))
    engine = create_engine(address, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _make_private(path: Path) -> None:
    """Makes the file before SQLite would, readable by its owner only; its journals follow."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what was deleted must not stay readable in free pages
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get(SNAPSHOT)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
