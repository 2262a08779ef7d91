"""E-mail: each consignment as a message of its own, all those of a ticket in one thread.

The `Message-ID` is made from the ticket's reference, so the same thing sent twice after a doubt has
the same name, and `References` leads back to the first message.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from bot.connectors.email import MailServer, html_of, message_id
from bot.connectors.ticket_text import TicketFormatter
from bot.domain.delivery import ConnectorResult
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Sends to one address."""

    server: MailServer
    sender: str
    recipient: str
    wording: TicketFormatter

    @property
    def nir(self) -> NirShown:
        return self.wording.nir

    async def deliver(self, consignment: TicketExport) -> ConnectorResult:
        return await self.server.send(self.write(consignment))

    async def find(self, _: TicketExport) -> None:
        """Nobody can be asked; the same `Message-ID` tells the receiver that it is the same."""
        return

    async def check(self) -> str | None:
        return await self.server.check()

    def write(self, consignment: TicketExport) -> EmailMessage:
        """The message, in text and in HTML."""
        ticket = consignment.ticket
        lines = list(self.wording.lines(consignment))
        message = EmailMessage()
        message["From"], message["To"] = self.sender, self.recipient
        message["Subject"] = self.wording.title(consignment)
        message["Date"] = format_datetime(consignment.at)
        message["Message-ID"] = message_id(consignment.key, self.sender)
        if consignment.item is not ExportItem.TICKET:
            root = message_id(ticket.reference, self.sender)
            before = message_id(consignment.corrects, self.sender)
            is_correction = consignment.item is ExportItem.CORRECTION
            message["In-Reply-To"] = before if is_correction else root
            message["References"] = (
                root if before == root or not is_correction else f"{root} {before}"
            )
        if ticket.request.email:
            message["Reply-To"] = ticket.request.email
        message["Auto-Submitted"] = "auto-generated"
        message["X-Guichet-Reference"] = ticket.reference
        message["X-Guichet-Event"] = consignment.item.value
        message.set_content("\n".join(lines))
        message.add_alternative(html_of(lines), subtype="html")
        return message
