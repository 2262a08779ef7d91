"""Names that other systems give: known again, never readable, whatever keys they were kept by."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, text
from storage.samples import A_NIR, NOW, a_request

from bot.storage.base import table_of
from bot.storage.encryption import Encryption
from bot.storage.key_rotation import rotate
from bot.storage.keys import Keys, make_key
from bot.storage.store import Store
from bot.storage.tables_requests import ReceivedEventRow, TicketCopyRow

A_NAME = f"followup/{A_NIR}"


@pytest.fixture
def desk(store: Store) -> Store:
    """A desk with a ticket, an event that was heard and a follow-up that was sent."""
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        db.tickets.get_or_create(me, a_request("draft-1"), NOW)
        db.ticket_links.remember_event("webhook", A_NAME, NOW)
        db.ticket_links.save_copy("webhook", "draft-1", "message/1", A_NAME, NOW)
    return store


def with_another_key(engine: Engine, before: Encryption) -> Store:
    keys = before._keyring
    return Store(
        engine, Encryption(Keys((*keys.seals, make_key()), (*keys.fingerprints, make_key())))
    )


def knows(store: Store) -> tuple[bool, bool]:
    """Whether the event and the follow-up are known again, and no others."""
    with store.transaction() as db:
        assert db.ticket_links.remember_event("webhook", f"other/{uuid4()}", NOW)
        assert db.ticket_links.remember_event(f"elsewhere/{uuid4()}", A_NAME, NOW)
        assert not db.ticket_links.is_known_part("elsewhere", A_NAME)
        heard = not db.ticket_links.remember_event("webhook", A_NAME, NOW)
        return heard, db.ticket_links.is_known_part("webhook", A_NAME)


def names(engine: Engine) -> str:
    with engine.connect() as connection:
        events = connection.execute(text("SELECT * FROM heard_event")).all()
        return repr((events, connection.execute(text("SELECT * FROM ticket_copy")).all()))


def test_a_name_is_known_again_and_stands_nowhere(desk: Store, engine: Engine) -> None:
    assert knows(desk) == (True, True)
    assert A_NIR not in names(engine)


def test_a_name_is_known_before_in_the_middle_and_after_a_rotation(
    desk: Store, engine: Engine, vault: Encryption
) -> None:
    rotated = with_another_key(engine, vault)
    older = vault.fingerprint_key
    assert knows(rotated) == (True, True)

    with rotated.transaction() as db:
        assert db.sealed_columns.rows_by_key()[older] > 0
        assert db.print_names(1) == 2
    assert knows(rotated) == (True, True)
    rotate(rotated, rest=lambda _seconds: None)

    assert knows(rotated) == (True, True)
    with rotated.transaction() as db:
        assert db.sealed_columns.rows_by_key()[older] == 0
        assert db.print_names(10) == 0


def test_what_was_kept_as_it_came_is_known_and_becomes_a_fingerprint(
    store: Store, engine: Engine
) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        db.tickets.get_or_create(me, a_request("draft-1"), NOW)
    event = {"source": "webhook", "event_id": A_NAME, "heard_at": NOW}
    copy = {"connector": "webhook", "ticket_id": "draft-1", "at": NOW, "their_id": A_NAME}
    with engine.begin() as connection:
        connection.execute(insert(table_of(ReceivedEventRow)), event)
        connection.execute(insert(table_of(TicketCopyRow)), {**copy, "part": "message/1"})

    assert knows(store) == (True, True)
    with store.transaction() as db:
        assert db.print_names(10) == 2

    assert knows(store) == (True, True)
    assert A_NIR not in names(engine)


def test_a_ticket_is_called_there_as_it_is(desk: Store) -> None:
    with desk.transaction() as db:
        db.ticket_links.save_copy("webhook", "draft-1", "", "T-15", NOW)
        assert db.print_names(10) == 0
        assert db.ticket_links.their_id("webhook", "draft-1") == "T-15"
