"""Attachments: the files of tickets, sealed; and those of drafts, whose identity will be the
ticket's.

An attachment belongs to an identity from the moment it comes: nothing has to be moved when its
draft is filed. One that belongs to no ticket and to no draft any more is removed with what is past
its date.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import col, delete, func, select, update

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
from bot.storage.base import Repository
from bot.storage.tables_requests import AttachmentRow, ConversationRow, TicketRow


class Attachments(Repository):
    """The files of tickets."""

    def add(
        self,
        identity: str,
        given: IncomingFile,
        now: datetime,
        *,
        place: int | None,
        most_bytes: int,
    ) -> Attachment:
        """Keeps a file under the next number of its ticket.

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

    def of(self, identity: str) -> tuple[Attachment, ...]:
        """Returns the files of a ticket or of a draft, without their contents."""
        mine = select(AttachmentRow).where(AttachmentRow.identity == identity)
        light = mine.options(defer(AttachmentRow.content_sealed))  # type: ignore[arg-type]
        rows = self._session.exec(light.order_by(col(AttachmentRow.number)))
        return tuple(self._piece(row) for row in rows)

    def content(self, reference: str, number: int) -> tuple[Attachment, bytes] | None:
        """Returns a file of a ticket with its content."""
        found = select(AttachmentRow).join(
            TicketRow, col(TicketRow.id) == col(AttachmentRow.identity)
        )
        named = found.where(TicketRow.reference == reference, AttachmentRow.number == number)
        row = self._session.exec(named).first()
        return None if row is None else (self._piece(row), self._content(row))

    def move_to_message(self, identity: str, number: int, place: int) -> None:
        """The file came with another message: a note that became an answer."""
        mine = (col(AttachmentRow.identity) == identity, col(AttachmentRow.number) == number)
        self._session.exec(update(AttachmentRow).where(*mine).values(place=place))

    def move(self, identity: str, to: str, place: int | None, now: datetime) -> None:
        """A draft became a message of another ticket: its files go along, as far as they fit.

        A sealed value opens only at its own place, so each one is sealed anew.
        """
        mine = select(AttachmentRow).where(AttachmentRow.identity == identity)
        for row in self._session.exec(mine).all():
            number = self._next_number(to)
            if number <= MOST_ATTACHMENTS:
                moved = replace(self._piece(row), number=number, place=place)
                self._insert_piece(to, moved, self._content(row), now)
            self._session.delete(row)

    def delete_orphans(self) -> int:
        """Deletes those of no ticket and of no draft that somebody still has; how many."""
        tickets = select(TicketRow.id)
        drafts = select(ConversationRow.draft_identity).where(
            col(ConversationRow.draft_identity).is_not(None)
        )
        lost = delete(AttachmentRow).where(
            col(AttachmentRow.identity).not_in(tickets), col(AttachmentRow.identity).not_in(drafts)
        )
        return self._session.exec(lost.execution_options(synchronize_session=False)).rowcount

    def _piece(self, row: AttachmentRow) -> Attachment:
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


def _about_of(identity: str, number: int) -> tuple[str, str, str]:
    return "attachment", f"{identity}/{number}", "about"


def _content_of(identity: str, number: int) -> tuple[str, str, str]:
    return "attachment", f"{identity}/{number}", "content"
