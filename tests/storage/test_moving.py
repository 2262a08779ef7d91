"""Moving a desk: everything arrives, opens with the same keys, and can be gone on with."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from storage.samples import A_DESCRIPTION, AN_EMAIL, NOW, a_request
from support.postgres import PostgresServer

from bot.domain.people import Assurance, Profile
from bot.storage.database import migrate, open_database
from bot.storage.desk_copy import (
    CHUNK,
    CopyError,
    CopyProgress,
    holders_at_work,
    migrate_desk,
    movable_tables,
)
from bot.storage.encryption import Encryption
from bot.storage.store import Store

ADDRESS = "telegram:1"


@pytest.fixture
def sqlite(tmp_path: Path, sqlite_file: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{shutil.copy(sqlite_file, tmp_path / 'one.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgres: PostgresServer) -> Iterator[Engine]:
    with postgres.database("moving", template="migrated") as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


@pytest.fixture(params=["to PostgreSQL", "to SQLite"])
def ways(request: pytest.FixtureRequest, sqlite: Engine, postgresql: Engine) -> list[Engine]:
    """From the first to the second."""
    there = [sqlite, postgresql]
    return there if request.param == "to PostgreSQL" else there[::-1]


def furnish(engine: Engine, vault: Encryption) -> None:
    """A desk with a person, a ticket, letters, a journal; the last letter was taken away again."""
    with Store(engine, vault).transaction() as db:
        person = db.people.of(ADDRESS, NOW).id
        db.people.save_profile(person, Profile(email=AN_EMAIL, assurance=Assurance.DECLARED))
        db.tickets.get_or_create(person, a_request(), NOW)
        for place in range(6):
            db.outbox.add(ADDRESS, "text", {"text": f"Lettre {place} 🙈"}, NOW, key=f"k{place}")
        for name in ("one", "two"):
            db.audit_log.add("operator", name, "x", "", NOW + timedelta(microseconds=7))
        db.inbox.remember_update("telegram", 2**40, NOW)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox WHERE key = :key"), {"key": "k5"})


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def test_a_desk_moves_and_goes_on(ways: list[Engine], vault: Encryption) -> None:
    source, target = ways
    furnish(source, vault)
    total = migrate_desk(source, target)

    assert total.rows > 10
    with Store(target, vault).transaction() as db:
        (listed,) = db.tickets.newest()
        ticket = db.tickets.by_reference(listed.reference)
        assert ticket is not None
        assert ticket.request.description == A_DESCRIPTION
        assert db.people.of(ADDRESS, NOW).profile.email == AN_EMAIL
        assert db.audit_log.verify() is None
        assert not db.inbox.remember_update("telegram", 2**40, NOW)
        rows = db.outbox.rows()
        assert [row.payload["text"] for row in rows] == [f"Lettre {n} 🙈" for n in range(5)]
        assert db.outbox.add(ADDRESS, "text", {}, NOW, key="new") == rows[-1].id + 2


def test_there_and_back_again_is_the_same(
    sqlite: Engine, postgresql: Engine, vault: Encryption
) -> None:
    furnish(sqlite, vault)
    path = Path(sqlite.url.database or "").with_name("back.db")
    back = open_database(f"sqlite:///{path}")
    migrate(back)

    assert (
        migrate_desk(sqlite, postgresql)
        == migrate_desk(postgresql, back)
        == migrate_desk(sqlite, back)
    )
    back.dispose()


class CutError(Exception):
    """The move was interrupted."""


def test_a_move_that_was_cut_off_goes_on(ways: list[Engine], vault: Encryption) -> None:
    source, target = ways
    whole = 2 * CHUNK + 7
    with Store(source, vault).transaction() as db:
        db.inbox.remember_updates("telegram", range(whole), NOW)

    def cut(moved: CopyProgress) -> None:
        if (moved.table, moved.rows) == ("received", CHUNK):
            raise CutError

    with pytest.raises(CutError):
        migrate_desk(source, target, cut)
    assert count(target, "received") == CHUNK

    told: list[CopyProgress] = []
    assert migrate_desk(source, target, told.append).rows >= whole
    assert [one.rows for one in told] == [2 * CHUNK, whole]
    assert (
        migrate_desk(source, target, told.append).rows >= whole
    )  # once more, and there is nothing to do
    assert [one.rows for one in told] == [2 * CHUNK, whole]
    assert count(target, "received") == whole


def test_another_desk_is_never_mixed_in(ways: list[Engine], vault: Encryption) -> None:
    source, target = ways
    furnish(source, vault)
    with Store(target, vault).transaction() as db:
        db.outbox.add(ADDRESS, "text", {"text": "mine"}, NOW)

    with pytest.raises(CopyError, match="outbox"):
        migrate_desk(source, target)
    assert count(target, "outbox") == 1


def test_a_value_that_changed_on_the_way_is_found(ways: list[Engine], vault: Encryption) -> None:
    source, target = ways
    furnish(source, vault)

    def touch(moved: CopyProgress) -> None:
        if moved.table == "outbox":
            with target.begin() as connection:
                connection.execute(text("UPDATE outbox SET attempts = 9 WHERE key = 'k2'"))

    with pytest.raises(CopyError, match="outbox"):
        migrate_desk(source, target, touch)


def test_what_the_other_database_cannot_hold_is_named(
    sqlite: Engine, postgresql: Engine, vault: Encryption
) -> None:
    with Store(sqlite, vault).transaction() as db:
        db.statistics.add_unanswered("a\0b", "nothing", NOW)

    with pytest.raises(CopyError, match="unanswered") as fault:
        migrate_desk(sqlite, postgresql)
    assert "a\\0b" not in str(fault.value)
    assert "a\0b" not in str(fault.value)


def test_no_table_is_forgotten(engine: Engine) -> None:
    assert movable_tables(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE added (n INTEGER)"))
    with pytest.raises(CopyError, match="added"):
        movable_tables(engine)


def test_a_desk_at_work_is_seen(engine: Engine, store: Store) -> None:
    with store.transaction() as db:
        db.leases.hold(["present:x"], "me", NOW, NOW + timedelta(seconds=10))

    assert holders_at_work(engine, NOW) == ["me"]
    assert holders_at_work(engine, NOW + timedelta(seconds=10)) == []
