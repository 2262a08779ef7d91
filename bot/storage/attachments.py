"""Attachments: the files of tickets and of drafts, sealed.

A draft's identity becomes the ticket's: nothing has to be moved when it is filed. A file that
belongs to no ticket and no draft any more is removed with what is past its date.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import col, delete, func, select

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
from bot.storage.row_mac import check_row
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
            RefusedAttachmentError: it is not taken, or there are too many.
        """
        type_ = check_attachment(given.content, most_bytes, recordings=given.by_advisor)
        number = self._next_number(identity)
        if number > MOST_ATTACHMENTS:
            raise RefusedAttachmentError(AttachmentFault.TOO_MANY)
        attachment = Attachment(
            number=number,
            type=type_,
            name=tidy_name(given.name, type_),
            size=len(given.content),
            place=place,
            caption=given.caption,
        )
        self._add_row(identity, attachment, given.content, now)
        return attachment

    def of(self, identity: str) -> tuple[Attachment, ...]:
        """Returns the files of a ticket or of a draft, without their contents."""
        mine = select(AttachmentRow).where(AttachmentRow.identity == identity)
        light = mine.options(defer(AttachmentRow.content_sealed))  # type: ignore[arg-type]
        rows = self._session.exec(light.order_by(col(AttachmentRow.number)))
        return tuple(self._attachment(row) for row in rows)

    def content(self, reference: str, number: int) -> tuple[Attachment, bytes] | None:
        """Returns a file of a ticket with its content."""
        found = (
            select(AttachmentRow)
            .join(TicketRow, col(TicketRow.id) == col(AttachmentRow.identity))
            .where(TicketRow.reference == reference, AttachmentRow.number == number)
        )
        row = self._session.exec(found).first()
        return None if row is None else (self._attachment(row), self._content(row))

    def move_to_message(self, identity: str, number: int, place: int) -> None:
        """Moves a file to another message of its ticket: a note became an answer."""
        row = self._session.get(AttachmentRow, (identity, number))
        if row is not None:
            row.place = place

    def move(self, identity: str, to: str, place: int | None, now: datetime) -> None:
        """Moves the files of a draft that became a message of another ticket, as far as they fit.

        A sealed value opens only at its own place, so each one is sealed anew.
        """
        mine = select(AttachmentRow).where(AttachmentRow.identity == identity)
        for row in self._session.exec(mine).all():
            number = self._next_number(to)
            if number <= MOST_ATTACHMENTS:
                moved = replace(self._attachment(row), number=number, place=place)
                self._add_row(to, moved, self._content(row), now)
            self._session.delete(row)

    def delete_orphans(self) -> int:
        """Deletes files without a ticket or a draft that somebody still has; tells how many."""
        tickets = select(TicketRow.id)
        drafts = select(ConversationRow.draft_identity).where(
            col(ConversationRow.draft_identity).is_not(None)
        )
        identity = col(AttachmentRow.identity)
        lost = delete(AttachmentRow).where(identity.not_in(tickets), identity.not_in(drafts))
        return self._session.exec(lost.execution_options(synchronize_session=False)).rowcount

    def _attachment(self, row: AttachmentRow) -> Attachment:
        check_row(row)
        about = json.loads(
            self._open(row.about_sealed, "attachment", f"{row.identity}/{row.number}", "about")
        )
        return Attachment(
            number=row.number,
            type=FileType(row.type),
            name=about["name"],
            size=row.size,
            place=row.place,
            caption=about["caption"],
        )

    def _content(self, row: AttachmentRow) -> bytes:
        row_name = f"{row.identity}/{row.number}"
        return b64decode(self._open(row.content_sealed, "attachment", row_name, "content"))

    def _next_number(self, identity: str) -> int:
        last = select(func.max(AttachmentRow.number)).where(AttachmentRow.identity == identity)
        return (self._session.exec(last).one() or 0) + 1

    def _add_row(
        self, identity: str, attachment: Attachment, content: bytes, now: datetime
    ) -> None:
        row_name = f"{identity}/{attachment.number}"
        about = json.dumps({"name": attachment.name, "caption": attachment.caption})
        text = b64encode(content).decode()
        self._session.add(
            AttachmentRow(
                identity=identity,
                number=attachment.number,
                place=attachment.place,
                type=attachment.type.value,
                size=attachment.size,
                about_sealed=self._seal(about, "attachment", row_name, "about"),
                content_sealed=self._seal(text, "attachment", row_name, "content"),
                sent_at=now,
            )
        )
