"""Filing: a request becomes a ticket, once, with the next number of its year and no gap.

A year's counter is locked at the first number that a transaction takes of it, and counted on here;
the ticket, its agents and the beginning of its history are said to the database with those of
other turns.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlmodel import Session

from bot.domain.ticket import (
    Agent,
    Happening,
    Ticket,
    TicketRequest,
    TicketStatus,
    format_reference,
)
from bot.storage.base import Row, table_of
from bot.storage.codec import answers_to_json, content_to_json
from bot.storage.dispatch import Dispatch
from bot.storage.encryption import Encryption
from bot.storage.tables_requests import TicketAgentRow, TicketHappeningRow, TicketRow, TicketYearRow
from bot.storage.tickets import Tickets, agent_of, content_of

PARIS = ZoneInfo("Europe/Paris")  # a ticket's year is that of the desk's calendar

_TICKET = table_of(TicketRow)
_WHOSE = select(_TICKET.c.person_id).where(_TICKET.c.id == bindparam("identity"))
_YEAR = table_of(TicketYearRow)
_COUNTER = select(_YEAR.c.last_number).where(_YEAR.c.year == bindparam("of")).with_for_update()
_UNTOLD: Row = {one.name: None for one in _TICKET.columns if one.nullable}
"""What a ticket has only later."""


class Filing(Tickets):
    """Filing on top of what tickets are."""

    def __init__(
        self, session: Session, vault: Encryption, dispatches: Sequence[Dispatch] = ()
    ) -> None:
        super().__init__(session, vault, dispatches)
        self._last_numbers: dict[int, int] = {}  # of the years that are locked

    def file_ticket(self, person_id: str, request: TicketRequest, now: datetime) -> Ticket:
        """Records a request; one filed before (the same identity) is given back as it stands."""
        made = self.file_new(person_id, request, now)
        return made or self._ticket(self._elsewhere.get_one(TicketRow, request.identity))

    def file_new(
        self,
        person_id: str,
        request: TicketRequest,
        now: datetime,
        *,
        queue: str = "",
        follows: str = "",
    ) -> Ticket | None:
        """Records a request; None for one that was filed before."""
        if self._is_filed_by(person_id, request.identity):
            return None
        year = now.astimezone(PARIS).year
        if year not in self._last_numbers:
            self._lock_year(year)
            # Who filed it while this one waited for the counter has committed: looked for again.
            if self._is_filed_by(person_id, request.identity):
                return None
        ticket = Ticket(
            reference=format_reference(year, self._last_numbers[year] + 1),
            status=TicketStatus.NEW,
            filed_at=now.astimezone(UTC),
            request=request,
            queue=queue,
            follows=follows,
            pieces=self.pieces(request.identity),
        )
        self._record(person_id, ticket, year)
        return ticket

    def is_filed(self, identity: str) -> bool:
        return self._whose(identity) is not None

    def begin_history(self, ticket: Ticket, filed: Happening) -> None:
        """The first thing that happened to a ticket that was just filed."""
        row = {
            "ticket_id": ticket.request.identity,
            "place": 0,
            "what": filed.what,
            "who": filed.who,
            "detail": filed.detail,
            "at": filed.at,
        }
        self._later(TicketHappeningRow, self._add_happenings, row)

    def _forget(self) -> None:
        super()._forget()
        self._last_numbers.clear()

    def _is_filed_by(self, person_id: str, identity: str) -> bool:
        whose = self._whose(identity)
        if whose not in (None, person_id):
            raise ValueError("a draft's identity belongs to one person")
        return whose is not None

    def _whose(self, identity: str) -> str | None:
        found: str | None = self._reading_of(TicketRow, id=identity).scalar(
            _WHOSE, {"identity": identity}
        )
        return found

    def _lock_year(self, year: int) -> None:
        """The year's counter, held until the commit: numbers have no gap and no double."""
        counter = self._reading(TicketYearRow)
        last: int | None = counter.scalar(_COUNTER, {"of": year})
        if last is None:
            self._insert_new(TicketYearRow, year=year, last_number=0)
            last = counter.scalar(_COUNTER, {"of": year})
        assert last is not None  # it was just made, if not before
        self._last_numbers[year] = last

    def _record(self, person_id: str, ticket: Ticket, year: int) -> None:
        number = self._last_numbers[year] = self._last_numbers[year] + 1
        self._later(TicketYearRow, self._put_years, {"year": year, "last_number": number})
        row = {"person_id": person_id, "year": year, "number": number, **self._filed(ticket)}
        self._later(TicketRow, self._add_tickets, row)
        for place, agent in enumerate(ticket.request.agents):
            self._later(TicketAgentRow, self._add_agents, self._agent(ticket.request, place, agent))

    def _filed(self, ticket: Ticket) -> dict[str, Any]:
        request = ticket.request
        theme, motif, sous_motif = request.labels
        return {
            **_UNTOLD,
            "id": request.identity,
            "reference": ticket.reference,
            "siret": request.employer.siret,
            "path": request.path,
            "theme_label": theme,
            "motif_label": motif,
            "sous_motif_label": sous_motif,
            "fund": request.fund,
            "status": ticket.status.value,
            "assurance": request.assurance.value,
            "filed_at": ticket.filed_at,
            "updated_at": ticket.filed_at,
            "content_sealed": self._seal(content_to_json(request), *content_of(request.identity)),
            "queue": ticket.queue or None,
            "follows": ticket.follows or None,
        }

    def _agent(self, request: TicketRequest, place: int, agent: Agent) -> Row:
        nir = agent.answer("nir")
        print_ = None
        if nir is not None and nir.value:
            print_ = self._vault.fingerprint(nir.value, request.employer.siret)
        sealed = self._seal(answers_to_json(agent.answers), *agent_of(request.identity, place))
        return {
            "ticket_id": request.identity,
            "place": place,
            "answers_sealed": sealed,
            "nir_fingerprint": print_,
            "fingerprint_key": self._vault.fingerprint_key if print_ else None,
        }

    def _put_years(self, rows: list[Row]) -> None:
        self._put_all(TicketYearRow, rows)

    def _add_tickets(self, rows: list[Row]) -> None:
        self._add_all(TicketRow, rows)

    def _add_agents(self, rows: list[Row]) -> None:
        self._add_all(TicketAgentRow, rows)

    def _add_happenings(self, rows: list[Row]) -> None:
        self._add_all(TicketHappeningRow, rows)
