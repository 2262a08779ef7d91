"""Backups: a drill with a writer at work, in both directions between both databases."""

import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from storage.full import fill, read_all
from storage.samples import NOW, a_request
from storage.test_desk_copy import everything
from storage.together import run_together
from support.postgres import PostgresServer

from bot.storage.backup import (
    BackupError,
    read_backup,
    restore_backup,
    verify_backup,
    write_backup,
)
from bot.storage.database import DatabaseError, open_database, read_version
from bot.storage.desk_copy import CopyError, CopyProgress
from bot.storage.encryption import Encryption
from bot.storage.keys import make_keys
from bot.storage.migrations import HEAD
from bot.storage.store import Store


@pytest.fixture(params=["to-sqlite", "to-postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database, without tables."""
    if request.param == "to-sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'elsewhere.db'}")
        yield engine
        engine.dispose()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(f"elsewhere-{uuid4().hex[:12]}") as address:
            engine = open_database(address)
            yield engine
            engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the backup goes: a file that is there and empty."""
    path = tmp_path / "guichet.backup"
    path.touch(mode=0o600)
    return path


def test_a_desk_comes_back_as_it_was(
    store: Store, engine: Engine, encryption: Encryption, elsewhere: Engine, file: Path
) -> None:
    fill(store)
    before, values = everything(engine), read_all(engine, encryption)

    made = write_backup(engine, encryption, file, NOW)
    restored = restore_backup(file, elsewhere, encryption)

    assert everything(elsewhere) == before
    assert read_all(elsewhere, encryption) == values
    assert restored == made == verify_backup(file, encryption) == read_backup(file, encryption)
    assert {name: table.rows for name, table in made.tables.items()} == {
        name: len(rows) for name, rows in before.items() if name != "lease"
    }
    assert read_version(elsewhere) == HEAD
    assert sorted(file.parent.glob("guichet.backup*")) == [file]
    with Store(elsewhere, encryption).transaction() as db:
        assert db.audit_log.verify() is None


def test_nothing_committed_before_the_mark_is_missing(
    store: Store, engine: Engine, encryption: Encryption, elsewhere: Engine, file: Path
) -> None:
    """The drill: a desk files tickets all the time, and what it had filed before is all there.

    The load is real: while the backup stands still after its first table, the desk files on.
    """
    fill(store)
    filed: list[str] = []
    marked: list[list[str]] = []
    meanwhile: list[str] = []
    begun, filed_on, over = Event(), Event(), Event()

    def work() -> None:
        for number in count():
            if over.is_set():
                return
            with store.transaction() as db:
                person = db.people.of(f"telegram:{number % 3}", NOW)
                ticket = db.tickets.get_or_create(person.id, a_request(f"new-{number}"), NOW)
                db.outbox.add(person.home, "say", {"text": ticket.reference}, NOW)
            filed.append(ticket.reference)
            if number == 5:
                begun.set()
            if marked and len(filed) > len(marked[0]) + MEANWHILE:
                meanwhile.append(ticket.reference)
                filed_on.set()

    def wait_once(_done: CopyProgress) -> None:
        assert filed_on.wait(60)

    def back_up() -> None:
        try:
            assert begun.wait(60)
            marked.append(list(filed))
            write_backup(engine, encryption, file, NOW, wait_once)
        finally:
            over.set()

    run_together(work, back_up)
    restore_backup(file, elsewhere, encryption)

    with Store(elsewhere, encryption).transaction() as db:
        restored = [one.reference for one in db.tickets.newest(limit=1000)]
        told = [row.payload["text"] for row in db.outbox.list(limit=1000)]
    first = {f"PEPS-2026-00000{number}" for number in (1, 2, 3)}
    assert not set(meanwhile[-1:]) & set(restored)
    assert set(marked[0]) <= set(restored) <= {*filed, *first}
    assert set(told) >= set(restored) - first
    assert sorted(restored) == [f"PEPS-2026-{n:06}" for n in range(1, len(restored) + 1)]


MEANWHILE = 5


def test_a_place_that_is_not_empty_is_refused(
    store: Store, engine: Engine, encryption: Encryption, file: Path
) -> None:
    fill(store)
    write_backup(engine, encryption, file, NOW)
    before = everything(engine)

    with pytest.raises(CopyError, match="pas vide"):
        restore_backup(file, engine, encryption)

    assert everything(engine) == before


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_whatever_is_cut_off_or_changed_is_noticed(
    store: Store, engine: Engine, encryption: Encryption, file: Path
) -> None:
    fill(store, people=1)
    contents = write_backup(engine, encryption, file, NOW)
    whole = file.read_bytes()
    cut = [whole[:length] for length in range(0, len(whole), 40_009)]
    target = open_database(f"sqlite:///{file.with_name('target.db')}")

    for damaged in cut:
        file.write_bytes(damaged)
        with pytest.raises(BackupError):
            verify_backup(file, encryption)
        with pytest.raises(BackupError):
            restore_backup(file, target, encryption)
    assert not file.with_name("target.db").exists()

    for place in range(0, len(whole), 9_973):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:  # a bit that no page uses changes nothing
            assert verify_backup(file, encryption) == contents
        except BackupError:
            continue
    target.dispose()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ticket SET siret = '0'",
        "DELETE FROM ticket_message",
        "INSERT INTO mark (name, at) VALUES ('x', '2026-03-02 09:30:00.000000')",
        "UPDATE outbox SET created_at = 'x'",
        "DELETE FROM backup",
    ],
)
def test_one_value_that_somebody_changed_is_noticed(
    store: Store, engine: Engine, encryption: Encryption, file: Path, change: str
) -> None:
    fill(store)
    write_backup(engine, encryption, file, NOW)
    with sqlite3.connect(file) as connection:
        connection.execute(change)
    connection.close()
    target = open_database(f"sqlite:///{file.with_name('target.db')}")

    with pytest.raises(BackupError, match="abîmé,"):
        verify_backup(file, encryption)
    with pytest.raises(BackupError, match="abîmé,"):
        restore_backup(file, target, encryption)
    target.dispose()
    assert not file.with_name("target.db").exists()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_without_the_keys_a_backup_is_shut(
    store: Store, engine: Engine, encryption: Encryption, file: Path
) -> None:
    fill(store, people=1)
    write_backup(engine, encryption, file, NOW)
    other = Encryption(make_keys())
    target = open_database(f"sqlite:///{file.with_name('target.db')}")

    for read in (read_backup, verify_backup):
        with pytest.raises(BackupError, match=encryption.seal_key.id):
            read(file, other)
    with pytest.raises(BackupError, match=encryption.seal_key.id):
        restore_backup(file, target, other)
    assert not file.with_name("target.db").exists()


@pytest.mark.parametrize("content", [b"", b"GUICHET1", b"x" * 10_000])
def test_what_is_no_backup_is_said_to_be_none(
    encryption: Encryption, file: Path, content: bytes
) -> None:
    file.write_bytes(content)
    with pytest.raises(BackupError, match="pas une sauvegarde"):
        verify_backup(file, encryption)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_desks_own_database_is_no_backup(
    store: Store, encryption: Encryption, tmp_path: Path
) -> None:
    fill(store)
    with pytest.raises(BackupError, match="pas une sauvegarde"):
        verify_backup(tmp_path / "desk.db", encryption)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_value_that_does_not_open_is_found(
    store: Store, engine: Engine, encryption: Encryption, file: Path
) -> None:
    fill(store)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE conversation SET session_sealed = (SELECT text_sealed FROM held_text)")
        )
    write_backup(engine, encryption, file, NOW)

    with pytest.raises(BackupError, match=r"conversation\.session"):
        verify_backup(file, encryption)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_damaged_database_is_said_to_be_damaged(
    store: Store, engine: Engine, encryption: Encryption, file: Path, tmp_path: Path
) -> None:
    fill(store)
    damage(tmp_path / "desk.db", "ticket")

    with pytest.raises(DatabaseError, match="abîmé"):
        write_backup(engine, encryption, file, NOW)


def damage(path: Path, table: str) -> None:
    """The first page of a table holds nonsense."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(asked, (table,)).fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\7" * 4096
    path.write_bytes(content)


def test_a_backup_of_other_tables_is_refused(
    store: Store,
    engine: Engine,
    encryption: Encryption,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(store)
    monkeypatch.setattr("bot.storage.backup.HEAD", "r0099")
    write_backup(engine, encryption, file, NOW)
    monkeypatch.undo()

    with pytest.raises(BackupError, match="r0099"):
        verify_backup(file, encryption)
