"""The database: settings that a durable turn stands on, tables that are what the code thinks."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config, main
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError, StatementError
from storage.samples import NOW
from storage.together import run_together
from support.postgres import PostgresServer
from support.talking import A_SIRET

from bot.storage import migrations
from bot.storage.base import Base, UtcDateTime
from bot.storage.database import (
    DatabaseError,
    is_passing,
    migrate,
    open_database,
    read_version,
)
from bot.storage.migrations import HEAD
from bot.storage.store import Store


def test_the_tables_are_what_the_code_thinks(engine: Engine) -> None:
    """What the first revision makes is what the models say; a difference is printed by name."""
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_the_newest_migration_is_known_by_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    assert read_version(engine) == HEAD
    migrate(engine)
    assert read_version(engine) == HEAD


@pytest.mark.parametrize("version", ["0009", "r0099"])
def test_tables_of_another_version_are_left_alone(engine: Engine, version: str) -> None:
    """An earlier chain of revisions, or a later one: the sentence says what to do."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})

    with pytest.raises(DatabaseError, match=f"tables {version}.*installez.*DATABASE_URL"):
        migrate(engine)
    assert read_version(engine) == version


def test_the_way_back_leaves_nothing(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    migrate(engine)
    assert read_version(engine) == HEAD


def test_alembic_serves_from_a_shell_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    (tmp_path / "alembic.ini").write_text(
        f"[alembic]\nscript_location = {Path(migrations.__file__).parent}\n"
    )

    main(["--config", str(tmp_path / "alembic.ini"), "-x", f"url={url}", "upgrade", "head"])

    engine = open_database(url)
    assert read_version(engine) == HEAD
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE vote (taken INTEGER)"))

    with pytest.raises(Exception, match="vote"):
        migrate(engine)

    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["vote"]
    engine.dispose()


def test_processes_that_start_together_migrate_once(postgres: PostgresServer) -> None:
    with postgres.database("empty-desk") as url:
        engines = [open_database(url) for _ in range(2)]
        run_together(*(lambda engine=engine: migrate(engine) for engine in engines))

        assert [read_version(engine) for engine in engines] == [HEAD, HEAD]
        for engine in engines:
            engine.dispose()


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'desk.db'}")
    migrate(engine)

    with engine.connect():  # its journals are there while it is open
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}

    assert modes == {"desk.db": 0o600, "desk.db-wal": 0o600, "desk.db-shm": 0o600}
    engine.dispose()


def test_a_command_that_ends_takes_nothing_away_from_a_desk_that_runs(tmp_path: Path) -> None:
    """Locks of SQLite belong to a process: one file descriptor closed in it gives up them all."""
    path = tmp_path / "desk.db"
    reading = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]))"

    def another_process(query: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", reading, path, query], capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    engine = open_database(f"sqlite:///{path}")
    with engine.connect() as first:
        first.execute(text("CREATE TABLE kept (word TEXT)"))
        first.commit()
        with engine.connect():  # a second one, while the first holds its locks
            another_process("SELECT count(*) FROM kept")
        first.execute(text("INSERT INTO kept VALUES ('later')"))
        first.commit()

        assert another_process("SELECT word FROM kept") == "('later',)"
        assert Path(f"{path}-wal").exists()
    engine.dispose()


def test_to_open_makes_nothing(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'desk.db'}")

    assert read_version(engine) is None

    assert list(tmp_path.iterdir()) == []


def said(path: Path) -> str:
    """What is said of this file, reading its version or making its tables."""
    engine = open_database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError) as fault:
        migrate(engine)
    engine.dispose()
    assert "DATABASE_URL" not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize("page", [0, 1])
def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, sqlite_file: Path, page: int) -> None:
    path = Path(shutil.copy(sqlite_file, tmp_path / "desk.db"))
    content = bytearray(path.read_bytes())
    content[page * 4096 : (page + 1) * 4096] = b"\7" * 4096
    path.write_bytes(content)

    assert "Le fichier de la base est abîmé" in said(path)
    assert str(path) in said(path)


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder of ours, in which an account without rights looks about."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o700)


def as_owner(work: Callable[[], object]) -> None:
    account = os.geteuid()
    is_root = os.getuid() == 0
    if is_root:
        os.seteuid(0)
    work()
    if is_root:
        os.seteuid(account)


def test_a_folder_that_may_not_be_written_to_is_named_with_the_right(nobodys_folder: Path) -> None:
    as_owner(lambda: nobodys_folder.chmod(0o555))

    assert f"pas le droit d'écrire dans le dossier {nobodys_folder}" in said(
        nobodys_folder / "desk.db"
    )


def test_a_file_that_may_not_be_written_to_is_named_with_the_right(
    nobodys_folder: Path, sqlite_file: Path
) -> None:
    path = nobodys_folder / "desk.db"
    as_owner(lambda: shutil.copy(sqlite_file, path))
    as_owner(lambda: path.chmod(0o400))
    as_owner(lambda: nobodys_folder.chmod(0o777))

    assert f"pas le droit de lire et d'écrire le fichier {path}" in said(path)


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "desk.db").mkdir()

    assert "est un dossier" in said(tmp_path / "desk.db")


def test_a_connection_that_was_lost_while_it_rested_is_not_noticed(
    postgres: PostgresServer,
) -> None:
    with postgres.database("pinged") as url:
        engine = open_database(url)
        before = backend(engine)
        postgres.execute(f"SELECT pg_terminate_backend({before}, 5000)")

        assert backend(engine) != before
        engine.dispose()


def test_a_connection_that_is_lost_at_work_may_be_tried_again(postgres: PostgresServer) -> None:
    with postgres.database("lost") as url:
        engine = open_database(url)
        with engine.connect() as connection:
            number = connection.scalar(text("SELECT pg_backend_pid()"))
            postgres.execute(f"SELECT pg_terminate_backend({number}, 5000)")
            with pytest.raises(OperationalError) as lost:
                connection.execute(text("SELECT 1"))
        assert is_passing(lost.value)
        engine.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


PATIENCE = 20.0


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_sqlite_keeps_what_it_committed(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_row_of_the_first_savepoint_goes_with_its_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as db:  # noqa: PT012 - it fails last
        with db.savepoint():
            db.inbox.save_offset("telegram", 1)
        raise RuntimeError

    with store.transaction() as db:
        assert db.inbox.offset("telegram") is None


def test_a_savepoint_rolls_back_alone(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.save_offset("telegram", 1)
        with pytest.raises(RuntimeError), db.savepoint():  # noqa: PT012 - it fails last
            db.inbox.save_offset("telegram", 2)
            db.inbox.save_offset("other", 2)
            raise RuntimeError
        with db.savepoint():
            db.inbox.save_offset("third", 3)

    with store.transaction() as db:
        assert [db.inbox.offset(name) for name in ("telegram", "other", "third")] == [1, None, 3]


def test_two_turns_of_one_person_come_one_after_the_other(store: Store) -> None:
    """Two connections read, then write: none fails, and none writes over the other."""

    def add_ten() -> None:
        for _ in range(10):
            with store.transaction() as db:
                db.people.of("telegram:1", NOW)
                count = db.inbox.take_held_text("telegram:1") or "0"
                db.inbox.hold_text("telegram:1", str(int(count) + 1), NOW)

    with store.transaction() as db:
        db.people.of("telegram:1", NOW)
    run_together(add_ten, add_ten)

    with store.transaction() as db:
        assert db.inbox.take_held_text("telegram:1") == "20"


def test_who_waits_for_the_database_keeps_nobody_from_finishing_with_it(store: Store) -> None:
    """A lock of ours beside the database's own would close the ring: both would wait."""
    waits = Event()

    def come_second() -> None:
        with store.transaction() as db:
            waits.set()
            db.people.find("telegram:2")

    with ThreadPoolExecutor() as pool:
        with store.transaction() as db:
            db.accounts.lock_employers([A_SIRET])
            second = pool.submit(come_second)
            assert waits.wait(PATIENCE)
            wait([second], timeout=0.1)  # it waits for the lock by then
            db.people.find("telegram:1")
        second.result()


def test_a_moment_comes_back_as_it_was_in_utc(engine: Engine) -> None:
    here = datetime(2026, 7, 1, 0, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        back = round_trip(connection, here)

    assert back == here
    assert back.tzinfo is UTC


def test_a_moment_without_zone_is_refused(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(StatementError, match="naive"):
        round_trip(connection, datetime(2026, 7, 1))  # that is the point


def round_trip(connection: Connection, moment: datetime) -> datetime:
    lease = Base.metadata.tables["lease"]
    assert isinstance(lease.c.held_until.type, UtcDateTime)
    connection.execute(lease.insert().values(name="a", holder="b", held_until=moment))
    back = connection.scalar(lease.select().with_only_columns(lease.c.held_until))
    assert isinstance(back, datetime)
    return back
