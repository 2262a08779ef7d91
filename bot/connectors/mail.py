"""E-mail: each consignment as a message of its own, all those of a ticket in one thread.

The `Message-ID` is made from the ticket's reference, so the same thing sent twice after a doubt has
the same name, and `References` leads back to the first message.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from html import escape
from typing import Any

import aiosmtplib

from bot.connectors.wording import Wording
from bot.domain.consignment import Consignment, Item, NirShown
from bot.domain.receipt import Carried, Delivered, Refused, RetryLater, Uncertain

CODE = "email"
TIMEOUT = 30.0


class Security(StrEnum):
    """How the connection is protected; anything but `NONE` checks the server's certificate."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mail."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Sends to one address."""

    server: MailServer
    sender: str
    recipient: str
    wording: Wording
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def nir(self) -> NirShown:
        return self.wording.nir

    async def deliver(self, consignment: Consignment) -> Carried:
        message = self.write(consignment)
        client = self._client()
        try:
            await self._open(client)
        except aiosmtplib.SMTPException as error:
            return RetryLater(_code(error))
        except OSError:
            return RetryLater(f"{CODE}.out_of_reach")
        try:
            await client.send_message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _read(error)
        finally:
            client.close()
        return Delivered(str(message["Message-ID"]))

    async def find(self, _: Consignment) -> None:
        """Nobody can be asked; the same `Message-ID` tells the receiver that it is the same."""
        return

    async def check(self) -> str | None:
        """Connect, log in, and leave."""
        server, client = self.server, self._client()
        try:
            await self._open(client)
            await client.quit()
        except aiosmtplib.SMTPAuthenticationError:
            return f"Le serveur {server.host} refuse SMTP_USER et SMTP_PASSWORD."
        except (aiosmtplib.SMTPException, OSError) as error:
            kind = type(error).__name__
            return (
                f"Le serveur de courrier {server.host}:{server.port} ne répond pas comme attendu "
                f"({kind}) : vérifiez SMTP_HOST, SMTP_PORT et SMTP_SECURITY."
            )
        finally:
            client.close()
        return None

    def write(self, consignment: Consignment) -> EmailMessage:
        """The message, in text and in HTML."""
        ticket = consignment.ticket
        lines = list(self.wording.lines(consignment))
        message = EmailMessage()
        message["From"], message["To"] = self.sender, self.recipient
        message["Subject"] = self.wording.title(consignment)
        message["Date"] = format_datetime(consignment.at)
        message["Message-ID"] = self._name(consignment.key)
        if consignment.item is not Item.TICKET:
            root = self._name(ticket.reference)
            message["In-Reply-To"] = root
            message["References"] = root
        if ticket.request.email:
            message["Reply-To"] = ticket.request.email
        message["Auto-Submitted"] = "auto-generated"
        message["X-Guichet-Reference"] = ticket.reference
        message["X-Guichet-Event"] = consignment.item.value
        message.set_content("\n".join(lines))
        message.add_alternative(_html(lines), subtype="html")
        return message

    def _name(self, key: str) -> str:
        domain = self.sender.rpartition("@")[2].strip(">") or "guichet.invalid"
        return f"<{key.replace('/', '.')}@{domain}>"

    def _client(self) -> aiosmtplib.SMTP:
        server = self.server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=server.context,
            timeout=TIMEOUT,
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self.server.username:
            await client.login(self.server.username, self.server.password)


def _html(lines: list[str]) -> str:
    paragraphs = "<br>\n".join(escape(line) for line in lines)
    return f'<!doctype html>\n<html lang="fr"><body><p>{paragraphs}</p></body></html>\n'


def _code(error: Any) -> str:
    number = getattr(error, "code", None)
    return f"{CODE}.{number}" if isinstance(number, int) else f"{CODE}.{type(error).__name__}"


def _read(error: Exception) -> Carried:
    """What it means that a message was not taken.

    A 5xx on the way is final, a 4xx is not; without any answer the message may have been taken.
    """
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            codes = [one.code for one in refused]
            return _answered(max(codes, default=450))
        case aiosmtplib.SMTPResponseException(code=code):
            return _answered(code)
        case _:
            return Uncertain(f"{CODE}.broken")


def _answered(code: int) -> Carried:
    if 500 <= code < 600:
        return Refused(f"{CODE}.{code}")
    return RetryLater(f"{CODE}.{code}") if code > 0 else Uncertain(f"{CODE}.broken")
