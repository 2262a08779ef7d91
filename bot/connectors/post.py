"""The post: letters to people, by e-mail, where a sender is set; tickets have their own way.

What a letter says was written by the desk, yet a NIR is looked for once more: none ever leaves.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from bot.connectors.email import MailServer, html_of, message_id
from bot.conversation.events import REDACTED
from bot.domain.delivery import ConnectorResult
from bot.domain.sensitive_data import redact_nirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message to one person; `key` is its own name, the same at every attempt."""

    key: str
    recipient: str
    subject: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Sends letters in the desk's name."""

    server: MailServer
    sender: str

    async def send(self, letter: Letter) -> ConnectorResult:
        return await self.server.send(self.write(letter))

    def write(self, letter: Letter) -> EmailMessage:
        """The message, in text and in HTML; no machine is to answer it."""
        words = redact_nirs(letter.words, REDACTED)
        message = EmailMessage()
        message["From"], message["To"] = self.sender, letter.recipient
        message["Subject"] = " ".join(redact_nirs(letter.subject, REDACTED).split())
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = message_id(letter.key, self.sender)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words)
        message.add_alternative(html_of(words.splitlines()), subtype="html")
        return message
