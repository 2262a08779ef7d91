"""A desk copied into another database: all arrives, opens with the same keys, and goes on."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from storage.full import fill, read_all
from storage.samples import A_DESCRIPTION, AN_EMAIL, NOW, a_request
from support.postgres import PostgresServer

from bot.domain.people import Profile
from bot.storage.database import all_tables, open_database, read_version, snapshot
from bot.storage.desk_copy import (
    CHUNK,
    NOT_COPIED,
    CopyError,
    CopyProgress,
    TableDigest,
    holders_at_work,
    migrate_desk,
    read_rows,
)
from bot.storage.encryption import Encryption
from bot.storage.key_check import check_keys
from bot.storage.keys import make_keys
from bot.storage.migrations import HEAD
from bot.storage.store import Store

ADDRESS = "telegram:1"


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_file: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{shutil.copy(sqlite_file, tmp_path / 'one.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgres: PostgresServer) -> Iterator[Engine]:
    with postgres.database("copied", template="migrated") as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def ways(request: pytest.FixtureRequest, sqlite: Engine, postgresql: Engine) -> list[Engine]:
    """From the first to the second."""
    there = [sqlite, postgresql]
    return there if request.param == "to PostgreSQL" else there[::-1]


def furnish(engine: Engine, encryption: Encryption) -> None:
    """A desk with a person, a ticket, messages, a log; the last message was deleted again."""
    check_keys(engine, encryption)
    with Store(engine, encryption).transaction() as db:
        person = db.people.of(ADDRESS, NOW).id
        db.people.save_profile(person, Profile(email=AN_EMAIL))
        db.tickets.get_or_create(person, a_request(), NOW)
        for place in range(6):
            db.outbox.add(ADDRESS, "text", {"text": f"Lettre {place} 🙈"}, NOW, key=f"k{place}")
        for name in ("one", "two"):
            db.audit_log.add("operator", name, "x", "", NOW + timedelta(microseconds=7))
        db.inbox.remember_update("telegram", 2**40, NOW)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox WHERE key = :key"), {"key": "k5"})


def everything(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables."""

    def rows_of(connection: Connection, name: str) -> list[dict[str, object]]:
        (table,) = (one for one in all_tables() if one.name == name)
        return [dict(row) for rows in read_rows(connection, table) for row in rows]

    with snapshot(engine) as connection:
        return {table.name: rows_of(connection, table.name) for table in all_tables()}


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def test_a_desk_is_copied_and_goes_on(ways: list[Engine], encryption: Encryption) -> None:
    source, target = ways
    furnish(source, encryption)
    copied = migrate_desk(source, target)

    assert sum(table.rows for table in copied.values()) > 10
    with Store(target, encryption).transaction() as db:
        (listed,) = db.tickets.newest()
        ticket = db.tickets.by_reference(listed.reference)
        assert ticket is not None
        assert ticket.request.description == A_DESCRIPTION
        assert db.people.of(ADDRESS, NOW).profile.email == AN_EMAIL
        assert db.audit_log.verify() is None
        assert not db.inbox.remember_update("telegram", 2**40, NOW)
        rows = db.outbox.list()
        assert [row.payload["text"] for row in rows] == [f"Lettre {n} 🙈" for n in range(5)]
        # The number of the message that was deleted is not given again.
        assert db.outbox.add(ADDRESS, "text", {}, NOW, key="new") == rows[-1].id + 2


def test_every_value_opens_afterwards(ways: list[Engine], encryption: Encryption) -> None:
    source, target = ways
    fill(Store(source, encryption))
    values = read_all(source, encryption)

    migrate_desk(source, target)

    assert read_all(target, encryption) == values
    assert {name: rows for name, rows in everything(target).items() if rows} == {
        name: rows for name, rows in everything(source).items() if rows
    }
    check_keys(target, encryption)


def test_there_and_back_again_is_the_same(
    sqlite: Engine, postgresql: Engine, encryption: Encryption
) -> None:
    furnish(sqlite, encryption)
    path = Path(sqlite.url.database or "").with_name("back.db")
    back, again = (open_database(f"sqlite:///{path}{number}") for number in (1, 2))

    copied = migrate_desk(sqlite, postgresql)

    assert copied == migrate_desk(postgresql, back) == migrate_desk(sqlite, again)
    back.dispose()
    again.dispose()


class CutError(Exception):
    """The copy was interrupted."""


def test_a_copy_that_was_cut_off_leaves_nothing_and_can_be_done_again(
    ways: list[Engine], encryption: Encryption
) -> None:
    source, target = ways
    whole = 2 * CHUNK + 7
    with Store(source, encryption).transaction() as db:
        db.inbox.remember_updates("telegram", range(whole), NOW)

    def cut(done: CopyProgress) -> None:
        if (done.table, done.rows) == ("received", CHUNK):
            raise CutError

    with pytest.raises(CutError):
        migrate_desk(source, target, cut)
    assert count(target, "received") == 0

    told: list[CopyProgress] = []
    assert migrate_desk(source, target, told.append)["received"].rows == whole
    assert [one.rows for one in told] == [CHUNK, 2 * CHUNK, whole]
    assert count(target, "received") == whole


def test_a_file_that_was_made_for_a_copy_that_failed_does_not_stay(
    sqlite: Engine, encryption: Encryption, tmp_path: Path
) -> None:
    furnish(sqlite, encryption)
    target = open_database(f"sqlite:///{tmp_path / 'new' / 'desk.db'}")

    def cut(_done: CopyProgress) -> None:
        raise CutError

    with pytest.raises(CutError):
        migrate_desk(sqlite, target, cut)

    assert list((tmp_path / "new").iterdir()) == []


def test_another_desk_is_never_mixed_in(ways: list[Engine], encryption: Encryption) -> None:
    source, target = ways
    furnish(source, encryption)
    with Store(target, encryption).transaction() as db:
        db.outbox.add(ADDRESS, "text", {"text": "mine"}, NOW)

    with pytest.raises(CopyError, match="pas vide"):
        migrate_desk(source, target)
    assert count(target, "outbox") == 1


def test_the_keys_of_a_desk_that_was_only_started_give_way(
    ways: list[Engine], encryption: Encryption
) -> None:
    source, target = ways
    check_keys(source, encryption)
    check_keys(target, Encryption(make_keys()))
    furnish(source, encryption)

    migrate_desk(source, target)

    check_keys(target, encryption)


def test_a_value_that_changed_on_the_way_is_found(
    postgresql: Engine, sqlite: Engine, encryption: Encryption
) -> None:
    furnish(postgresql, encryption)
    with sqlite.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER touch AFTER INSERT ON outbox WHEN new.key = 'k2' "
                "BEGIN UPDATE outbox SET attempts = 9 WHERE id = new.id; END"
            )
        )

    with pytest.raises(CopyError, match="outbox"):
        migrate_desk(postgresql, sqlite)
    assert count(sqlite, "outbox") == 0


def test_what_the_other_database_cannot_hold_is_named(
    sqlite: Engine, postgresql: Engine, encryption: Encryption
) -> None:
    with Store(sqlite, encryption).transaction() as db:
        db.statistics.add_unanswered("a\0b", "nothing", NOW)

    with pytest.raises(CopyError, match="unanswered") as fault:
        migrate_desk(sqlite, postgresql)
    assert "a\\0b" not in str(fault.value)
    assert "a\0b" not in str(fault.value)


def test_no_table_is_forgotten(engine: Engine, tmp_path: Path) -> None:
    target = open_database(f"sqlite:///{tmp_path / 'target.db'}")
    assert {*migrate_desk(engine, target)} == {table.name for table in all_tables()} - NOT_COPIED
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE added (n INTEGER)"))
    with pytest.raises(CopyError, match="added"):
        migrate_desk(engine, target)
    target.dispose()


def test_leases_stay_where_they_are(ways: list[Engine], encryption: Encryption) -> None:
    source, target = ways
    with Store(source, encryption).transaction() as db:
        db.leases.hold("present:x", "me", NOW, NOW + timedelta(seconds=10))

    assert holders_at_work(source, NOW) == ["me"]
    assert holders_at_work(source, NOW + timedelta(seconds=10)) == []
    migrate_desk(source, target)
    assert holders_at_work(target, NOW) == []
    assert read_version(target) == HEAD


def test_an_empty_table_has_an_empty_digest(engine: Engine, tmp_path: Path) -> None:
    target = open_database(f"sqlite:///{tmp_path / 'target.db'}")
    assert set(migrate_desk(engine, target).values()) == {TableDigest()}
    target.dispose()
