"""Tickets: a request filed once, read by who filed it and by the desk, and where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from bot.domain.errors import RestrictedError
from bot.domain.people import Assurance, Employer
from bot.domain.ticket import (
    Agent,
    Author,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
    TicketSummary,
    format_reference,
)
from bot.storage.attachments import Attachments
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.people import inviting_employers
from bot.storage.row_mac import check_row, intact, is_intact
from bot.storage.tables_requests import (
    PersonRow,
    TicketAgentRow,
    TicketMessageRow,
    TicketRow,
    TicketYearRow,
)
from bot.storage.ticket_content import (
    answers_from_json,
    answers_to_json,
    content_from_json,
    content_to_json,
)

PARIS = ZoneInfo("Europe/Paris")  # a ticket's year is that of the desk's calendar
OPEN = tuple(status.value for status in TicketStatus if status.is_open)


class Tickets(Repository):
    """Filed requests.

    A ticket of which a row was changed outside the desk is left out of lists (`left_out` are their
    references), and refused (`ChangedRowError`) by whatever reads or changes that one ticket.
    """

    def __init__(self, session: Session, encryption: Encryption, attachments: Attachments) -> None:
        super().__init__(session, encryption)
        self._attachments = attachments
        self.left_out: tuple[str, ...] = ()

    def create(
        self,
        person_id: str,
        request: TicketRequest,
        now: datetime,
        *,
        queue: str = "",
        follows: str = "",
    ) -> Ticket | None:
        """Files a request under the next number of its year; None for one that was filed before.

        The year's row is locked until the commit: numbers have no gap and no double, and another
        process that files the same request has ended.
        """
        year = self._lock_year(now.astimezone(PARIS).year)
        filed = self._session.get(TicketRow, request.identity)
        if filed is not None:
            check_row(filed)
            if filed.person_id != person_id:
                raise ValueError("a draft's identity belongs to one person")
            return None
        year.last_number += 1
        ticket = Ticket(
            reference=format_reference(year.year, year.last_number),
            status=TicketStatus.NEW,
            filed_at=now.astimezone(UTC),
            request=request,
            queue=queue,
            follows=follows,
            pieces=self._attachments.of(request.identity),
        )
        self._session.add(self._new_row(person_id, ticket, year))
        self._session.flush()  # before the rows that refer to it
        for place, agent in enumerate(request.agents):
            row_name, answers = f"{request.identity}/{place}", answers_to_json(agent.answers)
            sealed = self._seal(answers, "ticket_agent", row_name, "answers")
            self._session.add(
                TicketAgentRow(ticket_id=request.identity, place=place, answers_sealed=sealed)
            )
        return ticket

    def get_or_create(self, person_id: str, request: TicketRequest, now: datetime) -> Ticket:
        """Files a request; one filed before (the same identity) is returned as it stands."""
        made = self.create(person_id, request, now)
        return made or self.to_ticket(self._session.get_one(TicketRow, request.identity))

    def of_person(self, person_id: str) -> tuple[TicketSummary, ...]:
        """Returns the person's own tickets, newest first."""
        own = select(TicketRow).where(TicketRow.person_id == person_id)
        newest = own.order_by(col(TicketRow.filed_at).desc(), col(TicketRow.number).desc())
        return self._summaries(self._session.exec(newest))

    def waiting_for(self, person_id: str) -> tuple[str, ...]:
        """Returns the references of the tickets that wait for their requester, newest first."""
        own = select(TicketRow).where(
            TicketRow.person_id == person_id, TicketRow.status == TicketStatus.PENDING
        )
        rows = self._session.exec(own.order_by(col(TicketRow.filed_at).desc()))
        return tuple(row.reference for row in intact(tuple(rows)))

    def own(self, person_id: str, reference: str) -> Ticket | None:
        """Returns a ticket of the person's own; somebody else's is as good as none.

        What the desk's people write among themselves is left out.
        """
        row = self._own_row(person_id, reference)
        return without_internal(self.to_ticket(row)) if row else None

    def reference_of(self, person_id: str, identity: str) -> str:
        """Returns the reference of the person's own draft once it is filed; empty before."""
        row = self._session.get(TicketRow, identity)
        if row is None or row.person_id != person_id:
            return ""
        check_row(row)
        return row.reference

    def withdraw(self, person_id: str, reference: str, now: datetime) -> Ticket | None:
        """Withdraws the person's own ticket if it is open; None when there is none of that name."""
        row = self._own_row(person_id, reference, lock=True)
        if row is None:
            return None
        if TicketStatus(row.status).is_open:
            _change_status(row, TicketStatus.WITHDRAWN, now)
        return without_internal(self.to_ticket(row))

    def rate(self, person_id: str, reference: str, score: int, words: str, now: datetime) -> bool:
        """Keeps the requester's score and their reason for it; their last word counts."""
        row = self._own_row(person_id, reference, lock=True)
        if row is None:
            return False
        row.score, row.scored_at = score, now
        if words:
            row.score_words_sealed = self._seal(words, "ticket", row.id, "score_words")
        return True

    def score_words(self, reference: str) -> str:
        """Returns the requester's reason for their score; empty where they gave none."""
        row = self.row(reference)
        if row is None or row.score_words_sealed is None:
            return ""
        return self._open(row.score_words_sealed, "ticket", row.id, "score_words")

    def similar_open(self, person_id: str, request: TicketRequest) -> TicketSummary | None:
        """Returns an open ticket of the same person: same employer, same sous-motif, same agents.

        There is none to tell of once the request itself is filed.
        """
        if self._session.get(TicketRow, request.identity) is not None:
            return None
        similar = select(TicketRow).where(
            TicketRow.person_id == person_id,
            TicketRow.siret == request.employer.siret,
            TicketRow.path == request.path,
            col(TicketRow.status).in_(OPEN),
        )
        wanted = {agent.identity for agent in request.agents}
        newest = self._session.exec(similar.order_by(col(TicketRow.filed_at).desc())).all()
        for row in newest:
            if self.is_whole(row) and {one.identity for one in self._agents(row)} == wanted:
                return _summary(row)
        return None

    def by_reference(self, reference: str) -> Ticket | None:
        """Returns anybody's ticket, for who works at the desk and for what leaves.

        Raises:
            RestrictedError: its processing is restricted; `even_restricted` reads it all the same.
        """
        row = self.row(reference)
        if row is not None and row.restricted_at is not None:
            raise RestrictedError(reference)
        return self.to_ticket(row) if row else None

    def even_restricted(self, reference: str) -> Ticket | None:
        """Returns anybody's ticket, for the rights of persons: access, rectification, lifting."""
        row = self.row(reference)
        return self.to_ticket(row) if row else None

    def newest(
        self,
        *,
        status: TicketStatus | None = None,
        siret: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> tuple[TicketSummary, ...]:
        """Returns everybody's tickets, newest first, for who works at the desk."""
        chosen = select(TicketRow)
        if status is not None:
            chosen = chosen.where(TicketRow.status == status.value)
        if siret is not None:
            chosen = chosen.where(TicketRow.siret == siret)
        if since is not None:
            chosen = chosen.where(TicketRow.filed_at >= since)
        newest = chosen.order_by(col(TicketRow.filed_at).desc()).limit(limit)
        return self._summaries(self._session.exec(newest))

    def still_open(self, limit: int) -> tuple[TicketSummary, ...]:
        """Returns what is still to be done, the oldest first."""
        chosen = select(TicketRow).where(col(TicketRow.status).in_(OPEN))
        rows = self._session.exec(chosen.order_by(col(TicketRow.filed_at)).limit(limit))
        return self._summaries(rows)

    def untouched(self, before: datetime, limit: int) -> tuple[str, ...]:
        """Returns the references of open tickets about which nothing was done since `before`;
        restricted ones are left alone. The oldest first."""
        chosen = select(TicketRow.reference).where(
            col(TicketRow.status).in_(OPEN),
            col(TicketRow.updated_at) <= before,
            col(TicketRow.restricted_at).is_(None),
        )
        return tuple(self._session.exec(chosen.order_by(col(TicketRow.updated_at)).limit(limit)))

    def set_status(self, reference: str, status: TicketStatus, now: datetime) -> Ticket | None:
        """Sets the status as the desk decided; None when there is no ticket of that name."""
        row = self.row(reference, lock=True)
        if row is None:
            return None
        _change_status(row, status, now)
        return self.to_ticket(row)

    def assign(self, reference: str, who: str, now: datetime) -> None:
        """`who` is at work on the ticket; nobody is, when it is empty."""
        row = self.row(reference, lock=True)
        if row is not None:
            row.taken_by, row.updated_at = who or None, now

    def move_to_queue(self, reference: str, queue: str) -> None:
        row = self.row(reference, lock=True)
        if row is not None:
            row.queue = queue or None

    def row(self, reference: str, *, lock: bool = False) -> TicketRow | None:
        """Returns a ticket's row; locked, it is read again as another process may have left it.

        Raises:
            ChangedRowError: it was changed outside the desk.
        """
        named = select(TicketRow).where(TicketRow.reference == reference)
        if lock:
            named = named.with_for_update().execution_options(populate_existing=True)
        row = self._session.exec(named).first()
        if row is not None:
            check_row(row)
        return row

    def to_ticket(self, row: TicketRow) -> Ticket:
        """Opens a row, with its messages and the names of its attachments."""
        return Ticket(
            reference=row.reference,
            status=TicketStatus(row.status),
            filed_at=row.filed_at,
            request=self.request_of(row),
            messages=self._messages(row),
            queue=row.queue or "",
            taken_by=row.taken_by or "",
            follows=row.follows or "",
            closed_at=row.closed_at,
            score=row.score,
            pieces=self._attachments.of(row.id),
            restricted=row.restricted_at is not None,
        )

    def request_of(self, row: TicketRow) -> TicketRequest:
        """Opens what of a row was asked when it was filed.

        Its assurance is that of the day of filing, but for an invitation whose link has ended
        since: nobody vouches for the person any more.
        """
        check_row(row)
        content = content_from_json(self._open(row.content_sealed, "ticket", row.id, "content"))
        return TicketRequest(
            identity=row.id,
            path=row.path,
            labels=(row.theme_label, row.motif_label, row.sous_motif_label),
            fund=row.fund,
            employer=Employer(row.siret, content.employer),
            email=content.email,
            assurance=self._assurance(row),
            answers=content.answers,
            agents=self._agents(row),
            description=content.description,
            sources=content.sources,
        )

    def _assurance(self, row: TicketRow) -> Assurance:
        filed = Assurance(row.assurance)
        if filed is Assurance.INVITED:
            person = self._session.get_one(PersonRow, row.person_id)
            return filed if row.siret in inviting_employers(person) else Assurance.DECLARED
        return filed

    def _lock_year(self, year: int) -> TicketYearRow:
        row = self._session.get(TicketYearRow, year, with_for_update=True)
        if row is None:
            self._insert_new(TicketYearRow, year=year, last_number=0)
            row = self._session.get_one(TicketYearRow, year, with_for_update=True)
        return row

    def _new_row(self, person_id: str, ticket: Ticket, year: TicketYearRow) -> TicketRow:
        request = ticket.request
        theme, motif, sous_motif = request.labels
        return TicketRow(
            id=request.identity,
            reference=ticket.reference,
            year=year.year,
            number=year.last_number,
            person_id=person_id,
            siret=request.employer.siret,
            path=request.path,
            theme_label=theme,
            motif_label=motif,
            sous_motif_label=sous_motif,
            fund=request.fund,
            status=ticket.status.value,
            assurance=request.assurance.value,
            filed_at=ticket.filed_at,
            updated_at=ticket.filed_at,
            content_sealed=self._seal(
                content_to_json(request), "ticket", request.identity, "content"
            ),
            queue=ticket.queue or None,
            follows=ticket.follows or None,
        )

    def _own_row(self, person_id: str, reference: str, *, lock: bool = False) -> TicketRow | None:
        row = self.row(reference, lock=lock)
        return row if row and row.person_id == person_id else None

    def is_whole(self, row: TicketRow) -> bool:
        """Whether neither the ticket nor one of its agents was changed outside the desk."""
        return is_intact(row) and all(map(is_intact, self._agent_rows(row)))

    def _summaries(self, rows: Iterable[TicketRow]) -> tuple[TicketSummary, ...]:
        read = tuple(rows)
        self.left_out = tuple(row.reference for row in read if not is_intact(row))
        return tuple(_summary(row) for row in intact(read))

    def _agent_rows(self, ticket: TicketRow) -> Sequence[TicketAgentRow]:
        mine = select(TicketAgentRow).where(TicketAgentRow.ticket_id == ticket.id)
        return self._session.exec(mine.order_by(col(TicketAgentRow.place))).all()

    def _agents(self, ticket: TicketRow) -> tuple[Agent, ...]:
        rows = self._agent_rows(ticket)
        for row in rows:
            check_row(row, f"demande {ticket.reference}")
        return tuple(map(self.agent, rows))

    def agent(self, row: TicketAgentRow) -> Agent:
        """Opens the answers about one agent."""
        row_name = f"{row.ticket_id}/{row.place}"
        answers = self._open(row.answers_sealed, "ticket_agent", row_name, "answers")
        return Agent(answers_from_json(answers))

    def _messages(self, ticket: TicketRow) -> tuple[TicketMessage, ...]:
        mine = select(TicketMessageRow).where(TicketMessageRow.ticket_id == ticket.id)
        rows = self._session.exec(mine.order_by(col(TicketMessageRow.place))).all()
        for row in rows:
            check_row(row, f"demande {ticket.reference}")
        return tuple(
            TicketMessage(
                author=Author(row.author),
                text=self._open(
                    row.text_sealed, "ticket_message", f"{ticket.id}/{row.place}", "text"
                ),
                written_at=row.written_at,
                place=row.place,
                by=row.by or "",
                internal=bool(row.internal),
            )
            for row in rows
        )


def without_internal(ticket: Ticket) -> Ticket:
    """Leaves out what the desk's people write among themselves."""
    shown = tuple(message for message in ticket.messages if not message.internal)
    places = {None, *(message.place for message in shown)}
    pieces = tuple(piece for piece in ticket.pieces if piece.place in places)
    return replace(ticket, messages=shown, pieces=pieces)


def _summary(row: TicketRow) -> TicketSummary:
    return TicketSummary(
        reference=row.reference,
        status=TicketStatus(row.status),
        filed_at=row.filed_at,
        label=row.sous_motif_label,
        queue=row.queue or "",
        taken_by=row.taken_by or "",
        restricted=row.restricted_at is not None,
    )


def _change_status(row: TicketRow, status: TicketStatus, now: datetime) -> None:
    row.status = status.value
    row.closed_at = None if status.is_open else row.closed_at or now
    row.updated_at = now
