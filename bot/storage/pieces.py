"""Pieces: the files of tickets, sealed; and those of drafts, whose identity will be the ticket's.

A piece belongs to an identity from the moment it comes: nothing has to be moved when its draft is
filed. One that belongs to no ticket and to no draft any more is removed with what is past its date.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import sqlalchemy
from sqlalchemy import bindparam, func
from sqlmodel import col, delete, select, update

from bot.domain.attachment import (
    MOST_ATTACHMENTS,
    Attachment,
    AttachmentFault,
    FileType,
    IncomingFile,
    RefusedAttachmentError,
    check_attachment,
    tidy_name,
)
from bot.storage.base import Repository, table_of
from bot.storage.tables_requests import AttachmentRow, ConversationRow, TicketRow

_PIECE = table_of(AttachmentRow)
_ABOUT = (
    sqlalchemy.select(*(one for one in _PIECE.columns if one.name != "content_sealed"))
    .where(_PIECE.c.identity == bindparam("of"))
    .order_by(_PIECE.c.number)
)
"""A list of pieces brings no megabytes along."""


class Described(Protocol):
    """What a piece is known by; a row of the table has its content too."""

    @property
    def identity(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def place(self) -> int | None: ...
    @property
    def type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def about_sealed(self) -> bytes: ...


class Pieces(Repository):
    """The files of tickets."""

    def keep_piece(
        self,
        identity: str,
        given: IncomingFile,
        now: datetime,
        *,
        place: int | None,
        most_bytes: int,
    ) -> Attachment:
        """The piece, under the next number of its ticket.

        Raises:
            RefusedPieceError: it is not taken, or there are too many.
        """
        type_ = check_attachment(given.content, most_bytes)
        number = self._next_number(identity)
        if number > MOST_ATTACHMENTS:
            raise RefusedAttachmentError(AttachmentFault.TOO_MANY)
        piece = Attachment(
            number=number,
            type=type_,
            name=tidy_name(given.name, type_),
            size=len(given.content),
            place=place,
            caption=given.caption,
        )
        self._insert_piece(identity, piece, given.content, now)
        return piece

    def pieces(self, identity: str) -> tuple[Attachment, ...]:
        """The pieces of a ticket or of a draft, without their contents."""
        rows = self._reading(AttachmentRow).execute(_ABOUT, {"of": identity})
        return tuple(self._piece(row) for row in rows)

    def piece_content(self, reference: str, number: int) -> tuple[Attachment, bytes] | None:
        """A piece of a ticket with what is in it."""
        found = select(AttachmentRow).join(
            TicketRow, col(TicketRow.id) == col(AttachmentRow.identity)
        )
        named = found.where(TicketRow.reference == reference, AttachmentRow.number == number)
        row = self._session.exec(named.execution_options(populate_existing=True)).first()
        return None if row is None else (self._piece(row), self._content(row))

    def place_piece(self, identity: str, number: int, place: int) -> None:
        """The piece came with another message: a note that became an answer."""
        mine = (col(AttachmentRow.identity) == identity, col(AttachmentRow.number) == number)
        self._session.exec(update(AttachmentRow).where(*mine).values(place=place))

    def move_pieces(self, identity: str, to: str, place: int | None, now: datetime) -> None:
        """A draft became a message of another ticket: its pieces go along, as far as they fit.

        A sealed value opens only at its own place, so each one is sealed anew.
        """
        mine = select(AttachmentRow).where(AttachmentRow.identity == identity)
        fresh = mine.execution_options(populate_existing=True)
        for row in self._session.exec(fresh).all():
            number = self._next_number(to)
            if number <= MOST_ATTACHMENTS:
                moved = replace(self._piece(row), number=number, place=place)
                self._insert_piece(to, moved, self._content(row), now)
            self._session.delete(row)
        self._session.flush()

    def _forget_pieces(self) -> int:
        """Those of no ticket and of no draft that somebody still has; how many."""
        tickets = select(TicketRow.id)
        drafts = select(ConversationRow.draft_identity).where(
            col(ConversationRow.draft_identity).is_not(None)
        )
        lost = delete(AttachmentRow).where(
            col(AttachmentRow.identity).not_in(tickets), col(AttachmentRow.identity).not_in(drafts)
        )
        return self._session.exec(lost).rowcount

    def _piece(self, row: Described) -> Attachment:
        about = json.loads(self._open(row.about_sealed, *_about_of(row.identity, row.number)))
        return Attachment(
            number=row.number,
            type=FileType(row.type),
            name=about["name"],
            size=row.size,
            place=row.place,
            caption=about["caption"],
        )

    def _content(self, row: AttachmentRow) -> bytes:
        return b64decode(self._open(row.content_sealed, *_content_of(row.identity, row.number)))

    def _next_number(self, identity: str) -> int:
        last = select(func.max(AttachmentRow.number)).where(AttachmentRow.identity == identity)
        return (self._session.exec(last).one() or 0) + 1

    def _insert_piece(
        self, identity: str, piece: Attachment, content: bytes, now: datetime
    ) -> None:
        about = json.dumps({"name": piece.name, "caption": piece.caption})
        self._session.add(
            AttachmentRow(
                identity=identity,
                number=piece.number,
                place=piece.place,
                type=piece.type.value,
                size=piece.size,
                about_sealed=self._seal(about, *_about_of(identity, piece.number)),
                content_sealed=self._seal(
                    b64encode(content).decode(), *_content_of(identity, piece.number)
                ),
                sent_at=now,
            )
        )
        self._session.flush()


def _about_of(identity: str, number: int) -> tuple[str, str, str]:
    return "piece", f"{identity}/{number}", "about"


def _content_of(identity: str, number: int) -> tuple[str, str, str]:
    return "piece", f"{identity}/{number}", "content"
