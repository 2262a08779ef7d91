"""Erasures: takes a person out of every table, and keeps the list of who was taken out.

The list holds identities alone, made by chance and named nowhere else any more. It also stands in a
file beside the database: a backup from before an erasure is restored with the file, and the erasure
is done again. Each line of the file carries its fingerprint, so that none can be slipped in.
"""

import json
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session, and_, col, delete, func, or_, select

from bot.domain.errors import StartError
from bot.domain.people import Assurance, Employer
from bot.domain.privacy import Erasure, TicketErasure
from bot.domain.ticket import TicketRequest, TicketStatus
from bot.storage.base import Repository
from bot.storage.encryption import Encryption, SealError
from bot.storage.people import People
from bot.storage.row_mac import check_row
from bot.storage.tables_accounts import AdministratorLinkRow, InvitationRow
from bot.storage.tables_operations import (
    EmailCodeRow,
    ErasureRow,
    FailedUpdateRow,
    HeldTextRow,
    OutboxEntry,
    WebLineRow,
    WebSessionRow,
)
from bot.storage.tables_requests import (
    AttachmentRow,
    ConversationRow,
    PersonRow,
    StaffPostRow,
    StaffTopicRow,
    TicketAgentRow,
    TicketCopyRow,
    TicketHappeningRow,
    TicketMessageRow,
    TicketRow,
    VoteRow,
)
from bot.storage.ticket_content import content_to_json

NOBODY: Final = "erased:nobody"
"""The address of whoever filed a ticket that was anonymised; no channel has it."""
FILE_NAME: Final = "effacements.jsonl"
_PURPOSE: Final = "erasure list"
_PARTS: Final = (
    *(TicketAgentRow, TicketMessageRow, TicketCopyRow),
    *(StaffTopicRow, StaffPostRow),
)
"""What of a ticket does not stay when it is anonymised; its history stays, without the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedRows:
    """How many of each were erased."""

    tickets: int
    attachments: int
    outbox: int
    failed_updates: int
    held_texts: int
    votes: int
    links: int
    codes: int


class Erasures(Repository):
    """Persons who were erased. `guichet person erase` and `guichet restore` call it."""

    def __init__(self, session: Session, encryption: Encryption, people: People) -> None:
        super().__init__(session, encryption)
        self._people = people

    def erase(self, person_id: str, tickets: TicketErasure, now: datetime) -> ErasedRows | None:
        """Takes a person out and notes it in the list; None where nobody has this identity."""
        person = self._session.get(PersonRow, person_id, with_for_update=True)
        self._upsert(ErasureRow, person_id=person_id, tickets=tickets.value, at=now)
        if person is None:
            return None
        mine = select(TicketRow).where(TicketRow.person_id == person_id)
        rows = self._session.exec(mine.with_for_update()).all()
        identities = [row.id for row in rows]
        codes = self._session.exec(
            select(EmailCodeRow.id).where(EmailCodeRow.person_id == person_id)
        ).all()
        addresses = [one.address for one in person.addresses]
        marks = [person_id, *identities, *(row.reference for row in rows), *codes]
        draft = select(ConversationRow.draft_identity).where(
            ConversationRow.person_id == person_id, col(ConversationRow.draft_identity).is_not(None)
        )
        of_draft = and_(
            col(AttachmentRow.identity).in_(self._session.exec(draft).all()),
            col(AttachmentRow.identity).not_in(select(TicketRow.id)),
        )
        erased = ErasedRows(
            tickets=len(rows),
            attachments=self._delete(
                AttachmentRow, or_(col(AttachmentRow.identity).in_(identities), of_draft)
            ),
            outbox=self._delete_outbox(addresses, marks),
            failed_updates=self._delete_failed(addresses, marks),
            held_texts=self._delete(HeldTextRow, col(HeldTextRow.address).in_(addresses)),
            votes=self._count(VoteRow, person_id),
            links=self._count(AdministratorLinkRow, person_id),
            codes=len(codes),
        )
        self._delete(WebLineRow, col(WebLineRow.address).in_(addresses))
        self._delete(WebSessionRow, col(WebSessionRow.address).in_(addresses))
        for row in rows:
            if tickets is TicketErasure.ANONYMISE:
                self._anonymise(row, now)
        self._session.flush()
        self._delete(TicketRow, col(TicketRow.person_id) == person_id)
        invited = select(InvitationRow).where(InvitationRow.invited_by == person_id)
        for invitation in self._session.exec(invited).all():
            invitation.invited_by = NOBODY
        self._session.flush()
        # With them go, by the database, employers, conversation, links, codes, votes and uploads.
        self._delete(PersonRow, col(PersonRow.id) == person_id)
        self._session.expire_all()
        self._people.forget_locks()
        return erased

    def all(self) -> tuple[Erasure, ...]:
        """Returns everybody who was erased, the oldest first."""
        rows = self._session.exec(select(ErasureRow).order_by(col(ErasureRow.at))).all()
        for row in rows:
            check_row(row)  # nobody is erased at a restore whom the desk has not erased
        return tuple(
            Erasure(person=row.person_id, tickets=TicketErasure(row.tickets), at=row.at)
            for row in rows
        )

    def _anonymise(self, row: TicketRow, now: datetime) -> None:
        """Leaves of a ticket its subject, its dates and its score: what the report counts."""
        for part in _PARTS:
            self._delete(part, col(part.ticket_id) == row.id)
        happened = select(TicketHappeningRow).where(
            TicketHappeningRow.ticket_id == row.id, TicketHappeningRow.who == row.person_id
        )
        for one in self._session.exec(happened):
            one.who = NOBODY
        request = TicketRequest(
            identity=row.id,
            path=row.path,
            labels=(row.theme_label, row.motif_label, row.sous_motif_label),
            fund=row.fund,
            employer=Employer("", "effacé"),
            email="",
            assurance=Assurance.DECLARED,
            answers=(),
            agents=(),
            description="Effacée à la demande de la personne.",
        )
        row.content_sealed = self._seal(content_to_json(request), "ticket", row.id, "content")
        row.score_words_sealed = None
        # A small employer is one person: without it nobody can be told from the ticket.
        row.siret, row.person_id = "", self._people.of(NOBODY, now).id
        if TicketStatus(row.status).is_open:
            # Not « withdrawn »: that is a decision of the requester's about the request itself.
            row.status, row.closed_at = TicketStatus.CLOSED.value, now

    def _delete_outbox(self, addresses: Collection[str], marks: Collection[str]) -> int:
        """Deletes what waits for the person, was sent to them, or is about their tickets."""
        found = []
        rows = self._session.exec(
            select(
                OutboxEntry.id, OutboxEntry.seal_id, OutboxEntry.lane, OutboxEntry.payload_sealed
            ).execution_options(yield_per=500)
        )
        for entry_id, seal_id, lane, sealed in rows:
            named = lane in addresses or _names(lane, marks)
            if named or _names(self._opened(sealed, "outbox", seal_id, "payload"), marks):
                found.append(entry_id)
        return self._delete_each(OutboxEntry, OutboxEntry.id, found)

    def _delete_failed(self, addresses: Collection[str], marks: Collection[str]) -> int:
        rows = self._session.exec(select(FailedUpdateRow)).all()
        found = [
            row.reference
            for row in rows
            if row.address in addresses
            or _names(
                self._opened(row.event_sealed, "failed_update", row.reference, "event"), marks
            )
        ]
        return self._delete_each(FailedUpdateRow, FailedUpdateRow.reference, found)

    def _opened(self, sealed: bytes | None, *place: str) -> str:
        """What was sent, or does not open, names nobody."""
        if sealed is None:
            return ""
        try:
            return self._open(sealed, *place)
        except SealError:
            return ""

    def _delete_each(self, table: type, column: object, keys: list) -> int:  # type: ignore[type-arg]
        for place in range(0, len(keys), 500):
            self._delete(table, col(column).in_(keys[place : place + 500]))
        return len(keys)

    def _delete(self, table: type, *chosen: object) -> int:
        return self._session.exec(delete(table).where(*chosen)).rowcount  # type: ignore[arg-type]

    def _count(self, table: type[VoteRow | AdministratorLinkRow], person_id: str) -> int:
        counted = select(func.count()).select_from(table).where(table.person_id == person_id)
        return self._session.exec(counted).one()


def _names(text: str, marks: Iterable[str]) -> bool:
    return any(mark in text for mark in marks)


class ErasureListError(StartError):
    """The list cannot be believed; the message says, in French, what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"La liste d'effacements {path} a été changée, coupée, ou vient d'un autre guichet : "
            "des personnes effacées reviendraient. Reprenez-la de vos sauvegardes, puis relancez "
            "(guichet restore --erasures FICHIER, guichet person replay FICHIER)."
        )


def write_list(path: Path, erasures: Iterable[Erasure], encryption: Encryption) -> None:
    """Writes the list beside the database; whoever reads the file reads no name in it.

    The last line proves all before it. The file is written beside its name first: it is there
    whole, or as it was.
    """
    lines = "".join(
        json.dumps({"person": one.person, "tickets": one.tickets, "at": one.at.isoformat()}) + "\n"
        for one in erasures
    )
    aside = path.with_name(path.name + ".part")
    handle = os.open(aside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(lines + json.dumps({"proof": encryption.authenticate(_PURPOSE, lines)}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def read_list(path: Path, encryption: Encryption) -> tuple[Erasure, ...]:
    """Reads the list. Raises ErasureListError: it is not as this desk wrote it."""
    try:
        *lines, last = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if json.loads(last)["proof"] != encryption.authenticate(_PURPOSE, "".join(lines)):
            raise ErasureListError(path)
        said = map(json.loads, lines)
        return tuple(
            Erasure(
                person=one["person"],
                tickets=TicketErasure(one["tickets"]),
                at=datetime.fromisoformat(one["at"]),
            )
            for one in said
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ErasureListError(path) from None
