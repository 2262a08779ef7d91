"""Nothing personal in the clear: canaries are put everywhere and looked for on the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from storage.samples import (
    A_DESCRIPTION,
    A_NAME,
    A_NIR,
    AN_EMAIL,
    MAIRIE,
    NOW,
    a_draft,
    a_request,
)

from bot.conversation.session import Session
from bot.conversation.states import Browsing
from bot.domain.attachment import IncomingFile
from bot.domain.people import Profile
from bot.domain.ticket import Author, TicketMessage
from bot.storage.store import Store

CANARIES = (A_NIR, A_NIR[:13], A_NAME, AN_EMAIL, A_DESCRIPTION, MAIRIE.name)
EVERYTHING = " ".join(CANARIES)


@pytest.fixture
def full_store(store: Store) -> Store:
    """A desk that was given every canary in every possible way."""
    with store.transaction() as db:
        person = db.people.of("telegram:1", NOW)
        db.people.save_profile(person.id, Profile(employers=(MAIRIE,), email=AN_EMAIL))
        state = Browsing(draft=a_draft(nir=A_NIR), question=EVERYTHING)
        db.conversations.save(person.id, Session(state=state), NOW)
        ticket = db.tickets.get_or_create(person.id, a_request(), NOW)
        db.ticket_messages.add(
            ticket.reference,
            TicketMessage(author=Author.REQUESTER, text=EVERYTHING, written_at=NOW),
        )
        given = IncomingFile(name=A_NAME, content=EVERYTHING.encode(), caption=EVERYTHING)
        db.attachments.add(ticket.request.identity, given, NOW, place=0, most_bytes=9999)
        db.outbox.add("telegram:1", "say", {"text": EVERYTHING}, NOW)
        db.ticket_links.remember_event("webhook", EVERYTHING, NOW)
        db.ticket_links.save_copy("webhook", ticket.request.identity, "part", EVERYTHING, NOW)
        db.failed_updates.add("R-1", "telegram:1", EVERYTHING, "KeyError", NOW)
        db.inbox.hold_text("telegram:1", EVERYTHING, NOW)
    return store


def rows(engine: Engine) -> Iterator[bytes]:
    """Every value of every row, as bytes."""
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                for value in row:
                    yield value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.usefixtures("full_store")
def test_no_column_holds_a_canary(engine: Engine) -> None:
    held = list(rows(engine))

    assert any(b"PEPS-2026-000001" in value for value in held)
    for canary in CANARIES:
        assert not any(canary.encode() in value for value in held), canary


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("full_store")
def test_no_file_holds_a_canary(tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    assert {"desk.db", "desk.db-wal"} <= set(files)
    assert any(b"PEPS-2026-000001" in content for content in files.values())
    for canary in CANARIES:
        for name, content in files.items():
            assert canary.encode() not in content, (canary, name)
