"""Pieces: sealed, numbered, gone with their ticket or their draft."""

import pytest
from storage.samples import DAY, HOUR, NOW, a_draft, a_request

from bot.conversation.session import Session
from bot.conversation.states import Idle, Reviewing
from bot.domain.attachment import (
    MOST_ATTACHMENTS,
    AttachmentFault,
    IncomingFile,
    RefusedAttachmentError,
)
from bot.domain.retention import Retention
from bot.domain.ticket import TicketStatus
from bot.storage.store import Database, Store

PHOTO = b"\xff\xd8\xff" + b"photo" * 40
RULES = Retention()


def keep(db: Database, identity: str, content: bytes = PHOTO, place: int | None = None):
    given = IncomingFile(name="carte.png", content=content, caption="Sa carte")
    return db.attachments.add(identity, given, NOW, place=place, most_bytes=1000)


def test_a_piece_of_a_draft_is_the_tickets_once_it_is_filed(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        first, second = keep(db, "d"), keep(db, "d")
        ticket = db.tickets.get_or_create(me, a_request("d"), NOW)
    assert (first.number, second.number) == (1, 2)
    with store.transaction() as db:
        found = db.tickets.by_reference(ticket.reference)
        assert found is not None
        assert found.pieces == (first, second)
        assert db.attachments.content(ticket.reference, 2) == (second, PHOTO)
        assert db.attachments.content(ticket.reference, 3) is None
        assert db.attachments.content("PEPS-2026-999999", 1) is None


def test_a_piece_of_a_note_is_nothing_for_the_requester(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        ticket = db.tickets.get_or_create(me, a_request("d"), NOW)
        keep(db, "d", place=7)  # no message of theirs stands there
        shown = db.tickets.own(me, ticket.reference)
    assert shown is not None
    assert shown.pieces == ()


def test_pieces_of_a_draft_that_became_a_message_go_along(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        ticket = db.tickets.get_or_create(me, a_request("old"), NOW)
        keep(db, "old")
        keep(db, "new", PHOTO + b"2")
        db.attachments.move("new", "old", 3, NOW)
    with store.transaction() as db:
        assert db.attachments.of("new") == ()
        assert [(one.number, one.place) for one in db.attachments.of("old")] == [(1, None), (2, 3)]
        found = db.attachments.content(ticket.reference, 2)
    assert found is not None
    assert found[1] == PHOTO + b"2"


def test_a_ticket_takes_so_many_and_no_more(store: Store) -> None:
    with store.transaction() as db:
        for _ in range(MOST_ATTACHMENTS):
            keep(db, "d")
        with pytest.raises(RefusedAttachmentError) as refused:
            keep(db, "d")
    assert refused.value.fault is AttachmentFault.TOO_MANY


def test_pieces_go_with_their_ticket(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        ticket = db.tickets.get_or_create(me, a_request("d"), NOW)
        keep(db, "d")
        db.tickets.set_status(ticket.reference, TicketStatus.CLOSED, NOW)
    with store.transaction() as db:
        assert db.retention.apply(NOW + RULES.ticket - DAY, RULES).pieces == 0
        assert db.retention.apply(NOW + RULES.ticket, RULES).pieces == 1


def test_pieces_of_a_draft_stay_as_long_as_the_draft(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        db.conversations.save(me, Session(state=Reviewing(draft=a_draft("d"))), NOW)
        keep(db, "d")
    with store.transaction() as db:
        assert db.retention.apply(NOW + HOUR, RULES).pieces == 0
        db.conversations.save(me, Session(state=Idle()), NOW + HOUR)
        assert db.retention.apply(NOW + HOUR, RULES).pieces == 1
