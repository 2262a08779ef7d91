"""The database: how it is opened, how its tables are made, and what is said when it does not work.

SQLite and PostgreSQL run the same queries. SQLite needs two things for that: the driver's own
transactions off and an explicit `BEGIN IMMEDIATE`, without which a row written inside the first
savepoint survives the outer rollback, and a read-then-write beside another writer fails at once
in spite of the busy timeout. `synchronous=FULL` is what keeps a committed ticket through a power
cut; its cost is shared by committing several turns at once, not saved by dropping it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import DatabaseError as SQLAlchemyDatabaseError
from sqlmodel import col, insert, update

from bot.domain.errors import StartError
from bot.storage.base import Base
from bot.storage.database_faults import DatabaseFault, fault_of, missing_right, remedy_for
from bot.storage.migrations import HEAD
from bot.storage.row_mac import NO_DAY, NO_MOMENT
from bot.storage.tables_accounts import AccountRow
from bot.storage.tables_operations import LeaseRow, MarkRow
from bot.storage.tables_requests import PersonRow

BUSY_TIMEOUT = 15_000  # ms a writer waits for another one on SQLite
SNAPSHOT = "guichet_snapshot"  # how a connection is marked that only reads
_MIGRATION_LOCK = 0x6775_6963  # any constant; only we take it
_CERTAIN = (DatabaseFault.DAMAGED, DatabaseFault.FULL, DatabaseFault.LOCKED)
_MODELS = (PersonRow, AccountRow, LeaseRow)
"""One of every module of tables: `Base` knows the tables of what was imported."""


class DatabaseError(StartError):
    """The database cannot be used; the message says, in French, what to do."""


def open_database(place: str | Path) -> Engine:
    """An engine for `sqlite:///…`, `postgresql+psycopg://…` or the path of a SQLite file, in which
    no sign (`?`, `#`, `%`) is one of an address; nothing is read or made yet.

    Raises:
        DatabaseError: the address cannot be read, or its driver is not installed.
    """
    try:
        if isinstance(place, Path):
            return _open_sqlite(URL.create("sqlite", database=str(place)))
        address = make_url(place)
        if address.get_backend_name() == "sqlite":
            return _open_sqlite(address)
        # A connection that broke while it rested in the pool is found before it is used.
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=True)
    except (ArgumentError, ImportError, ValueError) as error:
        raise DatabaseError(
            f"Le réglage DATABASE_URL ne mène à aucune base ({type(error).__name__}) : écrivez "
            "sqlite:///chemin ou postgresql+psycopg://compte@machine/base (avec guichet[postgres])."
        ) from None
    event.listen(engine, "connect", _read_any_day)
    return engine


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed in a moment: a deadlock, a lost connection, a lock."""
    return isinstance(error, OperationalError | InterfaceError | TimeoutError)


def migrate(engine: Engine) -> None:
    """Brings the tables to the present version, and makes them in an empty database.

    Raises:
        DatabaseError: the tables are of a version that this code does not know.
    """
    version = read_version(engine)
    if version == HEAD:
        return
    check_version(version)
    with explained(engine):
        connected = engine.connect()  # makes the file of a new SQLite database
    with connected as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            # Several processes start together: the first migrates, the others wait for it.
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        _upgrade(connection)


def all_tables() -> tuple[Table, ...]:
    """Every table of the desk; those that others refer to come first."""
    return tuple(Base.metadata.sorted_tables)


def check_version(version: str | None) -> None:
    """Refuses tables that no revision of this code has made; there may be none at all.

    Raises:
        DatabaseError: another version of Guichet has made them.
    """
    if version not in (None, HEAD) and version not in _known_versions():
        raise DatabaseError(
            f"La base vient d'une autre version de Guichet (tables {version}, ici {HEAD}) : "
            "installez la version qui l'a faite, ou donnez une base vide (DATA_DIR ou "
            "DATABASE_URL)."
        )


def read_version(engine: Engine) -> str | None:
    """The version of the tables; None in an empty database, or one that is still to be made.

    Raises:
        DatabaseError: it does not answer, or is no database.
    """
    if is_missing(engine):
        return None  # to connect would make it
    options: dict[str, Any] = {SNAPSHOT: True}
    with explained(engine), engine.connect().execution_options(**options) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def is_missing(engine: Engine) -> bool:
    """Whether the database is a SQLite file that is not there yet."""
    path = database_file(engine)
    try:
        return path is not None and not path.exists()
    except OSError:
        return False  # a folder that may not be looked into


def database_file(engine: Engine) -> Path | None:
    """The file of a SQLite database, of a backup too, which is opened by an address."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return None
    return Path(unquote(name.removeprefix("file:"))) if name.startswith("file:") else Path(name)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """An error of the database inside is said in one sentence, with what to do.

    Raises:
        DatabaseError: in place of SQLAlchemy's error, whose text quotes the statement.
    """
    try:
        yield
    except (SQLAlchemyDatabaseError, OSError) as error:
        raise explain(engine, error) from None


def explain(engine: Engine, error: BaseException) -> DatabaseError:
    """The error with one sentence for the operator: the cause, and what to do."""
    cause = getattr(error, "orig", None) or error
    path, fault = database_file(engine), fault_of(cause)
    if path is not None and fault not in _CERTAIN and missing_right(path):
        fault = DatabaseFault.NO_RIGHT
    name = getattr(cause, "sqlite_errorname", "") or type(cause).__name__
    return DatabaseError(remedy_for(fault, path, name))


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """The database as it stands at this moment, for reading; it holds up nobody who writes."""
    options: dict[str, Any] = {SNAPSHOT: True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        connection.execute(text("SELECT version_num FROM alembic_version"))  # the moment is now
        yield connection


def _known_versions() -> set[str]:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(_scripts())
    return {revision.revision for revision in scripts.walk_revisions()}


def _upgrade(connection: Connection) -> None:
    # Imported only where there is something to do: most starts have nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _scripts())
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _scripts() -> str:
    return str(files("bot.storage") / "migrations")


def open_backup_file(path: Path, *, read_only: bool) -> Engine:
    """A SQLite file that is there and stands alone: no journal lies beside it between uses."""
    mode = {"mode": "ro" if read_only else "rw", "uri": "true"}
    address = URL.create("sqlite", database=f"file:{quote(str(path.resolve()))}", query=mode)
    options = {SNAPSHOT: read_only}
    engine = create_engine(address, hide_parameters=True, execution_options=options)
    return _listen(engine, journal="DELETE")


def _open_sqlite(address: URL) -> Engine:
    engine = create_engine(address, hide_parameters=True)
    path = database_file(engine)
    if path is not None:
        event.listen(engine, "do_connect", lambda *_: _make_private(path))
    return _listen(engine, journal="WAL")


def _listen(engine: Engine, *, journal: str) -> Engine:
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, journal))
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(path: Path) -> None:
    """Makes the file before SQLite would, readable by its owner only; its journals follow.

    One that is there is not opened: to close it would take away every lock that this process holds
    on it, and whoever closes the database elsewhere would then delete the journal that we write.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare(connection: sqlite3.Connection, journal: str) -> None:
    connection.isolation_level = None
    # A text that is none is read all the same: what was changed outside is named by its row.
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        f"journal_mode = {journal}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",  # what was deleted must not stay readable in free pages
    ):
        connection.execute(f"PRAGMA {pragma}")


def _read_any_day(connection: Any, _record: Any) -> None:
    """PostgreSQL knows moments that Python does not (`infinity`): none of them is ours."""
    from psycopg.errors import DataError
    from psycopg.types.datetime import DateLoader, TimestamptzLoader

    class Moments(TimestamptzLoader):
        def load(self, data: Any) -> datetime:
            try:
                return super().load(data)
            except DataError:
                return NO_MOMENT

    class Days(DateLoader):
        def load(self, data: Any) -> date:
            try:
                return super().load(data)
            except DataError:
                return NO_DAY

    connection.adapters.register_loader("timestamptz", Moments)
    connection.adapters.register_loader("date", Days)


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get(SNAPSHOT)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


PROBE_TIMEOUT: Final = 3_000
"""ms a probe waits for another writer on SQLite: less than who waits for the probe."""
PROBE: Final = "probe"
"""The mark that is written: when the database last took something in."""


def probe_database(engine: Engine, now: datetime) -> None:
    """Opens every table and commits a mark, in a transaction of its own, from any thread.

    Raises whatever the database raises.
    """
    with engine.connect() as connection, _impatient(connection), connection.begin():
        for table in MarkRow.metadata.tables.values():
            connection.execute(select(table).limit(1)).first()  # the row, not only an index
        changed = connection.execute(
            update(MarkRow).where(col(MarkRow.name) == PROBE).values(at=now)
        )
        if not changed.rowcount:
            connection.execute(insert(MarkRow).values(name=PROBE, at=now))


@contextmanager
def _impatient(connection: Connection) -> Iterator[None]:
    """For a moment SQLite gives up on a lock before others give up on us: a lock has a name."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.execute(f"PRAGMA busy_timeout = {PROBE_TIMEOUT}")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
