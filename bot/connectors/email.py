"""E-mail over SMTP: tickets to another system, and messages to people.

One connection a message. A 5xx on the way is final, a 4xx is not; without any answer the message
may have been taken.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from html import escape
from types import MappingProxyType
from typing import Self

import aiosmtplib

from bot.connectors import Connector
from bot.connectors.http import UNKNOWN_CERTIFICATE
from bot.connectors.ticket_text import TicketFormatter
from bot.conversation.texts import fill, text, unescape
from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater, Uncertain
from bot.domain.redaction import REDACTED
from bot.domain.sensitive_data import redact_sensitive
from bot.domain.ticket_export import ExportItem, NirShown, TicketExport
from bot.settings import (
    MailSecurity,
    Settings,
    SettingsError,
    require_encryption,
    require_safe_line,
    require_settings,
)
from knowledge.catalogue import Catalogue

EMAIL = "email"
SMTP_TIMEOUT = 30.0  # seconds
LONGEST_TAGGED = 24
"""Characters before the @ that leave room for a thread: 64 in all (RFC 5321, 4.5.3.1.1)."""
_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):  # else the library breaks a long name by encoding it
    _HEADERS.map_to_type(_name, MessageIDHeader)  # type: ignore[arg-type]  # a base is mixed in
_POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mail."""

    host: str
    port: int
    security: MailSecurity
    username: str = ""
    password: str = ""
    context: ssl.SSLContext | None = None

    async def send(self, message: EmailMessage) -> ConnectorResult:
        """Hand a message over; it is known there by its `Message-ID`."""
        client = self._client()
        try:
            await self._open(client)
        except aiosmtplib.SMTPException as error:
            number = getattr(error, "code", None)
            code = number if isinstance(number, int) else type(error).__name__
            return RetryLater(f"{EMAIL}.{code}")
        except OSError:
            return RetryLater(f"{EMAIL}.out_of_reach")
        try:
            await client.send_message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _read(error)
        finally:
            client.close()
        return Delivered(str(message["Message-ID"]))

    async def check(self) -> str | None:
        """Connect, log in, and leave; what is wrong in one French sentence."""
        client = self._client()
        try:
            await self._open(client)
            await client.quit()
        except aiosmtplib.SMTPAuthenticationError:
            return f"Le serveur {self.host} refuse SMTP_USER et SMTP_PASSWORD."
        except ssl.SSLCertVerificationError:
            return f"Le serveur {self.host} : {UNKNOWN_CERTIFICATE}"
        except (aiosmtplib.SMTPException, OSError) as error:
            kind = type(error).__name__
            return (
                f"Le serveur de courrier {self.host}:{self.port} ne répond pas comme attendu "
                f"({kind}) : vérifiez SMTP_HOST, SMTP_PORT et SMTP_SECURITY."
            )
        finally:
            client.close()
        return None

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security is MailSecurity.TLS,
            start_tls=self.security is MailSecurity.STARTTLS,
            tls_context=self.context,
            timeout=SMTP_TIMEOUT,
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self.username:
            await client.login(self.username, self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAddress:
    """The mailbox that answers come to: as it is, or with the thread in it (RFC 5233)."""

    address: str
    is_tagged: bool = True

    def of(self, thread: str) -> str:
        """« guichet+2026-000001-r-…@mairie-exemple.fr »."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{thread}@{domain}" if self.is_tagged else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConnector(Connector):
    """Sends each export as a message of its own to one address, those of a ticket in one thread.

    The `Message-ID` is made from the ticket's reference, so the same thing sent twice after a doubt
    has the same name, and `References` leads back to the first message.
    """

    name = EMAIL
    lacks = MappingProxyType(
        {
            "find": "le Message-ID est le même à chaque essai.",
            "news": "les réponses reviennent par la boîte d'IMAP_HOST.",
        }
    )

    server: MailServer
    sender: str
    recipient: str
    formatter: TicketFormatter
    replies: ReplyAddress | None = None

    @classmethod
    def build(cls, settings: Settings, catalogue: Catalogue) -> Self:
        require_settings(settings, EMAIL, "smtp_host", "mail_from", "mail_to")
        encrypted = settings.smtp_security is not MailSecurity.NONE
        require_encryption(settings.email_nir, "EMAIL_NIR", encrypted=encrypted)
        return cls(
            server=build_mail_server(settings),
            sender=settings.mail_from,
            recipient=settings.mail_to,
            formatter=TicketFormatter(
                catalogue=catalogue, nir=settings.email_nir, place=settings.ticket_place
            ),
            replies=build_reply_address(settings),
        )

    @property
    def nir(self) -> NirShown:
        return self.formatter.nir

    async def deliver(self, export: TicketExport) -> ConnectorResult:
        return await self.server.send(self.write(export))

    async def find(self, export: TicketExport) -> None:
        """Nobody can be asked; the same `Message-ID` tells the receiver that it is the same."""

    async def check(self) -> str | None:
        return await self.server.check()

    def write(self, export: TicketExport) -> EmailMessage:
        """The message, in text and in HTML; with a way back its name holds the thread's."""
        ticket = export.ticket
        thread = f"/{export.thread}" if self.replies and export.thread else ""
        hint = ["", unescape(fill(text("outside.reply_here")))] if thread else []
        email = Email(
            key=export.key + thread,
            recipient=self.recipient,
            subject=self.formatter.title(export),
            words="\n".join([*self.formatter.lines(export), *hint]),
            at=export.at,
        )
        message = write_message(email, self.sender)
        # A ticket is no letter that a machine wrote to somebody: GLPI's mailboxes refuse those.
        del message["Auto-Submitted"]
        if export.item is not ExportItem.TICKET:
            root = message_id(export.root + thread, self.sender)
            message["In-Reply-To"] = message["References"] = root
        if self.replies and thread:
            message["Reply-To"] = self.replies.of(export.thread)
        elif ticket.request.email:
            message["Reply-To"] = ticket.request.email
        message["X-Guichet-Reference"] = ticket.reference
        message["X-Guichet-Event"] = export.item.value
        return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """One message to one person; `key` is its own name, the same at every attempt.

    `thread` is the name of the ticket that it is about, where it can be answered.
    """

    key: str
    recipient: str
    subject: str
    words: str
    at: datetime
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Sends e-mails to people in the desk's name; tickets have their own way.

    What they say was written by the desk, yet a NIR is looked for once more: none ever leaves.
    """

    server: MailServer
    sender: str
    replies: ReplyAddress | None = None

    async def send(self, email: Email) -> ConnectorResult:
        words = redact_sensitive(email.words, REDACTED)
        subject = " ".join(redact_sensitive(email.subject, REDACTED).split())
        message = write_message(replace(email, subject=subject, words=words), self.sender)
        if email.thread and self.replies:
            message["Reply-To"] = self.replies.of(email.thread)
            message["References"] = message_id(email.thread, self.sender)
        return await self.server.send(message)


def build_mail_server(settings: Settings) -> MailServer:
    """Raises SettingsError: the password would leave in clear."""
    if settings.smtp_password.get_secret_value():
        encrypted = settings.smtp_security is not MailSecurity.NONE
        require_safe_line(settings, "SMTP_HOST", settings.smtp_host, encrypted=encrypted)
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )


def build_reply_address(settings: Settings) -> ReplyAddress | None:
    """Raises SettingsError: the desk would answer itself."""
    address = plain_address(settings.mail_reply_to)
    if not address:
        return None
    if address == plain_address(settings.mail_to):
        raise SettingsError(
            "MAIL_REPLY_TO et MAIL_TO sont la même adresse : le guichet recevrait ses propres "
            "courriels. Donnez à MAIL_REPLY_TO une boîte que lui seul relève."
        )
    has_room = len(address.partition("@")[0]) <= LONGEST_TAGGED
    return ReplyAddress(address=address, is_tagged=settings.mail_reply_plus and has_room)


def plain_address(written: str) -> str:
    """« Guichet <Guichet@mairie-exemple.fr> » as it is compared."""
    return parseaddr(written)[1].lower()


def write_message(email: Email, sender: str) -> EmailMessage:
    """The message, in text and in HTML; no machine is to answer it."""
    message = EmailMessage(policy=_POLICY)
    message["From"], message["To"] = sender, email.recipient
    message["Subject"] = email.subject
    message["Date"] = format_datetime(email.at)
    message["Message-ID"] = message_id(email.key, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = "All"  # Exchange heeds only its own (MS-OXCMAIL)
    message.set_content(email.words)
    message.add_alternative(html_of(email.words.splitlines()), subtype="html")
    return message


def message_id(key: str, sender: str) -> str:
    """The name of a message: made from what it carries, so the same thing keeps its name."""
    domain = sender.rpartition("@")[2].strip(">") or "guichet.invalid"
    return f"<{key.replace('/', '.')}@{domain}>"


class ThreadSide(StrEnum):
    """Which of the two an e-mail of ours went to, and an answer to it comes from."""

    REQUESTER = "r"
    DESK = "d"


def thread_of(reference: str, side: ThreadSide, sign: Callable[[str], str]) -> str:
    """The name of one side of a ticket's e-mails, which nobody but this desk can make:
    « 2026-000001-r-9f86d081884c7d659a2f »."""
    return f"{reference.removeprefix('PEPS-')}-{side}-{sign(f'{reference}/{side}')}"


def html_of(lines: list[str]) -> str:
    """The same lines as a page, nothing in them taken for markup."""
    paragraphs = "<br>\n".join(escape(line) for line in lines)
    return f'<!doctype html>\n<html lang="fr"><body><p>{paragraphs}</p></body></html>\n'


def _read(error: Exception) -> ConnectorResult:
    """What it means that a message was not taken."""
    match error:
        case aiosmtplib.SMTPSenderRefused(code=code):
            return RetryLater(f"{EMAIL}.sender.{code}")  # MAIL_FROM is a setting
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            code = max((one.code for one in refused), default=450)
        case aiosmtplib.SMTPResponseException(code=code):
            pass
        case _:
            return Uncertain(f"{EMAIL}.broken")
    if 500 <= code < 600:
        return Refused(f"{EMAIL}.{code}")
    return RetryLater(f"{EMAIL}.{code}") if code > 0 else Uncertain(f"{EMAIL}.broken")
