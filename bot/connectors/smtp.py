"""The line to the server that takes our mail: one connection a message, and what its answers mean.

A 5xx on the way is final, a 4xx is not; without any answer the message may have been taken.
"""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from html import escape
from typing import Any

import aiosmtplib

from bot.domain.delivery import ConnectorResult, Delivered, Refused, RetryLater, Uncertain

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

    async def send(self, message: EmailMessage) -> ConnectorResult:
        """Hand a message over; it is known there by its `Message-ID`."""
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

    async def check(self) -> str | None:
        """Connect, log in, and leave; what is wrong in one French sentence."""
        client = self._client()
        try:
            await self._open(client)
            await client.quit()
        except aiosmtplib.SMTPAuthenticationError:
            return f"Le serveur {self.host} refuse SMTP_USER et SMTP_PASSWORD."
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
            use_tls=self.security is Security.TLS,
            start_tls=self.security is Security.STARTTLS,
            tls_context=self.context,
            timeout=TIMEOUT,
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        await client.connect()
        if self.username:
            await client.login(self.username, self.password)


def message_id(key: str, sender: str) -> str:
    """The name of a message: made from what it carries, so the same thing keeps its name."""
    domain = sender.rpartition("@")[2].strip(">") or "guichet.invalid"
    return f"<{key.replace('/', '.')}@{domain}>"


def html_of(lines: list[str]) -> str:
    """The same lines as a page, nothing in them taken for markup."""
    paragraphs = "<br>\n".join(escape(line) for line in lines)
    return f'<!doctype html>\n<html lang="fr"><body><p>{paragraphs}</p></body></html>\n'


def _code(error: Any) -> str:
    number = getattr(error, "code", None)
    return f"{CODE}.{number}" if isinstance(number, int) else f"{CODE}.{type(error).__name__}"


def _read(error: Exception) -> ConnectorResult:
    """What it means that a message was not taken."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            codes = [one.code for one in refused]
            return _answered(max(codes, default=450))
        case aiosmtplib.SMTPResponseException(code=code):
            return _answered(code)
        case _:
            return Uncertain(f"{CODE}.broken")


def _answered(code: int) -> ConnectorResult:
    if 500 <= code < 600:
        return Refused(f"{CODE}.{code}")
    return RetryLater(f"{CODE}.{code}") if code > 0 else Uncertain(f"{CODE}.broken")
