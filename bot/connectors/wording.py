"""How a ticket reads in another system: in French, line by line, its NIRs as the setting says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.conversation.display import attachment_line, masked_value
from bot.conversation.questions import KEY_UNCHECKED
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.dates import in_paris
from bot.domain.ticket import MASK, Answer, Ticket
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Labels of fields by their key, and how NIRs are shown.

    `desk` says where a ticket is seen whole; `{reference}` in it is replaced.
    """

    labels: Mapping[str, str]
    nir: NirShown
    desk: str

    def title(self, consignment: TicketExport) -> str:
        """« [PEPS-2026-000001] Sous-motif »: the reference stands in it, whatever happens."""
        ticket = consignment.ticket
        return f"[{ticket.reference}] {ticket.request.labels[2]}"

    def lines(self, consignment: TicketExport) -> Iterator[str]:
        """What is to be read, without any markup."""
        match consignment.item:
            case ExportItem.TICKET:
                yield from self.ticket_lines(consignment.ticket)
            case ExportItem.MESSAGE if consignment.message is not None:
                author = _say(text(f"outside.{consignment.message.author}"))
                moment = in_paris(consignment.message.written_at)
                yield f"{author}, le {moment:%d/%m/%Y à %H:%M} :"
                yield from consignment.message.text.split("\n")
                yield from piece_lines(consignment.ticket, consignment.message.place)
            case ExportItem.CORRECTION:
                yield from _corrected(consignment)
            case _:
                status = consignment.status or consignment.ticket.status
                yield _say(text("outside.status", status=text(f"state.{status}")))
        yield ""
        yield self.where(consignment.ticket)

    def where(self, ticket: Ticket) -> str:
        place = self.desk.replace("{reference}", ticket.reference)
        return _say(text("outside.where", place=place))

    def ticket_lines(self, ticket: Ticket) -> Iterator[str]:
        request = ticket.request
        yield f"{' > '.join(request.labels)}"
        yield f"Employeur : {request.employer.name} ({request.employer.siret})"
        assurance = _say(text(f"assurance.{request.assurance}"))
        yield f"Demandeur : {assurance}, {request.email or 'sans adresse électronique'}"
        if request.fund:
            yield f"Fonds : {request.fund}"
        if ticket.follows:
            yield f"Fait suite à : {ticket.follows}"
        for answer in request.answers:
            yield self._answer(answer, ticket)
        for place, agent in enumerate(request.agents, 1):
            yield f"Agent {place} :"
            for answer in agent.answers:
                yield f"  {self._answer(answer, ticket)}"
        yield ""
        yield from request.description.split("\n")
        yield from piece_lines(ticket, None)

    def value(self, answer: Answer, ticket: Ticket) -> str:
        """The value of an answer, fit for where it goes."""
        if not answer.value:
            return "non indiqué"
        if not answer.is_sensitive or self.nir is NirShown.CLEAR:
            return answer.value
        if self.nir is NirShown.LINK or answer.masked == MASK:
            return self.desk.replace("{reference}", ticket.reference)
        return masked_value(answer)

    def _answer(self, answer: Answer, ticket: Ticket) -> str:
        label = self.labels.get(answer.key, answer.key).replace(" {date_of}", "")
        value = self.value(answer, ticket)
        if answer.note == KEY_UNCHECKED:
            value = _say(text("answer.key_unchecked", value=value))
        return f"{label} : {value}"


def _corrected(consignment: TicketExport) -> Iterator[str]:
    """The words as they are now, and in whose place they stand."""
    message = consignment.message
    if message is None:
        yield _say(text("outside.description_corrected", name=consignment.corrects))
        yield from consignment.ticket.request.description.split("\n")
        return
    author = _say(text(f"outside.{message.author}"))
    moment = f"{in_paris(message.written_at):%d/%m/%Y à %H:%M}"
    corrected = text(
        "outside.message_corrected", author=author, moment=moment, name=consignment.corrects
    )
    yield _say(corrected)
    yield from message.text.split("\n")


def piece_lines(ticket: Ticket, place: int | None) -> Iterator[str]:
    """What came along, named; who wants to see it looks for it at the desk."""
    return (_say(attachment_line(piece)) for piece in ticket.pieces_at(place))


def _say(said: Text) -> str:
    return unescape(fill(said)).strip()
