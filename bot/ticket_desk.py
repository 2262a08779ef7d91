"""The tickets' side of the help desk: performs what a requester's steps ask for."""

from datetime import datetime
from typing import assert_never

from bot.conversation import effects
from bot.conversation.effects import TicketEffect
from bot.conversation.events import (
    MessageAdded,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
)
from bot.domain.clock import in_paris
from bot.window import Window

TicketEvent = TicketFiled | SimilarFound | TicketsListed | TicketOpened | MessageAdded


class TicketDesk:
    """One person's turn with their own tickets."""

    def __init__(self, window: Window, now: datetime) -> None:
        self._window = window
        self._records = window.records
        self._person = window.person_id
        self._now = now

    def perform(self, effect: TicketEffect) -> TicketEvent | None:
        """Do it; what has an answer gives it back as an event."""
        match effect:
            case effects.FileTicket():
                return self._file(effect)
            case effects.ListTickets():
                return TicketsListed(self._records.tickets_of(self._person))
            case effects.OpenTicket(reference):
                return TicketOpened(self._records.ticket_of(self._person, reference))
            case effects.AddMessage(reference, words):
                return MessageAdded(*self._window.add(reference, words, self._now))
            case effects.RateTicket(reference, score, words):
                self._records.rate_ticket(self._person, reference, score, words, self._now)
                return None
            case effects.WithdrawTicket(reference):
                return TicketOpened(self._window.withdraw(reference, self._now))
            case _:
                assert_never(effect)

    def _file(self, effect: effects.FileTicket) -> TicketFiled | SimilarFound:
        request = effect.request
        if not effect.anyway and not self._records.is_filed(request.identity):
            similar = self._records.similar_open(self._person, request)
            if similar is not None:
                return SimilarFound(similar.reference, similar.filed_at)
        ticket = self._window.file(request, self._now)
        destinations = self._window.correspondence.routes.destinations
        return TicketFiled(ticket.reference, in_paris(ticket.filed_at), destinations)
