"""The mailbox that answers come to, read over IMAP.

Nothing is deleted or moved there. What was read is known by the numbers of the server (UIDVALIDITY
and UID, RFC 3501), so that it does not matter who else looks into the folder.
"""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from imaplib import IMAP4
from typing import Final, Self

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from bot.connectors.email_reader import MOST_BYTES
from bot.connectors.http import UNKNOWN_CERTIFICATE
from bot.settings import MailSecurity, Settings, SettingsError, require_safe_line

IMAP_TIMEOUT: Final = 30.0  # seconds
TLS_PORT: Final = 993
MailboxError = (ImapToolsError, IMAP4.error, OSError)
"""What a server that is out of reach, or not well, raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where the mailbox is. Every call waits for the network: never in the event loop's thread."""

    host: str
    port: int
    security: MailSecurity
    username: str
    password: str
    folder: str

    @classmethod
    def build(cls, settings: Settings) -> Self:
        """Raises SettingsError: one that it needs is missing, or the password would leave in
        clear."""
        for name in ("mail_reply_to", "imap_user"):
            if not getattr(settings, name):
                raise SettingsError(f"IMAP_HOST est renseigné, mais {name.upper()} est vide.")
        if settings.imap_security is MailSecurity.STARTTLS and settings.imap_port == TLS_PORT:
            raise SettingsError(
                "IMAP_SECURITY=starttls ne va pas avec le port 993 : écrivez IMAP_PORT=143, ou tls."
            )
        is_encrypted = settings.imap_security is not MailSecurity.NONE
        require_safe_line(settings, "IMAP_HOST", settings.imap_host, encrypted=is_encrypted)
        return cls(
            host=settings.imap_host,
            port=settings.imap_port,
            security=settings.imap_security,
            username=settings.imap_user,
            password=settings.imap_password.get_secret_value(),
            folder=settings.imap_folder,
        )

    def open(self) -> "OpenMailbox":
        """Connect, log in, and open the folder; raises one of `MailboxError`."""
        box: BaseMailBox
        context = ssl.create_default_context()
        match self.security:
            case MailSecurity.TLS:
                box = MailBox(self.host, self.port, IMAP_TIMEOUT, ssl_context=context)
            case MailSecurity.STARTTLS:
                box = MailBoxStartTls(self.host, self.port, IMAP_TIMEOUT, ssl_context=context)
            case MailSecurity.NONE:
                box = MailBoxUnencrypted(self.host, self.port, IMAP_TIMEOUT)
        try:
            is_ascii = (self.username + self.password).isascii()
            login = box.login if is_ascii else box.login_utf8
            login(self.username, self.password, initial_folder=self.folder)
            status = box.folder.status(self.folder, ["UIDVALIDITY"])
        except BaseException:
            box.client.shutdown()
            raise
        return OpenMailbox(box, str(status["UIDVALIDITY"]))

    def check(self) -> str | None:
        """Connect, log in, open the folder, and leave; what is wrong in one French sentence."""
        try:
            self.open().close()
        except MailboxLoginError:
            return f"Le serveur {self.host} refuse IMAP_USER et IMAP_PASSWORD."
        except MailboxFolderSelectError:
            return f"La boîte n'a pas de dossier « {self.folder} » : vérifiez IMAP_FOLDER."
        except ssl.SSLCertVerificationError:
            return f"Le serveur {self.host} : {UNKNOWN_CERTIFICATE}"
        except MailboxError as error:
            return (
                f"Le serveur de courrier {self.host}:{self.port} ne répond pas comme attendu "
                f"({type(error).__name__}) : vérifiez IMAP_HOST, IMAP_PORT et IMAP_SECURITY."
            )
        return None


class OpenMailbox:
    """One connection to the mailbox; used by one task, which closes it."""

    def __init__(self, box: BaseMailBox, validity: str) -> None:
        self._box = box
        self._validity = validity

    def newer_than(self, mark: str) -> list[str]:
        """The marks of the e-mails behind this one, oldest first; all where the server has
        numbered its folder anew."""
        validity, _, last = mark.partition(":")
        after = int(last) if validity == self._validity and last else 0
        found = map(int, self._box.uids(f"UID {after + 1}:*", charset=None))
        # « 18:* » is the last one also where that is number 17.
        return [f"{self._validity}:{uid}" for uid in sorted(found) if uid > after]

    def read(self, mark: str) -> bytes | None:
        """An e-mail, as far as it is read at all; None where it was deleted meanwhile."""
        parts = f"(BODY.PEEK[]<0.{MOST_BYTES + 1}>)"
        status, answer = self._box.client.uid("FETCH", _uid(mark), parts)
        if status != "OK":
            raise IMAP4.error(status)
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)

    def mark_read(self, mark: str) -> None:
        """For whoever looks into the folder: what stays unread was not taken."""
        self._box.flag(_uid(mark), r"\Seen", value=True)

    def close(self) -> None:
        with suppress(*MailboxError):  # it may be gone already
            self._box.logout()


def _uid(mark: str) -> str:
    return mark.partition(":")[2]
