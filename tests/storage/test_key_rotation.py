"""New keys: everything is sealed anew, at work and killed in the middle, and nothing is lost."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from storage.full import fill, read_all
from storage.samples import NOW, a_request
from storage.together import run_together

from bot.storage.database import snapshot
from bot.storage.encryption import Encryption, KeyFile
from bot.storage.keys import add_seal_key, load_or_create_keys
from bot.storage.outbox import CHANGED
from bot.storage.sealed_columns import (
    RotationResult,
    count_by_key,
    reseal_rows,
    rotate,
    sealed_tables,
)
from bot.storage.store import Store


@dataclass(frozen=True)
class Place:
    """A desk whose keys stand in a folder."""

    engine: Engine
    keys: Path

    def encryption(self) -> Encryption:
        file = KeyFile(self.keys)
        return Encryption(load_or_create_keys(self.keys), file)

    def store(self) -> Store:
        return Store(self.engine, self.encryption())

    def keys_in_use(self) -> set[str]:
        with snapshot(self.engine) as connection:
            return set(count_by_key(connection))


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Place:
    place = Place(engine, tmp_path / "keys")
    fill(place.store())
    return place


def no_rest(_seconds: float) -> None:
    """The tests have nobody to let in between."""


def newest(place: Place) -> set[str]:
    keys = load_or_create_keys(place.keys)
    return {keys.newest.id}


def test_the_sample_desk_has_a_value_in_every_sealed_column(place: Place) -> None:
    held = read_all(place.engine, place.encryption())

    for sealed in sealed_tables():
        for column in sealed.columns:
            name = column.name.removesuffix("_sealed")
            assert any(
                f"table='{sealed.table.name}'" in where and f"column='{name}'" in where
                for where in held
            ), (sealed.table.name, column.name)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_everything_is_sealed_anew_and_reads_as_before(place: Place, rows: int) -> None:
    before = read_all(place.engine, place.encryption())
    add_seal_key(place.keys)

    done = rotate(place.engine, place.encryption(), rows=rows, rest=no_rest)

    assert done.unreadable == 0
    assert done.resealed > 0
    assert read_all(place.engine, place.encryption()) == before
    assert place.keys_in_use() == newest(place)
    assert rotate(place.engine, place.encryption(), rest=no_rest) == RotationResult(0, 0)


def test_names_of_other_systems_are_known_again_after_a_rotation(place: Place) -> None:
    add_seal_key(place.keys)
    rotate(place.engine, place.encryption(), rest=no_rest)

    with place.store().transaction() as db:
        assert not db.ticket_links.remember_event("webhook", "event-1", NOW)
        assert db.ticket_links.remember_event("webhook", "event-9", NOW)
        assert db.ticket_links.is_known_part("webhook", "note-1")
        assert not db.ticket_links.is_known_part("elsewhere", "note-1")


def test_a_rotation_that_was_left_is_taken_up_where_it_stood(place: Place) -> None:
    before = read_all(place.engine, place.encryption())
    add_seal_key(place.keys)
    total = rotate_and_leave(place, batches=7)

    assert read_all(place.engine, place.encryption()) == before
    done = rotate(place.engine, place.encryption(), rest=no_rest)
    assert done.resealed == total - 7


def rotate_and_leave(place: Place, batches: int) -> int:
    """Some batches of one row each; how many rows there were to seal."""
    encryption = place.encryption()
    with place.engine.connect() as connection:  # rolled back at its end
        stale = sum(
            reseal_rows(connection, encryption, one, after=None, limit=1000).resealed
            for one in sealed_tables()
        )
    count = 0

    def stop(_seconds: float) -> None:
        nonlocal count
        count += 1
        if count == batches:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(place.engine, place.encryption(), rows=1, rest=stop)
    return stale


def test_a_desk_at_work_takes_up_the_new_keys_and_loses_nothing(place: Place) -> None:
    """It was opened before the new keys were made, and is never started again."""
    desk = place.store()
    written: list[str] = []

    def work() -> None:
        for number in range(40):
            with desk.transaction() as db:
                person = db.people.of(f"telegram:{number % 3}", NOW)
                db.inbox.hold_text(person.home, "+", NOW)
                ticket = db.tickets.get_or_create(
                    person.id, a_request(f"new-{number}-{person.id}"), NOW
                )
                written.append(ticket.reference)

    def change_keys() -> None:
        for _ in range(2):
            add_seal_key(place.keys)
            rotate(place.engine, place.encryption(), rows=5)

    run_together(work, change_keys)
    rotate(place.engine, place.encryption(), rest=no_rest)

    assert len(written) == 40
    held = read_all(place.engine, place.encryption())  # all of it opens
    assert held
    assert place.keys_in_use() == newest(place)
    with place.store().transaction() as db:
        assert all(db.tickets.by_reference(one) is not None for one in written)


def test_swapped_or_flipped_values_stay_shut_and_are_never_sealed_anew(place: Place) -> None:
    with place.engine.begin() as connection:
        one, other = connection.execute(
            text("SELECT id, content_sealed FROM ticket ORDER BY id LIMIT 2")
        ).all()
        swapped = {one[0]: other[1], other[0]: one[1]}
        for ticket, sealed in swapped.items():
            connection.execute(
                text("UPDATE ticket SET content_sealed = :sealed WHERE id = :id"),
                {"sealed": sealed, "id": ticket},
            )
        payload = connection.scalar(text("SELECT payload_sealed FROM outbox WHERE id = 1"))
        flipped = payload[:-1] + bytes([payload[-1] ^ 1])
        connection.execute(
            text("UPDATE outbox SET payload_sealed = :flipped WHERE id = 1"), {"flipped": flipped}
        )
    add_seal_key(place.keys)

    done = rotate(place.engine, place.encryption(), rest=no_rest)

    assert done.unreadable == 3
    with place.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, content_sealed FROM ticket"))
        kept = {row.id: row.content_sealed for row in rows}
        assert {name: bytes(kept[name]) for name in swapped} == swapped
    with place.store().transaction() as db:
        (message,) = [one for one in db.outbox.list() if one.id == 1]
    assert (message.failure, message.payload) == (CHANGED, {})


ROTATING = """
import sys
from pathlib import Path
from bot.storage.database import open_database
from bot.storage.encryption import Encryption
from bot.storage.sealed_columns import rotate
from bot.storage.keys import load_or_create_keys
encryption = Encryption(load_or_create_keys(Path(sys.argv[2])))
rotate(open_database(sys.argv[1]), encryption, rows=1, rest=lambda _: print(".", flush=True))
"""


def test_killed_in_the_middle_no_row_is_lost(place: Place, url: str) -> None:
    before = read_all(place.engine, place.encryption())
    add_seal_key(place.keys)
    for batches in (1, 8):
        command = [sys.executable, "-c", ROTATING, url, str(place.keys)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as rotating:
            assert rotating.stdout is not None
            for _ in range(batches):
                assert rotating.stdout.readline() == b".\n"
            os.kill(rotating.pid, signal.SIGKILL)
        assert read_all(place.engine, place.encryption()) == before

    assert rotate(place.engine, place.encryption(), rest=no_rest).unreadable == 0
    assert read_all(place.engine, place.encryption()) == before
    assert place.keys_in_use() == newest(place)


def test_keys_that_become_unreadable_do_not_stop_a_desk_at_work(place: Place) -> None:
    desk = place.store()
    (place.keys / "keyring.json").write_text("{")

    with desk.transaction() as db:
        assert db.tickets.by_reference("PEPS-2026-000001") is not None
