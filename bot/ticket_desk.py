"""The tickets' side of the help desk: performs what a requester's steps ask for."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.conversation import effects
from bot.conversation.effects import TicketEffect
from bot.conversation.events import (
    AttachmentKept,
    CorrectionAdded,
    MessageAdded,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
)
from bot.domain.attachment import RefusedAttachmentError
from bot.domain.dates import in_paris
from bot.services.requester_tickets import RequesterTickets

TicketEvent = (
    TicketFiled
    | SimilarFound
    | TicketsListed
    | TicketOpened
    | MessageAdded
    | AttachmentKept
    | CorrectionAdded
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a turn came from: the person's address, and the name of their message there."""

    address: str
    message: str


class TicketDesk:
    """One person's turn with their own tickets."""

    def __init__(self, window: RequesterTickets, origin: Origin, now: datetime) -> None:
        self._origin = origin
        self._window = window
        self._db = window.db
        self._person = window.person_id
        self._now = now

    def perform(  # noqa: PLR0911 -- one `match` over all effects of tickets
        self, effect: TicketEffect
    ) -> TicketEvent | None:
        """Do it; what has an answer gives it back as an event."""
        match effect:
            case effects.FileTicket():
                return self._file(effect)
            case effects.ListTickets():
                return TicketsListed(self._db.tickets.of_person(self._person))
            case effects.OpenTicket(reference):
                return TicketOpened(self._db.tickets.own(self._person, reference))
            case effects.AddMessage():
                return self._add(effect)
            case effects.FetchAttachment():
                self._fetch(effect)
                return None
            case effects.KeepAttachment():
                return self._keep(effect)
            case effects.AddCorrection(words, source):
                corrected = self._window.correct(source, words, self._now)
                return CorrectionAdded(corrected)
            case effects.RateTicket(reference, score, words):
                self._db.tickets.rate(self._person, reference, score, words, self._now)
                return None
            case effects.WithdrawTicket(reference):
                return TicketOpened(self._window.withdraw(reference, self._now))
            case _:
                assert_never(effect)

    def _file(self, effect: effects.FileTicket) -> TicketFiled | SimilarFound:
        request = effect.request
        if not effect.anyway:
            similar = self._db.tickets.similar_open(self._person, request)
            if similar is not None:
                return SimilarFound(similar.reference, similar.filed_at)
        ticket = self._window.file(request, self._now)
        destinations = self._window.correspondence.routes.destinations
        return TicketFiled(ticket.reference, in_paris(ticket.filed_at), destinations)

    def _add(self, effect: effects.AddMessage) -> MessageAdded:
        source = effect.source or self._origin.message
        ticket, became = self._window.add(effect.reference, effect.text, self._now, source=source)
        if ticket is not None and effect.identity:
            self._window.take_along(effect.identity, ticket, became, self._now)
            ticket = self._db.tickets.own(self._person, ticket.reference)
        return MessageAdded(ticket, became)

    def _fetch(self, effect: effects.FetchAttachment) -> None:
        """An errand of the person's own channel; what it brings is heard as a later event."""
        errand = {
            "document": effect.document,
            "name": effect.name,
            "caption": effect.caption,
            "identity": effect.identity,
            "reference": effect.reference,
            "message": self._origin.message,
        }
        self._db.outbox.add(self._origin.address, "fetch_piece", errand, self._now)

    def _keep(self, effect: effects.KeepAttachment) -> AttachmentKept:
        """With its ticket; or with its draft, unless that was filed while the file was fetched."""
        reference = effect.reference
        if not reference:
            reference = self._db.tickets.reference_of(self._person, effect.identity)
        try:
            if not reference:
                piece = self._window.keep(effect.identity, effect.given, self._now)
                return AttachmentKept(piece=piece, identity=effect.identity)
            ticket, became, piece = self._window.attach(
                reference, effect.words, effect.given, self._now, source=self._origin.message
            )
        except RefusedAttachmentError as error:
            return AttachmentKept(fault=error.fault)
        whole = self._db.tickets.own(self._person, ticket.reference)
        return AttachmentKept(piece=piece, ticket=whole, became=became)
