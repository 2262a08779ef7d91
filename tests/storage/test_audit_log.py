"""The audit log: what was written stays, and what was tampered with shows."""

import hashlib
import json
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError
from storage.samples import HOUR, MAIRIE, NOW
from storage.together import run_together

from bot.storage.audit_log import BEGINNING, AuditEntry, AuditHead
from bot.storage.encryption import Encryption
from bot.storage.key_check import check_keys
from bot.storage.row_mac import ChangedRowError
from bot.storage.store import Store


def write(store: Store, *subjects: str) -> None:
    with store.transaction() as db:
        for hour, subject in enumerate(subjects):
            db.audit_log.add("operator", "reveal", subject, "motif : rappel", NOW + hour * HOUR)


def first_bad(store: Store) -> int | None:
    with store.transaction() as db:
        return db.audit_log.verify()


def tamper(engine: Engine, statement: str) -> None:
    """Changes the journal as somebody would who may take its guards away."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        connection.execute(text(statement))


def test_an_empty_journal_holds(store: Store) -> None:
    assert first_bad(store) is None


def test_what_was_done_can_be_read(store: Store) -> None:
    write(store, "PEPS-2026-000001", "PEPS-2026-000002")

    with store.transaction() as db:
        newest, oldest = db.audit_log.entries()
        (chosen,) = db.audit_log.entries("PEPS-2026-000001")

    assert (newest.seq, oldest.seq) == (2, 1)
    assert (
        chosen
        == oldest
        == AuditEntry(
            seq=1,
            at=NOW,
            who="operator",
            what="reveal",
            subject="PEPS-2026-000001",
            detail="motif : rappel",
        )
    )
    assert first_bad(store) is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_it(store: Store, engine: Engine, statement: str) -> None:
    write(store, "a", "b")

    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))

    assert first_bad(store) is None


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_database_refuses_to_empty_it(store: Store, engine: Engine) -> None:
    write(store, "a")

    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text("TRUNCATE audit"))


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit SET subject = 'x' WHERE seq = 2", 2),
        ("UPDATE audit SET detail = 'x' WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 1", 2),
        ("DELETE FROM audit WHERE seq = 2", 3),
        ("UPDATE audit SET hash = previous WHERE seq = 1", 1),
        ("UPDATE audit SET seq = 9 WHERE seq = 3", 9),
        ("UPDATE audit SET what = 'audit.cut', subject = 'abc' WHERE seq = 3", 3),
        ("UPDATE audit SET what = 'audit.cut', subject = '-1' WHERE seq = 3", 3),
    ],
)
def test_what_was_tampered_with_shows(
    store: Store, engine: Engine, statement: str, bad: int
) -> None:
    write(store, "a", "b", "c")

    tamper(engine, statement)

    assert first_bad(store) == bad


ODD = {
    "sqlite": (
        *("'pas une date'", "5", "x'00ff'", "''", "'2026-13-45 00:00:00'", "9e999"),
        *("'0000-00-00 00:00:00.000000'", "CAST(x'ff' AS TEXT)", "char(0)", "zeroblob(3)"),
    ),
    "postgresql": ("'infinity'", "'-infinity'", "'4713-01-01 BC'", "'20000-01-01'"),
}
"""Values that no column of the log ever had; PostgreSQL refuses those of other types itself."""
TEXTS = ("who", "what", "subject", "detail", "previous", "hash")


@pytest.mark.parametrize("column", ["at", *TEXTS])
def test_whatever_is_written_into_a_row_is_named_and_ends_nothing(
    store: Store, engine: Engine, column: str
) -> None:
    write(store, "a", "b", "c")
    values = ODD[engine.dialect.name]
    if engine.dialect.name == "postgresql" and column != "at":
        values = ("''", "E'\\u0001'", "repeat('x', 100000)")
    for value in values:
        tamper(engine, f"UPDATE audit SET {column} = {value} WHERE seq = 2")
        assert first_bad(store) == 2, value
        with store.transaction() as db:
            assert db.audit_log.newest_number() == 3
            with suppress(ChangedRowError):  # where the value is a text it is shown as it is
                assert len(db.audit_log.entries()) == 3


@pytest.mark.parametrize("column", ["subject", "detail"])
def test_a_cut_of_another_type_is_named(store: Store, engine: Engine, column: str) -> None:
    write(store, "a", "b", "c")
    value = "x'31'" if engine.dialect.name == "sqlite" else "'trois'"
    tamper(engine, f"UPDATE audit SET what = 'audit.cut', {column} = {value} WHERE seq = 3")
    assert first_bad(store) == 3


def test_the_zone_of_the_clock_does_not_matter(store: Store) -> None:
    with store.transaction() as db:
        db.audit_log.add("operator", "reveal", "a", "", NOW.astimezone(ZoneInfo("Europe/Paris")))

    assert first_bad(store) is None


def test_several_who_write_at_once_make_one_chain(store: Store) -> None:
    run_together(*(lambda n=n: write(store, f"{n}a", f"{n}b") for n in range(4)))

    with store.transaction() as db:
        assert [entry.seq for entry in db.audit_log.entries()] == list(range(8, 0, -1))
    assert first_bad(store) is None


def test_who_has_only_the_database_cannot_write_the_chain_anew(
    store: Store, engine: Engine
) -> None:
    """The entry of a reveal is taken out, and all hashes are made again with everything known."""
    write(store, "a", "PEPS-2026-000001", "c")
    with store.transaction() as db:
        entries = reversed(db.audit_log.entries())
    tamper(engine, "DELETE FROM audit WHERE seq = 2")
    previous, seq = BEGINNING, 0
    for entry in entries:
        if entry.seq == 2:
            continue
        seq += 1
        at = entry.at.isoformat()
        said = [seq, at, entry.who, entry.what, entry.subject, entry.detail, previous]
        hashed = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE audit SET seq = :seq, previous = :previous, hash = :hash "
                    "WHERE seq = :was"
                ),
                {"seq": seq, "previous": previous, "hash": hashed, "was": entry.seq},
            )
        previous = hashed

    assert first_bad(store) == 1


def test_a_log_that_was_cut_short_is_shorter_than_the_head_that_was_kept(
    store: Store, engine: Engine
) -> None:
    write(store, "a", "b", "c")
    with store.transaction() as db:
        head = db.audit_log.head()
    assert first_bad(store) is None

    with store.engine.begin() as connection:
        older = connection.scalar(text("SELECT value_sealed FROM key_check WHERE id = 2"))
    write(store, "d")
    tamper(engine, "DELETE FROM audit WHERE seq >= 3")
    with engine.begin() as connection:  # an older head is put back as well, and the log cut there
        put = text("UPDATE key_check SET value_sealed = :older WHERE id = 2")
        connection.execute(put, {"older": older})
    with store.transaction() as db:
        assert db.audit_log.verify(head) == 3
        db.audit_log.add("operator", "reveal", "another", "", NOW)
        assert db.audit_log.verify(head) is not None


@pytest.mark.parametrize(
    "statements",
    [
        ("DELETE FROM audit",),
        ("DELETE FROM audit WHERE seq > 1",),
        ("DELETE FROM audit WHERE seq = 3",),
        ("DELETE FROM audit", "DELETE FROM key_check WHERE id = 2"),
        ("DELETE FROM audit", "DELETE FROM key_check"),
        (
            "DELETE FROM audit",
            "UPDATE key_check SET value_sealed = (SELECT value_sealed FROM key_check WHERE id = 1)",
        ),
    ],
)
def test_a_log_that_lost_its_newest_entries_knows_it(
    store: Store, engine: Engine, statements: tuple[str, ...]
) -> None:
    """Without any head kept elsewhere; what is written afterwards does not cover it up."""
    with store.transaction() as db:
        db.people.of("telegram:1", NOW)
        db.accounts.add_employer(MAIRIE, NOW)
    write(store, "a", "b", "c")
    for statement in statements:
        tamper(engine, statement)
    check_keys(engine, store.encryption)  # the desk starts again

    assert first_bad(store) is not None
    write(store, "d", "e")
    assert first_bad(store) is not None


def test_a_head_of_before_still_belongs_to_the_log(store: Store) -> None:
    write(store, "a")
    with store.transaction() as db:
        head = AuditHead.parse(f"{db.audit_log.head()} 2026-11-23T09:00:00+00:00")
    write(store, "b")

    with store.transaction() as db:
        assert db.audit_log.verify(head) is None
        assert db.audit_log.head().seq == 2


@pytest.mark.parametrize("given", ["", "12", "x:1", "12:abc", ":"])
def test_what_is_no_head_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="no head"):
        AuditHead.parse(given)


def test_reveals_are_counted_by_who_asked(store: Store) -> None:
    with store.transaction() as db:
        for who, what in (("anne", "ticket.revealed"), ("anne", "piece.revealed"), ("bob", "x")):
            db.audit_log.add(who, what, "PEPS-2026-000001", "", NOW)
        db.audit_log.add("anne", "ticket.revealed", "PEPS-2026-000001", "", NOW - 30 * HOUR)
        assert db.audit_log.reveals(NOW - 24 * HOUR) == {"anne": 2}


def cut(store: Store, before: datetime) -> int:
    with store.transaction() as db:
        return db.audit_log.cut("operator", before, NOW + 99 * HOUR)


def test_a_hash_that_reads_like_a_card_is_kept_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(_: Encryption, purpose: str, said: str) -> str:
        return f"{hashlib.sha256(said.encode()).hexdigest()[:40]}-4111111111111111-abcdef"[:64]

    monkeypatch.setattr(Encryption, "authenticate", made)
    write(store, "a", "b", "c")
    cut(store, NOW + HOUR)
    assert first_bad(store) is None


def test_old_entries_are_cut_off_and_the_rest_still_holds(store: Store, engine: Engine) -> None:
    write(store, "a", "b", "c")

    assert cut(store, NOW - HOUR) == 0
    assert cut(store, NOW + HOUR) == 2
    assert cut(store, NOW + HOUR) == 0
    assert first_bad(store) is None
    with store.transaction() as db:
        assert [(one.seq, one.what) for one in db.audit_log.entries()] == [
            (4, "audit.cut"),
            (3, "reveal"),
        ]
    assert cut(store, NOW + 98 * HOUR) == 1
    assert first_bad(store) is None
    write(store, "d")
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq > 4"))
    assert first_bad(store) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET detail = 'x' WHERE seq = 5",
        "UPDATE audit SET subject = '3' WHERE seq = 5",
        "DELETE FROM audit WHERE seq = 5",
    ],
)
def test_what_is_tampered_with_behind_a_cut_shows(
    store: Store, engine: Engine, statement: str
) -> None:
    write(store, "a", "b", "c", "d")
    cut(store, NOW + HOUR)

    tamper(engine, statement)

    assert first_bad(store) is not None
