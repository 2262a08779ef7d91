"""Backups: a drill with a writer at work, in both directions between both databases."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from storage.full import fill, read_all
from storage.samples import NOW, a_request
from storage.together import run_together
from support.postgres import PostgresServer

from bot.storage.backup import BackupError, restore_backup, verify_backup, write_backup
from bot.storage.database import clear, migrate_to, open_database, read_version, snapshot
from bot.storage.encryption import Encryption
from bot.storage.keys import Keys, make_key
from bot.storage.migrations import HEAD
from bot.storage.rows import CHUNK, all_tables, read_counters, read_rows
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


def backup_of(engine: Engine, vault: Encryption) -> BytesIO:
    file = BytesIO()
    write_backup(engine, vault, file, NOW)
    return BytesIO(file.getvalue())


def everything(engine: Engine) -> dict[str, list[dict[str, object]]]:
    with snapshot(engine) as connection:
        return {
            table.name: [row for rows in read_rows(connection, table) for row in rows]
            for table in all_tables()
        }


def test_a_desk_comes_back_as_it_was(
    store: Store, engine: Engine, vault: Encryption, elsewhere: Engine
) -> None:
    fill(store)
    before, values = everything(engine), read_all(engine, vault)

    contents = restore_backup(backup_of(engine, vault), elsewhere, vault)

    assert everything(elsewhere) == before
    assert read_all(elsewhere, vault) == values
    assert contents.rows == {name: len(rows) for name, rows in before.items()}
    assert read_version(elsewhere) == HEAD
    with Store(elsewhere, vault).transaction() as db:
        assert db.audit_log.verify() is None


def test_nothing_committed_before_the_mark_is_missing(
    store: Store, engine: Engine, vault: Encryption, elsewhere: Engine
) -> None:
    """The drill: a desk files tickets all the time, and what it had filed before is all there.

    The load is real: while the backup stands still in the middle of its file, the desk files on.
    """
    fill(store)
    filed: list[str] = []
    marked: list[list[str]] = []
    begun, over = Event(), Event()
    file = _Held(filed)

    def work() -> None:
        for number in count():
            if over.is_set():
                return
            with store.transaction() as db:
                person = db.people.of(f"telegram:{number % 3}", NOW)
                ticket = db.tickets.get_or_create(person.id, a_request(f"new-{number}"), NOW)
                db.outbox.add(person.address, "say", {"text": ticket.reference}, NOW)
            filed.append(ticket.reference)
            if number == 5:
                begun.set()

    def back_up() -> None:
        try:
            assert begun.wait(60)
            marked.append(list(filed))
            write_backup(engine, vault, file, NOW)
        finally:
            over.set()

    run_together(work, back_up)
    restore_backup(BytesIO(file.getvalue()), elsewhere, vault)

    with Store(elsewhere, vault).transaction() as db:
        restored = [one.reference for one in db.tickets.newest(limit=1000)]
        told = [row.payload["text"] for row in db.outbox.rows(limit=1000)]
    assert file.filed_meanwhile >= MEANWHILE
    assert not set(file.last_filed) & set(restored)
    assert set(marked[0]) <= set(restored) <= {*filed, *(f"PEPS-2026-00000{n}" for n in (1, 2, 3))}
    assert set(told) >= set(restored) - {f"PEPS-2026-00000{n}" for n in (1, 2, 3)}
    assert sorted(restored) == [f"PEPS-2026-{n:06}" for n in range(1, len(restored) + 1)]


MEANWHILE = 5


class _Held(BytesIO):
    """A file whose second write waits until some more tickets were filed."""

    def __init__(self, filed: list[str]) -> None:
        super().__init__()
        self._filed = filed
        self._writes = 0
        self.filed_meanwhile = 0
        self.last_filed: list[str] = []

    def write(self, content: Any) -> int:
        self._writes += 1
        if self._writes == 2:
            before = len(self._filed)
            for _ in range(6000):
                if len(self._filed) >= before + MEANWHILE:
                    break
                over_there.wait(0.01)
            self.filed_meanwhile = len(self._filed) - before
            self.last_filed = self._filed[-2:]
        return super().write(content)


over_there = Event()
"""Never set: waiting for it lets the other thread work."""


def test_numbers_that_were_given_are_not_given_again(
    store: Store, engine: Engine, vault: Encryption, elsewhere: Engine
) -> None:
    with store.transaction() as db:
        numbers = [db.outbox.add("telegram:1", "say", {"text": "a"}, NOW) for _ in range(3)]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox WHERE id > 1"))

    restore_backup(backup_of(engine, vault), elsewhere, vault)

    with Store(elsewhere, vault).transaction() as db:
        assert db.outbox.add("telegram:1", "say", {"text": "b"}, NOW) == numbers[-1] + 1
    with snapshot(engine) as connection:
        assert read_counters(connection)["outbox"] == numbers[-1]


def test_the_tables_that_count_are_known(engine: Engine) -> None:
    with snapshot(engine) as connection:
        assert set(read_counters(connection)) == {"outbox", "figure"}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_more_rows_than_are_fetched_at_a_time(
    store: Store, engine: Engine, vault: Encryption
) -> None:
    days = [NOW.date() + timedelta(days=place) for place in range(CHUNK + 10)]
    with store.transaction() as db:
        for day in days:
            db.reminders.note_told("a1", ["30"], day, [])

    with snapshot(engine) as connection:
        table = next(one for one in all_tables() if one.name == "reminder")
        chunks = list(read_rows(connection, table))

    assert [row["told_on"] for rows in chunks for row in rows] == days
    assert [len(rows) for rows in chunks] == [CHUNK, 10]


def test_a_place_that_is_not_empty_is_refused(
    store: Store, engine: Engine, vault: Encryption
) -> None:
    fill(store)
    before = everything(engine)

    with pytest.raises(BackupError, match="pas vide"):
        restore_backup(backup_of(engine, vault), engine, vault)

    assert everything(engine) == before


def test_tables_without_content_are_an_empty_place(
    store: Store, engine: Engine, vault: Encryption, tmp_path: Path
) -> None:
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    with other.begin() as connection:
        migrate_to(connection, "0002")
    fill(store)

    restore_backup(backup_of(engine, vault), other, vault)

    assert everything(other) == everything(engine)
    other.dispose()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_whatever_is_cut_off_changed_or_added_is_noticed(
    store: Store, engine: Engine, vault: Encryption, tmp_path: Path
) -> None:
    fill(store, people=1)
    whole = backup_of(engine, vault).getvalue()
    frame = 52 + int.from_bytes(whole[48:52], "big")
    second = frame + 4 + int.from_bytes(whole[frame : frame + 4], "big")
    wrong = [whole[:cut] for cut in range(0, len(whole), 211)]
    wrong += [_flip(whole, place) for place in range(0, len(whole), 97)]
    wrong += [whole + b"\0", whole[:48] + whole[frame:second] + whole[48:frame] + whole[second:]]

    target = open_database(f"sqlite:///{tmp_path / 'target.db'}")
    for damaged in wrong:
        with pytest.raises(BackupError):
            verify_backup(BytesIO(damaged), vault)
    with pytest.raises(BackupError):
        restore_backup(BytesIO(wrong[-3]), target, vault)

    assert read_version(target) is None
    assert verify_backup(BytesIO(whole), vault).rows["ticket"] == 1
    target.dispose()


def _flip(whole: bytes, place: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_without_the_keys_a_backup_is_shut(store: Store, engine: Engine, vault: Encryption) -> None:
    fill(store, people=1)
    other = Encryption(Keys(seals=(make_key(),), fingerprints=(make_key(),)))

    with pytest.raises(BackupError, match=vault.seal_key.id):
        verify_backup(backup_of(engine, vault), other)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_value_that_does_not_open_is_found(
    store: Store, engine: Engine, vault: Encryption
) -> None:
    fill(store)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE conversation SET session_sealed = (SELECT text_sealed FROM held_text)")
        )

    with pytest.raises(BackupError, match=r"conversation\.session"):
        verify_backup(backup_of(engine, vault), vault)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_backup_of_earlier_tables_is_brought_up_to_date(
    engine: Engine, vault: Encryption, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if by the code of that time: the tables of 0003, and the version in the head."""
    with engine.begin() as connection:
        clear(connection)
        migrate_to(connection, "0003")
        connection.execute(
            text("INSERT INTO channel_offset (channel, next_update) VALUES ('telegram', 7)")
        )
    monkeypatch.setattr("bot.storage.backup.HEAD", "0003")
    there = tuple(table for table in all_tables() if table.name == "channel_offset")
    monkeypatch.setattr("bot.storage.backup.all_tables", lambda: there)
    file = backup_of(engine, vault)
    monkeypatch.undo()
    target = open_database(f"sqlite:///{tmp_path / 'target.db'}")

    restore_backup(file, target, vault)

    assert read_version(target) == HEAD
    with Store(target, vault).transaction() as db:
        assert db.inbox.offset("telegram") == 7
    target.dispose()
