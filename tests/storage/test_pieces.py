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
from bot.storage.store import Records, Store

PHOTO = b"\xff\xd8\xff" + b"photo" * 40
RULES = Retention()


def keep(records: Records, identity: str, content: bytes = PHOTO, place: int | None = None):
    given = IncomingFile(name="carte.png", content=content, caption="Sa carte")
    return records.keep_piece(identity, given, NOW, place=place, most_bytes=1000)


def test_a_piece_of_a_draft_is_the_tickets_once_it_is_filed(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        first, second = keep(records, "d"), keep(records, "d")
        ticket = records.file_ticket(me, a_request("d"), NOW)
    assert (first.number, second.number) == (1, 2)
    with store.transaction() as records:
        found = records.ticket_by_reference(ticket.reference)
        assert found is not None
        assert found.pieces == (first, second)
        assert records.piece_content(ticket.reference, 2) == (second, PHOTO)
        assert records.piece_content(ticket.reference, 3) is None
        assert records.piece_content("PEPS-2026-999999", 1) is None


def test_a_piece_of_a_note_is_nothing_for_the_requester(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        ticket = records.file_ticket(me, a_request("d"), NOW)
        keep(records, "d", place=7)  # no message of theirs stands there
        shown = records.ticket_of(me, ticket.reference)
    assert shown is not None
    assert shown.pieces == ()


def test_pieces_of_a_draft_that_became_a_message_go_along(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        ticket = records.file_ticket(me, a_request("old"), NOW)
        keep(records, "old")
        keep(records, "new", PHOTO + b"2")
        records.move_pieces("new", "old", 3, NOW)
    with store.transaction() as records:
        assert records.pieces("new") == ()
        assert [(one.number, one.place) for one in records.pieces("old")] == [(1, None), (2, 3)]
        found = records.piece_content(ticket.reference, 2)
    assert found is not None
    assert found[1] == PHOTO + b"2"


def test_a_ticket_takes_so_many_and_no_more(store: Store) -> None:
    with store.transaction() as records:
        for _ in range(MOST_ATTACHMENTS):
            keep(records, "d")
        with pytest.raises(RefusedAttachmentError) as refused:
            keep(records, "d")
    assert refused.value.fault is AttachmentFault.TOO_MANY


def test_pieces_go_with_their_ticket(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        ticket = records.file_ticket(me, a_request("d"), NOW)
        keep(records, "d")
        records.set_ticket_status(ticket.reference, TicketStatus.CLOSED, NOW)
    with store.transaction() as records:
        assert records.apply_retention(NOW + RULES.ticket - DAY, RULES).pieces == 0
        assert records.apply_retention(NOW + RULES.ticket, RULES).pieces == 1


def test_pieces_of_a_draft_stay_as_long_as_the_draft(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        records.save_session(me, Session(state=Reviewing(draft=a_draft("d"))), NOW)
        keep(records, "d")
    with store.transaction() as records:
        assert records.apply_retention(NOW + HOUR, RULES).pieces == 0
        records.save_session(me, Session(state=Idle()), NOW + HOUR)
        assert records.apply_retention(NOW + HOUR, RULES).pieces == 1
