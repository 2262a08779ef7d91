"""Filing: a request becomes a ticket, once, with the next number of its year and no gap."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import select

from bot.domain.ticket import Ticket, TicketRequest, TicketStatus, format_reference
from bot.storage.codec import answers_to_json, content_to_json
from bot.storage.tables import TicketAgentRow, TicketRow, TicketYearRow
from bot.storage.tickets import Tickets, agent_of, content_of

PARIS = ZoneInfo("Europe/Paris")  # a ticket's year is that of the desk's calendar


class Filing(Tickets):
    """Filing on top of what tickets are."""

    def file_ticket(self, person_id: str, request: TicketRequest, now: datetime) -> Ticket:
        """Records a request; one filed before (the same identity) is given back as it stands."""
        row = self._filed(person_id, request.identity)
        if row is None:
            counter = self._lock_year(now.astimezone(PARIS).year)
            # Who filed it while this one waited for the counter has committed: looked for again.
            row = self._filed(person_id, request.identity)
            if row is None:
                row = self._insert_ticket(person_id, request, counter, now)
        return self._ticket(row)

    def _filed(self, person_id: str, identity: str) -> TicketRow | None:
        row = self._elsewhere.get(TicketRow, identity)
        if row is not None and row.person_id != person_id:
            raise ValueError("a draft's identity belongs to one person")
        return row

    def _lock_year(self, year: int) -> TicketYearRow:
        """The year's counter, held until the commit: numbers have no gap and no double."""
        self._insert_new(TicketYearRow, year=year, last_number=0)
        held = select(TicketYearRow).where(TicketYearRow.year == year).with_for_update()
        return self._elsewhere.exec(held.execution_options(populate_existing=True)).one()

    def _insert_ticket(
        self, person_id: str, request: TicketRequest, counter: TicketYearRow, now: datetime
    ) -> TicketRow:
        counter.last_number += 1
        theme, motif, sous_motif = request.labels
        row = TicketRow(
            id=request.identity,
            reference=format_reference(counter.year, counter.last_number),
            year=counter.year,
            number=counter.last_number,
            person_id=person_id,
            siret=request.employer.siret,
            path=request.path,
            theme_label=theme,
            motif_label=motif,
            sous_motif_label=sous_motif,
            fund=request.fund,
            status=TicketStatus.NEW.value,
            assurance=request.assurance.value,
            filed_at=now,
            updated_at=now,
            content_sealed=self._seal(content_to_json(request), *content_of(request.identity)),
        )
        self._elsewhere.add(row)
        self._elsewhere.flush()
        self._insert_agents(request)
        return row

    def _insert_agents(self, request: TicketRequest) -> None:
        for place, agent in enumerate(request.agents):
            nir = agent.answer("nir")
            print_ = None
            if nir is not None and nir.value:
                print_ = self._vault.fingerprint(nir.value, request.employer.siret)
            sealed = self._seal(answers_to_json(agent.answers), *agent_of(request.identity, place))
            self._elsewhere.add(
                TicketAgentRow(
                    ticket_id=request.identity,
                    place=place,
                    answers_sealed=sealed,
                    nir_fingerprint=print_,
                    fingerprint_key=self._vault.fingerprint_key if print_ else None,
                )
            )
        self._elsewhere.flush()
