"""Every fault of a database is named by its cause, and said with what to do."""

import sqlite3
from pathlib import Path

import pytest
from psycopg import errors
from sqlalchemy import event, text
from support.disk import no_more_bytes
from support.french import strange_in

from bot.storage.database import DatabaseError, explained, migrate, open_database
from bot.storage.database_faults import DatabaseFault, fault_of, remedy_for

PATH = Path("data/guichet.db")


@pytest.mark.parametrize("path", [PATH, None])
@pytest.mark.parametrize("fault", DatabaseFault)
def test_every_fault_has_a_sentence_in_french(fault: DatabaseFault, path: Path | None) -> None:
    said = remedy_for(fault, path, "SQLITE_X")

    assert not strange_in(said.replace("SQLITE_X", "").replace(str(PATH), "")), said
    assert said.endswith(".")


def test_sentences_of_different_faults_differ() -> None:
    of_a_file = [fault for fault in DatabaseFault if fault is not DatabaseFault.AWAY]

    assert len({remedy_for(fault, PATH, "X") for fault in of_a_file}) == len(of_a_file)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (errors.DiskFull(), DatabaseFault.FULL),
        (errors.LockNotAvailable(), DatabaseFault.LOCKED),
        (errors.InsufficientPrivilege(), DatabaseFault.NO_RIGHT),
        (errors.DataCorrupted(), DatabaseFault.DAMAGED),
        (errors.AdminShutdown(), DatabaseFault.AWAY),
        (errors.OperationalError("connection refused"), DatabaseFault.AWAY),
        (OSError(28, "No space left"), DatabaseFault.FULL),
        (PermissionError(13, "denied"), DatabaseFault.NO_RIGHT),
        (ValueError(), DatabaseFault.OTHER),
    ],
)
def test_errors_are_told_apart(error: Exception, fault: DatabaseFault) -> None:
    assert fault_of(error) is fault


def said_of_writing(path: Path, *, pages: int = 0) -> str:
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    if pages:
        event.listen(
            engine, "begin", lambda one: one.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        )
    with (  # noqa: PT012 -- any of them may be the one
        pytest.raises(DatabaseError) as fault,
        explained(engine),
        engine.begin() as connection,
    ):
        connection.execute(text("PRAGMA busy_timeout = 10"))
        connection.execute(text("CREATE TABLE more (a)"))
        connection.execute(text("INSERT INTO more VALUES (zeroblob(9000))"))
    engine.dispose()
    return str(fault.value)


def test_a_full_database_is_said_to_be_full(tmp_path: Path) -> None:
    assert "est plein : libérez de la place" in said_of_writing(tmp_path / "desk.db", pages=1)


def test_a_disk_that_takes_no_byte_is_said(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    with (  # noqa: PT012 -- any of them may be the one
        engine.connect() as connection,
        no_more_bytes(),
        pytest.raises(DatabaseError, match="df, dmesg"),
        explained(engine),
    ):
        connection.execute(text("CREATE TABLE more (a)"))
        connection.commit()
    engine.dispose()


def test_a_lock_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout = 10"))
    engine.dispose()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with (
        pytest.raises(DatabaseError, match="tenue par un autre programme"),
        explained(engine),
        engine.begin(),
    ):
        pass
    other.close()
    engine.dispose()
