"""Threads: what happens to a ticket once it is filed, between its requester and the desk."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy
from sqlalchemy import and_, bindparam, func, or_
from sqlmodel import col, select

from bot.domain.ticket import (
    AnswerSource,
    Happening,
    Ticket,
    TicketMessage,
    TicketRequest,
    TicketStatus,
    TicketSummary,
)
from bot.storage.base import table_of
from bot.storage.codec import content_to_json
from bot.storage.tables_requests import TicketHappeningRow, TicketMessageRow, TicketRow
from bot.storage.tickets import SUMMARY, Filing, content_of, message_of, summary_of

RECENT = 20
"""Tickets of a person among which a message that was corrected is looked for."""

OPEN = tuple(status.value for status in TicketStatus if status.is_open)

_TICKET = table_of(TicketRow)
_SIMILAR = (
    sqlalchemy.select(_TICKET.c.id, _TICKET.c.siret, *SUMMARY)
    .where(
        _TICKET.c.person_id == bindparam("person_id"),
        or_(
            _TICKET.c.id == bindparam("identity"),
            and_(
                _TICKET.c.siret == bindparam("siret"),
                _TICKET.c.path == bindparam("path"),
                _TICKET.c.status.in_(OPEN),
            ),
        ),
    )
    .order_by(_TICKET.c.filed_at.desc())
)


class Threads(Filing):
    """Messages, takers, queues, scores and the history of tickets."""

    def post_message(self, reference: str, message: TicketMessage) -> TicketMessage | None:
        """The message in its place at the end of the ticket; None without a ticket."""
        row = self._by_reference(reference, lock=True)
        return self._append(row, message) if row else None

    def edit_message(self, reference: str, place: int, text: str, now: datetime) -> bool:
        """Put other words in the place of a message's; whether there was such a message."""
        ticket = self._by_reference(reference, lock=True)
        row = self._elsewhere.get(TicketMessageRow, (ticket.id, place)) if ticket else None
        if ticket is None or row is None:
            return False
        row.text_sealed = self._seal(text, *message_of(ticket.id, place))
        ticket.updated_at = now
        self._elsewhere.flush()
        return True

    def message_from(self, person_id: str, source: str) -> tuple[str, int] | None:
        """Which ticket a message of the person's became part of, and its place there."""
        found = (
            select(TicketRow.reference, TicketMessageRow.place)
            .join(TicketRow, col(TicketRow.id) == col(TicketMessageRow.ticket_id))
            .where(TicketRow.person_id == person_id, TicketMessageRow.source == source)
        )
        return self._session.exec(found).first()

    def reword_description(self, reference: str, text: str, now: datetime) -> None:
        """Put other words in the place of the description of a ticket."""
        row = self._by_reference(reference, lock=True)
        if row is not None:
            request = replace(self._request(row), description=text)
            row.content_sealed = self._seal(content_to_json(request), *content_of(row.id))
            row.updated_at = now
            self._elsewhere.flush()

    def written_in(
        self, person_id: str, source: str
    ) -> tuple[Ticket, tuple[AnswerSource, ...]] | None:
        """The newest ticket of the person's whose request was written in that message, and what of
        it; long ago nobody corrects any more."""
        own = select(TicketRow).where(TicketRow.person_id == person_id)
        newest = own.order_by(col(TicketRow.filed_at).desc()).limit(RECENT)
        for row in self._elsewhere.exec(newest).all():
            sources = self._request(row).sources
            found = tuple(one for one in sources if source in one.message.split(","))
            if found:
                return self._ticket_for_requester(row), found
        return None

    def reference_of(self, person_id: str, identity: str) -> str:
        """The reference of the person's own draft once it is filed; empty before."""
        row = self._session.get(TicketRow, identity)
        return row.reference if row is not None and row.person_id == person_id else ""

    def take_ticket(self, reference: str, who: str, now: datetime) -> None:
        """`who` is at work on the ticket; nobody is, when it is empty."""
        row = self._by_reference(reference, lock=True)
        if row is not None:
            row.taken_by, row.updated_at = who or None, now
            self._elsewhere.flush()

    def move_ticket(self, reference: str, queue: str) -> None:
        row = self._by_reference(reference, lock=True)
        if row is not None:
            row.queue = queue or None
            self._elsewhere.flush()

    def link_ticket(self, reference: str, follows: str) -> None:
        """The ticket continues an older one."""
        row = self._by_reference(reference, lock=True)
        if row is not None:
            row.follows = follows
            self._elsewhere.flush()

    def rate_ticket(
        self, person_id: str, reference: str, score: int, words: str, now: datetime
    ) -> bool:
        """Keep what the requester thought of it; their last word counts."""
        row = self._own(person_id, reference, lock=True)
        if row is None:
            return False
        row.score, row.scored_at = score, now
        if words:
            row.score_words_sealed = self._seal(words, "ticket", row.id, "score_words")
        self._elsewhere.flush()
        return True

    def score_words(self, reference: str) -> str:
        row = self._by_reference(reference)
        if row is None or row.score_words_sealed is None:
            return ""
        return self._open(row.score_words_sealed, "ticket", row.id, "score_words")

    def similar_open(self, person_id: str, request: TicketRequest) -> TicketSummary | None:
        """An open ticket of the same person: same employer, same sous-motif, same agents; of a
        request that is filed itself there is none to be told of."""
        asked = {
            "person_id": person_id,
            "siret": request.employer.siret,
            "path": request.path,
            "identity": request.identity,
        }
        found = self._reading_of(TicketRow, person_id=person_id).execute(_SIMILAR, asked).all()
        if any(row.id == request.identity for row in found):
            return None
        wanted = self._agents_of_request(request) if found else set()
        for row in found:
            if self._agents_filed(row.id, row.siret) == wanted:
                return summary_of(row)
        return None

    def open_tickets(self, limit: int) -> tuple[TicketSummary, ...]:
        """What is still to be done, the oldest first."""
        chosen = select(TicketRow).where(col(TicketRow.status).in_(OPEN))
        rows = self._elsewhere.exec(chosen.order_by(col(TicketRow.filed_at)).limit(limit))
        return tuple(summary_of(row) for row in rows)

    def note_happening(self, reference: str, happening: Happening) -> None:
        row = self._by_reference(reference)
        if row is None:
            return
        mine = TicketHappeningRow.ticket_id == row.id
        counted = select(func.count()).select_from(TicketHappeningRow).where(mine)
        self._elsewhere.add(
            TicketHappeningRow(
                ticket_id=row.id,
                place=self._elsewhere.exec(counted).one(),
                what=happening.what,
                who=happening.who,
                detail=happening.detail,
                at=happening.at,
            )
        )
        self._elsewhere.flush()

    def history(self, reference: str) -> tuple[Happening, ...]:
        """What happened to a ticket, from its filing on."""
        row = self._by_reference(reference)
        mine = select(TicketHappeningRow).where(
            TicketHappeningRow.ticket_id == (row.id if row else "")
        )
        rows = self._elsewhere.exec(mine.order_by(col(TicketHappeningRow.place)))
        return tuple(
            Happening(what=one.what, who=one.who, at=one.at, detail=one.detail) for one in rows
        )

    def tickets_filed(self, since: datetime, until: datetime) -> tuple[Ticket, ...]:
        """Every ticket filed in a stretch of time, oldest first: for the report."""
        chosen = select(TicketRow).where(
            col(TicketRow.filed_at) >= since, col(TicketRow.filed_at) < until
        )
        rows = self._elsewhere.exec(chosen.order_by(col(TicketRow.filed_at))).all()
        return tuple(self._ticket(row) for row in rows)

    def _agents_of_request(self, request: TicketRequest) -> set[tuple[str, str]]:
        siret = request.employer.siret
        return {
            self._agent_mark(((a.key, a.value) for a in agent.answers), siret)
            for agent in request.agents
        }

    def _agents_filed(self, ticket_id: str, siret: str) -> set[tuple[str, str]]:
        return {
            self._agent_mark(((a.key, a.value) for a in agent.answers), siret)
            for agent in self._agents(ticket_id)
        }

    def _agent_mark(self, answers: Iterable[tuple[str, str]], siret: str) -> tuple[str, str]:
        """Who an agent is: the NIR's fingerprint where there is one, else name and birth date."""
        given = dict(answers)
        if nir := given.get("nir"):
            return "nir", self._vault.fingerprint(nir, siret)
        names = (given.get("nom", ""), given.get("prenom", ""), given.get("ddn", ""))
        return "name", "/".join(part.casefold() for part in names)
